#include "ledd/proximal_femur/femur_regions.h"

#include <gmock/gmock.h>

#include <array>

#include "ledd/core/error.h"
#include "ledd/morphology/morphology.h"

#include "drawn_hip.h"

namespace ledd {
namespace {

using testing::DrawnHip;
using ::testing::HasSubstr;
using testing::HipScan;
using testing::left_of;
using testing::true_femur;

FemurRegions::Result regions_of(const HipScan& scan, const DrawnHip& hip) {
  Context context;
  return FemurRegions()(
      *true_femur(scan, hip), hip.right ? anatomy::Side::kRight : anatomy::Side::kLeft, context);
}

std::array<double, 5> volumes_cm3(const FemurRegions::Result& result) {
  std::array<double, 5> all{};
  const auto s = result.regions->GetSpacing();
  for (std::size_t n = 0; n < result.regions->GetLargestPossibleRegion().GetNumberOfPixels(); ++n)
    all[result.regions->GetBufferPointer()[n]] += s[0] * s[1] * s[2] / 1e3;
  return all;
}

HipScan finer() {
  HipScan scan;
  scan.spacing_mm = {1.2, 1.2, 1.5};
  return scan;
}

void expect_frame(const HipScan& scan, const DrawnHip& hip) {
  const auto result = regions_of(scan, hip);
  ASSERT_TRUE(result.refusal.empty()) << result.refusal;
  const auto& f = result.frame;
  for (unsigned a = 0; a < 3; ++a) EXPECT_NEAR(f.head_lps_mm[a], hip.head_lps_mm[a], 1.0);
  EXPECT_NEAR(f.head_radius_mm, hip.radius_mm, 0.8);
  // Drawn: the neck runs from (0, 0, 0) to (40, 9, -30), at a right angle and more to the shaft.
  const double side = hip.right ? -1.0 : 1.0, length = std::hypot(40.0, 9.0, 30.0);
  EXPECT_GT((side * 40.0 * f.neck_axis[0] + 9.0 * f.neck_axis[1] - 30.0 * f.neck_axis[2]) / length,
            std::cos(6.0 * M_PI / 180));
  ASSERT_TRUE(f.shaft_in_view);
  EXPECT_NEAR(f.neck_shaft_deg, 126.0, 6.0);
  // The lesser trochanter's end is drawn as a ball of 9 mm about 60 mm below the head's centre, within others
  // of 14.
  EXPECT_NEAR(f.trochanter_end_mm, 70.0, 8.0);
  EXPECT_NEAR(f.neck_mm2, M_PI * 15.0 * 15.0, 0.12 * M_PI * 15.0 * 15.0);
  EXPECT_TRUE(result.neck_whole);
  EXPECT_TRUE(result.trochanteric_whole);
  EXPECT_TRUE(result.shaft_whole);
}

TEST(FemurRegions, HeadNeckAndShaftOfADrawnFemurAreFound) {
  expect_frame(finer(), DrawnHip{});
  expect_frame(finer(), left_of(DrawnHip{}));
}

TEST(FemurRegions, AnObliqueMirroredGridChangesNothing) {
  auto scan = finer();
  scan.turn = {17, 11, true};
  scan.extent_mm = {340, 240, 270};
  expect_frame(scan, DrawnHip{});
  const auto plain = volumes_cm3(regions_of(finer(), DrawnHip{})),
             turned = volumes_cm3(regions_of(scan, DrawnHip{}));
  for (unsigned r = 1; r <= 4; ++r) EXPECT_NEAR(turned[r], plain[r], 0.05 * plain[r] + 0.5) << "region " << r;
}

TEST(FemurRegions, RegionsAreInOrderAlongTheBone) {
  const auto result = regions_of(finer(), DrawnHip{});
  std::array<double, 5> height{}, count{};
  for (std::size_t n = 0; n < result.regions->GetLargestPossibleRegion().GetNumberOfPixels(); ++n) {
    Labels::PointType p;
    result.regions->TransformIndexToPhysicalPoint(result.regions->ComputeIndex(static_cast<long>(n)), p);
    height[result.regions->GetBufferPointer()[n]] += p[2];
    count[result.regions->GetBufferPointer()[n]] += 1.0;
  }
  for (unsigned r = 1; r <= 4; ++r) ASSERT_GT(count[r], 0.0);
  for (unsigned r = 1; r < 4; ++r) EXPECT_GT(height[r] / count[r], height[r + 1] / count[r + 1]);
  EXPECT_NEAR(volumes_cm3(result)[4], 20.0 * M_PI * 14.0 * 14.0 / 1e3, 1.8);
}

TEST(FemurRegions, WithoutAShaftTheRestIsMeasured) {
  DrawnHip hip;
  hip.shaft_mm = 62.0;
  const auto result = regions_of(finer(), hip);
  ASSERT_TRUE(result.refusal.empty()) << result.refusal;
  EXPECT_FALSE(result.frame.shaft_in_view);
  EXPECT_FALSE(result.trochanteric_whole);
  ASSERT_EQ(result.doubts.size(), 1U);
  EXPECT_THAT(result.doubts.front(), HasSubstr("of shaft below the lesser trochanter"));
  const auto cm3 = volumes_cm3(result);
  EXPECT_GT(cm3[2], 3.0);
  EXPECT_GT(cm3[3], 20.0);
  EXPECT_EQ(cm3[4], 0.0);
}

TEST(FemurRegions, ANeckThatTheScanCutsIsNotMeasured) {
  auto scan = finer();
  scan.extent_mm[2] = 70;
  scan.centre_lps_mm[2] = 25.0;  // from -10, 30 mm below the head's centre
  const auto result = regions_of(scan, DrawnHip{});
  ASSERT_TRUE(result.refusal.empty()) << result.refusal;
  EXPECT_FALSE(result.neck_whole);
  EXPECT_FALSE(result.trochanteric_whole);
  EXPECT_NEAR(result.frame.head_radius_mm, 24.0, 1.0);
  const auto cm3 = volumes_cm3(result);
  EXPECT_EQ(cm3[2], 0.0);
  EXPECT_GT(cm3[1], 40.0);
}

TEST(FemurRegions, WhatIsNoFemurIsRefused) {
  Context context;
  auto mask = testing::oblique_grid<Mask>({2, 2, 2}, {120, 120, 120});
  EXPECT_THROW(FemurRegions()(*mask, anatomy::Side::kRight, context), Error);
  testing::fill(*mask, [](const Point& p) { return std::fabs(p[0]) < 12 && std::fabs(p[1]) < 12 ? 1 : 0; });
  EXPECT_FALSE(FemurRegions()(*mask, anatomy::Side::kRight, context).refusal.empty());
}

}  // namespace
}  // namespace ledd
