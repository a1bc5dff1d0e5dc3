#include "ledd/spine_morphometry/spine_morphometry.h"

#include <gmock/gmock.h>

#include <limits>
#include <map>
#include <set>

#include "ledd/core/config.h"
#include "ledd/core/error.h"

#include "phantom.h"
#include "solid.h"

namespace ledd {
namespace {

using solid::Placed;
using ::testing::HasSubstr;

const std::array<double, 3> kThick{0.9, 0.9, 4.0};

SpineMorphometry::Result measure(const Labels& labels, int threads = 1) {
  Context context({}, threads);
  return SpineMorphometry()(labels, context);
}

/// One body, turned a little against its grid so that rounding averages out.
Labels::Pointer one_body(const solid::Body& body, const Point& shift_mm = {}) {
  const auto grid = solid::sagittal(kThick, {64, 64, 72}, solid::posed(shift_mm, 0, 0, 0));
  return solid::rasterised(grid, {{22, body, solid::posed({0.3, -0.2, 0.1}, 12, 3, 5)}});
}

/// L1..L5 and S1 on a lordotic arc; each is turned by `step_deg` against its neighbour.
std::vector<Placed> arc(double step_deg) {
  constexpr double kSpacingMm = 37.0;
  const solid::Body body{.ha_mm = 28.0, .hp_mm = 26.0, .sag_mm = 1.0, .elliptic = true};
  std::vector<Placed> bodies;
  Point centre{0, 0, 90};
  for (int i = 0; i < 6; ++i) {
    const double pitch = step_deg * (2.5 - i);  // L1 looks up in front, S1 down
    const auto frame = solid::posed(centre, pitch, 0, 0);
    bodies.push_back({static_cast<std::uint16_t>(i < 5 ? 20 + i : 26), body, frame});
    const auto half_way = solid::posed(centre, pitch - 0.5 * step_deg, 0, 0);
    centre = solid::along(centre, half_way.superior, -kSpacingMm);
  }
  return bodies;
}

solid::GridSpec spine_grid() {
  return solid::sagittal(kThick, {120, 260, 68}, solid::posed({0, 0, 0}, 4, 2, -5));
}

const SpineResult::Angle& angle(const SpineResult& result, const std::string& endpoint) {
  for (const auto& a : result.angles)
    if (a.endpoint == endpoint) return a;
  throw Error(Errc::kInternal, endpoint + " is missing");
}

TEST(SpineMorphometry, DefaultsAreLegalAndEveryRangeIsChecked) {
  EXPECT_NO_THROW(SpineMorphometry{});
  EXPECT_THROW(SpineMorphometry({.half_slab_mm = 0.5}), Error);
  EXPECT_THROW(SpineMorphometry({.half_slab_mm = std::numeric_limits<double>::quiet_NaN()}), Error);
  EXPECT_THROW(SpineMorphometry({.min_height_mm = 50.0, .max_height_mm = 20.0}), Error);
}

TEST(SpineMorphometry, WedgeKeepsItsAnteriorAndPosteriorHeights) {
  const auto result = measure(*one_body({.ha_mm = 19.0, .hp_mm = 28.0}));
  ASSERT_EQ(result.bodies.size(), 1U);
  const auto& body = result.bodies[0];
  EXPECT_EQ(body.quality, Quality::kGood) << body.reason;
  EXPECT_NEAR(body.ha.value_mm, 19.0, 0.45);
  EXPECT_NEAR(body.hm.value_mm, 23.5, 0.45);
  EXPECT_NEAR(body.hp.value_mm, 28.0, 0.45);
  EXPECT_NEAR(body.depth.value_mm, 34.0, 0.45);
  EXPECT_NEAR(*body.volume_cm3, 23.5 * 34 * 46 / 1000, 2.0);
  EXPECT_FALSE(body.width_mm.has_value());
  EXPECT_THAT(body.width_reason, HasSubstr("4.00 mm apart"));
}

TEST(SpineMorphometry, ConcaveEndplatesLowerTheMiddleHeightAlone) {
  const auto body = measure(*one_body({.sag_mm = 4.0})).bodies.at(0);
  EXPECT_NEAR(body.ha.value_mm, 27.0, 0.45);
  EXPECT_NEAR(body.hm.value_mm, 19.0, 0.45);
  EXPECT_NEAR(body.hp.value_mm, 27.0, 0.45);
}

TEST(SpineMorphometry, AnOsteophyteDoesNotMoveTheHeights) {
  const auto without = measure(*one_body({.sag_mm = 1.0})).bodies.at(0);
  const auto with = measure(*one_body({.sag_mm = 1.0, .spur_mm = 5.0})).bodies.at(0);
  EXPECT_NEAR(with.ha.value_mm, without.ha.value_mm, 0.5);
  EXPECT_NEAR(with.hm.value_mm, without.hm.value_mm, 0.3);
  EXPECT_NEAR(with.hp.value_mm, without.hp.value_mm, 0.3);
  EXPECT_NEAR(with.depth.value_mm, without.depth.value_mm, 0.5);
}

TEST(SpineMorphometry, LordosisOfAnArcIsTheSumOfItsSteps) {
  const auto result = measure(*solid::rasterised(spine_grid(), arc(9.0)));
  ASSERT_EQ(result.bodies.size(), 6U);
  // Wedged bodies: each superior endplate leans by half the wedge, the same for L1 and S1; L5's inferior one
  // the other way.
  const double wedge_deg = 2.0 * std::atan(1.0 / 34.0) * 180.0 / M_PI;
  EXPECT_NEAR(*angle(result, "LL_L1_S1").value_deg, 45.0, 1.0);
  EXPECT_NEAR(*angle(result, "LL_L1_L5").value_deg, 36.0 + wedge_deg, 1.0);
  double sum = 0.0;
  for (const auto& a : result.angles)
    if (a.endpoint == "SL") sum += *a.value_deg;
  EXPECT_NEAR(sum, *angle(result, "LL_L1_S1").value_deg, 1e-9);
  for (std::size_t i = 0; i < 5; ++i)
    EXPECT_NEAR(result.bodies[i].tilt_deg, 9.0 * (2.5 - static_cast<double>(i)), 1.0);
}

TEST(SpineMorphometry, AKyphoticArcIsNegative) {
  const auto result = measure(*solid::rasterised(spine_grid(), arc(-5.0)));
  EXPECT_NEAR(*angle(result, "LL_L1_S1").value_deg, -25.0, 1.0);
}

TEST(SpineMorphometry, AWholeSacrumUnderTheS1LabelGivesTheSameLordosis) {
  auto bodies = arc(8.0);
  const auto alone = measure(*solid::rasterised(spine_grid(), bodies));
  auto tail = bodies.back();
  tail.frame.centre_lps_mm = solid::along(tail.frame.centre_lps_mm, tail.frame.superior, -25.0);
  tail.body.depth_mm = 24.0;
  bodies.push_back(tail);
  const auto whole = measure(*solid::rasterised(spine_grid(), bodies));
  EXPECT_NEAR(*angle(whole, "LL_L1_S1").value_deg, *angle(alone, "LL_L1_S1").value_deg, 1.0);
}

TEST(SpineMorphometry, OrderAndDirectionOfTheAxesDoNotMatter) {
  const auto labels = solid::rasterised(spine_grid(), arc(8.0));
  const auto turned = reorient(*labels, {Toward::kLeft, Toward::kAnterior, Toward::kSuperior});
  const auto a = measure(*labels);
  const auto b = measure(*turned);
  ASSERT_EQ(a.bodies.size(), b.bodies.size());
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_NEAR(a.bodies[i].ha.value_mm, b.bodies[i].ha.value_mm, 1e-6);
    EXPECT_NEAR(a.bodies[i].hm.value_mm, b.bodies[i].hm.value_mm, 1e-6);
    EXPECT_NEAR(a.bodies[i].hp.value_mm, b.bodies[i].hp.value_mm, 1e-6);
    EXPECT_NEAR(a.bodies[i].depth.value_mm, b.bodies[i].depth.value_mm, 1e-6);
    EXPECT_EQ(a.bodies[i].slices, b.bodies[i].slices);
  }
  EXPECT_NEAR(*angle(a, "LL_L1_S1").value_deg, *angle(b, "LL_L1_S1").value_deg, 1e-6);
}

TEST(SpineMorphometry, TwiceTheSizeIsTwiceTheHeight) {
  const auto small = measure(*one_body({.ha_mm = 22.0, .hp_mm = 25.0})).bodies.at(0);
  const auto frame = solid::posed({0.6, -0.4, 0.2}, 12, 3, 5);
  const auto grid = solid::sagittal({1.8, 1.8, 8.0}, {128, 128, 144}, solid::posed({}, 0, 0, 0));
  const solid::Body body{.ha_mm = 44.0, .hp_mm = 50.0, .depth_mm = 68.0, .width_mm = 92.0};
  Context context;
  const auto large =
      SpineMorphometry({.half_slab_mm = 10.0})(*solid::rasterised(grid, {{22, body, frame}}), context);
  EXPECT_NEAR(large.bodies.at(0).ha.value_mm, 2.0 * small.ha.value_mm, 0.3);
  EXPECT_NEAR(large.bodies.at(0).hp.value_mm, 2.0 * small.hp.value_mm, 0.3);
  EXPECT_NEAR(large.bodies.at(0).depth.value_mm, 2.0 * small.depth.value_mm, 0.3);
}

TEST(SpineMorphometry, ThreadsDoNotChangeABit) {
  const auto labels = solid::rasterised(spine_grid(), arc(8.0));
  const auto one = measurements(measure(*labels, 1));
  const auto two = measurements(measure(*labels, 2));
  ASSERT_EQ(one.size(), two.size());
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(one[i].endpoint, two[i].endpoint);
    EXPECT_EQ(one[i].value, two[i].value);
    EXPECT_EQ(one[i].reason, two[i].reason);
  }
}

TEST(SpineMorphometry, AnEmptyMapHasNoBodiesAndNoLordosis) {
  const auto labels = phantom::blank<Labels>({20, 20, 5}, {1, 1, 4}, 0);
  const auto result = measure(*labels);
  EXPECT_TRUE(result.bodies.empty());
  EXPECT_EQ(angle(result, "LL_L1_S1").quality, Quality::kFailed);
  EXPECT_EQ(angle(result, "LL_L1_S1").reason, "L1 is not labelled");
  EXPECT_FALSE(mid_sagittal_figure(result, *labels).has_value());
}

TEST(SpineMorphometry, OtherLabelsAreIgnored) {
  EXPECT_TRUE(measure(*phantom::blank<Labels>({40, 40, 9}, {1, 1, 4}, 120)).bodies.empty());
}

TEST(SpineMorphometry, OneVoxelFailsWithAReason) {
  const auto labels = phantom::blank<Labels>({20, 20, 9}, {1, 1, 4}, 0);
  labels->SetPixel({{10, 10, 4}}, 22);
  const auto body = measure(*labels).bodies.at(0);
  EXPECT_EQ(body.quality, Quality::kFailed);
  EXPECT_THAT(body.reason, HasSubstr("labelled in 1 sagittal slices"));
}

TEST(SpineMorphometry, OneSliceFailsWithAReason) {
  const auto grid = solid::sagittal({1, 1, 4}, {64, 64, 4}, solid::posed({}, 0, 0, 0));
  const auto body = measure(*solid::rasterised(grid, {{22, {}, solid::posed({}, 0, 0, 0)}})).bodies.at(0);
  EXPECT_EQ(body.quality, Quality::kFailed);
  EXPECT_THAT(body.reason, HasSubstr("labelled in 1 sagittal slices"));
}

TEST(SpineMorphometry, ABodyCutByTheBorderHasNoHeights) {
  const auto result = measure(*one_body({}, {0, 0, 25}));
  EXPECT_EQ(result.bodies.at(0).quality, Quality::kFailed);
  for (const auto& m : measurements(result)) {
    EXPECT_FALSE(m.value.has_value()) << m.endpoint;
    EXPECT_FALSE(m.reason.empty()) << m.endpoint;
  }
}

TEST(SpineMorphometry, ABodyCutByTheLastSliceIsUncertainAndHasNoVolume) {
  const auto body = measure(*one_body({}, {20, 0, 0})).bodies.at(0);
  EXPECT_NE(body.quality, Quality::kGood);
  EXPECT_THAT(body.reason, HasSubstr("first or last slice"));
  EXPECT_FALSE(body.volume_cm3.has_value());
}

TEST(SpineMorphometry, ABodyThatGoesOnBesideTheStackKeepsItsHeights) {
  const auto whole = measure(*one_body({}, {0, 0, 0})).bodies.at(0);
  for (const double aside_mm : {12.0, -12.0}) {
    const auto result = measure(*one_body({}, {aside_mm, 0, 0}));
    const auto& body = result.bodies.at(0);
    EXPECT_EQ(body.quality, Quality::kGood) << body.reason;
    EXPECT_FALSE(body.volume_cm3.has_value());
    for (const auto length : {&SpineResult::Body::ha, &SpineResult::Body::hm, &SpineResult::Body::hp})
      EXPECT_NEAR((body.*length).value_mm, (whole.*length).value_mm, 0.3);
    for (const auto& m : measurements(result))
      if (m.region == "L3") {
        EXPECT_FALSE(needs_eyes(m)) << m.endpoint << ": " << m.reason;
      }
  }
}

TEST(SpineMorphometry, ABallIsNotGivenGoodHeights) {
  const auto labels = phantom::blank<Labels>({60, 60, 19}, {1, 1, 3}, 0);
  for (long k = 0; k < 19; ++k)
    for (long j = 0; j < 60; ++j)
      for (long i = 0; i < 60; ++i)
        if (std::hypot(static_cast<double>(i) - 30.0,
                       static_cast<double>(j) - 30.0,
                       3.0 * (static_cast<double>(k) - 9)) < 3.0)
          labels->SetPixel({{i, j, k}}, 22);
  EXPECT_NE(measure(*labels).bodies.at(0).quality, Quality::kGood);
}

TEST(SpineMorphometry, LevelsFromFootToHeadAreRefused) {
  auto bodies = arc(8.0);
  for (std::size_t i = 0; i < 5; ++i) bodies[i].id = static_cast<std::uint16_t>(24 - i);
  bodies.pop_back();
  for (const auto& body : measure(*solid::rasterised(spine_grid(), bodies)).bodies) {
    EXPECT_EQ(body.quality, Quality::kFailed);
    EXPECT_THAT(body.reason, HasSubstr("from foot to head"));
  }
}

TEST(SpineMorphometry, ASpeckBesideTheBodyChangesNothingAndAHalfIsReported) {
  const auto clean = one_body({});
  const auto speck = one_body({});
  speck->SetPixel({{3, 3, 9}}, 22);
  EXPECT_EQ(measure(*clean).bodies.at(0).ha.value_mm, measure(*speck).bodies.at(0).ha.value_mm);
  for (long j = 2; j < 8; ++j)
    for (long i = 2; i < 30; ++i)
      for (long k = 4; k < 14; ++k) speck->SetPixel({{i, j, k}}, 22);
  EXPECT_THAT(measure(*speck).bodies.at(0).reason, HasSubstr("separate parts"));
}

TEST(SpineMorphometry, SoftOnAnotherGridIsRefused) {
  const auto labels = one_body({});
  const auto soft = phantom::blank<Volume>({5, 5, 5}, {1, 1, 1}, 0.0F);
  Context context;
  EXPECT_THROW(SpineMorphometry()(*labels, soft.GetPointer(), context), Error);
}

TEST(SpineMorphometry, SoftThatDisagreesIsReported) {
  const auto labels = one_body({});
  auto soft = Volume::New();
  soft->CopyInformation(labels);
  soft->SetRegions(labels->GetLargestPossibleRegion());
  soft->Allocate();
  soft->FillBuffer(std::numeric_limits<float>::quiet_NaN());
  Context context;
  const auto body = SpineMorphometry()(*labels, soft.GetPointer(), context).bodies.at(0);
  EXPECT_EQ(body.quality, Quality::kUncertain);
  EXPECT_THAT(body.reason, HasSubstr("0 % of the boundary points agree"));
  EXPECT_EQ(body.ha.value_mm, measure(*labels).bodies.at(0).ha.value_mm);
}

TEST(SpineMorphometry, ABodyThatLeansMoreThanItsStackIsNotRefused) {
  // On such endplates half of the voxel faces look along the other image axis, and so a little the wrong way.
  const solid::Body body{
      .ha_mm = 25.0, .hp_mm = 28.2, .depth_mm = 28.1, .width_mm = 40.7, .sag_mm = 2.9, .elliptic = true};
  const auto grid = solid::sagittal({0.9, 0.9, 4.0}, {64, 64, 72}, solid::posed({1, 2, 3}, -8.5, 8.1, 2.4));
  const auto frame = solid::posed({-0.04, -1.52, -0.21}, -28.5, -8.7, -7.4);
  const auto found = measure(*solid::rasterised(grid, {{22, body, frame}})).bodies.at(0);
  EXPECT_EQ(found.quality, Quality::kGood) << found.reason;
  EXPECT_NEAR(found.ha.value_mm, 25.0, 0.45);
  EXPECT_NEAR(found.hm.value_mm, body.hm_mm(), 0.45);
  EXPECT_NEAR(found.hp.value_mm, 28.2, 0.45);
}

TEST(SpineMorphometry, TheAreaIsThatBetweenTheEndplatesAndTheWalls) {
  const solid::Body solid_body{.ha_mm = 22.0, .hp_mm = 28.0, .sag_mm = 2.0};
  const auto body = measure(*one_body(solid_body)).bodies.at(0);
  EXPECT_NEAR(body.area_mm2, solid_body.area_mm2(), 10.0);
  EXPECT_LE(std::abs(body.area_mm2 - solid_body.area_mm2()), 3.0 * body.area_se_mm2);
}

TEST(SpineMorphometry, S1HasTheCornersOfItsEndplate) {
  const auto bodies = arc(8.0);
  const auto result = measure(*solid::rasterised(spine_grid(), bodies));
  const auto& s1 = bodies.back();
  const auto& found = result.bodies.back();
  ASSERT_EQ(found.id, 26);
  for (const double side : {-1.0, 1.0}) {
    const double u = 0.5 * side * s1.body.depth_mm;
    const Point corner = solid::along(solid::along(s1.frame.centre_lps_mm, s1.frame.posterior, u),
                                      s1.frame.superior,
                                      s1.body.half_height(u));
    const Point off = solid::along(side < 0.0 ? found.as_lps_mm : found.ps_lps_mm, corner, -1.0);
    EXPECT_NEAR(solid::dot(off, s1.frame.posterior), 0.0, 0.6) << side;
    EXPECT_NEAR(solid::dot(off, s1.frame.superior), 0.0, 0.45) << side;
  }
}

TEST(SpineMorphometry, LengthsRatiosAndAnglesCarryAStandardError) {
  const auto all = measurements(measure(*solid::rasterised(spine_grid(), arc(8.0))));
  std::map<std::string, int> values, errors;
  for (const auto& m : all) {
    if (!m.value || m.statistic == "slice_sd") continue;
    ++(m.statistic == "se" ? errors : values)[m.endpoint];
    if (m.statistic == "se") {
      EXPECT_GT(*m.value, 0.0) << m.endpoint;
    }
  }
  for (const auto& [endpoint, count] : values) EXPECT_EQ(errors[endpoint], count) << endpoint;
}

TEST(SpineMorphometry, FinerVoxelsHaveSmallerStandardErrors) {
  const solid::Body body{.sag_mm = 1.0};
  const auto frame = solid::posed({0.3, -0.2, 0.1}, 12, 3, 5);
  const auto se = [&](double voxel_mm) {
    const auto grid = solid::sagittal({voxel_mm, voxel_mm, 4.0}, {64, 64, 72}, solid::posed({}, 0, 0, 0));
    return measure(*solid::rasterised(grid, {{22, body, frame}})).bodies.at(0).hm.se_mm;
  };
  EXPECT_LT(se(0.5), 0.8 * se(1.0));
}

TEST(SpineMorphometry, AFaceAlongTheVoxelRowsKeepsItsWholeRounding) {
  const auto grid = solid::sagittal({1, 1, 3}, {64, 64, 72}, solid::posed({}, 0, 0, 0));
  const auto along = measure(*solid::rasterised(grid, {{22, {}, solid::posed({}, 0, 0, 0)}})).bodies.at(0);
  const auto across = measure(*solid::rasterised(grid, {{22, {}, solid::posed({}, 15, 3, 0)}})).bodies.at(0);
  EXPECT_GT(along.hm.se_mm, 0.25);  // two faces of 0.3 voxel each, of which 0.75 stay
  EXPECT_LT(across.hm.se_mm, 0.5 * along.hm.se_mm);
}

TEST(SpineMorphometry, EveryMeasurementHasADefinitionOfItsUnit) {
  std::set<std::string> keys;
  for (const auto& d : SpineMorphometry::definitions()) {
    EXPECT_TRUE(keys.insert(d.key).second) << d.key;
    EXPECT_FALSE(d.definition.empty() || d.source.empty() || d.method.empty() || d.unit.empty()) << d.key;
  }
  const auto all = measurements(measure(*solid::rasterised(spine_grid(), arc(8.0))));
  EXPECT_GT(all.size(), 60U);
  for (const auto& m : all) {
    EXPECT_TRUE(keys.contains(m.endpoint)) << m.endpoint;
    EXPECT_EQ(m.value.has_value(), m.quality != Quality::kFailed);
    EXPECT_EQ(m.reason.empty(), m.quality == Quality::kGood) << m.reason;
  }
}

TEST(SpineMorphometry, TheFigureShowsTheSliceThroughTheBodies) {
  const auto labels = solid::rasterised(spine_grid(), arc(8.0));
  const auto figure = mid_sagittal_figure(measure(*labels), *labels);
  ASSERT_TRUE(figure.has_value());
  EXPECT_EQ(figure->axis, 2U);
  EXPECT_NEAR(static_cast<double>(figure->slice), 8.0, 1.0);
  EXPECT_EQ(figure->lines.size(),
            5U * 7U + 2U);  // two endplates of two lines and three heights; S1 one endplate
}

}  // namespace
}  // namespace ledd
