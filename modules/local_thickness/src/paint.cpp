#include "paint.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>

namespace ledd::thickness {
namespace {

constexpr int kSlab = 4;

struct Span {
  int first = 0, last = -1;
};
/// Indices along an axis within `reach_mm` of a position. Conversion to int cuts towards 0, and std::floor is
/// a call where the processor is not known to round.
Span span(float at_mm, float reach_mm, float per_mm, int size) {
  const float low = (at_mm - reach_mm) * per_mm, high = (at_mm + reach_mm) * per_mm;
  const int first = static_cast<int>(low), last = high < 0.0F ? -1 : static_cast<int>(high);
  return {low > 0.0F ? first + (static_cast<float>(first) < low ? 1 : 0) : 0, std::min(size - 1, last)};
}

void paint_slice(const Grid& grid, const Ball& ball, float reach_mm, int z, float* out) {
  const float value = 2.0F * ball.radius_mm;
  const float dz = static_cast<float>(z) * grid.spacing_mm[2] - ball.centre_mm[2];
  const float rest = reach_mm * reach_mm - dz * dz;
  if (!(rest >= 0.0F)) return;
  const Span rows = span(ball.centre_mm[1], std::sqrt(rest), 1.0F / grid.spacing_mm[1], grid.size[1]);
  for (int y = rows.first; y <= rows.last; ++y) {
    const float dy = static_cast<float>(y) * grid.spacing_mm[1] - ball.centre_mm[1];
    const float left = rest - dy * dy;
    if (!(left >= 0.0F)) continue;
    const Span run = span(ball.centre_mm[0], std::sqrt(left), 1.0F / grid.spacing_mm[0], grid.size[0]);
    float* line = out + grid.at(0, y, z);
    for (int x = run.first; x <= run.last; ++x) line[x] = line[x] < value ? value : line[x];
  }
}

}  // namespace

void paint(const Grid& grid, const std::vector<Ball>& balls, float beyond_mm, float* thickness_mm) {
  const int slabs = (grid.size[2] + kSlab - 1) / kSlab;
  // A counting sort of the balls by slab, so that each slab is written by one thread alone.
  std::vector<std::uint32_t> first(static_cast<std::size_t>(slabs) + 1, 0);
  const auto slabs_of = [&](const Ball& ball) {
    const Span s =
        span(ball.centre_mm[2], ball.radius_mm + beyond_mm, 1.0F / grid.spacing_mm[2], grid.size[2]);
    return Span{s.first / kSlab, s.last < s.first ? s.first / kSlab - 1 : s.last / kSlab};
  };
  for (const Ball& ball : balls) {
    const Span s = slabs_of(ball);
    for (int k = s.first; k <= s.last; ++k) ++first[static_cast<std::size_t>(k) + 1];
  }
  for (std::size_t k = 1; k < first.size(); ++k) first[k] += first[k - 1];
  std::vector<std::uint32_t> list(first.back()), fill(first.begin(), first.end() - 1);
  for (std::uint32_t b = 0; b < balls.size(); ++b) {
    const Span s = slabs_of(balls[b]);
    for (int k = s.first; k <= s.last; ++k) list[fill[static_cast<std::size_t>(k)]++] = b;
  }
  tbb::parallel_for(0, slabs, [&](int slab) {
    const int end = std::min(grid.size[2], (slab + 1) * kSlab);
    std::fill(thickness_mm + grid.at(0, 0, slab * kSlab), thickness_mm + grid.at(0, 0, end), 0.0F);
    for (std::uint32_t i = first[static_cast<std::size_t>(slab)];
         i < first[static_cast<std::size_t>(slab) + 1];
         ++i) {
      const Ball& ball = balls[list[i]];
      const float reach_mm = ball.radius_mm + beyond_mm;
      const Span s = span(ball.centre_mm[2], reach_mm, 1.0F / grid.spacing_mm[2], grid.size[2]);
      for (int z = std::max(s.first, slab * kSlab); z <= std::min(s.last, end - 1); ++z)
        paint_slice(grid, ball, reach_mm, z, thickness_mm);
    }
  });
}

}  // namespace ledd::thickness
