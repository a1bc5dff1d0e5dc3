#include <algorithm>
#include <queue>
#include <tuple>

#include "ledd/mesh/mesh.h"
#include "ledd/mesh/vectors.h"

namespace ledd {
namespace {

using Pair = std::pair<std::uint32_t, std::uint32_t>;

Neighbours from_pairs(std::size_t count, std::vector<Pair>& pairs) {
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  Neighbours all;
  all.first.assign(count + 1, 0);
  all.list.reserve(pairs.size());
  for (const auto& [a, b] : pairs) {
    ++all.first[a + 1];
    all.list.push_back(b);
  }
  for (std::size_t v = 0; v < count; ++v) all.first[v + 1] += all.first[v];
  return all;
}

void push_edges(const TriangleMesh& mesh, std::vector<Pair>& pairs) {
  pairs.reserve(6 * mesh.triangles.size());
  for (const auto& t : mesh.triangles)
    for (unsigned a = 0; a < 3; ++a) {
      pairs.emplace_back(t[a], t[(a + 1) % 3]);
      pairs.emplace_back(t[(a + 1) % 3], t[a]);
    }
}

/// The corners that face each other across an edge of two triangles.
void push_diagonals(const TriangleMesh& mesh, std::vector<Pair>& pairs) {
  struct Edge {
    std::uint32_t low, high, facing;
  };
  std::vector<Edge> edges;
  edges.reserve(3 * mesh.triangles.size());
  for (const auto& t : mesh.triangles)
    for (unsigned a = 0; a < 3; ++a) {
      const auto [low, high] = std::minmax(t[a], t[(a + 1) % 3]);
      edges.push_back({low, high, t[(a + 2) % 3]});
    }
  std::sort(edges.begin(), edges.end(), [](const Edge& a, const Edge& b) {
    return std::tie(a.low, a.high, a.facing) < std::tie(b.low, b.high, b.facing);
  });
  for (std::size_t n = 0; n + 1 < edges.size(); ++n)
    if (edges[n].low == edges[n + 1].low && edges[n].high == edges[n + 1].high &&
        edges[n].facing != edges[n + 1].facing) {
      pairs.emplace_back(edges[n].facing, edges[n + 1].facing);
      pairs.emplace_back(edges[n + 1].facing, edges[n].facing);
    }
}

}  // namespace

Neighbours neighbours_of(const TriangleMesh& mesh) {
  std::vector<Pair> pairs;
  push_edges(mesh, pairs);
  return from_pairs(mesh.points_lps_mm.size(), pairs);
}

Neighbours ways_of(const TriangleMesh& mesh) {
  std::vector<Pair> pairs;
  push_edges(mesh, pairs);
  push_diagonals(mesh, pairs);
  return from_pairs(mesh.points_lps_mm.size(), pairs);
}

std::vector<int> connected_parts(const Neighbours& neighbours, std::span<const std::uint8_t> in) {
  std::vector<int> part(in.size(), 0);
  std::vector<std::size_t> sizes;
  std::vector<std::uint32_t> stack;
  for (std::size_t seed = 0; seed < in.size(); ++seed) {
    if (in[seed] == 0 || part[seed] != 0) continue;
    sizes.push_back(0);
    const int number = static_cast<int>(sizes.size());
    part[seed] = number;
    stack.push_back(static_cast<std::uint32_t>(seed));
    while (!stack.empty()) {
      const std::uint32_t v = stack.back();
      stack.pop_back();
      ++sizes.back();
      for (const std::uint32_t w : neighbours.of(v))
        if (in[w] != 0 && part[w] == 0) {
          part[w] = number;
          stack.push_back(w);
        }
    }
  }
  std::vector<int> order(sizes.size());
  for (std::size_t n = 0; n < order.size(); ++n) order[n] = static_cast<int>(n);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    return sizes[static_cast<std::size_t>(a)] > sizes[static_cast<std::size_t>(b)];
  });
  std::vector<int> rank(sizes.size() + 1, 0);
  for (std::size_t n = 0; n < order.size(); ++n)
    rank[static_cast<std::size_t>(order[n]) + 1] = static_cast<int>(n) + 1;
  for (int& p : part) p = rank[static_cast<std::size_t>(p)];
  return part;
}

std::vector<double> geodesic_distance_mm(const TriangleMesh& mesh,
                                         const Neighbours& ways,
                                         std::span<const std::uint8_t> seeds,
                                         double limit_mm) {
  const std::size_t count = mesh.points_lps_mm.size();
  require(seeds.size() == count && ways.first.size() == count + 1,
          Errc::kInput,
          "geodesic distances need a mark and the ways of each point");
  std::vector<double> distance(count, std::numeric_limits<double>::infinity());
  using Entry = std::pair<double, std::uint32_t>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue;
  for (std::size_t v = 0; v < count; ++v)
    if (seeds[v] != 0) {
      distance[v] = 0.0;
      queue.emplace(0.0, static_cast<std::uint32_t>(v));
    }
  while (!queue.empty()) {
    const auto [reached, v] = queue.top();
    queue.pop();
    if (reached > distance[v]) continue;
    for (const std::uint32_t w : ways.of(v)) {
      const double there = reached + vec::distance(mesh.points_lps_mm[v], mesh.points_lps_mm[w]);
      if (there >= distance[w] || there > limit_mm) continue;
      distance[w] = there;
      queue.emplace(there, w);
    }
  }
  return distance;
}

std::vector<std::array<double, 3>> smoothed_normals(const Neighbours& neighbours,
                                                    std::vector<std::array<double, 3>> normals,
                                                    int rounds) {
  std::vector<vec::V> next(normals.size());
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t v = 0; v < normals.size(); ++v) {
      vec::V sum = normals[v];
      for (const std::uint32_t w : neighbours.of(v)) sum = vec::add(sum, normals[w]);
      next[v] = vec::unit(sum);
    }
    normals.swap(next);
  }
  return normals;
}

}  // namespace ledd
