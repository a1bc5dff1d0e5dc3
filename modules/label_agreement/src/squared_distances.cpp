#include "squared_distances.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <limits>

namespace ledd::label_agreement {
namespace {

constexpr double kFar = std::numeric_limits<double>::infinity();

/// What one line needs, kept from line to line.
struct Line {
  std::vector<double> values;      ///< Squared distances found so far.
  std::vector<std::size_t> roots;  ///< Of the parabolas in the envelope.
  std::vector<double> from;        ///< Where each begins to be the lowest.

  explicit Line(std::size_t length) : values(length), roots(length), from(length + 1) {}

  /// Where the parabolas of two roots meet, in steps.
  double meeting(std::size_t left, std::size_t right, double step2) const {
    const double l = static_cast<double>(left), r = static_cast<double>(right);
    return ((values[right] - values[left]) / step2 + r * r - l * l) / (2.0 * (r - l));
  }

  /// The number of parabolas.
  std::size_t envelope(double step2) {
    std::size_t count = 0;
    for (std::size_t n = 0; n < values.size(); ++n) {
      if (values[n] == kFar) continue;
      double begin = -kFar;
      while (count > 0) {
        begin = meeting(roots[count - 1], n, step2);
        if (begin > from[count - 1]) break;
        --count;
        begin = -kFar;
      }
      roots[count] = n;
      from[count] = begin;
      ++count;
    }
    return count;
  }
};

/// Along one line: the lowest of the parabolas that stand on its voxels.
void spread(float* first, std::size_t stride, double step_mm, Line& line) {
  const double step2 = step_mm * step_mm;
  for (std::size_t n = 0; n < line.values.size(); ++n)
    line.values[n] = static_cast<double>(first[n * stride]);
  const std::size_t count = line.envelope(step2);
  if (count == 0) return;
  std::size_t at = 0;
  for (std::size_t n = 0; n < line.values.size(); ++n) {
    while (at + 1 < count && line.from[at + 1] < static_cast<double>(n)) ++at;
    const double steps = static_cast<double>(n) - static_cast<double>(line.roots[at]);
    first[n * stride] = static_cast<float>(steps * steps * step2 + line.values[line.roots[at]]);
  }
}

}  // namespace

std::vector<float> squared_distances(const std::vector<std::uint8_t>& seeds, const Box& box) {
  std::vector<float> distances(box.voxels(), std::numeric_limits<float>::infinity());
  for (std::size_t n = 0; n < seeds.size(); ++n)
    if (seeds[n] != 0) distances[n] = 0.0F;
  const std::array<std::size_t, 3> strides{1, box.size[0], box.size[0] * box.size[1]};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const std::size_t u = (axis + 1) % 3, v = (axis + 2) % 3;
    const tbb::blocked_range<std::size_t> lines(0, box.size[u] * box.size[v]);
    tbb::parallel_for(lines, [&](const tbb::blocked_range<std::size_t>& some) {
      Line line(box.size[axis]);
      for (std::size_t n = some.begin(); n != some.end(); ++n)
        spread(&distances[n % box.size[u] * strides[u] + n / box.size[u] * strides[v]],
               strides[axis],
               box.spacing_mm[axis],
               line);
    });
  }
  return distances;
}

}  // namespace ledd::label_agreement
