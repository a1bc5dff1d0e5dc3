#pragma once
#include <array>
#include <vector>

#include "ledd/image/image.h"

namespace ledd::trabeculae {

/// Sums of pieces of surface, by direction.
class Facets {
 public:
  static constexpr int kSide = 32;  ///< Each of three sides of a cube has so many by so many ranges.
  double area = 0.0, growth = 0.0;
  std::vector<Point> sums = std::vector<Point>(3U * kSide * kSide, Point{});
  /// @param across  Twice the area times the normal.
  void add(const Point& across, double length, double weight);
};

/// The corners of eight neighbours: bit x + 2 y + 4 z.
struct Cell {
  std::array<Point, 8> at{};        ///< mm.
  std::array<double, 8> value{};    ///< Above 0 in bone.
  std::array<Point, 8> gradient{};  ///< 1/mm.
};

/// Adds the surface in the cell, each piece times `weight`.
void add_surface(const Cell& cell, double weight, Facets& to);

}  // namespace ledd::trabeculae
