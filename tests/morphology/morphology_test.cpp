#include "ledd/morphology/morphology.h"

#include <gmock/gmock.h>
#include <tbb/global_control.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "phantom.h"

namespace ledd::morphology {
namespace {

using phantom::blank;

Mask::Pointer random_mask(phantom::Size size, phantom::Spacing spacing_mm, double share, unsigned seed) {
  auto mask = blank<Mask>(size, spacing_mm, 0);
  std::mt19937 random(seed);
  for (std::size_t n = 0; n < size[0] * size[1] * size[2]; ++n)
    mask->GetBufferPointer()[n] = static_cast<double>(random()) < share * 4294967296.0 ? 1 : 0;
  return mask;
}

Mask::Pointer ball(double radius_mm, phantom::Spacing spacing_mm, phantom::Size size) {
  auto mask = blank<Mask>(size, spacing_mm, 0);
  std::size_t n = 0;
  for (std::size_t z = 0; z < size[2]; ++z)
    for (std::size_t y = 0; y < size[1]; ++y)
      for (std::size_t x = 0; x < size[0]; ++x, ++n) {
        const double dx = (static_cast<double>(x) - static_cast<double>(size[0]) / 2) * spacing_mm[0];
        const double dy = (static_cast<double>(y) - static_cast<double>(size[1]) / 2) * spacing_mm[1];
        const double dz = (static_cast<double>(z) - static_cast<double>(size[2]) / 2) * spacing_mm[2];
        mask->GetBufferPointer()[n] = std::hypot(dx, dy, dz) <= radius_mm ? 1 : 0;
      }
  return mask;
}

double brute_distance(const Mask& mask, const Mask::IndexType& to) {
  const auto size = mask.GetLargestPossibleRegion().GetSize();
  const auto spacing = mask.GetSpacing();
  double best = std::numeric_limits<double>::infinity();
  Mask::IndexType at{};
  for (at[2] = 0; at[2] < static_cast<long>(size[2]); ++at[2])
    for (at[1] = 0; at[1] < static_cast<long>(size[1]); ++at[1])
      for (at[0] = 0; at[0] < static_cast<long>(size[0]); ++at[0])
        if (mask.GetPixel(at) != 0)
          best = std::min(best,
                          std::hypot(static_cast<double>(at[0] - to[0]) * spacing[0],
                                     static_cast<double>(at[1] - to[1]) * spacing[1],
                                     static_cast<double>(at[2] - to[2]) * spacing[2]));
  return best;
}

TEST(Morphology, DistancesAreThoseOfEveryPairTried) {
  for (unsigned seed = 0; seed < 6; ++seed) {
    const auto mask = random_mask({19, 7, 11}, {0.3, 1.0, 0.45}, seed % 2 == 0 ? 0.01 : 0.2, seed);
    const auto distance = distance_mm(*mask);
    for (std::size_t n = 0; n < 19 * 7 * 11; ++n) {
      const auto at = mask->ComputeIndex(static_cast<long>(n));
      ASSERT_NEAR(distance->GetPixel(at), brute_distance(*mask, at), 1e-5) << at;
    }
  }
}

TEST(Morphology, NothingSetIsInfinitelyFar) {
  const auto distance = distance_mm(*blank<Mask>({3, 3, 3}, {1, 1, 1}, 0));
  for (std::size_t n = 0; n < 27; ++n) EXPECT_TRUE(std::isinf(distance->GetBufferPointer()[n]));
  EXPECT_EQ(count(*dilate(*blank<Mask>({3, 3, 3}, {1, 1, 1}, 0), 5.0)), 0U);
}

TEST(Morphology, BallsGrowAndShrinkByTheRadiusOnAnyGrid) {
  const phantom::Spacing spacing{0.5, 1.0, 0.8};
  const phantom::Size size{60, 30, 40};
  const auto volume = [&](double r) { return 4.0 / 3.0 * 3.14159265 * r * r * r / (0.5 * 1.0 * 0.8); };
  const auto start = ball(7.0, spacing, size);
  // The outermost centres of a ball lie up to half a voxel within it, and distances count between centres.
  const double grown = static_cast<double>(count(*dilate(*start, 3.0)));
  const double shrunk = static_cast<double>(count(*erode(*start, 3.0, Beyond::kOutside)));
  EXPECT_GT(grown, volume(9.6));
  EXPECT_LT(grown, volume(10.0));
  EXPECT_GT(shrunk, volume(4.0));
  EXPECT_LT(shrunk, volume(4.5));
  EXPECT_EQ(count(*dilate(*start, 0.0)), count(*start));
}

/// Two plates, `gap` voxels apart, across the whole image.
Mask::Pointer two_plates(long gap) {
  auto mask = blank<Mask>({20, 20, 20}, {1, 1, 1}, 0);
  for (std::size_t n = 0; n < 8000; ++n) {
    const auto at = mask->ComputeIndex(static_cast<long>(n));
    mask->SetPixel(at, (at[0] >= 4 && at[0] < 6) || (at[0] >= 6 + gap && at[0] < 8 + gap) ? 1 : 0);
  }
  return mask;
}

TEST(Morphology, ClosingFillsGapsThatTheBallCannotEnterUpToTheImagesBorder) {
  EXPECT_EQ(count(*close(*two_plates(4), 3.0)), 20U * 20U * 8U);
  EXPECT_EQ(count(*close(*two_plates(8), 3.0)), 20U * 20U * 4U);
}

TEST(Morphology, OpeningRemovesWhatIsThinnerThanTheBall) {
  EXPECT_EQ(count(*open(*two_plates(8), 2.0, Beyond::kContinues)), 0U);
  const auto whole = ball(6.0, {1, 1, 1}, {20, 20, 20});
  EXPECT_GT(count(*open(*whole, 2.0, Beyond::kContinues)), count(*whole) * 9 / 10);
}

TEST(Morphology, WhatTheScanCutsIsNotErodedThereUnlessAsked) {
  const auto whole = blank<Mask>({9, 9, 9}, {1, 1, 1}, 1);
  EXPECT_EQ(count(*erode(*whole, 2.0, Beyond::kContinues)), 729U);
  EXPECT_EQ(count(*erode(*whole, 2.0, Beyond::kOutside)), 125U);
}

TEST(Morphology, PartsTouchByFacesOrByCornersToo) {
  auto mask = blank<Mask>({4, 4, 4}, {1, 1, 1}, 0);
  for (const Mask::IndexType& at : {Mask::IndexType{{0, 0, 0}}, {{1, 1, 1}}, {{3, 3, 3}}, {{3, 3, 2}}})
    mask->SetPixel(at, 1);
  const auto by_faces = parts(*mask, Neighbours::kFaces);
  EXPECT_EQ(by_faces.count(), 3U);
  EXPECT_THAT(by_faces.voxels, testing::ElementsAre(0, 1, 1, 2));
  EXPECT_EQ(by_faces.largest(), 3U);
  EXPECT_EQ(parts(*mask, Neighbours::kAll).count(), 2U);
  EXPECT_EQ(count(*largest_part(*mask, Neighbours::kFaces)), 2U);
  EXPECT_EQ(count(*largest_part(*blank<Mask>({2, 2, 2}, {1, 1, 1}, 0), Neighbours::kAll)), 0U);
}

/// By spreading from voxel to voxel.
std::size_t brute_parts(const Mask& mask, long reach_sum) {
  auto left = empty_like(mask);
  const auto size = mask.GetLargestPossibleRegion().GetSize();
  std::memcpy(left->GetBufferPointer(), mask.GetBufferPointer(), size[0] * size[1] * size[2]);
  std::size_t found = 0;
  for (std::size_t n = 0; n < size[0] * size[1] * size[2]; ++n) {
    if (left->GetBufferPointer()[n] == 0) continue;
    ++found;
    std::vector<Mask::IndexType> front{left->ComputeIndex(static_cast<long>(n))};
    left->GetBufferPointer()[n] = 0;
    while (!front.empty()) {
      const auto at = front.back();
      front.pop_back();
      for (long k = 0; k < 27; ++k) {
        const Mask::OffsetType by{{k % 3 - 1, k / 3 % 3 - 1, k / 9 - 1}};
        if (std::abs(by[0]) + std::abs(by[1]) + std::abs(by[2]) > reach_sum) continue;
        const auto next = at + by;
        if (!mask.GetLargestPossibleRegion().IsInside(next) || left->GetPixel(next) == 0) continue;
        left->SetPixel(next, 0);
        front.push_back(next);
      }
    }
  }
  return found;
}

TEST(Morphology, PartsAreThoseFoundBySpreading) {
  for (unsigned seed = 0; seed < 8; ++seed) {
    const auto mask = random_mask({17, 13, 9}, {1, 1, 1}, seed < 4 ? 0.1 : 0.35, seed);
    EXPECT_EQ(parts(*mask, Neighbours::kFaces).count(), brute_parts(*mask, 1));
    EXPECT_EQ(parts(*mask, Neighbours::kAll).count(), brute_parts(*mask, 3));
  }
}

TEST(Morphology, HolesAreFilledAndBaysAreNot) {
  auto shell = ball(7.0, {1, 1, 1}, {20, 20, 20});
  const auto inside = ball(4.0, {1, 1, 1}, {20, 20, 20});
  const std::size_t whole = count(*shell);
  for (std::size_t n = 0; n < 8000; ++n)
    if (inside->GetBufferPointer()[n] != 0) shell->GetBufferPointer()[n] = 0;
  EXPECT_EQ(count(*fill_holes(*shell)), whole);
  for (long z = 0; z < 10; ++z) shell->SetPixel({{10, 10, z}}, 0);
  EXPECT_LT(count(*fill_holes(*shell)), whole) << "a canal to the outside";
  EXPECT_GE(count(*fill_holes_in_slices(*shell)) + 10, whole) << "in slices it is closed";
}

TEST(Morphology, OneThreadAndTwoGiveTheSame) {
  const auto mask = random_mask({40, 30, 20}, {0.5, 0.5, 1.0}, 0.02, 5);
  const auto two = close(*mask, 2.3);
  const tbb::global_control one(tbb::global_control::max_allowed_parallelism, 1);
  EXPECT_EQ(std::memcmp(two->GetBufferPointer(), close(*mask, 2.3)->GetBufferPointer(), 24000), 0);
}

}  // namespace
}  // namespace ledd::morphology
