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
  for (int n = 0; n < 7; ++n) bodies.push_back({{0.0, 0.0, 35.0 * (6 - n)}, n == 6 ? 0.9 : 0.05, 30.0});
  return bodies;
}

const Point kS1{0.0, 10.0, -33.0};

std::vector<std::string> names(const VertebraLevels::Result& result) {
  std::vector<std::string> out;
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
  for (const auto& level : result.levels) {
    EXPECT_THAT(level.doubt, HasSubstr("probability"));
    EXPECT_NE(level.alternative, 0);
    EXPECT_GT(level.alternative_probability, 0.0);
  }
  ASSERT_FALSE(result.notes.empty());
  EXPECT_THAT(result.notes[0], HasSubstr("no sacrum in view"));
  EXPECT_FALSE(result.certain());
}

TEST(VertebraLevels, ProbabilitiesOfALevelAndItsAlternativeNeverExceedOne) {
  Context context;
  for (const double last : {0.0, 0.2, 0.5, 0.8, 1.0}) {
    auto bodies = spine();
    bodies[5].last_lumbar = last;
    for (const auto& level : VertebraLevels()(bodies, std::nullopt, context).levels) {
      EXPECT_GT(level.probability, 0.0);
      EXPECT_GE(level.probability, level.alternative_probability);
      EXPECT_LE(level.probability + level.alternative_probability, 1.0 + 1e-12);
    }
  }
}

TEST(VertebraLevels, TheAlternativeIsTheCountShiftedByOne) {
  Context context;
  auto bodies = spine();
  bodies[5].last_lumbar = 0.9;  // two look alike
  bodies[6].last_lumbar = 0.9;
  const auto result = VertebraLevels()(bodies, std::nullopt, context);
  for (const auto& level : result.levels) {
    const auto &id = level.id, &other = level.alternative;
    EXPECT_TRUE(other == anatomy::vertebra_above(id) || other == anatomy::vertebra_below(id))
        << anatomy::short_name(id) << " or " << anatomy::short_name(other);
    EXPECT_THAT(level.doubt, HasSubstr(anatomy::short_name(other)));
  }
}

TEST(VertebraLevels, DoubtsOnlyWhatLiesAboveAMissedBody) {
  Context context;
  auto bodies = spine();
  bodies.erase(bodies.begin() + 4);  // L3
  const auto result = VertebraLevels()(bodies, kS1, context);
  EXPECT_THAT(names(result), ::testing::ElementsAre("T11", "T12", "L1", "L2", "L4", "L5"));
  EXPECT_THAT(result.levels[5].doubt, IsEmpty());
  EXPECT_THAT(result.levels[4].doubt, IsEmpty());
  for (std::size_t n = 0; n < 4; ++n) EXPECT_FALSE(result.levels[n].doubt.empty());
  EXPECT_EQ(result.levels[3].alternative, anatomy::kL1 + 2);  // L3, had none been missed
  ASSERT_EQ(result.notes.size(), 1U);
  EXPECT_THAT(result.notes[0], HasSubstr("70 mm"));
}

TEST(VertebraLevels, IsInDoubtWhenS1IsTooFarBelow) {
  Context context;
  auto bodies = spine();
  bodies.pop_back();
  EXPECT_FALSE(VertebraLevels()(bodies, kS1, context).certain());
}

TEST(VertebraLevels, ASquaredS1PutsAllInDoubt) {
  Context context;
  auto bodies = spine();
  bodies.push_back({{0.0, 12.0, -33.0}, 0.9, 28.0});  // as large and as much like the last lumbar body
  const auto result = VertebraLevels()(bodies, Point{0.0, 25.0, -68.0}, context);
  EXPECT_FALSE(result.certain());
  for (const auto& level : result.levels) EXPECT_FALSE(level.doubt.empty());
}

TEST(VertebraLevels, WhatLiesBelowTheLastLumbarBodyIsSacrum) {
  Context context;
  auto bodies = spine();
  bodies.push_back({{0.0, 12.0, -40.0}, 0.01, 5.0});
  const auto result = VertebraLevels()(bodies, kS1, context);
  EXPECT_THAT(names(result), ::testing::ElementsAre("T11", "T12", "L1", "L2", "L3", "L4", "L5", "S1"));
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
