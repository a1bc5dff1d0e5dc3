#include "ledd/mesh/mesh.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "ledd/mesh/mesh_tree.h"
#include "ledd/mesh/vectors.h"

namespace ledd {
namespace {

using vec::V;

/// Longitude and latitude; with `open` the southern cap is left out.
TriangleMesh sphere(double radius_mm, const V& centre, unsigned rings = 60, bool open = false) {
  TriangleMesh mesh;
  const unsigned around = 2 * rings;
  mesh.points_lps_mm.push_back(vec::along(centre, radius_mm, {0, 0, 1}));
  for (unsigned r = 1; r < rings; ++r)
    for (unsigned a = 0; a < around; ++a) {
      const double theta = M_PI * r / rings, phi = 2 * M_PI * a / around;
      mesh.points_lps_mm.push_back(
          vec::along(centre,
                     radius_mm,
                     {std::sin(theta) * std::cos(phi), std::sin(theta) * std::sin(phi), std::cos(theta)}));
    }
  mesh.points_lps_mm.push_back(vec::along(centre, -radius_mm, {0, 0, 1}));
  const auto at = [&](unsigned r, unsigned a) { return 1 + (r - 1) * around + a % around; };
  for (unsigned a = 0; a < around; ++a) {
    mesh.triangles.push_back({0, at(1, a), at(1, a + 1)});
    for (unsigned r = 1; r + 1 < rings; ++r) {
      mesh.triangles.push_back({at(r, a), at(r + 1, a), at(r + 1, a + 1)});
      mesh.triangles.push_back({at(r, a), at(r + 1, a + 1), at(r, a + 1)});
    }
    if (!open)
      mesh.triangles.push_back({at(rings - 1, a),
                                static_cast<std::uint32_t>(mesh.points_lps_mm.size() - 1),
                                at(rings - 1, a + 1)});
  }
  return mesh;
}

TEST(Mesh, SphereHasItsAreaVolumeAndOutwardNormals) {
  const V centre{100, -50, 30};
  const TriangleMesh mesh = sphere(10, centre);
  EXPECT_NEAR(area_mm2(mesh), 400 * M_PI, 3);
  EXPECT_NEAR(volume_mm3(mesh), 4000 * M_PI / 3, 12);
  EXPECT_EQ(boundary_edges(mesh), 0U);
  double sum = 0;
  for (const double a : vertex_areas_mm2(mesh)) sum += a;
  EXPECT_NEAR(sum, area_mm2(mesh), 1e-9);
  const auto normals = vertex_normals(mesh);
  for (std::size_t v = 0; v < normals.size(); ++v)
    EXPECT_GT(vec::dot(normals[v], vec::unit(vec::sub(mesh.points_lps_mm[v], centre))), 0.999);
}

TEST(Mesh, OpenMeshHasAsManyBoundaryEdgesAsItsRim) {
  EXPECT_EQ(boundary_edges(sphere(10, {}, 20, true)), 40U);
}

TEST(Mesh, TriangleWithoutItsPointIsRefused) {
  TriangleMesh mesh;
  mesh.points_lps_mm = {{0, 0, 0}, {1, 0, 0}};
  mesh.triangles = {{0, 1, 2}};
  EXPECT_THROW(MeshTree{mesh}, Error);
  mesh.points_lps_mm.push_back({0, std::nan(""), 0});
  EXPECT_THROW(MeshTree{mesh}, Error);
}

TEST(Mesh, RayEntersAndLeavesASphereWhereItShould) {
  const V centre{5, 6, 7};
  const MeshTree tree(sphere(10, centre, 120));
  std::mt19937 random(1);
  std::normal_distribution<double> normal;
  for (int n = 0; n < 300; ++n) {
    const V d = vec::unit({normal(random), normal(random), normal(random)});
    const V side = vec::unit(vec::across({normal(random), normal(random), normal(random)}, d));
    const double off = 9.0 * (n % 10) / 10.0;
    const auto hits = tree.hits(vec::along(vec::along(centre, off, side), -20, d), d, 0, 50);
    ASSERT_EQ(hits.size(), 2U);
    const double half = std::sqrt(100 - off * off);
    EXPECT_NEAR(hits[0].distance_mm, 20 - half, 0.03);
    EXPECT_NEAR(hits[1].distance_mm, 20 + half, 0.03);
    EXPECT_FALSE(hits[0].leaving);
    EXPECT_TRUE(hits[1].leaving);
    EXPECT_TRUE(tree.hits(vec::along(vec::along(centre, 11, side), -20, d), d, 0, 50).empty());
  }
}

TEST(Mesh, RayThroughAnEdgePassesOnce) {
  TriangleMesh square;
  square.points_lps_mm = {{-1, -1, 0}, {1, -1, 0}, {1, 1, 0}, {-1, 1, 0}};
  square.triangles = {{0, 1, 2}, {0, 2, 3}};
  const auto hits = MeshTree(square).hits({0.25, 0.25, -3}, {0, 0, 1}, 0, 10);
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_TRUE(hits[0].leaving);
  EXPECT_DOUBLE_EQ(hits[0].distance_mm, 3);
}

TEST(Mesh, NearestPointIsThatOfTryingAllTriangles) {
  const TriangleMesh mesh = sphere(10, {}, 25);
  const MeshTree tree(mesh);
  std::mt19937 random(2);
  std::uniform_real_distribution<double> coordinate(-15, 15);
  for (int n = 0; n < 100; ++n) {
    const V p{coordinate(random), coordinate(random), coordinate(random)};
    double best = 1e9;
    for (const auto& t : mesh.triangles) {  // each triangle in a tree of its own
      TriangleMesh one{{mesh.points_lps_mm[t[0]], mesh.points_lps_mm[t[1]], mesh.points_lps_mm[t[2]]},
                       {{0, 1, 2}}};
      best = std::min(best, MeshTree(one).nearest(p)->distance_mm);
    }
    const auto found = tree.nearest(p);
    ASSERT_TRUE(found);
    EXPECT_NEAR(found->distance_mm, best, 1e-12);
    EXPECT_NEAR(found->distance_mm, std::fabs(vec::norm(p) - 10), 0.15);
  }
  EXPECT_FALSE(tree.nearest({0, 0, 30}, 5));
  EXPECT_FALSE(MeshTree(TriangleMesh{}).nearest({0, 0, 0}));
}

TEST(Mesh, GeodesicRunsAroundASphereAndNotThroughIt) {
  const TriangleMesh mesh = sphere(10, {}, 60);
  std::vector<std::uint8_t> seeds(mesh.points_lps_mm.size(), 0);
  seeds.front() = 1;
  const auto distance = geodesic_distance_mm(mesh, ways_of(mesh), seeds);
  for (std::size_t v = 0; v < seeds.size(); v += 7) {
    const double true_mm = 10 * std::acos(std::clamp(mesh.points_lps_mm[v][2] / 10, -1.0, 1.0));
    EXPECT_GE(distance[v], 0.99 * true_mm);
    EXPECT_LE(distance[v], 1.06 * true_mm + 1e-9);
  }
  EXPECT_TRUE(std::isinf(geodesic_distance_mm(mesh, ways_of(mesh), seeds, 5.0).back()));
}

TEST(Mesh, PartsAreNumberedBySize) {
  TriangleMesh two = sphere(10, {}, 10);
  const TriangleMesh large = sphere(5, {50, 0, 0}, 20);
  const auto shift = static_cast<std::uint32_t>(two.points_lps_mm.size());
  for (const auto& p : large.points_lps_mm) two.points_lps_mm.push_back(p);
  for (const auto& t : large.triangles) two.triangles.push_back({t[0] + shift, t[1] + shift, t[2] + shift});
  const std::vector<std::uint8_t> all(two.points_lps_mm.size(), 1);
  const auto parts = connected_parts(neighbours_of(two), all);
  EXPECT_EQ(parts.front(), 2);
  EXPECT_EQ(parts.back(), 1);
  std::vector<std::uint8_t> keep(all.size(), 0);
  std::fill(keep.begin() + shift, keep.end(), std::uint8_t{1});
  const MeshPart part = part_of(two, keep);
  EXPECT_EQ(part.mesh.triangles.size(), large.triangles.size());
  EXPECT_NEAR(area_mm2(part.mesh), area_mm2(large), 1e-9);
  EXPECT_EQ(part.mesh.points_lps_mm.front(), two.points_lps_mm[part.from.front()]);
}

}  // namespace
}  // namespace ledd
