#include "ledd/mesh/mesh.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledd/mesh/vectors.h"

namespace ledd {
namespace {

/// Twice the area along the normal.
vec::V area_vector(const TriangleMesh& mesh, const std::array<std::uint32_t, 3>& t) {
  const auto& p = mesh.points_lps_mm;
  return vec::cross(vec::sub(p[t[1]], p[t[0]]), vec::sub(p[t[2]], p[t[0]]));
}

}  // namespace

void require_valid(const TriangleMesh& mesh) {
  const std::size_t count = mesh.points_lps_mm.size();
  for (const auto& t : mesh.triangles)  // the text is made only when it is needed: there are many triangles
    for (const std::uint32_t corner : t)
      if (corner >= count)
        throw Error(Errc::kInput,
                    fmt::format("a triangle of a mesh names point {}; there are {}", corner, count));
  for (const auto& p : mesh.points_lps_mm)
    for (const double x : p)
      if (!std::isfinite(x)) throw Error(Errc::kInput, fmt::format("a point of a mesh has coordinate {}", x));
}

std::vector<double> triangle_areas_mm2(const TriangleMesh& mesh) {
  std::vector<double> areas;
  areas.reserve(mesh.triangles.size());
  for (const auto& t : mesh.triangles) areas.push_back(0.5 * vec::norm(area_vector(mesh, t)));
  return areas;
}

std::vector<double> vertex_areas_mm2(const TriangleMesh& mesh) {
  std::vector<double> areas(mesh.points_lps_mm.size(), 0.0);
  for (const auto& t : mesh.triangles) {
    const double third = vec::norm(area_vector(mesh, t)) / 6.0;
    for (const std::uint32_t corner : t) areas[corner] += third;
  }
  return areas;
}

double area_mm2(const TriangleMesh& mesh) {
  double sum = 0.0;
  for (const auto& t : mesh.triangles) sum += 0.5 * vec::norm(area_vector(mesh, t));
  return sum;
}

double volume_mm3(const TriangleMesh& mesh) {
  if (mesh.points_lps_mm.empty()) return 0.0;
  const vec::V base = mesh.points_lps_mm.front();  // near the mesh, so that little is lost by cancelling
  double sum = 0.0;
  for (const auto& t : mesh.triangles)
    sum += vec::dot(vec::sub(mesh.points_lps_mm[t[0]], base), area_vector(mesh, t));
  return sum / 6.0;
}

std::size_t boundary_edges(const TriangleMesh& mesh) {
  std::vector<std::array<std::uint32_t, 2>> edges;
  edges.reserve(3 * mesh.triangles.size());
  for (const auto& t : mesh.triangles)
    for (unsigned a = 0; a < 3; ++a) {
      const auto [low, high] = std::minmax(t[a], t[(a + 1) % 3]);
      edges.push_back({low, high});
    }
  std::sort(edges.begin(), edges.end());
  std::size_t open = 0;
  for (std::size_t n = 0; n < edges.size();) {
    std::size_t end = n;
    while (end < edges.size() && edges[end] == edges[n]) ++end;
    if (end - n == 1) ++open;
    n = end;
  }
  return open;
}

std::vector<std::array<double, 3>> triangle_normals(const TriangleMesh& mesh) {
  std::vector<vec::V> normals;
  normals.reserve(mesh.triangles.size());
  for (const auto& t : mesh.triangles) normals.push_back(vec::unit(area_vector(mesh, t)));
  return normals;
}

std::vector<std::array<double, 3>> vertex_normals(const TriangleMesh& mesh) {
  std::vector<vec::V> normals(mesh.points_lps_mm.size(), vec::V{});
  for (const auto& t : mesh.triangles) {
    const vec::V n = area_vector(mesh, t);
    for (const std::uint32_t corner : t) normals[corner] = vec::add(normals[corner], n);
  }
  for (vec::V& n : normals) n = vec::unit(n);
  return normals;
}

MeshPart part_of(const TriangleMesh& mesh, std::span<const std::uint8_t> keep) {
  require(
      keep.size() == mesh.points_lps_mm.size(), Errc::kInput, "a part of a mesh needs a mark for each point");
  constexpr std::uint32_t kNone = ~std::uint32_t{0};
  MeshPart part;
  std::vector<std::uint32_t> to(keep.size(), kNone);
  for (const auto& t : mesh.triangles) {
    if (keep[t[0]] == 0 || keep[t[1]] == 0 || keep[t[2]] == 0) continue;
    std::array<std::uint32_t, 3> moved{};
    for (unsigned a = 0; a < 3; ++a) {
      if (to[t[a]] == kNone) {
        to[t[a]] = static_cast<std::uint32_t>(part.from.size());
        part.from.push_back(t[a]);
        part.mesh.points_lps_mm.push_back(mesh.points_lps_mm[t[a]]);
      }
      moved[a] = to[t[a]];
    }
    part.mesh.triangles.push_back(moved);
  }
  return part;
}

}  // namespace ledd
