#include <gtest/gtest.h>

#include <cmath>

#include "ledd/cartilage_thickness/cartilage_thickness.h"

#include "shells.h"

namespace ledd {
namespace {

using shells::Shape;

CartilageLayer measure(const Labels& labels, const CartilageThickness::Probabilities& probabilities = {}) {
  Context context;
  return CartilageThickness()(labels, shells::kBone, {shells::kCartilage, 205}, probabilities, context);
}

class Shell : public ::testing::TestWithParam<std::tuple<Shape, double>> {};

TEST_P(Shell, HardLabelsGiveTheThicknessWithoutBiasByBothDefinitions) {
  const auto [shape, true_mm] = GetParam();
  // A surface that is nearly a plane meets the voxels in terraces as wide as the plate: what these do to its
  // mean is a matter of how the grid lies, and only the mean over several grids is the method's bias.
  double normals_mm = 0, lines_mm = 0;
  constexpr std::array<std::array<double, 2>, 3> kTurns{{{17, 11}, {-9, 23}, {38, 16}}};
  for (const auto& [yaw_deg, pitch_deg] : kTurns) {
    const auto layer = measure(*shells::labels(shape, true_mm, {0.365, 0.365, 0.7}, yaw_deg, pitch_deg));
    const auto n = shells::inner(shape, layer.bone.points_lps_mm, layer.thickness_mm);
    EXPECT_NEAR(n.mean, true_mm, 0.03) << yaw_deg;
    normals_mm += n.mean / 3;
    lines_mm += shells::inner(shape, layer.bone.points_lps_mm, layer.laplace_mm).mean / 3;
  }
  EXPECT_NEAR(normals_mm, true_mm, 0.02);
  EXPECT_NEAR(lines_mm, true_mm, 0.02);
  const CartilageLayer layer = measure(*shells::labels(shape, true_mm));
  const auto normal = shells::inner(shape, layer.bone.points_lps_mm, layer.thickness_mm);
  const auto laplace = shells::inner(shape, layer.bone.points_lps_mm, layer.laplace_mm);
  ASSERT_GT(normal.count, 300U);
  EXPECT_EQ(normal.lost, 0U);
  EXPECT_LT(static_cast<double>(laplace.lost), 0.01 * static_cast<double>(laplace.count));
  EXPECT_LT(normal.sd, 0.7 / std::sqrt(12.0)) << "the scatter of a voxel's edge";
  ASSERT_EQ(layer.plates.size(), 1U) << "a label without voxels has no plate";
  EXPECT_LT(layer.plates[0].unmatched_share, 0.02);
}

INSTANTIATE_TEST_SUITE_P(OnAnObliqueGrid,
                         Shell,
                         ::testing::Combine(::testing::ValuesIn(shells::kShapes),
                                            ::testing::Values(1.0, 2.0, 4.0)));

TEST(CartilageThickness, ProbabilitiesGiveItMoreExactly) {
  const auto labels = shells::labels(Shape::kSphere, 1.5);
  const auto bone = shells::part(*labels, Shape::kSphere, 1.5, shells::kBone);
  const auto cartilage = shells::part(*labels, Shape::kSphere, 1.5, shells::kCartilage);
  Context context;
  const auto layer = CartilageThickness()(*labels,
                                          shells::kBone,
                                          {shells::kCartilage},
                                          {{shells::kBone, bone}, {shells::kCartilage, cartilage}},
                                          context);
  const auto soft = shells::inner(Shape::kSphere, layer.bone.points_lps_mm, layer.thickness_mm);
  EXPECT_NEAR(soft.mean, 1.5, 0.02);
  const auto rough = measure(*labels);
  EXPECT_LT(soft.sd, 0.6 * shells::inner(Shape::kSphere, rough.bone.points_lps_mm, rough.thickness_mm).sd);
  EXPECT_THROW(
      CartilageThickness()(*labels, shells::kBone, {shells::kCartilage}, {{shells::kBone, bone}}, context),
      Error);
}

double tab_mm2(const CartilageLayer& layer, bool covered_only) {
  double sum = 0;
  for (std::size_t v = 0; v < layer.plate.size(); ++v)
    if (layer.plate[v] == shells::kCartilage && (!covered_only || layer.covered[v] != 0))
      sum += layer.area_mm2[v];
  return sum;
}

/// Radius over the surface around the axis of the sphere, where its plate is bare.
Labels::Pointer sphere_with_hole(double from_mm, double to_mm, double sector_rad = 10.0) {
  auto labels = shells::labels(Shape::kSphere, 2.0);
  testing::fill(*labels, [&](const Point& p) {
    const auto at = shells::place(Shape::kSphere, p);
    const double along = 20.0 - at.in_mm;
    const double turn = std::fabs(std::atan2(p[0] - shells::kCentre[0], p[1] - shells::kCentre[1]));
    const bool bare = along > from_mm && along < to_mm && turn < sector_rad;
    const auto id = shells::label(Shape::kSphere, 2.0, p);
    return bare && id == shells::kCartilage ? std::uint16_t{0} : id;
  });
  return labels;
}

TEST(CartilageThickness, BareHoleIsDenudedBoneOfItsTrueArea) {
  const auto layer = measure(*sphere_with_hole(-1, 5));
  const double cap_mm2 = 2 * M_PI * 400 * (1 - std::cos(1.0)),
               hole_mm2 = 2 * M_PI * 400 * (1 - std::cos(0.25));
  EXPECT_NEAR(tab_mm2(layer, false) / cap_mm2, 1.0, 0.015);
  EXPECT_NEAR(tab_mm2(layer, false) - tab_mm2(layer, true), hole_mm2, 0.06 * hole_mm2);
  EXPECT_NEAR(layer.plates[0].enclosed_mm2, hole_mm2, 0.06 * hole_mm2);
  for (std::size_t v = 0; v < layer.plate.size(); ++v) {
    if (layer.plate[v] == 0) {
      EXPECT_TRUE(std::isnan(layer.thickness_mm[v]) && std::isnan(layer.laplace_mm[v]));
    } else if (layer.covered[v] == 0) {
      EXPECT_EQ(layer.thickness_mm[v], 0.0);
    }
  }
}

TEST(CartilageThickness, NarrowBayIsClosedAndAWideOneIsNot) {
  const double cap_mm2 = 2 * M_PI * 400 * (1 - std::cos(1.0));
  // A bay from the rim inwards, by the sector's width at 16 mm from the axis: 4 mm, and 16 mm.
  const auto narrow = measure(*sphere_with_hole(13, 25, 0.12));
  EXPECT_NEAR(tab_mm2(narrow, false) / cap_mm2, 1.0, 0.02);
  // Along 13 to 20 mm from the axis, 0.24 rad wide; a step of the mesh at the bay's mouth stays open.
  const double bay_mm2 = 0.24 * 400 * (std::cos(13.0 / 20.0) - std::cos(1.0));
  EXPECT_NEAR(narrow.plates[0].bay_mm2, bay_mm2, 0.35 * bay_mm2);
  const auto wide = measure(*sphere_with_hole(13, 25, 0.6));
  EXPECT_LT(tab_mm2(wide, false) / cap_mm2, 0.96);
}

TEST(CartilageThickness, UnlabelledGapBetweenBoneAndCartilageIsNotCartilage) {
  auto labels = shells::labels(Shape::kSphere, 3.0);
  testing::fill(*labels, [](const Point& p) {
    const auto at = shells::place(Shape::kSphere, p);
    const auto id = shells::label(Shape::kSphere, 3.0, p);
    return id == shells::kCartilage && at.out_mm < 0.7 ? std::uint16_t{0} : id;
  });
  const auto layer = measure(*labels);
  EXPECT_NEAR(shells::inner(Shape::kSphere, layer.bone.points_lps_mm, layer.thickness_mm).mean, 2.3, 0.05);
}

TEST(CartilageThickness, CartilageFarFromItsBoneIsCountedAndCutCartilageIsMarked) {
  auto labels = shells::labels(Shape::kSphere, 2.0);
  EXPECT_FALSE(measure(*labels).plates[0].at_border);
  EXPECT_EQ(measure(*labels).plates[0].away_share, 0.0);
  for (long k = 0; k < 4; ++k)
    for (long j = 0; j < 30; ++j)
      for (long i = 0; i < 30; ++i) labels->SetPixel({{i, j, k}}, shells::kCartilage);
  const auto layer = measure(*labels);
  EXPECT_TRUE(layer.plates[0].at_border);
  EXPECT_GT(layer.plates[0].away_share, 0.02);
}

TEST(CartilageThickness, NoBoneOrNoCartilageIsRefused) {
  auto labels = shells::labels(Shape::kSphere, 2.0);
  Context context;
  EXPECT_THROW(CartilageThickness()(*labels, 201, {shells::kCartilage}, {}, context), Error);
  EXPECT_THROW(CartilageThickness()(*labels, shells::kBone, {202}, {}, context), Error);
  CartilageThickness::Params params;
  params.sigma_mm = -1;
  EXPECT_THROW(CartilageThickness{params}, Error);
}

}  // namespace
}  // namespace ledd
