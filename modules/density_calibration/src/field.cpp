#include "field.h"

#include <algorithm>
#include <cmath>

namespace ledd::calibration {
namespace {

constexpr double kAirHu = -300.0;
constexpr double kTissueLowHu = -30.0, kTissueHighHu = 110.0;
constexpr double kShallowMm = 20.0, kShallowEndMm = 40.0, kLeastDepthMm = 60.0;
constexpr std::size_t kLeastPixels = 200;

/// Between rods and around them, as far as half their greatest gap and 12 mm.
bool near_phantom(const Spot& p, double w_mm, const Axes& axes) {
  double gap_mm = 0.0;
  for (std::size_t n = 1; n < axes.at_zero_mm.size(); ++n)
    gap_mm = std::max(gap_mm,
                      std::hypot(axes.at_zero_mm[n][0] - axes.at_zero_mm[n - 1][0],
                                 axes.at_zero_mm[n][1] - axes.at_zero_mm[n - 1][1]));
  for (std::size_t n = 0; n < axes.at_zero_mm.size(); ++n) {
    const Spot c = axes.at(n, w_mm);
    if (std::hypot(p[0] - c[0], p[1] - c[1]) < std::max(0.5 * gap_mm, axes.radius_mm[n]) + 12.0) return true;
  }
  return false;
}

double median(std::vector<float>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return static_cast<double>(*middle);
}

}  // namespace

std::vector<char> outer_air(const Slab& slab) {
  std::vector<char> air(slab.hu.size(), 0);
  std::vector<std::size_t> front;
  const std::size_t columns = slab.size[0], rows = slab.size[1];
  if (columns == 0 || rows == 0) return air;
  const auto add = [&](std::size_t n) {
    if (air[n] != 0 || (slab.outside[n] == 0 && static_cast<double>(slab.hu[n]) > kAirHu)) return;
    air[n] = 1;
    front.push_back(n);
  };
  for (std::size_t u = 0; u < columns; ++u) {
    add(u);
    add((rows - 1) * columns + u);
  }
  for (std::size_t v = 0; v < rows; ++v) {
    add(v * columns);
    add(v * columns + columns - 1);
  }
  while (!front.empty()) {
    const std::size_t n = front.back();
    front.pop_back();
    const std::size_t u = n % columns, v = n / columns;
    if (u > 0) add(n - 1);
    if (u + 1 < columns) add(n + 1);
    if (v > 0) add(n - columns);
    if (v + 1 < rows) add(n + columns);
  }
  return air;
}

std::vector<float> distance_to(const Slab& slab, const std::vector<char>& pixels) {
  const std::size_t columns = slab.size[0], rows = slab.size[1];
  std::vector<float> depth(pixels.size(), 1e6F);
  const auto du = static_cast<float>(slab.step_mm[0]), dv = static_cast<float>(slab.step_mm[1]);
  const float diagonal = std::hypot(du, dv);
  const auto relax = [&](std::size_t n, std::size_t from, float step) {
    depth[n] = std::min(depth[n], depth[from] + step);
  };
  for (std::size_t n = 0; n < pixels.size(); ++n) {
    if (pixels[n] != 0) depth[n] = 0.0F;
    const std::size_t u = n % columns;
    if (u > 0) relax(n, n - 1, du);
    if (n >= columns) {
      relax(n, n - columns, dv);
      if (u > 0) relax(n, n - columns - 1, diagonal);
      if (u + 1 < columns) relax(n, n - columns + 1, diagonal);
    }
  }
  for (std::size_t n = pixels.size(); n-- > 0;) {
    const std::size_t u = n % columns;
    if (u + 1 < columns) relax(n, n + 1, du);
    if (n + columns < rows * columns) {
      relax(n, n + columns, dv);
      if (u + 1 < columns) relax(n, n + columns + 1, diagonal);
      if (u > 0) relax(n, n + columns - 1, diagonal);
    }
  }
  return depth;
}

std::optional<double> field_hu(const std::vector<Slab>& slabs, const Axes& axes) {
  std::vector<float> shallow, deep;
  for (const Slab& slab : slabs) {
    const std::vector<float> depth = distance_to(slab, outer_air(slab));
    double deepest = 0.0;
    for (std::size_t n = 0; n < depth.size(); ++n)
      if (static_cast<double>(slab.hu[n]) > kTissueLowHu && depth[n] < 1e5F)
        deepest = std::max(deepest, static_cast<double>(depth[n]));
    if (deepest < kLeastDepthMm) continue;
    for (std::size_t n = 0; n < depth.size(); ++n) {
      const auto hu = static_cast<double>(slab.hu[n]), mm = static_cast<double>(depth[n]);
      if (hu < kTissueLowHu || hu > kTissueHighHu || mm < kShallowMm) continue;
      if (mm > kShallowEndMm && mm < deepest * 2.0 / 3.0) continue;
      const std::size_t u = n % slab.size[0], v = n / slab.size[0];
      const Spot p{slab.first_mm[0] + static_cast<double>(u) * slab.step_mm[0],
                   slab.first_mm[1] + static_cast<double>(v) * slab.step_mm[1]};
      if (near_phantom(p, slab.w_mm, axes)) continue;
      (mm <= kShallowEndMm ? shallow : deep).push_back(slab.hu[n]);
    }
  }
  if (shallow.size() < kLeastPixels || deep.size() < kLeastPixels) return std::nullopt;
  return median(shallow) - median(deep);
}

}  // namespace ledd::calibration
