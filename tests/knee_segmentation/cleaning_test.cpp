#include "cleaning.h"

#include <gmock/gmock.h>

#include "plates.h"

namespace ledd::knee {
namespace {

Grid empty(long nx, long ny, long nz) {
  Grid g{nx, ny, nz, {2.0, 2.0, 2.0}, {}};
  g.classes.assign(static_cast<std::size_t>(nx * ny * nz), kAir);
  return g;
}

void box(Grid& g, std::array<long, 3> low, std::array<long, 3> high, std::uint8_t value) {
  for (long z = low[2]; z <= high[2]; ++z)
    for (long y = low[1]; y <= high[1]; ++y)
      for (long x = low[0]; x <= high[0]; ++x) g.classes[g.at(x, y, z)] = value;
}

TEST(Cleaning, OnlyTheLargestPartOfABoneStaysAndTheNextIsTold) {
  Grid g = empty(20, 20, 5);
  box(g, {2, 2, 1}, {9, 9, 3}, kFemur);
  box(g, {14, 14, 1}, {17, 17, 3}, kFemur);
  const Cleaned c = cleaned(g);
  EXPECT_EQ(c.classes[g.at(5, 5, 2)], kFemur);
  EXPECT_EQ(c.classes[g.at(15, 15, 2)], kAir);
  EXPECT_NEAR(c.second_share[kFemur], 0.25, 1e-12);
}

TEST(Cleaning, HolesAreFilledButNotWithWhatIsSomethingElse) {
  Grid g = empty(20, 20, 3);
  box(g, {2, 2, 1}, {12, 12, 1}, kTibia);
  g.classes[g.at(5, 5, 1)] = kAir;
  g.classes[g.at(8, 8, 1)] = kTibial;
  const Cleaned c = cleaned(g);
  EXPECT_EQ(c.classes[g.at(5, 5, 1)], kTibia);
  EXPECT_EQ(c.classes[g.at(8, 8, 1)], kAir);  // a speck of cartilage is dropped
}

TEST(Cleaning, ABayThatOpensToTheRimIsNoHole) {
  Grid g = empty(12, 12, 1);
  box(g, {2, 2, 0}, {9, 9, 0}, kFemur);
  box(g, {5, 2, 0}, {5, 6, 0}, kAir);
  EXPECT_EQ(cleaned(g).classes[g.at(5, 5, 0)], kAir);
}

TEST(Cleaning, CartilageStaysOnlyWithinTwoVoxelsOfItsOwnBone) {
  for (const long gap : {0L, 1L, 2L}) {
    Grid g = empty(20, 30, 6);
    box(g, {2, 2, 0}, {17, 10, 5}, kFemur);
    box(g, {2, 11 + gap, 0}, {17, 12 + gap, 5}, kFemoral);
    EXPECT_EQ(cleaned(g).classes[g.at(5, 12 + gap, 2)], gap < 2 ? kFemoral : kAir) << gap;
  }
  Grid g = empty(20, 30, 6);
  box(g, {2, 2, 0}, {17, 10, 5}, kTibia);
  box(g, {2, 11, 0}, {17, 12, 5}, kFemoral);
  EXPECT_EQ(cleaned(g).classes[g.at(5, 11, 2)], kAir);
}

TEST(Cleaning, AMeniscusMustTouchCartilage) {
  Grid g = empty(20, 30, 6);
  box(g, {2, 2, 0}, {17, 10, 5}, kFemur);
  box(g, {2, 11, 0}, {17, 12, 5}, kFemoral);
  box(g, {2, 13, 0}, {6, 14, 5}, kMeniscus);
  box(g, {2, 22, 0}, {6, 23, 5}, kMeniscus);
  const Cleaned c = cleaned(g);
  EXPECT_EQ(c.classes[g.at(3, 13, 2)], kMeniscus);
  EXPECT_EQ(c.classes[g.at(3, 22, 2)], kAir);
}

/// Two plateaus with `between` slices of little cartilage from slice 10 on.
Grid plateaus(long between) {
  Grid g = empty(20, 10, 40);
  box(g, {2, 5, 2}, {17, 6, 9}, kTibial);
  box(g, {9, 5, 10}, {10, 5, 9 + between}, kTibial);
  box(g, {2, 5, 10 + between}, {17, 6, 20 + between}, kTibial);
  return g;
}

TEST(Plates, TheBorderLiesWhereCartilageIsLeast) {
  const long border = tibial_border(plateaus(5));
  EXPECT_GE(border, 11);
  EXPECT_LE(border, 13);
}

TEST(Plates, ThePatellaTellsTheLateralSide) {
  Grid g = plateaus(5);
  box(g, {2, 1, 16}, {4, 2, 22}, kPatella);
  EXPECT_TRUE(medial_first_by_patella(g, 12));
  g = plateaus(5);
  box(g, {2, 1, 3}, {4, 2, 9}, kPatella);
  EXPECT_FALSE(medial_first_by_patella(g, 12));
}

TEST(Plates, IdsFollowTheBorderAndTheSide) {
  Grid g = plateaus(5);
  box(g, {2, 8, 3}, {3, 8, 3}, kMeniscus);
  const auto first = ledd_ids(g, 12, true), second = ledd_ids(g, 12, false);
  EXPECT_EQ(first[g.at(5, 5, 5)], 204);
  EXPECT_EQ(first[g.at(5, 5, 20)], 205);
  EXPECT_EQ(first[g.at(2, 8, 3)], 208);
  EXPECT_EQ(second[g.at(5, 5, 5)], 205);
  EXPECT_EQ(second[g.at(5, 5, 20)], 204);
  EXPECT_EQ(second[g.at(2, 8, 3)], 209);
}

}  // namespace
}  // namespace ledd::knee
