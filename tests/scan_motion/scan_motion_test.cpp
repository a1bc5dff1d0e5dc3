#include "ledd/scan_motion/scan_motion.h"

#include <gmock/gmock.h>
#include <tbb/global_control.h>

#include <cmath>

#include "ledd/core/error.h"
#include "ledd/xct_phantom/xct_phantom.h"

#include "jumped.h"
#include "phantom.h"

namespace ledd {
namespace {

using ::testing::HasSubstr;

const phantom::XctTruth& bone() {
  static const auto drawn = [] {
    phantom::XctPhantom p;
    p.slices = 24;
    p.margin_mm = 1.2;
    return phantom::draw(p);
  }();
  return drawn;
}

ScanMotion motion_of(const Volume& density) {
  Context context;
  return scan_motion(density, *bone().periosteal, context);
}

TEST(ScanMotion, AStillBoneIsGradeOne) {
  const auto motion = motion_of(*bone().density_mg_per_cm3);
  EXPECT_EQ(motion.grade, 1) << motion.sharpness_ratio;
}

TEST(ScanMotion, FartherJumpsAreBlunterAndFaceTheWayTheyWent) {
  double before = motion_of(*bone().density_mg_per_cm3).sharpness_ratio;
  for (const double mm : {0.08, 0.16, 0.3}) {
    const auto motion = motion_of(*phantom::jumped(*bone().density_mg_per_cm3, mm, 0.0));
    EXPECT_LT(motion.sharpness_ratio, before) << mm;
    before = motion.sharpness_ratio;
  }
  EXPECT_GE(motion_of(*phantom::jumped(*bone().density_mg_per_cm3, 0.3, 0.0)).grade, 4);
  // Of a jump farther than the blur many directions are as blunt as the one it went.
  const double x_deg = motion_of(*phantom::jumped(*bone().density_mg_per_cm3, 0.12, 0.0)).bluntest_deg;
  EXPECT_NEAR(std::min(x_deg, 180.0 - x_deg), 0.0, 16.0);
  EXPECT_NEAR(motion_of(*phantom::jumped(*bone().density_mg_per_cm3, 0.0, 0.12)).bluntest_deg, 90.0, 16.0);
}

TEST(ScanMotion, AThinCortexOnOneSideIsNoMotion) {
  auto uneven = phantom::jumped(*bone().density_mg_per_cm3, 0.0, 0.0);
  const auto size = uneven->GetLargestPossibleRegion().GetSize();
  for (std::size_t n = 0; n < uneven->GetLargestPossibleRegion().GetNumberOfPixels(); ++n)
    if (n % size[0] > size[0] / 2) uneven->GetBufferPointer()[n] *= 0.6F;
  EXPECT_LE(motion_of(*uneven).grade, 1);
}

TEST(ScanMotion, SevereMotionAsksForAReaderAndAStillBoneDoesNot) {
  const auto rows = measurements(motion_of(*phantom::jumped(*bone().density_mg_per_cm3, 0.3, 0.0)));
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_TRUE(needs_eyes(rows[1]));
  EXPECT_THAT(rows[1].reason, HasSubstr("may not be usable"));
  EXPECT_FALSE(needs_eyes(measurements(motion_of(*bone().density_mg_per_cm3))[1]));
}

TEST(ScanMotion, WithoutAnOutlineThereIsNoGrade) {
  auto mask = phantom::blank<Mask>({1, 1, 1}, {1, 1, 1}, 0);
  mask->CopyInformation(bone().density_mg_per_cm3);
  mask->SetRegions(bone().density_mg_per_cm3->GetLargestPossibleRegion());
  mask->Allocate(true);
  Context context;
  const auto motion = scan_motion(*bone().density_mg_per_cm3, *mask, context);
  EXPECT_EQ(motion.grade, 0);
  EXPECT_EQ(measurements(motion)[0].quality, Quality::kFailed);
  const auto other = phantom::blank<Mask>({4, 4, 4}, {1, 1, 1}, 1);
  EXPECT_THROW(scan_motion(*bone().density_mg_per_cm3, *other, context), Error);
}

TEST(ScanMotion, TheSameForAnyNumberOfThreads) {
  std::vector<double> ratios;
  for (const std::size_t threads : {1U, 2U}) {
    const tbb::global_control control(tbb::global_control::max_allowed_parallelism, threads);
    ratios.push_back(motion_of(*bone().density_mg_per_cm3).sharpness_ratio);
  }
  EXPECT_EQ(ratios[0], ratios[1]);
}

}  // namespace
}  // namespace ledd
