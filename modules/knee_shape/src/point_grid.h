#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ledd/image/image.h"

namespace ledd::shape {

/// Points sorted into cubes, to find those near a place. Any number of threads may ask.
class PointGrid {
 public:
  PointGrid(std::span<const Point> points, double cell_mm);

  struct Nearest {
    std::uint32_t index = 0;
    double distance_mm = 0.0;
  };
  /// The nearest point, the first of equals; nothing for a grid without points.
  std::optional<Nearest> nearest(const Point& p) const;

  /// Calls visit(index, squared distance) for all points within `reach_mm`, in an order that depends on the
  /// points alone.
  template <class Visit>
  void within(const Point& p, double reach_mm, Visit visit) const {
    std::array<long, 3> low{}, high{};
    for (unsigned a = 0; a < 3; ++a) {
      low[a] = cell_of(p[a] - reach_mm, a);
      high[a] = cell_of(p[a] + reach_mm, a);
    }
    for (long k = low[2]; k <= high[2]; ++k)
      for (long j = low[1]; j <= high[1]; ++j)
        for (long i = low[0]; i <= high[0]; ++i) each_of(p, {i, j, k}, reach_mm * reach_mm, visit);
  }

 private:
  /// Cells beyond the grid are those at its border.
  long cell_of(double value, unsigned a) const;

  template <class Visit>
  void each_of(const Point& p, const std::array<long, 3>& cell, double reach_mm2, Visit& visit) const {
    const auto n = static_cast<std::size_t>((cell[2] * cells_[1] + cell[1]) * cells_[0] + cell[0]);
    for (std::uint32_t m = first_[n]; m < first_[n + 1]; ++m) {
      double d2 = 0.0;
      for (unsigned a = 0; a < 3; ++a) d2 += (points_[m][a] - p[a]) * (points_[m][a] - p[a]);
      if (d2 <= reach_mm2) visit(index_[m], d2);
    }
  }

  double cell_mm_;
  Point low_{};
  std::array<long, 3> cells_{1, 1, 1};
  std::vector<std::uint32_t> first_, index_;
  std::vector<Point> points_;  ///< In the order of index_.
};

}  // namespace ledd::shape
