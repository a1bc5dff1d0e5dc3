#include "ledd/spine_alignment/spine_alignment.h"

#include <gmock/gmock.h>

#include <limits>
#include <set>

#include "ledd/anatomy/anatomy.h"
#include "ledd/core/config.h"
#include "ledd/core/error.h"

#include "curved_column.h"
#include "phantom.h"

namespace ledd {
namespace {

using ::testing::HasSubstr;

const solid::Body kBody{.ha_mm = 27.0, .hp_mm = 27.0, .sag_mm = 1.0, .elliptic = true};
const std::array<double, 3> kThick{0.9, 0.9, 4.0};

AlignmentResult measure(const Labels& labels, int threads = 1) {
  Context context({}, threads);
  return SpineAlignment()(SpineMorphometry()(labels, context), labels, context);
}

AlignmentResult of_course(const curved::Course& course, double width_mm = 120.0) {
  return measure(*curved::rasterise(curved::bodies(course, kBody), kThick, width_mm));
}

/// T7 to L4: 21 degrees from T7 to T11 and 30 the other way from T11 to L4.
Labels::Pointer double_curve() {
  curved::Course course;
  course.first_id = 14;
  course.pitch_mm = 31.0;
  for (const double roll : {-8.0, -3.0, 3.0, 9.0, 13.0, 7.0, 0.0, -8.0, -14.0, -17.0}) {
    course.roll_deg.push_back(roll);
    course.pitch_deg.push_back(0.0);
  }
  solid::Body body = kBody;
  body.ha_mm = body.hp_mm = 22.0;
  return curved::rasterise(curved::bodies(course, body), kThick, 120.0);
}

TEST(SpineAlignment, DefaultsAreLegalAndEveryRangeIsChecked) {
  EXPECT_NO_THROW(SpineAlignment{});
  EXPECT_THROW(SpineAlignment({.curve_deg = 0.5}), Error);
  EXPECT_THROW(SpineAlignment({.curve_deg = std::numeric_limits<double>::quiet_NaN()}), Error);
  EXPECT_THROW(SpineAlignment({.min_slices = 2}), Error);
  EXPECT_THROW(SpineAlignment({.min_width_mm = 1.0}), Error);
}

TEST(SpineAlignment, AStraightSpineHasNoCurve) {
  const auto result = of_course(curved::lumbar(0.0));
  ASSERT_TRUE(result.cobb.value) << result.cobb.reason;
  EXPECT_LT(*result.cobb.value, 3.0);
  EXPECT_FALSE(result.scoliosis);
  EXPECT_TRUE(result.notes.empty());
  EXPECT_EQ(result.curves.size(), 1U);
}

TEST(SpineAlignment, OneCurveHasItsAngleEndsApexAndSide) {
  // Roll goes from -12 (left side up) at T11 to 12 at L5: open to the left, so convex to the left.
  const auto result = of_course(curved::lumbar(24.0));
  ASSERT_TRUE(result.cobb.value) << result.cobb.reason;
  EXPECT_NEAR(*result.cobb.value, 24.0, 2.0);
  EXPECT_EQ(result.curves.front().upper, 18);
  EXPECT_EQ(result.curves.front().lower, 24);
  EXPECT_NEAR(result.curves.front().apex, 21, 1);
  EXPECT_EQ(result.curves.front().convexity, 1);
  EXPECT_EQ(result.curves.size(), 1U);
  EXPECT_TRUE(result.scoliosis);
  ASSERT_EQ(result.notes.size(), 1U);
  EXPECT_THAT(result.notes[0], HasSubstr("T11 to L5, convex to the left"));
  EXPECT_EQ(of_course(curved::lumbar(-24.0)).curves.front().convexity, -1);
}

TEST(SpineAlignment, ADoubleCurveIsFoundOnBothSidesOfItsTurn) {
  const auto result = measure(*double_curve());
  ASSERT_EQ(result.curves.size(), 2U);
  EXPECT_NEAR(result.curves[0].cobb_deg, 30.0, 2.5);
  EXPECT_EQ(result.curves[0].upper, 18);
  EXPECT_EQ(result.curves[0].lower, 23);
  EXPECT_NEAR(result.curves[1].cobb_deg, 21.0, 2.5);
  EXPECT_EQ(result.curves[1].upper, 14);
  EXPECT_NE(result.curves[0].convexity, result.curves[1].convexity);
  int upper = 0;
  for (const auto& m : measurements(result))
    if (m.endpoint == "Cobb_upper" && m.statistic == "value") {
      ++upper;
      EXPECT_EQ(m.region, "T7-T11");
    }
  EXPECT_EQ(upper, 1);
}

TEST(SpineAlignment, LordosisAndATurnedPatientAreNoScoliosis) {
  auto course = curved::lumbar(0.0);
  for (std::size_t i = 0; i < 7; ++i) course.pitch_deg[i] = 24.0 - 9.0 * static_cast<double>(i);
  const auto placed = curved::turned(curved::bodies(course, kBody), 10.0);
  const auto result = measure(*curved::rasterise(placed, kThick, 120.0));
  ASSERT_TRUE(result.cobb.value) << result.cobb.reason;
  EXPECT_LT(*result.cobb.value, 4.0);
}

TEST(SpineAlignment, AStackTooNarrowForTheBodiesHasNoCobbButSaysWhy) {
  const auto result = of_course(curved::lumbar(20.0), 14.0);
  EXPECT_FALSE(result.cobb.value.has_value());
  EXPECT_THAT(result.cobb.reason, HasSubstr("slices, 5 are needed"));
  EXPECT_FALSE(result.scoliosis);
}

TEST(SpineAlignment, EachCurveHasItsOwnDoubt) {
  const auto labels = double_curve();
  Context context;
  auto spine = SpineMorphometry()(*labels, context);
  ASSERT_EQ(spine.bodies.front().id, 14);
  spine.bodies.front().quality = Quality::kUncertain;
  spine.bodies.front().reason = "for this test";
  const auto result = SpineAlignment()(spine, *labels, context);
  ASSERT_EQ(result.curves.size(), 2U);
  EXPECT_EQ(result.curves[0].quality, Quality::kGood) << result.curves[0].reason;
  ASSERT_EQ(result.curves[1].upper, 14);
  EXPECT_EQ(result.curves[1].quality, Quality::kUncertain);
  for (const auto& m : measurements(result)) {
    if (m.endpoint == "Cobb_main") {
      EXPECT_EQ(m.quality, Quality::kGood);
    }
    if (m.endpoint == "Cobb_upper") {
      EXPECT_THAT(m.reason, HasSubstr("T7: uncertain body"));
    }
  }
}

TEST(SpineAlignment, ABodyLeftOutMattersToTheCurvesItCanChange) {
  const auto labels = double_curve();
  Context context;
  const auto spine = SpineMorphometry()(*labels, context);
  const auto without = [&](std::size_t i) {
    auto fewer = spine;
    fewer.bodies[i].quality = Quality::kFailed;
    fewer.bodies[i].reason = "for this test";
    return SpineAlignment()(fewer, *labels, context);
  };
  const auto end = without(0);  // T7
  ASSERT_EQ(end.curves.size(), 2U);
  EXPECT_EQ(end.curves[0].quality, Quality::kGood) << end.curves[0].reason;
  EXPECT_EQ(end.curves[1].upper, 15);
  EXPECT_THAT(end.curves[1].reason, HasSubstr("T7 left out"));
  const auto within = without(2);  // T9
  ASSERT_FALSE(within.curves.empty());
  EXPECT_THAT(within.curves[0].reason, HasSubstr("T9 left out"));
}

TEST(SpineAlignment, ACurveWithinItsErrorOfTheThresholdIsOnlyPerhapsAScoliosis) {
  const auto straight = curved::rasterise(curved::bodies(curved::lumbar(24.0), kBody), kThick, 120.0);
  Context context;
  const auto spine = SpineMorphometry()(*straight, context);
  const double cobb_deg = *SpineAlignment()(spine, *straight, context).cobb.value;
  const auto near = SpineAlignment({.curve_deg = cobb_deg - 0.3})(spine, *straight, context);
  ASSERT_EQ(near.notes.size(), 1U);
  EXPECT_THAT(near.notes[0], ::testing::StartsWith("Perhaps a scoliosis"));
  EXPECT_EQ(near.cobb.quality, Quality::kUncertain);
  const auto clear = SpineAlignment({.curve_deg = cobb_deg - 5.0})(spine, *straight, context);
  ASSERT_EQ(clear.notes.size(), 1U);
  EXPECT_THAT(clear.notes[0], ::testing::StartsWith("Scoliosis"));
}

TEST(SpineAlignment, ScoliosisMakesSagittalAnglesUncertain) {
  auto course = curved::lumbar(30.0);
  course.roll_deg.resize(6);
  course.pitch_deg.resize(6);
  course.first_id = 21;
  auto placed = curved::bodies(course, kBody);
  placed.back().id = anatomy::kS1;
  placed[4].id = 25;
  const auto result = measure(*curved::rasterise(placed, kThick, 120.0));
  ASSERT_TRUE(result.scoliosis);
  ASSERT_TRUE(result.sacral_slope.value) << result.sacral_slope.reason;
  EXPECT_EQ(result.sacral_slope.quality, Quality::kUncertain);
  EXPECT_THAT(result.sacral_slope.reason, HasSubstr("scoliosis of"));
}

TEST(SpineAlignment, SacralSlopeIsPositiveWhenTheFrontOfS1IsLower) {
  auto course = curved::lumbar(0.0);
  course.pitch_deg = {10, 6, 2, -4, -12, -22, -38};
  course.first_id = 20;
  auto placed = curved::bodies(course, kBody);
  ASSERT_EQ(placed.back().id, anatomy::kS1);
  const auto result = measure(*curved::rasterise(placed, kThick, 120.0));
  ASSERT_TRUE(result.sacral_slope.value) << result.sacral_slope.reason;
  EXPECT_NEAR(*result.sacral_slope.value, 38.0, 1.5);
  ASSERT_TRUE(result.sacral_slope.se);
  EXPECT_GT(*result.sacral_slope.se, 0.1);
  EXPECT_EQ(result.squareness_region, "L6");
}

TEST(SpineAlignment, ASquareLastLumbarBodyIsAHintAndATallOneIsNot) {
  auto placed = curved::bodies(curved::lumbar(0.0), kBody);
  const auto tall = measure(*curved::rasterise(placed, kThick, 120.0));
  EXPECT_NEAR(*tall.squareness.value, 25.0 / 34.0, 0.05);
  EXPECT_EQ(*tall.lstv_hint.value, 0.0);
  EXPECT_EQ(tall.lstv_hint.quality, Quality::kGood);
  placed.back().body.ha_mm = placed.back().body.hp_mm = 18.0;
  const auto flat = measure(*curved::rasterise(placed, kThick, 120.0));
  EXPECT_EQ(*flat.lstv_hint.value, 2.0);
  EXPECT_EQ(flat.lstv_hint.quality, Quality::kUncertain);
  EXPECT_THAT(flat.lstv_hint.reason, HasSubstr("hint"));
  placed.resize(5);  // down to L3, no sacrum
  const auto cut = measure(*curved::rasterise(placed, kThick, 120.0));
  EXPECT_FALSE(cut.squareness.value.has_value());
  EXPECT_EQ(cut.squareness.reason, "the last lumbar body is not labelled");
}

TEST(SpineAlignment, NothingToMeasureIsSaidAndNotMadeUp) {
  const auto labels = phantom::blank<Labels>({8, 8, 8}, {1, 1, 1}, 0);
  const auto result = measure(*labels);
  for (const auto& m : measurements(result)) {
    EXPECT_FALSE(m.value.has_value()) << m.endpoint;
    EXPECT_FALSE(m.reason.empty()) << m.endpoint;
  }
  EXPECT_TRUE(report_lines(result, {}).empty());
  EXPECT_FALSE(coronal_figure(result, *labels).has_value());
}

TEST(SpineAlignment, MeasurementsAreDefinedUniqueAndTheSameForAnyThreads) {
  const auto labels = curved::rasterise(curved::bodies(curved::lumbar(18.0), kBody), kThick, 120.0);
  const auto one = measurements(measure(*labels, 1));
  const auto two = measurements(measure(*labels, 2));
  ASSERT_EQ(one.size(), two.size());
  std::set<std::string> keys;
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(one[i].value, two[i].value);
    EXPECT_EQ(one[i].reason.empty(), one[i].quality == Quality::kGood);
    EXPECT_TRUE(keys.insert(one[i].region + one[i].endpoint + one[i].statistic).second) << one[i].endpoint;
  }
}

TEST(SpineAlignment, TheFigureIsACoronalSliceThroughTheBodiesWithTheCurve) {
  const auto labels = curved::rasterise(curved::bodies(curved::lumbar(18.0), kBody), kThick, 120.0);
  const auto result = measure(*labels);
  const auto figure = coronal_figure(result, *labels);
  ASSERT_TRUE(figure.has_value());
  EXPECT_EQ(figure->axis, 0U);
  EXPECT_GT(figure->slice, 0);
  ASSERT_EQ(figure->lines.size(), 3U);
  EXPECT_EQ(figure->lines[0].points_lps_mm.size(), 7U);
  EXPECT_THAT(figure->lines[1].text, HasSubstr("T11-L5"));
  // The upper end plate has its left end up: roll -9 at T11.
  const auto& plate = figure->lines[1].points_lps_mm;
  EXPECT_GT(plate[1][0], plate[0][0]);
  EXPECT_GT(plate[1][2], plate[0][2]);
}

TEST(SpineAlignment, TheSagittalLinesAreTheEndplatesOfLordosis) {
  const auto labels = curved::rasterise(curved::bodies(curved::lumbar(0.0), kBody), kThick, 120.0);
  Context context;
  const auto spine = SpineMorphometry()(*labels, context);
  const auto lines = report_lines(SpineAlignment()(spine, *labels, context), spine);
  ASSERT_EQ(lines.size(), 2U);  // L1 and L5; no S1, no T4
  EXPECT_THAT(lines[0].text, HasSubstr("L1-L5"));
  EXPECT_GT(lines[0].points_lps_mm[0][2], lines[1].points_lps_mm[0][2]);
}

}  // namespace
}  // namespace ledd
