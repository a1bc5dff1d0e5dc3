#include "instances.h"

#include <gmock/gmock.h>

#include "ledd/core/error.h"
#include "ledd/spine_segmentation/spine_segmentation.h"

#include "blocks.h"

namespace ledd::spine {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(FindInstances, FindsEveryBodyFromTopToBottomAndS1) {
  const Instances found = find_instances(spine(), kRules);
  ASSERT_THAT(found.bodies, SizeIs(6));
  ASSERT_THAT(found.s1, SizeIs(1));
  EXPECT_THAT(found.notes, IsEmpty());
  for (std::size_t n = 0; n < 6; ++n) {
    EXPECT_NEAR(found.bodies[n].centre_mm[0], 10 + 40 + 16.5, 1e-9);
    EXPECT_NEAR(found.bodies[n].centre_mm[1], 20 + 10 + 35.0 * static_cast<double>(n) + 13.0, 1e-9);
    EXPECT_NEAR(found.bodies[n].centre_mm[2], (2 + 5) * 4.0, 1e-9);
    EXPECT_NEAR(found.bodies[n].volume_cm3, 34 * 27 * 36 / 1000.0, 1e-9);
  }
}

TEST(FindInstances, PartsTwoBodiesThatTouchThroughABridge) {
  Probability p = spine();
  for (long z = 4; z < 7; ++z)
    for (long y = 10 + 27; y < 10 + 35; ++y)
      for (long x = 40; x < 46; ++x) p.values[kBody][p.at(x, y, z)] = 0.9F;
  const Instances found = find_instances(p, kRules);
  ASSERT_THAT(found.bodies, SizeIs(6));
  EXPECT_NEAR(found.bodies[0].centre_mm[1], 20 + 10 + 13.0, 1.0);
  EXPECT_NEAR(found.bodies[1].centre_mm[1], 20 + 45 + 13.0, 1.0);
}

TEST(FindInstances, LeavesOutWhatLiesOffTheSpineAndSaysSo) {
  Probability p = spine();
  block(p, kBody, 84, 60, 20);  // beside the third body
  const Instances found = find_instances(p, kRules);
  EXPECT_THAT(found.bodies, SizeIs(6));
  ASSERT_THAT(found.notes, SizeIs(1));
  EXPECT_THAT(found.notes[0], HasSubstr("1 part(s)"));
}

TEST(FindInstances, BridgesAMissedBodyAndSaysSo) {
  Probability p = nothing();
  for (const long n : {0, 1, 3, 4, 5}) block(p, kBody, 40, 10 + 35 * n, 27);
  const Instances found = find_instances(p, kRules);
  EXPECT_THAT(found.bodies, SizeIs(5));
  EXPECT_THAT(found.s1, IsEmpty());
  ASSERT_THAT(found.notes, SizeIs(1));
  EXPECT_THAT(found.notes[0], HasSubstr("between bodies 2 and 3"));
}

TEST(FindInstances, DropsBodiesBelowTheSacrum) {
  Probability p = spine();
  block(p, kBody, 60, 10 + 35 * 7 + 5, 20);  // S2 taken for a body
  EXPECT_THAT(find_instances(p, kRules).bodies, SizeIs(6));
}

TEST(FindInstances, TheSidesOfS1BelongToS1) {
  Probability p = spine();
  for (long z = 1; z < 10; ++z) {
    if (z >= 4 && z <= 6) continue;
    for (long y = 10 + 35 * 6 + 2; y < 10 + 35 * 6 + 24; ++y)
      for (long x = 46; x < 80; ++x) {
        p.values[kS1][p.at(x, y, z)] = 0.1F;
        p.values[kBody][p.at(x, y, z)] = 0.9F;
      }
  }
  const Instances found = find_instances(p, kRules);
  EXPECT_THAT(found.bodies, SizeIs(6));
  ASSERT_THAT(found.s1, SizeIs(1));
  EXPECT_GT(found.s1[0].volume_cm3, 15.0);
}

TEST(FindInstances, IgnoresSpecks) {
  Probability p = nothing();
  block(p, kBody, 40, 10, 2);  // 2.4 cm3
  EXPECT_THAT(find_instances(p, kRules).bodies, IsEmpty());
}

TEST(FindInstances, ABodyTheNetworkCallsS1IsS1) {
  Probability p = spine();
  block(p, kBody, 46, 10 + 35 * 6, 24);
  for (float& v : p.values[kBody])
    if (v > 0.9F) v = 0.90F;
  EXPECT_THAT(find_instances(p, kRules).bodies, SizeIs(6));
  EXPECT_THAT(find_instances(p, kRules).s1, SizeIs(1));
}

TEST(SpineSegmentation, RefusesParametersOutOfRangeAndAnEmptyNetwork) {
  SpineSegmentation::Params params;
  params.min_body_cm3 = -1.0;
  EXPECT_THROW(SpineSegmentation(params, "x"), Error);
  EXPECT_THROW(SpineSegmentation({}, ""), Error);
}

}  // namespace
}  // namespace ledd::spine
