#include "ledd/vertebra_levels/vertebra_levels.h"

#include <gmock/gmock.h>

#include <limits>

#include "ledd/anatomy/anatomy.h"
#include "ledd/core/error.h"

namespace ledd {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Seen = VertebraLevels::Seen;

/// Seven bodies 35 mm apart, T11 to L5, the lowest one recognised as the last lumbar.
std::vector<Seen> spine() {
  std::vector<Seen> bodies;
  bodies.reserve(7);
  for (int n = 0; n < 7; ++n) bodies.push_back({{0.0, 0.0, 35.0 * (6 - n)}, n == 6 ? 0.9 : 0.05, 30.0});
  return bodies;
}

const Point kS1{0.0, 10.0, -33.0};

std::vector<std::string> names(const VertebraLevels::Result& result) {
  std::vector<std::string> out;
  out.reserve(result.levels.size());
  for (const auto& level : result.levels) out.push_back(anatomy::short_name(level.id));
  return out;
}

TEST(VertebraLevels, CountsUpFromTheSacrum) {
  Context context;
  const auto result = VertebraLevels()(spine(), kS1, context);
  EXPECT_THAT(names(result), ::testing::ElementsAre("T11", "T12", "L1", "L2", "L3", "L4", "L5"));
  EXPECT_TRUE(result.certain());
  EXPECT_THAT(result.notes, IsEmpty());
}

TEST(VertebraLevels, IsNeverCertainWithoutASacrum) {
  Context context;
  const auto result = VertebraLevels()(spine(), std::nullopt, context);
  for (const auto& level : result.levels) EXPECT_THAT(level.doubt, HasSubstr("no sacrum in view"));
  EXPECT_FALSE(result.certain());
}

TEST(VertebraLevels, DoubtsOnlyWhatLiesAboveAMissedBody) {
  Context context;
  auto bodies = spine();
  bodies.erase(bodies.begin() + 4);  // L3
  const auto result = VertebraLevels()(bodies, kS1, context);
  EXPECT_THAT(names(result), ::testing::ElementsAre("T11", "T12", "L1", "L2", "L4", "L5"));
  EXPECT_THAT(result.levels[5].doubt, IsEmpty());
  EXPECT_THAT(result.levels[4].doubt, IsEmpty());
  for (std::size_t n = 0; n < 4; ++n) EXPECT_THAT(result.levels[n].doubt, HasSubstr("70 mm"));
}

TEST(VertebraLevels, DoubtsAllWhenS1IsTooFarBelow) {
  Context context;
  auto bodies = spine();
  bodies.pop_back();
  const auto result = VertebraLevels()(bodies, kS1, context);
  for (const auto& level : result.levels)
    EXPECT_THAT(level.doubt, HasSubstr("between the lowest body and S1"));
}

TEST(VertebraLevels, OfTwoThatLookLikeTheLastLumbarBodyTheUpperIsItAndAllIsInDoubt) {
  Context context;
  auto bodies = spine();
  bodies.push_back({{0.0, 12.0, -33.0}, 0.95, 12.0});  // a squared S1
  const auto result = VertebraLevels()(bodies, Point{0.0, 25.0, -60.0}, context);
  EXPECT_THAT(names(result), ::testing::ElementsAre("T11", "T12", "L1", "L2", "L3", "L4", "L5", "S1"));
  for (const auto& level : result.levels) EXPECT_THAT(level.doubt, HasSubstr("shifted by 1"));
}

TEST(VertebraLevels, ACrumbOfTheSacrumRaisesNoDoubtButAWholeBodyDoes) {
  Context context;
  auto bodies = spine();
  bodies.push_back({{0.0, 12.0, -40.0}, 0.01, 5.0});
  const auto crumb = VertebraLevels()(bodies, kS1, context);
  EXPECT_THAT(names(crumb), ::testing::ElementsAre("T11", "T12", "L1", "L2", "L3", "L4", "L5", "S1"));
  EXPECT_TRUE(crumb.certain());
  bodies.back().volume_cm3 = 28.0;
  EXPECT_FALSE(VertebraLevels()(bodies, kS1, context).certain());
}

TEST(VertebraLevels, ACertainLevelHasAProbabilityNearOneAndNoAlternative) {
  Context context;
  for (const auto& level : VertebraLevels()(spine(), kS1, context).levels) {
    EXPECT_GE(level.probability, 0.95);
    EXPECT_EQ(level.alternative, 0);
  }
}

TEST(VertebraLevels, WithoutASacrumTheAlternativeIsOneLevelHigher) {
  Context context;
  for (const auto& level : VertebraLevels()(spine(), std::nullopt, context).levels) {
    EXPECT_LE(level.probability, 0.5);
    EXPECT_EQ(level.alternative, anatomy::vertebra_above(level.id)) << anatomy::short_name(level.id);
  }
}

TEST(VertebraLevels, TheAlternativeOfASquaredS1IsThatItIsLumbar) {
  Context context;
  auto bodies = spine();
  bodies.push_back({{0.0, 12.0, -33.0}, 0.9, 28.0});
  const auto result = VertebraLevels()(bodies, Point{0.0, 25.0, -68.0}, context);
  EXPECT_EQ(result.levels[7].id, anatomy::kS1);
  EXPECT_EQ(result.levels[7].alternative, anatomy::kL5);
  EXPECT_EQ(result.levels[6].alternative, anatomy::vertebra_above(anatomy::kL5));
  EXPECT_LT(result.levels[6].probability, 0.95);
}

TEST(VertebraLevels, ALastBodyMuchSmallerThanTheOneAboveMayBeS1) {
  Context context;
  auto bodies = spine();
  bodies[6].volume_cm3 = 18.0;
  const auto result = VertebraLevels()(bodies, kS1, context);
  EXPECT_FALSE(result.certain());
  EXPECT_EQ(result.levels[6].alternative, anatomy::kS1);
  EXPECT_EQ(result.levels[5].alternative, anatomy::kL5);
}

TEST(VertebraLevels, AboveAMissedBodyTheAlternativeIsThatNoneWasMissed) {
  Context context;
  auto bodies = spine();
  bodies.erase(bodies.begin() + 4);  // L3
  const auto result = VertebraLevels()(bodies, kS1, context);
  EXPECT_EQ(result.levels[3].id, anatomy::kL1 + 1);           // L2
  EXPECT_EQ(result.levels[3].alternative, anatomy::kL1 + 2);  // L3
  EXPECT_LT(result.levels[3].probability, result.levels[4].probability);
}

TEST(VertebraLevels, ANetworkThatSaysNothingIsADoubt) {
  Context context;
  auto bodies = spine();
  bodies[6].last_lumbar = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(VertebraLevels()(bodies, kS1, context).certain());
}

TEST(VertebraLevels, RefusesAnEmptyRow) {
  Context context;
  EXPECT_THROW(VertebraLevels()({}, kS1, context), Error);
}

}  // namespace
}  // namespace ledd
