#include "ledd/axspa_layout/axspa_layout.h"

#include <gmock/gmock.h>

#include <functional>
#include <limits>

#include "ledd/core/error.h"
#include "ledd/lumbar_phantom/lumbar_phantom.h"

#include "painted_spine.h"

namespace ledd {
namespace {

using painted::Place;
using ::testing::HasSubstr;

constexpr double kMarrow = 60.0, kNoise = 4.0, kCsf = 400.0;
const MrSequence kStir{MrContrast::kStir, 4500.0, 60.0, false};
using Where = std::function<bool(const Place&)>;

Volume::Pointer stir(const painted::Column& c, const Where& lesion, double factor) {
  return painted::paint(
      c,
      [&](const Place& p) {
        double value = 20.0;
        if (p.label == 61) value = kCsf;
        if (p.label >= 120) value = 120.0;
        if (painted::is_body(p))
          value = kMarrow * (lesion(p) ? factor : 1.0) * (painted::is_vein(p) ? 2.5 : 1.0);
        return value * painted::coil(p);
      },
      kNoise);
}

/// The anterior inferior corner of L3, over all slices of the middle 20 mm.
bool corner(const Place& p) {
  return p.label == 22 && p.above_bottom_mm < 7 && p.posterior_mm < -9 && std::fabs(p.left_mm) < 10;
}
bool nowhere(const Place&) {
  return false;
}

AxspaLayout::Result fill(const painted::Column& c, const Volume& image, const Volume* t1 = nullptr) {
  Context context;
  return AxspaLayout()({&image, t1, kStir}, *c.labels, painted::spine_of(c), context);
}

const AxspaLayout::Dvu& unit(const AxspaLayout::Result& r, const std::string& region) {
  for (const auto& d : r.dvus)
    if (d.region == region) return d;
  throw Error(Errc::kInternal, region + " is missing");
}

TEST(AxspaLayout, DefaultsAreLegalAndNanIsNot) {
  EXPECT_NO_THROW(AxspaLayout{});
  EXPECT_THROW(AxspaLayout({.k = std::numeric_limits<double>::quiet_NaN()}), Error);
}

TEST(AxspaLayout, ACornerIsOnePointOnEachOfThreeSlices) {
  const auto c = painted::column();
  const auto result = fill(c, *stir(c, corner, 1.9));
  ASSERT_EQ(result.dvus.size(), 5U);
  for (const auto& d : result.dvus) EXPECT_EQ(d.score, d.region == "L3/L4" ? 3 : 0) << d.region;
  const auto& dvu = unit(result, "L3/L4");
  int scored = 0;
  for (const auto& s : dvu.slices) {
    if (!s.chosen) continue;
    ++scored;
    EXPECT_TRUE(s.central);
    const auto& q = s.quadrants[AxspaLayout::kUpperAnterior];
    EXPECT_TRUE(q.lesion);
    EXPECT_TRUE(q.corner);
    EXPECT_FALSE(q.mid_endplate);
    EXPECT_FALSE(q.deep);
    EXPECT_FALSE(q.intense);
    EXPECT_NEAR(q.depth_mm, 7.0, 1.2);
    for (const auto other :
         {AxspaLayout::kUpperPosterior, AxspaLayout::kLowerAnterior, AxspaLayout::kLowerPosterior})
      EXPECT_FALSE(s.quadrants[other].lesion);
  }
  EXPECT_EQ(scored, 3);
  EXPECT_EQ(result.six_dvu, 3);
  EXPECT_THAT(result.six_dvu_reason, HasSubstr("partial: the sum of 5 units"));
}

TEST(AxspaLayout, EveryQuadrantCounts) {
  const auto c = painted::column();
  const auto both_sides = [](const Place& p) {
    return (p.label == 22 && p.above_bottom_mm < 6) || (p.label == 23 && p.below_top_mm < 6);
  };
  const auto result = fill(c, *stir(c, both_sides, 1.9));
  EXPECT_EQ(unit(result, "L3/L4").score, 12);
  EXPECT_EQ(unit(result, "L2/L3").score, 0);
  EXPECT_EQ(unit(result, "L4/L5").score, 0);
  EXPECT_TRUE(unit(result, "L3/L4").slices[4].quadrants[AxspaLayout::kLowerPosterior].mid_endplate ||
              unit(result, "L3/L4").slices[4].quadrants[AxspaLayout::kLowerAnterior].mid_endplate);
}

TEST(AxspaLayout, AsBrightAsFluidAndDeepEarnAPointASlice) {
  const auto c = painted::column();
  EXPECT_EQ(unit(fill(c, *stir(c, corner, 12.0)), "L3/L4").score, 6);
  const auto deep = [](const Place& p) {
    return p.label == 22 && p.above_bottom_mm < 12 && p.posterior_mm < -9 && std::fabs(p.left_mm) < 10;
  };
  EXPECT_EQ(unit(fill(c, *stir(c, deep, 1.9)), "L3/L4").score, 6);
  EXPECT_EQ(unit(fill(c, *stir(c, deep, 12.0)), "L3/L4").score, 9);
}

TEST(AxspaLayout, TheVeinAndNoiseAreNotCounted) {
  const auto c = painted::column();
  const auto result = fill(c, *stir(c, nowhere, 1.0));
  for (const auto& d : result.dvus) {
    EXPECT_EQ(d.score, 0) << d.region;
    EXPECT_TRUE(d.lesion_voxels.empty());
  }
}

TEST(AxspaLayout, ALesionBelowFiveSquareMillimetresIsNone) {
  const auto c = painted::column();
  const auto dot = [](const Place& p) {
    return p.label == 22 && std::fabs(p.above_bottom_mm - 5) < 0.8 && std::fabs(p.posterior_mm + 11) < 0.8;
  };
  EXPECT_EQ(unit(fill(c, *stir(c, dot, 2.0)), "L3/L4").score, 0);
}

TEST(AxspaLayout, FatOnT1IsLeftOut) {
  const auto c = painted::column();
  const auto t1 = painted::paint(
      c, [](const Place& p) { return painted::is_body(p) ? (corner(p) ? 200.0 : 100.0) : 50.0; }, 4.0);
  const auto image = stir(c, corner, 1.9);
  EXPECT_EQ(unit(fill(c, *image, t1), "L3/L4").score, 0);
  EXPECT_EQ(unit(fill(c, *image), "L3/L4").score, 3);
}

TEST(AxspaLayout, WithoutFluidNoPointForIntensity) {
  const auto c = painted::column();
  const auto image = stir(c, corner, 12.0);
  for (std::size_t n = 0; n < c.places.size(); ++n)
    if (c.labels->GetBufferPointer()[n] == 61) c.labels->GetBufferPointer()[n] = 0;
  const auto result = fill(c, *image);
  EXPECT_EQ(unit(result, "L3/L4").score, 3);
  EXPECT_THAT(unit(result, "L3/L4").reason, HasSubstr("no point for intensity"));
}

TEST(AxspaLayout, ABrightBodyIsComparedWithANeighbour) {
  const auto c = painted::column();
  const auto whole = [](const Place& p) { return p.label == 22; };
  const auto result = fill(c, *stir(c, whole, 2.2));
  EXPECT_GE(*unit(result, "L3/L4").score, 6);
  EXPECT_THAT(unit(result, "L3/L4").reason, HasSubstr("the centre of L3 is bright: compared with L"));
}

TEST(AxspaLayout, NothingIsEverCertain) {
  const auto c = painted::column();
  for (const auto& m : measurements(fill(c, *stir(c, corner, 1.9)))) {
    EXPECT_EQ(m.quality, Quality::kUncertain);
    EXPECT_THAT(m.reason, HasSubstr("pre-filled for a reader, not read"));
  }
}

TEST(AxspaLayout, AnotherWeightingIsRefused) {
  const auto c = painted::column();
  Context context;
  const auto image = stir(c, corner, 1.9);
  const auto result = AxspaLayout()(
      {image, nullptr, {MrContrast::kT2, {}, {}, false}}, *c.labels, painted::spine_of(c), context);
  const auto rows = measurements(result);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].quality, Quality::kFailed);
  EXPECT_THAT(rows[0].reason, HasSubstr("T2"));
  EXPECT_THROW(AxspaLayout()({nullptr, nullptr, kStir}, *c.labels, SpineResult{}, context), Error);
}

TEST(AxspaLayout, TheTableHasARowPerUnitAndSlice) {
  const auto c = painted::column();
  const auto result = fill(c, *stir(c, corner, 1.9));
  const auto table = layout_table(result);
  std::size_t rows = 0;
  for (const auto& d : result.dvus) rows += d.slices.size();
  ASSERT_EQ(table.rows.size(), rows);
  for (const auto& row : table.rows) EXPECT_EQ(row.size(), table.header.size());
  const auto figure = axspa_figure(result, *c.labels);
  ASSERT_TRUE(figure.has_value());
  EXPECT_GT(figure->lines.size(), 22U);  // 11 halves of two quadrants, and the lesion
}

TEST(AxspaLayout, NoLabelsNoUnits) {
  const auto c = painted::column();
  const auto image = stir(c, nowhere, 1.0);
  c.labels->FillBuffer(0);
  Context context;
  const auto result = AxspaLayout()({image, nullptr, kStir}, *c.labels, SpineResult{}, context);
  EXPECT_TRUE(result.dvus.empty());
  EXPECT_FALSE(result.six_dvu.has_value());
}

TEST(AxspaLayoutOnThePhantom, AHealthyDrawnSpineScoresNothing) {
  LumbarPhantom::Params params;
  params.scan.contrast = phantom::Contrast::kStir;
  params.stack.columns = 200;
  params.stack.rows = 300;
  params.stack.pixel_mm = 1.0;
  for (const int seed : {1, 2}) {
    params.spine.seed = seed;
    Context context;
    const auto drawn = LumbarPhantom(params)(context);
    const auto spine = SpineMorphometry()(*drawn.labels, context);
    const auto result = AxspaLayout()({drawn.image, nullptr, kStir}, *drawn.labels, spine, context);
    ASSERT_GE(result.dvus.size(), 6U);
    EXPECT_EQ(result.six_dvu, 0) << "seed " << seed;
  }
}

}  // namespace
}  // namespace ledd
