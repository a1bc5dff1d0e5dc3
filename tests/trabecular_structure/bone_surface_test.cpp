#include "ledd/trabecular_structure/bone_surface.h"

#include <gmock/gmock.h>
#include <tbb/global_control.h>

#include <numbers>

#include "solids.h"

namespace ledd {
namespace {

using namespace solids;
using std::numbers::pi;

/// All but a layer at the border of the image, so that shapes that go through have clean cuts.
Mask::Pointer middle_of(const Mask& like, long layer) {
  auto mask = everywhere(like);
  const auto size = like.GetLargestPossibleRegion().GetSize();
  for (std::size_t n = 0; n < like.GetLargestPossibleRegion().GetNumberOfPixels(); ++n) {
    const auto at = mask->ComputeIndex(static_cast<long>(n));
    for (unsigned a = 0; a < 3; ++a)
      if (at[a] < layer || at[a] >= static_cast<long>(size[a]) - layer) mask->GetBufferPointer()[n] = 0;
  }
  return mask;
}

double smi(const Mask& bone, const Mask& within) {
  const auto s = bone_surface(bone, within);
  double voxels = 0.0;
  for (std::size_t n = 0; n < bone.GetLargestPossibleRegion().GetNumberOfPixels(); ++n)
    voxels += bone.GetBufferPointer()[n] != 0 && within.GetBufferPointer()[n] != 0 ? 1.0 : 0.0;
  return 6.0 * voxels * std::pow(kVoxel_mm, 3) * s.growth_mm / (s.area_mm2 * s.area_mm2);
}

const Point kTilted = unit({0.3, 0.5, 0.8});

Mask::Pointer ball(double diameter) {
  Grid grid = cubes(static_cast<std::size_t>(diameter) + 12);
  grid.shift_vox = {0.2, 0.4, -0.3};
  return drawn(grid, [&](const Point& p) { return length(p) < 0.5 * diameter; });
}
Mask::Pointer rod(double diameter, const Point& axis) {
  return drawn(cubes(56), [&](const Point& p) { return off_axis(p, axis) < 0.5 * diameter; });
}
Mask::Pointer plate(double thickness, const Point& axis) {
  return drawn(cubes(56), [&](const Point& p) { return std::abs(dot(p, axis)) < 0.5 * thickness; });
}
/// The middle 24 slices.
Mask::Pointer slab() {
  return drawn(cubes(56), [](const Point& p) { return std::abs(p[2]) < 12.0; });
}
double area_vox(const Mask& bone, const Mask& within) {
  return bone_surface(bone, within).area_mm2 / (kVoxel_mm * kVoxel_mm);
}

TEST(BoneSurface, OfABallIsRightToThreePercentFromEightVoxelsOn) {
  for (const double d : {8.0, 10.0, 14.0, 20.0})
    EXPECT_NEAR(area_vox(*ball(d), *everywhere(*ball(d))) / (pi * d * d), 1.0, 0.03) << d;
}

TEST(BoneSurface, OfARodIsRightToThreePercentAlsoWhereItIsTilted) {
  for (const double d : {6.0, 8.0, 14.0})
    EXPECT_NEAR(area_vox(*rod(d, kTilted), *slab()) / (pi * d * 24.0 / kTilted[2]), 1.0, 0.03) << d;
}

TEST(BoneSurface, OfUprightRodsIsRightToThreePercentInTheMean) {
  // upright, every slice has the same error; where a rod stands in the grid changes it
  Grid grid{{26, 26, 8}};
  for (const double d : {6.0, 8.0, 14.0}) {
    double sum = 0.0;
    for (int n = 0; n < 16; ++n) {
      grid.shift_vox = {n % 4 * 0.25, n / 4 * 0.25, 0.0};
      const auto bone = drawn(grid, [&](const Point& p) { return std::hypot(p[0], p[1]) < 0.5 * d; });
      sum += area_vox(*bone, *everywhere(*bone)) / (pi * d * 8.0);
    }
    EXPECT_NEAR(sum / 16.0, 1.0, 0.03) << d;
  }
}

TEST(BoneSurface, OfAPlateIsRightToTwoPercentAlsoWhereItIsTilted) {
  const auto disc = drawn(cubes(56), [](const Point& p) { return off_axis(p, kTilted) < 18.0; });
  for (const double t : {3.0, 5.0, 9.0})
    EXPECT_NEAR(area_vox(*plate(t, kTilted), *disc) / (2.0 * pi * 18.0 * 18.0), 1.0, 0.02) << t;
  EXPECT_NEAR(area_vox(*plate(4.0, {0, 0, 1}), *everywhere(*slab())) / (2.0 * 56.0 * 56.0), 1.0, 1e-9)
      << "to the very border of the image";
}

TEST(BoneSurface, KnowsVoxelsThatAreNoCubes) {
  const auto mask =
      drawn({{40, 30, 16}, {0.05, 0.1, 0.2}}, [](const Point& p) { return std::abs(p[1]) < 4; });
  EXPECT_NEAR(bone_surface(*mask, *everywhere(*mask)).area_mm2, 2.0 * 40 * 0.05 * 16 * 0.2, 1e-9);
}

TEST(BoneSurface, CutsThroughBoneAreNone) {
  const auto solid = drawn(cubes(20), [](const Point&) { return true; });
  const auto part = drawn(cubes(20), [](const Point& p) { return length(p) < 6.0; });
  EXPECT_EQ(bone_surface(*solid, *part).area_mm2, 0.0);
  // a compartment that ends at the surface of bone outside it has none of that surface
  const auto outer = drawn(cubes(20), [](const Point& p) { return length(p) >= 6.0; });
  EXPECT_EQ(bone_surface(*outer, *part).area_mm2, 0.0);
}

TEST(BoneSurface, CompartmentsAddUpToTheWhole) {
  const auto bone = ball(14.0);
  const auto left = drawn(cubes(26), [](const Point& p) { return p[0] < 1.0; });
  const auto right = drawn(cubes(26), [](const Point& p) { return p[0] >= 1.0; });
  EXPECT_NEAR(area_vox(*bone, *left) + area_vox(*bone, *right), area_vox(*bone, *everywhere(*bone)), 1e-6);
}

TEST(BoneSurface, IsTheSameForAnyNumberOfThreads) {
  const auto bone = rod(9.0, kTilted);
  const auto many = bone_surface(*bone, *everywhere(*bone));
  const tbb::global_control one(tbb::global_control::max_allowed_parallelism, 1);
  const auto alone = bone_surface(*bone, *everywhere(*bone));
  EXPECT_EQ(many.area_mm2, alone.area_mm2);
  EXPECT_EQ(many.growth_mm, alone.growth_mm);
  EXPECT_EQ(many.facets_lps_mm2, alone.facets_lps_mm2);
}

TEST(StructureModelIndex, IsZeroForPlatesThreeForRodsFourForBallsAndNegativeForHollows) {
  EXPECT_NEAR(smi(*plate(6.0, kTilted), *middle_of(*slab(), 16)), 0.0, 0.05);
  EXPECT_NEAR(smi(*rod(10.0, kTilted), *slab()), 3.0, 0.1);
  EXPECT_NEAR(smi(*ball(20.0), *everywhere(*ball(20.0))), 4.0, 0.12);
  const auto hollow = drawn(cubes(40), [](const Point& p) { return length(p) > 9.0; });
  EXPECT_LT(smi(*hollow, *everywhere(*hollow)), -4.0);
}

double degrees(const Point& a, const Point& b) {
  return std::acos(std::min(1.0, std::abs(dot(a, b)))) * 180.0 / pi;
}

TEST(MeanInterceptLength, IsLongestAlongRodsAndShortestAcrossPlates) {
  const Point across = unit({0.8, 0.0, -0.3});  // at a right angle to kTilted
  const Point third = unit({kTilted[1] * across[2] - kTilted[2] * across[1],
                            kTilted[2] * across[0] - kTilted[0] * across[2],
                            kTilted[0] * across[1] - kTilted[1] * across[0]});
  const auto wave = [](double x) { return std::abs(x - 14.0 * std::round(x / 14.0)); };
  const auto rods = drawn(
      cubes(70), [&](const Point& p) { return std::hypot(wave(dot(p, across)), wave(dot(p, third))) < 4.0; });
  const auto plates = drawn(cubes(70), [&](const Point& p) { return wave(dot(p, kTilted)) < 3.0; });
  const auto inside = drawn(cubes(70), [](const Point& p) { return length(p) < 30.0; });
  const double volume = 4.0 / 3.0 * pi * std::pow(30.0 * kVoxel_mm, 3);
  const auto of_rods = mean_intercept_length(bone_surface(*rods, *inside), volume);
  const auto of_plates = mean_intercept_length(bone_surface(*plates, *inside), volume);
  ASSERT_TRUE(of_rods);
  ASSERT_TRUE(of_plates);
  EXPECT_LT(degrees(of_rods->axes_lps[0], kTilted), 1.0);
  EXPECT_GT(of_rods->degree(), 3.0);
  EXPECT_LT(degrees(of_plates->axes_lps[2], kTilted), 1.0);
  EXPECT_GT(of_plates->degree(), 3.0);
  // a line across the plates meets two surfaces in each period
  EXPECT_NEAR(of_plates->mil_mm[2], 0.5 * 14.0 * kVoxel_mm, 0.05 * 7.0 * kVoxel_mm);
}

TEST(MeanInterceptLength, IsTheSameAllRoundForBalls) {
  const auto one = ball(20.0);
  const auto mil = mean_intercept_length(bone_surface(*one, *everywhere(*one)), 1.0);
  ASSERT_TRUE(mil);
  EXPECT_NEAR(mil->degree(), 1.0, 0.03);
}

TEST(MeanInterceptLength, OfAnEllipsoidTurnsWithTheImage) {
  auto bone = drawn(cubes(44), [](const Point& p) { return length({p[0] / 2.0, p[1], p[2]}) < 9.0; });
  Mask::DirectionType turn;  // the first axis of the image runs along the patient's z
  turn.Fill(0.0);
  turn[2][0] = turn[0][1] = turn[1][2] = 1.0;
  bone->SetDirection(turn);
  const auto mil = mean_intercept_length(bone_surface(*bone, *everywhere(*bone)), 1.0);
  ASSERT_TRUE(mil);
  EXPECT_LT(degrees(mil->axes_lps[0], {0, 0, 1}), 0.5);
  EXPECT_GT(mil->degree(), 1.5);
}

TEST(MeanInterceptLength, IsNoneWithoutSurface) {
  EXPECT_FALSE(mean_intercept_length(BoneSurface{}, 1.0));
  const auto flat = drawn(cubes(20), [](const Point& p) { return std::abs(p[2]) < 3.0; });
  EXPECT_FALSE(mean_intercept_length(bone_surface(*flat, *everywhere(*flat)), 1.0))
      << "a line along the plate never meets it; got a value";
}

}  // namespace
}  // namespace ledd
