#include "ledd/isosurface/isosurface.h"

#include <gtest/gtest.h>

#include <cmath>

#include "ledd/mesh/vectors.h"

#include "oblique.h"

namespace ledd {
namespace {

using testing::fill;
using testing::oblique_grid;

constexpr Point kCentre{12.3, -4.5, 6.7};
double from_centre(const Point& p) {
  return vec::distance(p, kCentre);
}

Volume::Pointer ball(double radius_mm, bool mirrored) {
  auto field = oblique_grid<Volume>({0.365, 0.365, 0.7}, {30, 30, 30}, kCentre, {17, 11, mirrored});
  fill(*field, [&](const Point& p) { return radius_mm - from_centre(p); });
  return field;
}

TEST(Isosurface, LiesOnTheLevelOfASmoothFieldWhateverTheGrid) {
  for (const bool mirrored : {false, true}) {
    const TriangleMesh mesh = isosurface(*ball(10, mirrored), 0.0);
    EXPECT_EQ(boundary_edges(mesh), 0U);
    for (const auto& p : mesh.points_lps_mm) EXPECT_NEAR(from_centre(p), 10, 0.012);
    EXPECT_NEAR(volume_mm3(mesh), 4000 * M_PI / 3, 15) << "the normals must point outwards";
    EXPECT_NEAR(area_mm2(mesh), 400 * M_PI, 2.5);
  }
}

TEST(Isosurface, IsOpenWhereTheImageEndsAndHasNoPointsWithoutASurface) {
  auto field = oblique_grid<Volume>({0.5, 0.5, 0.5}, {15, 15, 15}, kCentre);
  fill(*field, [&](const Point& p) { return 8 - from_centre(p); });
  EXPECT_GT(boundary_edges(isosurface(*field, 0.0)), 50U);
  EXPECT_TRUE(isosurface(*field, 100.0).points_lps_mm.empty());
  field->GetBufferPointer()[17] = std::nanf("");
  EXPECT_THROW(isosurface(*field, 0.0), Error);
}

TEST(SmoothOccupancy, HardLabelsGiveASurfaceWithoutBiasAndWithoutSteps) {
  auto labels = oblique_grid<Labels>({0.365, 0.365, 0.7}, {50, 50, 50}, kCentre);
  fill(*labels, [&](const Point& p) { return from_centre(p) < 20 ? 7 : 0; });
  const std::uint16_t ids[]{7};
  const TriangleMesh mesh = isosurface(*smooth_occupancy(*labels, ids, 0.6, 3.0), 0.5);
  double sum = 0, squares = 0;
  for (const auto& p : mesh.points_lps_mm) {
    const double off = from_centre(p) - 20;
    sum += off;
    squares += off * off;
  }
  const auto count = static_cast<double>(mesh.points_lps_mm.size());
  EXPECT_NEAR(sum / count, -0.018, 0.006) << "sigma^2 (k1 + k2) / 2";
  EXPECT_LT(std::sqrt(squares / count), 0.05);
  EXPECT_NEAR(area_mm2(mesh) / (1600 * M_PI), 1.0, 0.006);
  const auto normals = smoothed_normals(neighbours_of(mesh), vertex_normals(mesh), 16);
  for (std::size_t v = 0; v < normals.size(); v += 11)
    EXPECT_GT(vec::dot(normals[v], vec::unit(vec::sub(mesh.points_lps_mm[v], kCentre))), 0.98);
}

TEST(SmoothOccupancy, LabelThatIsNotThereAndProbabilitiesBeyondOneAreRefused) {
  auto labels = oblique_grid<Labels>({1, 1, 1}, {8, 8, 8});
  const std::uint16_t ids[]{7};
  EXPECT_THROW(smooth_occupancy(*labels, ids, 0.6, 3.0), Error);
  auto probability = oblique_grid<Volume>({1, 1, 1}, {8, 8, 8});
  EXPECT_THROW(smooth_occupancy(*probability, 0.6, 3.0), Error);
  probability->FillBuffer(2.0F);
  EXPECT_THROW(smooth_occupancy(*probability, 0.6, 3.0), Error);
}

TEST(FieldSampler, ReadsALinearFieldExactlyOnAnObliqueGrid) {
  auto field = oblique_grid<Volume>({0.4, 0.6, 0.9}, {20, 20, 20}, kCentre);
  fill(*field, [](const Point& p) { return 2 * p[0] - 3 * p[1] + 0.5 * p[2] + 4; });
  const FieldSampler sampler(*field);
  for (double s = -4; s < 4; s += 0.37) {
    const Point p{kCentre[0] + s, kCentre[1] - 0.7 * s, kCentre[2] + 0.3 * s};
    EXPECT_NEAR(sampler.value(p), 2 * p[0] - 3 * p[1] + 0.5 * p[2] + 4, 1e-4);
    const Point slope = sampler.gradient(p);
    EXPECT_NEAR(slope[0], 2, 1e-3);
    EXPECT_NEAR(slope[1], -3, 1e-3);
    EXPECT_NEAR(slope[2], 0.5, 1e-3);
    const Point back = sampler.point_of(sampler.index_of(p));
    for (unsigned a = 0; a < 3; ++a) EXPECT_NEAR(back[a], p[a], 1e-9);
  }
  EXPECT_TRUE(sampler.inside(kCentre));
  EXPECT_FALSE(sampler.inside({100, 0, 0}));
}

}  // namespace
}  // namespace ledd
