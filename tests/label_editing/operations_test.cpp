#include "ledd/label_editing/operations.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numbers>

#include "ledd/anatomy/anatomy.h"
#include "ledd/anatomy/knee.h"
#include "ledd/core/error.h"
#include "ledd/label_editing/history.h"

#include "oblique.h"
#include "phantom.h"

namespace {

using ledd::Errc;
using ledd::Error;
using ledd::Labels;
using ledd::Point;
using namespace ledd::label_editing;
using testing::HasSubstr;

constexpr std::uint16_t kA = ledd::anatomy::kFemoralCartilage, kB = ledd::anatomy::kFemur;

Labels::Pointer blank(ledd::phantom::Size size = {40, 30, 20},
                      ledd::phantom::Spacing spacing_mm = {0.5, 0.8, 2.0}) {
  return ledd::phantom::blank<Labels>(size, spacing_mm, std::uint16_t{0});
}

Labels::Pointer oblique() {
  return ledd::testing::oblique_grid<Labels>({0.5, 0.8, 2.0}, {30.0, 32.0, 34.0});
}

Point at(const Labels& labels, long i, long j, long k) {
  Labels::PointType point;
  labels.TransformIndexToPhysicalPoint(Labels::IndexType{{i, j, k}}, point);
  return {point[0], point[1], point[2]};
}

Point axis_of(const Labels& labels, unsigned axis) {
  Point direction{};
  for (unsigned k = 0; k < 3; ++k) direction[k] = labels.GetDirection()(k, axis);
  return direction;
}

std::size_t count(const Labels& labels, std::uint16_t id) {
  const auto* first = labels.GetBufferPointer();
  return static_cast<std::size_t>(
      std::count(first, first + labels.GetLargestPossibleRegion().GetNumberOfPixels(), id));
}

Labels::Pointer after(const Labels& labels, const Change& change) {
  History history(labels);
  history.apply(change);
  auto copy = Labels::New();
  copy->Graft(&history.labels());
  return copy;
}

/// A disc of radius `radius_mm` around the middle of one slice across k.
void draw_disc(Labels& labels, long slice, double radius_mm, std::uint16_t id) {
  const auto middle = at(labels, 20, 15, slice);
  Stroke stroke{middle, middle, radius_mm, axis_of(labels, 2)};
  History history(labels);
  history.apply(paint(labels, stroke, {id}));
  std::copy_n(history.labels().GetBufferPointer(),
              labels.GetLargestPossibleRegion().GetNumberOfPixels(),
              labels.GetBufferPointer());
}

TEST(Paint, ABallHasItsVolumeOnAnObliqueGridOfUnevenVoxels) {
  const auto labels = oblique();
  const double radius_mm = 8.0;
  const auto middle = at(*labels, 30, 20, 8);
  const auto change = paint(*labels, {middle, middle, radius_mm, {}}, {kA});
  const double volume = static_cast<double>(voxels_of(change)) * 0.5 * 0.8 * 2.0;
  const double expected = 4.0 / 3.0 * std::numbers::pi * std::pow(radius_mm, 3);
  EXPECT_NEAR(volume, expected, 0.03 * expected);
}

TEST(Paint, ADiscStaysInItsLayerOfVoxels) {
  const auto labels = oblique();
  const auto from = at(*labels, 20, 20, 7), to = at(*labels, 40, 20, 7);
  const auto change = paint(*labels, {from, to, 6.0, axis_of(*labels, 2)}, {kA});
  const auto box = box_of(change, *labels);
  EXPECT_EQ(box.GetIndex(2), 7);
  EXPECT_EQ(box.GetSize(2), 1U);
  // A way of 10 mm with round ends.
  const double area = static_cast<double>(voxels_of(change)) * 0.5 * 0.8;
  const double expected = 10.0 * 12.0 + std::numbers::pi * 36.0;
  EXPECT_NEAR(area, expected, 0.02 * expected);
}

TEST(Paint, APointBetweenTwoLayersTakesOneOfThem) {
  const auto labels = blank();
  auto point = at(*labels, 20, 15, 7);
  point[2] += 1.0;  // half way
  const auto change = paint(*labels, {point, point, 3.0, axis_of(*labels, 2)}, {kA});
  EXPECT_EQ(box_of(change, *labels).GetSize(2), 1U);
}

TEST(Paint, TheThinnestBrushMarksTheVoxelBelowIt) {
  const auto labels = blank();
  auto point = at(*labels, 20, 15, 7);
  point[2] += 0.9;
  const auto change = paint(*labels, {point, point, 0.01, {}}, {kA});
  EXPECT_EQ(voxels_of(change), 1U);
  EXPECT_EQ(box_of(change, *labels).GetIndex(2), 7);
}

TEST(Paint, WritesOnlyOverWhatItMay) {
  const auto labels = blank();
  draw_disc(*labels, 7, 3.0, kB);
  const auto middle = at(*labels, 20, 15, 7);
  const Stroke stroke{middle, middle, 5.0, axis_of(*labels, 2)};
  const auto spared = after(*labels, paint(*labels, stroke, {kA, Over::kBackground}));
  EXPECT_EQ(count(*spared, kB), count(*labels, kB));
  EXPECT_GT(count(*spared, kA), 0U);
  const auto erased = after(*spared, paint(*spared, stroke, {0, Over::kOne, kA}));
  EXPECT_EQ(count(*erased, kA), 0U);
  EXPECT_EQ(count(*erased, kB), count(*labels, kB));
}

TEST(Paint, BeyondTheImageNothingHappens) {
  const auto labels = blank();
  const Point far{1e9, 0.0, 0.0};
  EXPECT_TRUE(paint(*labels, {far, far, 3.0, {}}, {kA}).empty());
  const auto corner = at(*labels, 0, 0, 0);
  EXPECT_FALSE(paint(*labels, {corner, corner, 3.0, {}}, {kA}).empty());
}

TEST(Paint, RefusesWhatIsNoBrush) {
  const auto labels = blank();
  const auto middle = at(*labels, 20, 15, 7);
  for (const double radius_mm : {0.0, -1.0, std::nan("")})
    EXPECT_THROW(paint(*labels, {middle, middle, radius_mm, {}}, {kA}), Error);
  EXPECT_THROW(paint(*labels, {middle, {std::nan(""), 0, 0}, 1.0, {}}, {kA}), Error);
  EXPECT_THROW(paint(*labels, {middle, middle, 1.0, Point{0, 0, 2}}, {kA}), Error);
}

TEST(FillBetween, ACylinderIsWhole) {
  const auto labels = blank();
  draw_disc(*labels, 3, 5.0, kA);
  const std::size_t one = count(*labels, kA);
  draw_disc(*labels, 9, 5.0, kA);
  const auto filled = after(*labels, fill_between(*labels, kA, 2, {}));
  EXPECT_EQ(count(*filled, kA), 7 * one);
}

TEST(FillBetween, AConeNarrowsEvenly) {
  const auto labels = blank({40, 30, 20}, {0.25, 0.25, 1.0});
  draw_disc(*labels, 4, 1.5, kA);
  draw_disc(*labels, 12, 3.5, kA);
  const auto filled = after(*labels, fill_between(*labels, kA, 2, {}));
  for (long slice = 5; slice < 12; ++slice) {
    const double radius_mm = 1.5 + 2.0 * static_cast<double>(slice - 4) / 8.0;
    std::size_t voxels = 0;
    for (long j = 0; j < 30; ++j)
      for (long i = 0; i < 40; ++i)
        if (filled->GetPixel({{i, j, slice}}) == kA) ++voxels;
    const double found_mm = std::sqrt(static_cast<double>(voxels) * 0.0625 / std::numbers::pi);
    EXPECT_NEAR(found_mm, radius_mm, 0.13) << slice;
  }
}

TEST(FillBetween, LeavesOtherStructuresAlone) {
  const auto labels = blank();
  draw_disc(*labels, 3, 5.0, kA);
  draw_disc(*labels, 9, 5.0, kA);
  draw_disc(*labels, 6, 2.0, kB);
  const auto filled = after(*labels, fill_between(*labels, kA, 2, {}));
  EXPECT_EQ(count(*filled, kB), count(*labels, kB));
}

TEST(FillBetween, ARangeIsMadeAnewFromItsEnds) {
  const auto labels = blank();
  for (const long slice : {3L, 6L, 9L}) draw_disc(*labels, slice, slice == 6 ? 6.5 : 4.0, kA);
  const auto filled = after(*labels, fill_between(*labels, kA, 2, SliceRange{3, 9}));
  const auto plain = blank();
  for (const long slice : {3L, 9L}) draw_disc(*plain, slice, 4.0, kA);
  const auto expected = after(*plain, fill_between(*plain, kA, 2, {}));
  EXPECT_EQ(count(*filled, kA), count(*expected, kA));
}

TEST(FillBetween, SaysWhatIsInTheWay) {
  const auto labels = blank();
  const auto message = [&](auto&& call) -> std::string {
    try {
      call();
    } catch (const Error& e) {
      return e.what();
    }
    return "nothing was refused";
  };
  EXPECT_THAT(message([&] { fill_between(*labels, kA, 2, {}); }), HasSubstr("there is no femoral cartilage"));
  draw_disc(*labels, 3, 2.0, kA);
  EXPECT_THAT(message([&] { fill_between(*labels, kA, 2, {}); }), HasSubstr("no slice is missing"));
  const auto off = at(*labels, 35, 15, 9);
  History history(*labels);
  history.apply(paint(*labels, {off, off, 1.0, axis_of(*labels, 2)}, {kA}));
  EXPECT_THAT(message([&] { fill_between(history.labels(), kA, 2, {}); }),
              HasSubstr("slices 3 and 9 do not overlap"));
  EXPECT_THAT(message([&] {
                fill_between(history.labels(), kA, 2, SliceRange{3, 5});
              }),
              HasSubstr("slice 5 holds no"));
  EXPECT_THAT(message([&] {
                fill_between(history.labels(), kA, 2, SliceRange{3, 99});
              }),
              HasSubstr("no slice lies between"));
}

TEST(Smooth, TakesAwayAThornAndKeepsABall) {
  const auto labels = blank({60, 60, 60}, {0.5, 0.5, 0.5});
  const auto middle = at(*labels, 30, 30, 30);
  auto ball = after(*labels, paint(*labels, {middle, middle, 8.0, {}}, {kA}));
  const auto thorn =
      after(*ball, paint(*ball, {at(*labels, 45, 30, 30), at(*labels, 55, 30, 30), 0.3, {}}, {kA}));
  const auto smoothed = after(*thorn, smooth(*thorn, kA, 1.0));
  EXPECT_EQ(smoothed->GetPixel({{54, 30, 30}}), 0);
  // A ball of radius r loses sigma^2 / r of it.
  const double expected = 4.0 / 3.0 * std::numbers::pi * std::pow(8.0 - 1.0 / 8.0, 3) / 0.125;
  EXPECT_NEAR(static_cast<double>(count(*smoothed, kA)), expected, 0.01 * expected);
}

TEST(Smooth, DoesNotWriteOverNeighbours) {
  const auto labels = blank({60, 60, 60}, {0.5, 0.5, 0.5});
  const auto middle = at(*labels, 30, 30, 30);
  const auto bone = after(*labels, paint(*labels, {middle, middle, 8.0, {}}, {kB}));
  const auto both = after(*bone, paint(*bone, {middle, middle, 10.0, {}}, {kA, Over::kBackground}));
  const auto smoothed = after(*both, smooth(*both, kA, 2.0));
  EXPECT_EQ(count(*smoothed, kB), count(*both, kB));
}

TEST(Relabel, RenamesAllOrOnePart) {
  const auto labels = blank();
  draw_disc(*labels, 3, 3.0, kA);
  draw_disc(*labels, 9, 3.0, kA);
  const std::size_t both = count(*labels, kA);
  EXPECT_EQ(count(*after(*labels, relabel(*labels, kA, kB)), kB), both);
  const auto one = after(*labels, relabel_part(*labels, {{20, 15, 9}}, kB));
  EXPECT_EQ(count(*one, kB), both / 2);
  EXPECT_EQ(one->GetPixel({{20, 15, 3}}), kA);
  EXPECT_THROW(relabel(*labels, kB, kA), Error);
  EXPECT_THROW(relabel_part(*labels, {{0, 0, 0}}, kB), Error);
  EXPECT_THROW(relabel_part(*labels, {{0, 0, 99}}, kB), Error);
}

TEST(ShiftLevels, MovesBodiesAndDiscsTogetherAndBack) {
  using namespace ledd::anatomy;
  const auto labels = blank({10, 1, 1}, {1, 1, 1});
  const std::vector<std::uint16_t> ids{kT12, kT12 + kDiscOffset, kL1, kL1 + kDiscOffset, kL1 + 1, kCanal};
  for (std::size_t n = 0; n < ids.size(); ++n) labels->SetPixel({{static_cast<long>(n), 0, 0}}, ids[n]);
  const auto down = after(*labels, shift_levels(*labels, Levels::kDown));
  EXPECT_EQ(down->GetPixel({{0, 0, 0}}), kL1);
  EXPECT_EQ(down->GetPixel({{1, 0, 0}}), kL1 + kDiscOffset);
  EXPECT_EQ(down->GetPixel({{4, 0, 0}}), kL1 + 2);
  EXPECT_EQ(down->GetPixel({{5, 0, 0}}), kCanal);
  const auto back = after(*down, shift_levels(*down, Levels::kUp));
  for (long n = 0; n < 10; ++n) EXPECT_EQ(back->GetPixel({{n, 0, 0}}), labels->GetPixel({{n, 0, 0}}));
}

TEST(ShiftLevels, RefusesWhereNoNameIsLeft) {
  using namespace ledd::anatomy;
  for (const std::uint16_t id : {kS1, kL6, kT13}) {
    const auto labels = blank({2, 1, 1}, {1, 1, 1});
    labels->SetPixel({{0, 0, 0}}, id);
    EXPECT_THROW(shift_levels(*labels, Levels::kDown), Error) << id;
  }
  EXPECT_THROW(shift_levels(*blank(), Levels::kUp), Error);
}

TEST(MoveEnd, AddsAndTakesLayersAtThatEndOnly) {
  const auto labels = blank();
  for (const long slice : {5L, 6L, 7L, 8L}) draw_disc(*labels, slice, 4.0, kA);
  const std::size_t layer = count(*labels, kA) / 4;
  const auto toward = axis_of(*labels, 2);
  const auto longer = after(*labels, move_end(*labels, kA, toward, 4.0));
  EXPECT_EQ(count(*longer, kA), 6 * layer);
  EXPECT_EQ(longer->GetPixel({{20, 15, 10}}), kA);
  EXPECT_EQ(longer->GetPixel({{20, 15, 4}}), 0);
  const auto shorter = after(*labels, move_end(*labels, kA, toward, -2.0));
  EXPECT_EQ(count(*shorter, kA), 3 * layer);
  EXPECT_EQ(shorter->GetPixel({{20, 15, 8}}), 0);
  EXPECT_THROW(move_end(*labels, kA, toward, -10.0), Error);
  EXPECT_THROW(move_end(*labels, kA, {2, 0, 0}, 1.0), Error);
}

TEST(MoveEnd, GrowsOverAnotherStructureOnlyWhenItMay) {
  const auto labels = blank();
  for (const long slice : {5L, 6L, 7L, 8L}) draw_disc(*labels, slice, 4.0, kA);
  for (const long slice : {9L, 10L}) draw_disc(*labels, slice, 6.0, kB);
  const auto toward = axis_of(*labels, 2);
  EXPECT_TRUE(move_end(*labels, kA, toward, 2.0).empty());
  const auto longer = after(*labels, move_end(*labels, kA, toward, 2.0, Over::kEverything));
  EXPECT_EQ(4 * count(*longer, kA), 5 * count(*labels, kA));
  EXPECT_EQ(count(*longer, kA) + count(*longer, kB), count(*labels, kA) + count(*labels, kB));
  EXPECT_THROW(move_end(*labels, kA, toward, 2.0, Over::kOne), Error);
}

/// A half space below index 20 of the first axis, on an oblique grid.
Labels::Pointer half_space() {
  const auto labels = oblique();
  const auto size = labels->GetLargestPossibleRegion().GetSize();
  for (std::size_t n = 0; n < labels->GetLargestPossibleRegion().GetNumberOfPixels(); ++n)
    if (n % size[0] <= 20) labels->GetBufferPointer()[n] = kA;
  return labels;
}

/// Between two voxels of the first axis.
Point face(const Labels& labels, long i, long j, long k) {
  Point middle = at(labels, i, j, k);
  for (unsigned a = 0; a < 3; ++a) middle[a] = 0.5 * (middle[a] + at(labels, i + 1, j, k)[a]);
  return middle;
}

TEST(MoveLandmark, TheOutlineLandsWhereItWasPulledAndStaysBeyondTheReach) {
  const auto labels = half_space();
  for (const long by : {6L, -6L}) {  // 3 mm
    const Pull pull{face(*labels, 20, 20, 8), face(*labels, 20 + by, 20, 8), 9.0};
    const auto pulled = after(*labels, move_landmark(*labels, pull, {kA, Over::kBackground}));
    EXPECT_EQ(pulled->GetPixel({{20 + by, 20, 8}}), kA) << by;
    EXPECT_EQ(pulled->GetPixel({{21 + by, 20, 8}}), 0) << by;
    // 10 mm aside along j, 10 mm along k: beyond.
    for (const auto& [j, k] : {std::pair(32L, 8L), {20L, 13L}}) {
      EXPECT_EQ(pulled->GetPixel({{20, j, k}}), kA);
      EXPECT_EQ(pulled->GetPixel({{21, j, k}}), 0);
    }
    // 4 mm aside, s = 0.444: 0.644 of the way.
    long end = 0;
    while (pulled->GetPixel({{end, 25, 8}}) == kA) ++end;
    EXPECT_NEAR(static_cast<double>(end - 21), 0.644 * static_cast<double>(by), 1.0);
  }
}

TEST(MoveLandmark, OtherStructuresStayUnlessTheyMayBeWrittenOver) {
  const auto labels = half_space();
  labels->SetPixel({{22, 20, 8}}, kB);
  const Pull pull{face(*labels, 20, 20, 8), face(*labels, 26, 20, 8), 9.0};
  EXPECT_EQ(count(*after(*labels, move_landmark(*labels, pull, {kA, Over::kBackground})), kB), 1U);
  EXPECT_EQ(count(*after(*labels, move_landmark(*labels, pull, {kA, Over::kEverything})), kB), 0U);
}

TEST(MoveLandmark, RefusesWhatItCannotDo) {
  const auto labels = half_space();
  const Point there = face(*labels, 20, 20, 8);
  Point far = there;
  far[2] += 21.0;
  EXPECT_THROW(move_landmark(*labels, {there, far, 9.0}, {kA}), Error);
  EXPECT_THROW(move_landmark(*labels, {there, there, 0.0}, {kA}), Error);
  EXPECT_THROW(move_landmark(*labels, {there, there, 9.0}, {0}), Error);
  EXPECT_THROW(move_landmark(*labels, {there, there, 9.0}, {kB}), Error);
  far[0] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(move_landmark(*labels, {there, far, 9.0}, {kA}), Error);
  EXPECT_TRUE(move_landmark(*labels, {there, there, 9.0}, {kA}).empty());
}

}  // namespace
