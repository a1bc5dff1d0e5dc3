#include "cell.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace ledd::trabeculae {
namespace {

/// A point of the surface, and where it goes when the surface moves outwards.
struct Vertex {
  Point at, outwards;
};

Point minus(const Point& a, const Point& b) {
  return {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
}
double dot(const Point& a, const Point& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
Point cross(const Point& a, const Point& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

Vertex between(const Cell& cell, unsigned i, unsigned j) {
  const double t = cell.value[i] / (cell.value[i] - cell.value[j]);
  Vertex v;
  double length = 0.0;
  for (unsigned a = 0; a < 3; ++a) {
    v.at[a] = cell.at[i][a] + t * (cell.at[j][a] - cell.at[i][a]);
    v.outwards[a] = -(cell.gradient[i][a] + t * (cell.gradient[j][a] - cell.gradient[i][a]));
    length += v.outwards[a] * v.outwards[a];
  }
  // At a single voxel there may be no gradient: such a point stays.
  const double scale = length > 0.0 ? 1.0 / std::sqrt(length) : 0.0;
  for (double& x : v.outwards) x *= scale;
  return v;
}

/// The vertices of a cell, each worked out once: up to six tetrahedra share an edge.
class Vertices {
 public:
  explicit Vertices(const Cell& cell) : cell_(cell) {}
  const Vertex& on(unsigned i, unsigned j) {
    const unsigned edge = 8 * std::min(i, j) + std::max(i, j);
    if ((known_ >> edge & 1U) == 0) {
      known_ |= std::uint64_t{1} << edge;
      all_[edge] = between(cell_, std::min(i, j), std::max(i, j));
    }
    return all_[edge];
  }
  bool solid(unsigned i) const { return cell_.value[i] > 0.0; }

 private:
  const Cell& cell_;
  std::uint64_t known_ = 0;
  std::array<Vertex, 64> all_;
};

void add_triangle(const Vertex& a, const Vertex& b, const Vertex& c, double weight, Facets& to) {
  const Point ab = minus(b.at, a.at), ac = minus(c.at, a.at);
  const Point across = cross(ab, ac);
  const double length = std::sqrt(dot(across, across));
  if (!(length > 0.0)) return;
  // the derivative of |ab x ac| / 2 as each corner moves along its normal
  const Point moved = cross(ab, minus(c.outwards, a.outwards));
  const Point other = cross(minus(b.outwards, a.outwards), ac);
  to.growth += weight * 0.5 * (dot(across, moved) + dot(across, other)) / length;
  to.add(across, length, weight);
}

void add_tetrahedron(Vertices& cell, const std::array<unsigned, 4>& corners, double weight, Facets& to) {
  std::array<unsigned, 4> in{}, out{};
  unsigned solid = 0, empty = 0;
  for (const unsigned corner : corners) (cell.solid(corner) ? in[solid++] : out[empty++]) = corner;
  if (solid == 0 || empty == 0) return;
  if (solid != 2) {
    const auto& one = solid == 1 ? in : out;
    const auto& three = solid == 1 ? out : in;
    add_triangle(cell.on(one[0], three[0]), cell.on(one[0], three[1]), cell.on(one[0], three[2]), weight, to);
    return;
  }
  const Vertex a = cell.on(in[0], out[0]), b = cell.on(in[0], out[1]), c = cell.on(in[1], out[1]),
               d = cell.on(in[1], out[0]);
  add_triangle(a, b, c, weight, to);
  add_triangle(a, c, d, weight, to);
}

}  // namespace

void Facets::add(const Point& across, double length, double weight) {
  area += 0.5 * weight * length;
  unsigned side = 0;
  for (unsigned a = 1; a < 3; ++a)
    if (std::abs(across[a]) > std::abs(across[side])) side = a;
  const double main = across[side];
  const auto range = [&](unsigned axis) {
    const double tangent = across[axis] / main;  // -1 to 1
    return std::min(static_cast<int>((tangent + 1.0) * (0.5 * kSide)), kSide - 1);
  };
  const int place = (static_cast<int>(side) * kSide + range((side + 1) % 3)) * kSide + range((side + 2) % 3);
  Point& sum = sums[static_cast<std::size_t>(place)];
  const double factor = main < 0.0 ? -0.5 * weight : 0.5 * weight;
  for (unsigned a = 0; a < 3; ++a) sum[a] += factor * across[a];
}

void add_surface(const Cell& cell, double weight, Facets& to) {
  // from corner 0 to corner 7, one axis after another, in all six orders
  static constexpr std::array<std::array<unsigned, 4>, 6> kTetrahedra{
      {{0, 1, 3, 7}, {0, 1, 5, 7}, {0, 2, 3, 7}, {0, 2, 6, 7}, {0, 4, 5, 7}, {0, 4, 6, 7}}};
  Vertices vertices(cell);
  for (const auto& corners : kTetrahedra) add_tetrahedron(vertices, corners, weight, to);
}

}  // namespace ledd::trabeculae
