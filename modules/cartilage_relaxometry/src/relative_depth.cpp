#include "relative_depth.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

namespace ledd::cartilage {
namespace {

constexpr double kFar = std::numeric_limits<double>::infinity();

/// A part of a grid: first voxel and number of voxels along each axis.
struct Box {
  std::array<long, 3> first{}, size{};
  std::size_t count() const { return static_cast<std::size_t>(size[0] * size[1] * size[2]); }
};

/// The voxels of a plate and `margin_mm` around them; nullopt when there are none.
std::optional<Box> box_of(const Labels& labels, std::uint16_t plate, double margin_mm) {
  const auto& size = labels.GetLargestPossibleRegion().GetSize();
  std::array<long, 3> low{}, high{-1, -1, -1}, at{};
  for (unsigned a = 0; a < 3; ++a) low[a] = static_cast<long>(size[a]);
  const std::uint16_t* label = labels.GetBufferPointer();
  for (at[2] = 0; at[2] < static_cast<long>(size[2]); ++at[2])
    for (at[1] = 0; at[1] < static_cast<long>(size[1]); ++at[1])
      for (at[0] = 0; at[0] < static_cast<long>(size[0]); ++at[0], ++label) {
        if (*label != plate) continue;
        for (unsigned a = 0; a < 3; ++a) {
          low[a] = std::min(low[a], at[a]);
          high[a] = std::max(high[a], at[a]);
        }
      }
  if (high[0] < 0) return std::nullopt;
  Box box;
  for (unsigned a = 0; a < 3; ++a) {
    const long margin = static_cast<long>(std::ceil(margin_mm / labels.GetSpacing()[a])) + 1;
    box.first[a] = std::max(0L, low[a] - margin);
    box.size[a] = std::min(static_cast<long>(size[a]), high[a] + margin + 1) - box.first[a];
  }
  return box;
}

/// Calls each(voxel of the grid, voxel of the box).
template <class Each>
void for_box(const Labels& labels, const Box& box, const Each& each) {
  const auto& size = labels.GetLargestPossibleRegion().GetSize();
  const long columns = static_cast<long>(size[0]), rows = static_cast<long>(size[1]);
  std::size_t n = 0;
  for (long k = 0; k < box.size[2]; ++k)
    for (long j = 0; j < box.size[1]; ++j) {
      const long row = ((box.first[2] + k) * rows + box.first[1] + j) * columns + box.first[0];
      for (long i = 0; i < box.size[0]; ++i, ++n) each(static_cast<std::size_t>(row + i), n);
    }
}

/// The lower envelope of parabolas over a line of squared distances, in place.
/// Source: Felzenszwalb and Huttenlocher, Theory of Computing 8:415, 2012, algorithm 1.
class Line {
 public:
  explicit Line(std::size_t longest) : value_(longest), vertex_(longest), from_(longest + 1) {}

  void transform(double* line, std::size_t count, std::size_t stride, double step_mm) {
    std::size_t parabolas = 0;
    const double unit = step_mm * step_mm;
    for (std::size_t q = 0; q < count; ++q) {
      value_[q] = line[q * stride];
      if (value_[q] == kFar) continue;
      const auto x = static_cast<double>(q);
      double start = -kFar;
      for (; parabolas > 0; --parabolas) {
        const std::size_t p = vertex_[parabolas - 1];
        const auto y = static_cast<double>(p);
        start = ((value_[q] - value_[p]) / unit + x * x - y * y) / (2.0 * (x - y));
        if (start > from_[parabolas - 1]) break;
        start = -kFar;
      }
      vertex_[parabolas] = q;
      from_[parabolas++] = start;
    }
    if (parabolas == 0) return;
    std::size_t n = 0;
    for (std::size_t q = 0; q < count; ++q) {
      const auto x = static_cast<double>(q);
      while (n + 1 < parabolas && from_[n + 1] < x) ++n;
      const double d = x - static_cast<double>(vertex_[n]);
      line[q * stride] = d * d * unit + value_[vertex_[n]];
    }
  }

 private:
  std::vector<double> value_;
  std::vector<std::size_t> vertex_;
  std::vector<double> from_;
};

/// Distance in mm of every voxel's centre in the box to the centre of the nearest voxel in it for which `is`
/// holds; infinite when there is none.
template <class Is>
std::vector<double> distance_to(const Labels& labels, const Box& box, const Is& is) {
  std::vector<double> squared(box.count());
  const std::uint16_t* label = labels.GetBufferPointer();
  for_box(labels, box, [&](std::size_t v, std::size_t n) { squared[n] = is(label[v]) ? 0.0 : kFar; });
  std::array<std::size_t, 3> size{}, stride{1, 1, 1};
  for (unsigned a = 0; a < 3; ++a) size[a] = static_cast<std::size_t>(box.size[a]);
  stride[1] = size[0];
  stride[2] = size[0] * size[1];
  Line line(std::max({size[0], size[1], size[2]}));
  for (unsigned a = 0; a < 3; ++a) {
    const unsigned b = (a + 1) % 3, c = (a + 2) % 3;
    for (std::size_t m = 0; m < size[b]; ++m)
      for (std::size_t n = 0; n < size[c]; ++n)
        line.transform(
            squared.data() + m * stride[b] + n * stride[c], size[a], stride[a], labels.GetSpacing()[a]);
  }
  for (double& d : squared) d = std::sqrt(d);
  return squared;
}

}  // namespace

bool add_relative_depth(
    const Labels& labels, std::uint16_t plate, std::uint16_t bone, double farthest_mm, Volume& depth) {
  const auto* label = labels.GetBufferPointer();
  const std::size_t count = labels.GetLargestPossibleRegion().GetNumberOfPixels();
  if (std::find(label, label + count, bone) == label + count) return false;
  const auto box = box_of(labels, plate, farthest_mm);
  if (!box) return true;
  const auto to_bone = distance_to(labels, *box, [&](std::uint16_t id) { return id == bone; });
  const auto to_joint =
      distance_to(labels, *box, [&](std::uint16_t id) { return id != bone && id != plate; });
  const auto& spacing = labels.GetSpacing();
  // The border of the nearest voxel lies half a voxel before its centre; in the finest direction, which is
  // that of the slice plane, and plates are cut across.
  const double half_mm = 0.5 * std::min({spacing[0], spacing[1], spacing[2]});
  for_box(labels, *box, [&](std::size_t v, std::size_t n) {
    if (label[v] != plate) return;
    const double a = std::max(0.0, to_bone[n] - half_mm);
    const double b = std::max(0.0, to_joint[n] - half_mm);
    if (a <= farthest_mm && a + b > 0.0) depth.GetBufferPointer()[v] = static_cast<float>(a / (a + b));
  });
  return true;
}

}  // namespace ledd::cartilage
