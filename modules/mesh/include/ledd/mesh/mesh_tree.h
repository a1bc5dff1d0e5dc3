#pragma once
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "ledd/mesh/mesh.h"

namespace ledd {

/// Finds where rays meet a mesh and which point of it is nearest: a tree of boxes, built once and then only
/// read, so that many threads may ask at once. It keeps its own copy of the triangles.
class MeshTree {
 public:
  /// Where a ray passes through the mesh.
  struct Hit {
    double distance_mm = 0.0;  ///< From the ray's origin; negative behind it.
    bool leaving = false;      ///< The ray goes from the inside to the outside.
    std::uint32_t triangle = 0;
  };
  struct Nearest {
    std::array<double, 3> point_lps_mm{};
    double distance_mm = 0.0;
    std::uint32_t triangle = 0;
    std::uint32_t vertex = 0;  ///< The corner of the triangle that is nearest to the point found.
  };

  /// @throws Error{kInput}  as require_valid.
  explicit MeshTree(const TriangleMesh& mesh);

  /// All passages between `from_mm` and `to_mm` along the unit vector `direction`, in order. A ray through
  /// an edge or corner passes once: hits of one sense within 1e-6 mm count as one.
  std::vector<Hit> hits(const std::array<double, 3>& origin_lps_mm,
                        const std::array<double, 3>& direction,
                        double from_mm,
                        double to_mm) const;

  /// Nothing when the mesh is empty or farther than `limit_mm`.
  std::optional<Nearest> nearest(const std::array<double, 3>& point_lps_mm,
                                 double limit_mm = std::numeric_limits<double>::infinity()) const;

 private:
  struct Box {
    std::array<double, 3> low{}, high{};
  };
  struct Node {
    Box box;
    std::uint32_t first = 0, count = 0;  ///< Triangles of a leaf, in order_.
    std::uint32_t right = 0;             ///< Of an inner node; the left child follows it at once.
  };

  std::uint32_t build(std::uint32_t first, std::uint32_t count, std::vector<std::array<double, 3>>& centres);
  static double squared_distance(const Box& box, const std::array<double, 3>& p);

  TriangleMesh mesh_;
  std::vector<std::uint32_t> order_;
  std::vector<Node> nodes_;
};

}  // namespace ledd
