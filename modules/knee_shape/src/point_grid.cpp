#include "point_grid.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ledd::shape {

PointGrid::PointGrid(std::span<const Point> points, double cell_mm) : cell_mm_(cell_mm) {
  if (points.empty()) {
    first_ = {0, 0};
    return;
  }
  Point high = points.front();
  low_ = points.front();
  for (const Point& p : points)
    for (unsigned a = 0; a < 3; ++a) {
      low_[a] = std::min(low_[a], p[a]);
      high[a] = std::max(high[a], p[a]);
    }
  for (unsigned a = 0; a < 3; ++a) cells_[a] = 1 + static_cast<long>((high[a] - low_[a]) / cell_mm_);
  std::vector<std::uint32_t> cell(points.size());
  first_.assign(static_cast<std::size_t>(cells_[0] * cells_[1] * cells_[2]) + 1, 0);
  for (std::size_t n = 0; n < points.size(); ++n) {
    const Point& p = points[n];
    cell[n] = static_cast<std::uint32_t>((cell_of(p[2], 2) * cells_[1] + cell_of(p[1], 1)) * cells_[0] +
                                         cell_of(p[0], 0));
    ++first_[cell[n] + 1];
  }
  for (std::size_t c = 1; c < first_.size(); ++c) first_[c] += first_[c - 1];
  std::vector<std::uint32_t> next(first_.begin(), first_.end() - 1);
  index_.resize(points.size());
  points_.resize(points.size());
  for (std::size_t n = 0; n < points.size(); ++n) {
    const std::uint32_t at = next[cell[n]]++;
    index_[at] = static_cast<std::uint32_t>(n);
    points_[at] = points[n];
  }
}

long PointGrid::cell_of(double value, unsigned a) const {
  const double cell = std::floor((value - low_[a]) / cell_mm_);
  return static_cast<long>(std::clamp(cell, 0.0, static_cast<double>(cells_[a] - 1)));
}

std::optional<PointGrid::Nearest> PointGrid::nearest(const Point& p) const {
  if (index_.empty()) return std::nullopt;
  Nearest best{0, std::numeric_limits<double>::infinity()};
  double best_mm2 = best.distance_mm;
  // What lies within the radius is found for certain: cells beyond the grid stand for those at its border.
  for (double reach_mm = cell_mm_; !std::isfinite(best_mm2); reach_mm *= 2.0)
    within(p, reach_mm, [&](std::uint32_t index, double d2) {
      if (d2 > best_mm2 || (d2 == best_mm2 && index > best.index)) return;
      best_mm2 = d2;
      best.index = index;
    });
  best.distance_mm = std::sqrt(best_mm2);
  return best;
}

}  // namespace ledd::shape
