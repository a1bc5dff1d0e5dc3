#include "ledd/proximal_femur/proximal_femur.h"

#include <gmock/gmock.h>
#include <tbb/global_control.h>

#include <cstring>
#include <limits>

#include "ledd/core/error.h"
#include "ledd/files/files.h"
#include "ledd/morphology/morphology.h"

#include "drawn_hip.h"
#include "realdata.h"

namespace ledd {
namespace {

using testing::dice;
using testing::drawn_scan;
using testing::DrawnHip;
using ::testing::HasSubstr;
using testing::HipScan;
using testing::left_of;
using testing::true_femur;

constexpr std::uint16_t kRight = 211, kLeft = 212;

HipScan quick() {
  HipScan scan;
  scan.spacing_mm = {1.5, 1.5, 1.5};
  scan.extent_mm = {340, 150, 220};
  return scan;
}

double off_mm(const Point& a, const Point& b) {
  return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

TEST(ProximalFemur, BothHipsAreFoundNamedByTheirSideAndOutlined) {
  const DrawnHip right, left = left_of(right);
  const auto scan = quick();
  Context context;
  const auto found = ProximalFemur()(*drawn_scan(scan, {right, left}), context);
  ASSERT_TRUE(found.right.found) << found.right.refusal;
  ASSERT_TRUE(found.left.found) << found.left.refusal << " ball at " << found.left.head_lps_mm[0] << ' '
                                << found.left.head_lps_mm[1] << ' ' << found.left.head_lps_mm[2]
                                << " mm, radius " << found.left.head_radius_mm;
  EXPECT_LT(off_mm(found.right.head_lps_mm, right.head_lps_mm), 1.5);
  EXPECT_LT(off_mm(found.left.head_lps_mm, left.head_lps_mm), 1.5);
  EXPECT_NEAR(found.right.head_radius_mm, 24.0, 1.2);
  EXPECT_GE(dice(*true_femur(scan, right), *found.labels, kRight), 0.95);
  EXPECT_GE(dice(*true_femur(scan, left), *found.labels, kLeft), 0.95);
}

TEST(ProximalFemur, AMirroredGridDoesNotSwapTheSides) {
  DrawnHip right, left = left_of(right);
  left.radius_mm = 26.0;
  auto scan = quick();
  scan.turn = {14, 8, true};
  scan.extent_mm = {360, 230, 250};
  Context context;
  const auto found = ProximalFemur()(*drawn_scan(scan, {right, left}), context);
  ASSERT_TRUE(found.right.found) << found.right.refusal;
  ASSERT_TRUE(found.left.found) << found.left.refusal << " ball at " << found.left.head_lps_mm[0] << ' '
                                << found.left.head_lps_mm[1] << ' ' << found.left.head_lps_mm[2]
                                << " mm, radius " << found.left.head_radius_mm;
  EXPECT_GE(dice(*true_femur(scan, right), *found.labels, kRight), 0.95);
  EXPECT_GE(dice(*true_femur(scan, left), *found.labels, kLeft), 0.95);
  EXPECT_GT(found.left.head_radius_mm, found.right.head_radius_mm + 1.0);
}

TEST(ProximalFemur, OneHipAloneIsGivenItsSideByItsForm) {
  const DrawnHip right, left = left_of(right);
  for (const DrawnHip& hip : {right, left}) {
    auto scan = quick();
    scan.extent_mm = {170, 150, 220};
    scan.centre_lps_mm[0] = hip.right ? -100.0 : 100.0;
    Context context;
    const auto found = ProximalFemur()(*drawn_scan(scan, {right, left}), context);
    const auto& here = hip.right ? found.right : found.left;
    const auto& there = hip.right ? found.left : found.right;
    EXPECT_TRUE(here.found) << here.refusal;
    EXPECT_FALSE(there.found);
    EXPECT_THAT(there.refusal, HasSubstr("not in view"));
    EXPECT_GE(dice(*true_femur(scan, hip), *found.labels, hip.right ? kRight : kLeft), 0.95);
  }
}

TEST(ProximalFemur, MetalRefusesItsOwnSideAlone) {
  DrawnHip right, left = left_of(right);
  left.implant = true;
  Context context;
  const auto scan = quick();
  const auto found = ProximalFemur()(*drawn_scan(scan, {right, left}), context);
  EXPECT_TRUE(found.right.found) << found.right.refusal;
  EXPECT_FALSE(found.left.found);
  EXPECT_THAT(found.left.refusal, HasSubstr("metal"));
  for (std::size_t n = 0; n < found.labels->GetLargestPossibleRegion().GetNumberOfPixels(); ++n)
    ASSERT_NE(found.labels->GetBufferPointer()[n], kLeft);
}

TEST(ProximalFemur, MetalFarAwayRefusesNothing) {
  const DrawnHip right, left = left_of(right);
  auto scan = quick();
  scan.extent_mm[2] = 300;
  scan.centre_lps_mm[2] = 0;
  auto hu = drawn_scan(scan, {right, left});
  for (std::size_t n = 0; n < hu->GetLargestPossibleRegion().GetNumberOfPixels(); ++n) {
    Volume::PointType p;
    hu->TransformIndexToPhysicalPoint(hu->ComputeIndex(static_cast<long>(n)), p);
    if (std::hypot(p[0] + 60, p[1], p[2] - 135) < 6.0) hu->GetBufferPointer()[n] = 5000.0F;
  }
  Context context;
  const auto found = ProximalFemur()(*hu, context);
  EXPECT_TRUE(found.right.found) << found.right.refusal;
  EXPECT_TRUE(found.left.found) << found.left.refusal;
}

TEST(ProximalFemur, AHeadCutByTheBorderIsRefused) {
  const DrawnHip right, left = left_of(right);
  auto scan = quick();
  scan.extent_mm[2] = 150;
  scan.centre_lps_mm[2] = 30.0 - 75.0;  // ends 10 mm above the heads' centres
  Context context;
  const auto found = ProximalFemur()(*drawn_scan(scan, {right, left}), context);
  EXPECT_FALSE(found.right.found);
  EXPECT_FALSE(found.left.found);
  EXPECT_THAT(found.right.refusal,
              ::testing::AnyOf(HasSubstr("cut"), HasSubstr("no femoral head"), HasSubstr("not round")));
}

TEST(ProximalFemur, AScanThatEndsInTheTrochantersIsMeasuredWithADoubt) {
  const DrawnHip right, left = left_of(right);
  auto scan = quick();
  scan.extent_mm[2] = 110;
  scan.centre_lps_mm[2] = 30.0;  // from -25, 45 mm below the heads' centres
  Context context;
  const auto found = ProximalFemur()(*drawn_scan(scan, {right, left}), context);
  ASSERT_TRUE(found.right.found) << found.right.refusal;
  ASSERT_EQ(found.right.doubts.size(), 1U);
  EXPECT_THAT(found.right.doubts.front(), HasSubstr("trochanteric region is cut"));
}

TEST(ProximalFemur, NoHipAndNoNumbersAreRefusedNotThrown) {
  Context context;
  auto empty = testing::oblique_grid<Volume>({2, 2, 2}, {200, 200, 200});
  for (const float value : {0.0F, -1000.0F, std::numeric_limits<float>::quiet_NaN()}) {
    empty->FillBuffer(value);
    const auto found = ProximalFemur()(*empty, context);
    EXPECT_FALSE(found.right.found || found.left.found);
    EXPECT_THAT(found.right.refusal, HasSubstr("no femoral head"));
  }
  const auto coarse = testing::oblique_grid<Volume>({2, 2, 5}, {60, 60, 60});
  EXPECT_THROW(ProximalFemur()(*coarse, context), Error);
}

TEST(ProximalFemur, OneThreadAndTwoGiveTheSame) {
  const DrawnHip right, left = left_of(right);
  auto scan = quick();
  scan.spacing_mm = {2, 2, 2};
  const auto hu = drawn_scan(scan, {right, left});
  Context context;
  const auto two = ProximalFemur()(*hu, context);
  const tbb::global_control one(tbb::global_control::max_allowed_parallelism, 1);
  const auto alone = ProximalFemur()(*hu, context);
  EXPECT_TRUE(two.right.found);
  EXPECT_EQ(std::memcmp(two.labels->GetBufferPointer(),
                        alone.labels->GetBufferPointer(),
                        2 * two.labels->GetLargestPossibleRegion().GetNumberOfPixels()),
            0);
}

TEST(ProximalFemur, ParametersBeyondTheirRangeAreRefused) {
  ProximalFemur::Params params;
  params.grid_mm = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(ProximalFemur{params}, Error);
  params.grid_mm = 0.8;
  EXPECT_NO_THROW(ProximalFemur{params});
}

TEST(ProximalFemur, TheRealScansHipWithMetalIsRefusedAndTheOtherFound) {
  LEDD_NEEDS_REALDATA("bone/ct-torso-3mm/example_ct.nii.gz");
  const auto folder = realdata() / "bone/ct-torso-3mm";
  const auto hu = files::read_volume(folder / "example_ct.nii.gz");
  const auto weak = files::read_labels(folder / "seg_fullres_v1_2022/femur_right.nii.gz");
  Context context;
  const auto found = ProximalFemur()(*hu, context);
  EXPECT_THAT(found.left.refusal, HasSubstr("metal"));
  ASSERT_TRUE(found.right.found) << found.right.refusal;
  ASSERT_FALSE(found.right.doubts.empty());
  auto mask = morphology::empty_like(*weak);
  for (std::size_t n = 0; n < weak->GetLargestPossibleRegion().GetNumberOfPixels(); ++n)
    mask->GetBufferPointer()[n] = weak->GetBufferPointer()[n] != 0 ? 1 : 0;
  // The weak mask leaves out the head's upper third.
  EXPECT_GE(dice(*mask, *found.labels, kRight), 0.8);
}

}  // namespace
}  // namespace ledd
