#include "discs.h"

#include <gmock/gmock.h>

#include "blocks.h"

namespace ledd::spine {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr double kSliceMm = 4.0;
constexpr std::size_t kDiscPixels = std::size_t{34} * 6 * 9;

/// spine() with a disc of 6 rows in each gap of 8.
Probability with_discs() {
  Probability p = spine();
  for (long n = 0; n < 6; ++n) block(p, kDisc, 40, 10 + 35 * n + 28, 6);
  return p;
}

TEST(FindDiscs, EveryDiscLiesBelowItsBody) {
  const Probability p = with_discs();
  const auto discs = find_discs(p, find_instances(p, kRules), kSliceMm);
  ASSERT_THAT(discs, SizeIs(6));
  for (long n = 0; n < 6; ++n) {
    const Pixels& disc = discs[static_cast<std::size_t>(n)];
    ASSERT_THAT(disc, SizeIs(kDiscPixels)) << n;
    EXPECT_EQ(disc.front() / p.box.width % p.box.height, 10 + 35 * n + 28) << n;
  }
}

TEST(FindDiscs, ADiscThatIsNotThereIsEmptyAndShiftsNoOther) {
  Probability p = spine();
  for (const long n : {0, 1, 3, 4, 5}) block(p, kDisc, 40, 10 + 35 * n + 28, 6);
  const auto discs = find_discs(p, find_instances(p, kRules), kSliceMm);
  EXPECT_THAT(discs[2], IsEmpty());
  EXPECT_THAT(discs[3], SizeIs(kDiscPixels));
}

TEST(FindDiscs, WithoutSacrumTheLastDiscLiesWhereTheNextBodyWouldFollow) {
  Probability p = nothing();
  for (long n = 0; n < 6; ++n) block(p, kBody, 40, 10 + 35 * n, 27);
  block(p, kDisc, 40, 10 + 35 * 5 + 28, 6);
  const auto discs = find_discs(p, find_instances(p, kRules), kSliceMm);
  EXPECT_THAT(discs[5], SizeIs(kDiscPixels));
}

TEST(FindDiscs, WhatLooksLikeDiscInsideABodyOrFarAsideIsNone) {
  Probability p = spine();
  block(p, kDisc, 40, 20, 6);  // in the middle of the first body: the body is as likely
  for (long z = 1; z < 10; ++z)
    for (long y = 38; y < 44; ++y)
      for (long x = 105; x < 118; ++x) p.values[kDisc][p.at(x, y, z)] = 0.95F;
  const auto discs = find_discs(p, find_instances(p, kRules), kSliceMm);
  for (const Pixels& disc : discs) EXPECT_THAT(disc, IsEmpty());
}

TEST(FindDiscs, CrumbsBesideADiscAreDropped) {
  Probability p = with_discs();
  for (long y = 38; y < 42; ++y) p.values[kDisc][p.at(80, y, 5)] = 0.95F;
  const auto discs = find_discs(p, find_instances(p, kRules), kSliceMm);
  EXPECT_THAT(discs[0], SizeIs(kDiscPixels));
}

}  // namespace
}  // namespace ledd::spine
