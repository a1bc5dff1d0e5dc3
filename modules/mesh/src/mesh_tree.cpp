#include "ledd/mesh/mesh_tree.h"

#include <algorithm>
#include <numeric>

#include "ledd/mesh/vectors.h"

namespace ledd {
namespace {

constexpr std::uint32_t kLeaf = 6;
constexpr double kSameMm = 1e-6;

/// Whether the part [from, to] of a ray touches a box.
bool touches(const vec::V& low,
             const vec::V& high,
             const vec::V& origin,
             const vec::V& direction,
             std::array<double, 2> t) {
  for (unsigned a = 0; a < 3; ++a) {
    if (direction[a] == 0.0) {
      if (origin[a] < low[a] || origin[a] > high[a]) return false;
      continue;
    }
    double near = (low[a] - origin[a]) / direction[a], far = (high[a] - origin[a]) / direction[a];
    if (near > far) std::swap(near, far);
    t[0] = std::max(t[0], near);
    t[1] = std::min(t[1], far + 1e-9);  // rounding must not lose a triangle that lies in a face of its box
    if (t[0] > t[1]) return false;
  }
  return true;
}

/// The nearest point of a triangle; Ericson, Real-Time Collision Detection, 2005, section 5.1.5.
vec::V closest_on(const vec::V& p, const vec::V& a, const vec::V& b, const vec::V& c) {
  const vec::V ab = vec::sub(b, a), ac = vec::sub(c, a), ap = vec::sub(p, a);
  const double d1 = vec::dot(ab, ap), d2 = vec::dot(ac, ap);
  if (d1 <= 0.0 && d2 <= 0.0) return a;
  const vec::V bp = vec::sub(p, b);
  const double d3 = vec::dot(ab, bp), d4 = vec::dot(ac, bp);
  if (d3 >= 0.0 && d4 <= d3) return b;
  const double vc = d1 * d4 - d3 * d2;
  if (vc <= 0.0 && d1 >= 0.0 && d3 <= 0.0) return vec::along(a, d1 / (d1 - d3), ab);
  const vec::V cp = vec::sub(p, c);
  const double d5 = vec::dot(ab, cp), d6 = vec::dot(ac, cp);
  if (d6 >= 0.0 && d5 <= d6) return c;
  const double vb = d5 * d2 - d1 * d6;
  if (vb <= 0.0 && d2 >= 0.0 && d6 <= 0.0) return vec::along(a, d2 / (d2 - d6), ac);
  const double va = d3 * d6 - d5 * d4;
  if (va <= 0.0 && d4 - d3 >= 0.0 && d5 - d6 >= 0.0)
    return vec::along(b, (d4 - d3) / ((d4 - d3) + (d5 - d6)), vec::sub(c, b));
  const double sum = va + vb + vc;
  return vec::along(vec::along(a, vb / sum, ab), vc / sum, ac);
}

}  // namespace

MeshTree::MeshTree(const TriangleMesh& mesh) : mesh_(mesh) {
  require_valid(mesh_);
  order_.resize(mesh_.triangles.size());
  std::iota(order_.begin(), order_.end(), 0U);
  std::vector<vec::V> centres;
  centres.reserve(order_.size());
  for (const auto& t : mesh_.triangles) {
    const auto& p = mesh_.points_lps_mm;
    centres.push_back(vec::scaled(vec::add(vec::add(p[t[0]], p[t[1]]), p[t[2]]), 1.0 / 3.0));
  }
  nodes_.reserve(order_.size());
  if (!order_.empty()) build(0, static_cast<std::uint32_t>(order_.size()), centres);
}

std::uint32_t MeshTree::build(std::uint32_t first, std::uint32_t count, std::vector<vec::V>& centres) {
  const auto at = static_cast<std::uint32_t>(nodes_.size());
  nodes_.emplace_back();
  constexpr double kFar = std::numeric_limits<double>::infinity();
  Box box{{kFar, kFar, kFar}, {-kFar, -kFar, -kFar}}, middle = box;
  for (std::uint32_t n = first; n < first + count; ++n)
    for (unsigned a = 0; a < 3; ++a) {
      for (const std::uint32_t corner : mesh_.triangles[order_[n]]) {
        box.low[a] = std::min(box.low[a], mesh_.points_lps_mm[corner][a]);
        box.high[a] = std::max(box.high[a], mesh_.points_lps_mm[corner][a]);
      }
      middle.low[a] = std::min(middle.low[a], centres[order_[n]][a]);
      middle.high[a] = std::max(middle.high[a], centres[order_[n]][a]);
    }
  nodes_[at].box = box;
  nodes_[at].first = first;
  if (count <= kLeaf) {
    nodes_[at].count = count;
    return at;
  }
  unsigned axis = 0;
  for (unsigned a = 1; a < 3; ++a)
    if (middle.high[a] - middle.low[a] > middle.high[axis] - middle.low[axis]) axis = a;
  const std::uint32_t half = count / 2;
  std::nth_element(order_.begin() + first,
                   order_.begin() + first + half,
                   order_.begin() + first + count,
                   [&](std::uint32_t a, std::uint32_t b) {
                     return std::pair(centres[a][axis], a) < std::pair(centres[b][axis], b);
                   });
  build(first, half, centres);
  nodes_[at].right = build(first + half, count - half, centres);
  return at;
}

double MeshTree::squared_distance(const Box& box, const vec::V& p) {
  double sum = 0.0;
  for (unsigned a = 0; a < 3; ++a) {
    const double d = std::max({box.low[a] - p[a], p[a] - box.high[a], 0.0});
    sum += d * d;
  }
  return sum;
}

std::vector<MeshTree::Hit> MeshTree::hits(const vec::V& origin_lps_mm,
                                          const vec::V& direction,
                                          double from_mm,
                                          double to_mm) const {
  std::vector<Hit> found;
  std::vector<std::uint32_t> stack;
  if (!nodes_.empty()) stack.push_back(0);
  while (!stack.empty()) {
    const std::uint32_t at = stack.back();
    const Node& node = nodes_[at];
    stack.pop_back();
    if (!touches(node.box.low, node.box.high, origin_lps_mm, direction, {from_mm, to_mm})) continue;
    if (node.count == 0) {
      stack.push_back(node.right);
      stack.push_back(at + 1);
      continue;
    }
    for (std::uint32_t n = node.first; n < node.first + node.count; ++n) {
      const auto& t = mesh_.triangles[order_[n]];
      const vec::V& a = mesh_.points_lps_mm[t[0]];
      const vec::V ab = vec::sub(mesh_.points_lps_mm[t[1]], a), ac = vec::sub(mesh_.points_lps_mm[t[2]], a);
      const vec::V p = vec::cross(direction, ac);  // Moeller and Trumbore, 1997
      const double det = vec::dot(ab, p);
      if (det == 0.0) continue;
      const vec::V from_a = vec::sub(origin_lps_mm, a), q = vec::cross(from_a, ab);
      const double u = vec::dot(from_a, p) / det, v = vec::dot(direction, q) / det;
      constexpr double kEdge = 1e-12;  // neither triangle at an edge may lose a ray through it
      if (u < -kEdge || v < -kEdge || u + v > 1.0 + kEdge) continue;
      const double distance = vec::dot(ac, q) / det;
      if (distance >= from_mm && distance <= to_mm) found.push_back({distance, det < 0.0, order_[n]});
    }
  }
  std::sort(found.begin(), found.end(), [](const Hit& a, const Hit& b) {
    return std::pair(a.distance_mm, a.triangle) < std::pair(b.distance_mm, b.triangle);
  });
  const auto same = [](const Hit& a, const Hit& b) {
    return a.leaving == b.leaving && b.distance_mm - a.distance_mm < kSameMm;
  };
  found.erase(std::unique(found.begin(), found.end(), same), found.end());
  return found;
}

std::optional<MeshTree::Nearest> MeshTree::nearest(const vec::V& point_lps_mm, double limit_mm) const {
  if (nodes_.empty()) return std::nullopt;
  double best = limit_mm * limit_mm;
  std::optional<Nearest> found;
  std::vector<std::pair<double, std::uint32_t>> stack{{squared_distance(nodes_[0].box, point_lps_mm), 0U}};
  while (!stack.empty()) {
    const auto [away, at] = stack.back();
    stack.pop_back();
    if (away > best) continue;
    const Node& node = nodes_[at];
    if (node.count == 0) {
      std::pair<double, std::uint32_t> left{squared_distance(nodes_[at + 1].box, point_lps_mm), at + 1};
      std::pair<double, std::uint32_t> right{squared_distance(nodes_[node.right].box, point_lps_mm),
                                             node.right};
      if (left.first < right.first) std::swap(left, right);
      stack.push_back(left);
      stack.push_back(right);  // the nearer one is looked at first
      continue;
    }
    for (std::uint32_t n = node.first; n < node.first + node.count; ++n) {
      const auto& t = mesh_.triangles[order_[n]];
      const auto& p = mesh_.points_lps_mm;
      const vec::V q = closest_on(point_lps_mm, p[t[0]], p[t[1]], p[t[2]]);
      const vec::V d = vec::sub(q, point_lps_mm);
      const double squared = vec::dot(d, d);
      if (squared > best || (found && squared == best && order_[n] > found->triangle)) continue;
      best = squared;
      found = Nearest{q, std::sqrt(squared), order_[n], t[0]};
    }
  }
  if (found)
    for (const std::uint32_t corner : mesh_.triangles[found->triangle])
      if (vec::distance(mesh_.points_lps_mm[corner], found->point_lps_mm) <
          vec::distance(mesh_.points_lps_mm[found->vertex], found->point_lps_mm))
        found->vertex = corner;
  return found;
}

}  // namespace ledd
