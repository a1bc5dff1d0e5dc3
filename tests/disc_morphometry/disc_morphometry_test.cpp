#include "ledd/disc_morphometry/disc_morphometry.h"

#include <gmock/gmock.h>

#include <limits>
#include <set>

#include "ledd/anatomy/anatomy.h"
#include "ledd/core/error.h"

#include "two_bodies.h"

namespace ledd {
namespace {

using solid::Joint;
using solid::Pair;
using ::testing::HasSubstr;

const std::array<double, 3> kThick{0.9, 0.9, 4.0};
const solid::Body kBox{.ha_mm = 26.0, .hp_mm = 26.0};

/// A body whose joint lies near the origin, turned a little against the grid so that rounding averages out.
solid::Frame upper_frame() {
  return solid::posed({0.3, -0.2, 17.6}, 7, 2, 4);
}

Labels::Pointer drawn(const Pair& pair, const std::array<double, 3>& spacing_mm = kThick) {
  return solid::rasterised(solid::pair_grid(spacing_mm, solid::posed({}, 0, 0, 0)), {pair.upper, pair.lower});
}

DiscResult::Disc only(const DiscResult& result) {
  require(result.discs.size() == 1, Errc::kInternal, std::to_string(result.discs.size()) + " discs");
  return result.discs[0];
}

DiscResult::Disc disc_of(const Joint& joint, const solid::Body& body = kBox, std::uint16_t id = 22) {
  return only(solid::measured_discs(*drawn(solid::pair_of(body, upper_frame(), joint, id))));
}

std::optional<Measurement> row(const DiscResult& result,
                               const std::string& endpoint,
                               const std::string& statistic = "value") {
  for (const auto& m : measurements(result))
    if (m.endpoint == endpoint && m.statistic == statistic) return m;
  return std::nullopt;
}

TEST(DiscMorphometry, DefaultsAreLegalAndEveryRangeIsChecked) {
  EXPECT_NO_THROW(DiscMorphometry{});
  EXPECT_THROW(DiscMorphometry({.collapsed_mm = -1.0}), Error);
  EXPECT_THROW(DiscMorphometry({.max_se_mm = std::numeric_limits<double>::quiet_NaN()}), Error);
}

TEST(DiscMorphometry, ParallelEndplatesAreAsFarApartEverywhere) {
  const auto disc = disc_of({.gap_mm = 8.0});
  EXPECT_EQ(disc.quality, Quality::kGood) << disc.reason;
  EXPECT_EQ(disc.region, "L3/L4");
  EXPECT_EQ(disc.id, 122);
  for (const auto& h : {disc.ha_mm, disc.hm_mm, disc.hp_mm}) EXPECT_NEAR(h.value, 8.0, 0.45);
  EXPECT_NEAR(disc.mean_height_mm(), 8.0, 0.3);
  EXPECT_NEAR(disc.ap_mm.value, 34.0, 0.45);
  EXPECT_NEAR(disc.angle_deg.value, 0.0, 1.0);
  EXPECT_NEAR(disc.slip_mm.value, 0.0, 0.45);
  EXPECT_FALSE(disc.collapsed);
}

TEST(DiscMorphometry, AWedgedDiscIsHigherWhereItOpens) {
  for (const double angle : {14.0, -8.0}) {
    const Pair pair = solid::pair_of(kBox, upper_frame(), {.gap_mm = 10.0, .angle_deg = angle});
    const auto disc = only(solid::measured_discs(*drawn(pair)));
    EXPECT_NEAR(disc.angle_deg.value, angle, 1.0);
    EXPECT_NEAR(disc.ha_mm.value, pair.ha_mm, 0.45);
    EXPECT_NEAR(disc.hm_mm.value, 10.0, 0.45);
    EXPECT_NEAR(disc.hp_mm.value, pair.hp_mm, 0.45);
    EXPECT_EQ(disc.ha_mm.value > disc.hp_mm.value, angle > 0.0);
    EXPECT_NEAR(disc.mean_height_mm(), 10.0, 0.45);
  }
}

TEST(DiscMorphometry, HollowEndplatesRaiseTheMiddleAndTheAreaAlone) {
  solid::Body body = kBox;
  body.sag_mm = 2.0;
  const auto disc = disc_of({.gap_mm = 8.0}, body);
  EXPECT_NEAR(disc.ha_mm.value, 8.0, 0.45);
  EXPECT_NEAR(disc.hm_mm.value, 12.0, 0.45);
  EXPECT_NEAR(disc.hp_mm.value, 8.0, 0.45);
  EXPECT_NEAR(disc.mean_height_mm(), 8.0 + 2.0 * 2.0 * 2.0 / 3.0, 0.45);
}

TEST(DiscMorphometry, NamedHeightsFollowTheirFormulas) {
  solid::Body body = kBox;
  body.sag_mm = 1.5;
  const Pair pair = solid::pair_of(body, upper_frame(), {.gap_mm = 9.0, .angle_deg = 8.0});
  const auto result = solid::measured_discs(*drawn(pair));
  const auto value = [&](const std::string& key) { return *row(result, key)->value; };
  const double sum = value("disc_Ha") + value("disc_Hp");
  EXPECT_NEAR(value("DH_Dabbs"), sum / 2.0, 1e-9);
  EXPECT_NEAR(value("DH_Hurxthal"), value("disc_Hm"), 1e-9);
  EXPECT_NEAR(value("DH_Fyllos"), (sum + value("disc_Hm")) / 3.0, 1e-9);
  EXPECT_NEAR(value("Farfan"), sum / value("disc_AP"), 1e-9);
  EXPECT_NEAR(value("disc_convexity"), 2.0 * value("disc_Hm") / sum, 1e-9);
  // Both bodies are 26 mm high at the rims and 2 * 1.5 mm less in the middle.
  EXPECT_NEAR(value("DHI"), (pair.ha_mm + pair.hm_mm + pair.hp_mm) / 3.0 / 23.0, 0.03);
}

class Grids : public ::testing::TestWithParam<std::array<double, 3>> {};

TEST_P(Grids, VoxelsThatAreNoCubesAndObliqueStacksDoNotMatter) {
  const auto& spacing_mm = GetParam();
  const Joint joint{.gap_mm = 9.0, .slip_mm = 4.0, .angle_deg = 9.0};
  for (const double turn_deg : {-12.0, 12.0}) {
    const Pair pair = solid::pair_of(kBox, solid::posed({0.3, -0.2, 17.6}, 9, 3, 4), joint);
    const auto turn = solid::posed({}, 5.0, 0.5 * turn_deg, turn_deg);
    const auto labels = solid::rasterised(solid::pair_grid(spacing_mm, turn), {pair.upper, pair.lower});
    const auto disc = only(solid::measured_discs(*labels));
    const double voxel_mm = spacing_mm[0];
    EXPECT_NEAR(disc.ha_mm.value, pair.ha_mm, 0.5 * voxel_mm) << turn_deg;
    EXPECT_NEAR(disc.hm_mm.value, pair.hm_mm, 0.5 * voxel_mm) << turn_deg;
    EXPECT_NEAR(disc.hp_mm.value, pair.hp_mm, 0.5 * voxel_mm) << turn_deg;
    EXPECT_NEAR(disc.slip_mm.value, 4.0, 0.6 * voxel_mm) << turn_deg;
    EXPECT_NEAR(disc.angle_deg.value, 9.0, 1.0) << turn_deg;
  }
}

INSTANTIATE_TEST_SUITE_P(DiscMorphometry,
                         Grids,
                         ::testing::Values(std::array<double, 3>{0.9, 0.9, 4.0},
                                           std::array<double, 3>{1.0, 1.0, 2.0},
                                           std::array<double, 3>{0.5, 0.5, 5.0}),
                         [](const auto& grid) { return "N" + std::to_string(grid.index); });

TEST(DiscMorphometry, ForwardSlipIsPositiveHoweverTheImageIsStored) {
  for (const double slip_mm : {6.0, -5.0}) {
    const auto labels = drawn(solid::pair_of(kBox, upper_frame(), {.slip_mm = slip_mm, .angle_deg = 6.0}));
    for (const auto& axes : {std::array{Toward::kPosterior, Toward::kInferior, Toward::kLeft},
                             std::array{Toward::kLeft, Toward::kAnterior, Toward::kSuperior},
                             std::array{Toward::kInferior, Toward::kRight, Toward::kAnterior}}) {
      const auto disc = only(solid::measured_discs(*reorient(*labels, axes)));
      EXPECT_NEAR(disc.slip_mm.value, slip_mm, 0.5);
      EXPECT_NEAR(disc.slip_percent.value, 100.0 * slip_mm / 34.0, 1.6);
    }
  }
}

TEST(DiscMorphometry, ASlipDoesNotChangeTheHeight) {
  EXPECT_NEAR(disc_of({.gap_mm = 9.0, .slip_mm = 10.0}).mean_height_mm(), 9.0, 0.45);
}

TEST(DiscMorphometry, SmallSlipsAreNotCalledAndLargeOnesAreGraded) {
  EXPECT_EQ(disc_of({.slip_mm = 1.0}).meyerding, 0);
  EXPECT_EQ(disc_of({.slip_mm = 6.0}).meyerding, 1);
  EXPECT_EQ(disc_of({.slip_mm = -6.0}).meyerding, 1);
  EXPECT_EQ(disc_of({.slip_mm = 12.0}).meyerding, 2);
  EXPECT_EQ(disc_of({.slip_mm = 12.0}).meyerding_quality, Quality::kGood);
}

TEST(DiscMorphometry, AGradeAtItsLimitIsUncertain) {
  const auto disc = disc_of({.slip_mm = 2.75});  // 8.1 % of 34 mm
  EXPECT_EQ(disc.meyerding_quality, Quality::kUncertain);
  EXPECT_THAT(disc.meyerding_reason, HasSubstr("may be grade 0 to 1"));
  EXPECT_EQ(disc.quality, Quality::kGood) << disc.reason;
}

TEST(DiscMorphometry, BoneOnBoneIsMeasuredAndFlagged) {
  const auto disc = disc_of({.gap_mm = 0.2});
  EXPECT_EQ(disc.quality, Quality::kUncertain);
  EXPECT_TRUE(disc.collapsed);
  EXPECT_THAT(disc.reason, HasSubstr("collapsed"));
  EXPECT_NEAR(disc.mean_height_mm(), 0.2, 0.45);
  EXPECT_NEAR(disc.hm_mm.value, 0.2, 0.45);
}

TEST(DiscMorphometry, BodiesThatAreNotOneAboveTheOtherAreRefused) {
  Pair pair = solid::pair_of(kBox, upper_frame(), {});
  std::swap(pair.upper.id, pair.lower.id);
  const auto disc = only(solid::measured_discs(*drawn(pair)));
  EXPECT_EQ(disc.quality, Quality::kFailed);
  for (const auto& m : measurements({{disc}})) {
    EXPECT_FALSE(m.value.has_value()) << m.endpoint;
    EXPECT_FALSE(m.reason.empty()) << m.endpoint;
  }
}

TEST(DiscMorphometry, AMissingNeighbourIsSaid) {
  Pair pair = solid::pair_of(kBox, upper_frame(), {});
  pair.lower.id = anatomy::kL5;
  const auto disc = only(solid::measured_discs(*drawn(pair)));
  EXPECT_EQ(disc.region, "L3/L4");
  EXPECT_EQ(disc.quality, Quality::kFailed);
  EXPECT_THAT(disc.reason, HasSubstr("the vertebra below the disc is not labelled"));
  EXPECT_TRUE(report_lines({{disc}}).empty());
}

TEST(DiscMorphometry, OneBodyAloneHasNoDisc) {
  const Pair pair = solid::pair_of(kBox, upper_frame(), {});
  const auto labels = solid::rasterised(solid::pair_grid(kThick, solid::posed({}, 0, 0, 0)), {pair.upper});
  EXPECT_TRUE(solid::measured_discs(*labels).discs.empty());
}

TEST(DiscMorphometry, ABodyInDoubtPutsItsDiscInDoubt) {
  const Pair pair = solid::pair_of(kBox, upper_frame(), {});
  const auto labels = drawn(pair);
  Context context;
  auto bodies = SpineMorphometry()(*labels, context);
  bodies.bodies.at(0).quality = Quality::kUncertain;
  bodies.bodies.at(0).reason = "heights differ between slices";
  const auto disc = only(DiscMorphometry()(bodies, *labels, nullptr, context));
  EXPECT_EQ(disc.quality, Quality::kUncertain);
  EXPECT_EQ(disc.reason, "L3: heights differ between slices");
  bodies.bodies.at(1) = SpineResult::Body{};
  bodies.bodies.at(1).id = 23;
  bodies.bodies.at(1).reason = "cut by the border of the image";
  const auto failed_disc = only(DiscMorphometry()(bodies, *labels, nullptr, context));
  EXPECT_EQ(failed_disc.quality, Quality::kFailed);
  EXPECT_THAT(failed_disc.reason, HasSubstr("L4: cut by the border"));
}

TEST(DiscMorphometry, AnErrorAboveTheLimitIsADoubt) {
  const auto labels = drawn(solid::pair_of(kBox, upper_frame(), {}));
  const auto disc = only(solid::measured_discs(*labels, {.max_se_mm = 0.06}));
  EXPECT_EQ(disc.quality, Quality::kUncertain);
  EXPECT_THAT(disc.reason, HasSubstr("standard error of a height"));
}

TEST(DiscMorphometry, TheDiscAboveS1HasNoVertebraBelowInItsIndex) {
  solid::Body body = kBox;
  body.sag_mm = 1.0;
  const Pair pair =
      solid::pair_of(body, upper_frame(), {.gap_mm = 9.0, .slip_mm = 5.0, .angle_deg = 12.0}, 24);
  const auto result = solid::measured_discs(*drawn(pair));
  const auto disc = only(result);
  EXPECT_EQ(disc.region, "L5/S1");
  EXPECT_NEAR(disc.ha_mm.value, pair.ha_mm, 0.5);
  EXPECT_NEAR(disc.hm_mm.value, pair.hm_mm, 0.45);
  EXPECT_NEAR(disc.hp_mm.value, pair.hp_mm, 0.5);
  EXPECT_NEAR(disc.slip_mm.value, 5.0, 0.6);
  EXPECT_EQ(disc.meyerding, 1);
  EXPECT_NEAR(disc.vertebra_mm->value, 24.0, 0.45);
  const double fyllos = *row(result, "DH_Fyllos")->value;
  EXPECT_NEAR(*row(result, "DHI")->value, fyllos / disc.vertebra_mm->value, 1e-9);
}

TEST(DiscMorphometry, ASixthLumbarVertebraHasTwoDiscs) {
  const Pair pair = solid::pair_of(kBox, upper_frame(), {}, 24);
  auto upper = pair.upper;
  auto lower = pair.lower;
  lower.id = anatomy::kL6;
  const auto labels = solid::rasterised(solid::pair_grid(kThick, solid::posed({}, 0, 0, 0)), {upper, lower});
  EXPECT_EQ(only(solid::measured_discs(*labels)).region, "L5/L6");
  EXPECT_EQ(only(solid::measured_discs(*labels)).quality, Quality::kGood);
}

TEST(DiscMorphometry, EveryMeasurementHasADefinitionOfItsUnit) {
  std::map<std::string, std::string> unit_of;
  for (const auto& d : DiscMorphometry::definitions()) {
    EXPECT_TRUE(unit_of.emplace(d.key, d.unit).second) << d.key;
    EXPECT_FALSE(d.definition.empty() || d.source.empty() || d.method.empty() || d.unit.empty()) << d.key;
  }
  const auto result = solid::measured_discs(*drawn(solid::pair_of(kBox, upper_frame(), {})));
  std::set<std::string> seen;
  for (const auto& m : measurements(result)) {
    seen.insert(m.endpoint);
    ASSERT_TRUE(unit_of.contains(m.endpoint)) << m.endpoint;
    EXPECT_EQ(m.unit, unit_of.at(m.endpoint));
    EXPECT_EQ(m.value.has_value(), m.quality != Quality::kFailed);
    EXPECT_EQ(m.reason.empty(), m.quality == Quality::kGood) << m.reason;
    if (m.statistic == "se") {
      EXPECT_GT(*m.value, 0.0) << m.endpoint;
    }
  }
  EXPECT_EQ(seen.size(), unit_of.size());
  EXPECT_TRUE(row(result, "disc_Ha", "se").has_value());
  EXPECT_TRUE(row(result, "DHI", "se").has_value());
  EXPECT_FALSE(row(result, "Meyerding", "se").has_value());
}

TEST(DiscMorphometry, TheReportShowsThreeHeightsOfADisc) {
  const auto result = solid::measured_discs(*drawn(solid::pair_of(kBox, upper_frame(), {.gap_mm = 8.0})));
  const auto lines = report_lines(result);
  ASSERT_EQ(lines.size(), 3U);
  for (const auto& line : lines) {
    ASSERT_EQ(line.points_lps_mm.size(), 2U);
    EXPECT_NEAR(spine::norm(spine::sub(line.points_lps_mm[0], line.points_lps_mm[1])), 8.0, 0.6);
    EXPECT_FALSE(line.text.empty());
  }
}

TEST(DiscMorphometry, TheReportShowsASlipThatHasAGrade) {
  for (const double slip_mm : {6.0, -6.0}) {
    const auto result =
        solid::measured_discs(*drawn(solid::pair_of(kBox, upper_frame(), {.slip_mm = slip_mm})));
    const auto lines = report_lines(result);
    ASSERT_EQ(lines.size(), 4U);
    const auto& slip = lines.back();
    EXPECT_THAT(slip.text, HasSubstr("grade 1"));
    // From where the upper body's corner stands, forward is toward its front.
    const Point step = spine::sub(slip.points_lps_mm[0], slip.points_lps_mm[1]);
    const auto& disc = result.discs.front();
    const Point front = spine::sub(disc.lower_lps_mm.front(), disc.lower_lps_mm.back());
    EXPECT_NEAR(spine::dot(step, spine::unit(front)), slip_mm, 0.5);
  }
}

}  // namespace
}  // namespace ledd
