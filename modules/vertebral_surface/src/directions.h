#pragma once
#include <array>
#include <cstddef>
#include <vector>

#include "ledd/image/image.h"

namespace ledd::surface {

/// A sphere cut into triangles: an icosahedron, each triangle parted into four, again and again.
class Directions {
 public:
  explicit Directions(int subdivisions);

  std::size_t size() const { return rays_.size(); }
  const std::vector<Point>& rays() const { return rays_; }
  const std::vector<std::array<std::size_t, 3>>& triangles() const { return levels_.back(); }
  /// Each pair of neighbours once.
  const std::vector<std::array<std::size_t, 2>>& edges() const { return edges_; }

  /// The value in a direction (any length), linear within its triangle.
  double at(const Point& direction, const std::vector<double>& values) const;

  /// Each value moved by `share` toward the mean of its neighbours, `times` over.
  std::vector<double> smoothed(std::vector<double> values, double share, int times) const;

 private:
  using Triangle = std::array<std::size_t, 3>;
  std::array<double, 3> weights(const Triangle& t, const Point& direction) const;

  std::vector<Point> rays_;
  std::vector<std::vector<Triangle>> levels_;  ///< The children of triangle n are 4 n to 4 n + 3 of the next.
  std::vector<std::array<std::size_t, 2>> edges_;
};

}  // namespace ledd::surface
