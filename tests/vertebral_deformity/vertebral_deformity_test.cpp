#include "ledd/vertebral_deformity/vertebral_deformity.h"

#include <gmock/gmock.h>

#include <limits>
#include <set>

#include "ledd/anatomy/anatomy.h"
#include "ledd/core/error.h"
#include "ledd/vertebral_deformity/level_norms.h"

#include "column.h"
#include "phantom.h"

namespace ledd {
namespace {

using Type = DeformityResult::Type;
using column::Broken;
using ::testing::HasSubstr;

const std::array<double, 3> kThick{0.9, 0.9, 4.0};

DeformityResult measure(const Labels& labels, int threads = 1) {
  Context context({}, threads);
  return VertebralDeformity()(SpineMorphometry()(labels, context), labels, context);
}

const DeformityResult::Body& body_of(const DeformityResult& result, std::uint16_t id) {
  for (const auto& b : result.bodies)
    if (b.id == id) return b;
  throw Error(Errc::kInternal, anatomy::short_name(id) + " is missing");
}

TEST(VertebralDeformity, DefaultsAreLegalAndEveryRangeIsChecked) {
  EXPECT_NO_THROW(VertebralDeformity{});
  EXPECT_THROW(VertebralDeformity({.half_slab_mm = 0.5}), Error);
  EXPECT_THROW(VertebralDeformity({.min_loss_percent = 30.0}), Error);
  EXPECT_THROW(VertebralDeformity({.alarm_sd = -1.0}), Error);
  EXPECT_THROW(VertebralDeformity({.alarm_sd = std::numeric_limits<double>::quiet_NaN()}), Error);
}

TEST(LevelNorms, WeighBothSetsByPersonsAndHoldTheirDifferenceInTheSd) {
  const auto l5 = *level_norm(anatomy::kL5);
  EXPECT_NEAR(l5.ha_hp.mean, (17 * 1.160 + 54 * 1.216) / 71, 1e-12);
  EXPECT_NEAR(*l5.ha_hp.sd, std::sqrt(0.086 * 0.086 + 17.0 * 54.0 / 71.0 / 71.0 * 0.056 * 0.056), 1e-12);
  EXPECT_EQ(l5.ha_hp.persons, 71);
  EXPECT_FALSE(l5.hm_hp.sd.has_value());
  EXPECT_GT(l5.hm_hp.alarm_sd, 0.0);
  const auto t11 = *level_norm(18);
  EXPECT_EQ(t11.ha_hp.persons, 17);
  EXPECT_DOUBLE_EQ(*t11.hm_hp.sd, 0.077);
  EXPECT_FALSE(level_norm(17).has_value());
  EXPECT_FALSE(level_norm(anatomy::kL6).has_value());
  EXPECT_FALSE(level_norm(anatomy::kT13).has_value());
}

TEST(VertebralDeformity, BandHeightsOfABoxAreItsHeights) {
  const solid::Body box{.ha_mm = 24.0, .hp_mm = 24.0};
  const auto grid = solid::sagittal({0.5, 0.5, 4.0}, {64, 64, 72}, solid::posed({0, 0, 0}, 0, 0, 0));
  const auto result = measure(*solid::rasterised(grid, {{22, box, solid::posed({0.1, -0.1, 0.1}, 9, 0, 0)}}));
  const auto& bands = body_of(result, 22).bands;
  for (const auto& height : {bands.ha, bands.hm, bands.hp}) EXPECT_NEAR(height.value_mm, 24.0, 0.5);
  EXPECT_NEAR(bands.depth.value_mm, 34.0, 0.6);
}

TEST(VertebralDeformity, BandsTakeTheGreatestHeightWithinThem) {
  // A wedge from 18 to 28 mm: in the band from 8 to 22 % it is highest at 22 %, in that behind at 92 %.
  const solid::Body wedge{.ha_mm = 18.0, .hp_mm = 28.0};
  const auto grid = solid::sagittal({0.5, 0.5, 4.0}, {64, 64, 72}, solid::posed({0, 0, 0}, 0, 0, 0));
  const auto result =
      measure(*solid::rasterised(grid, {{22, wedge, solid::posed({0.1, -0.1, 0.1}, 0, 0, 0)}}));
  const auto& b = body_of(result, 22);
  EXPECT_NEAR(b.bands.ha.value_mm, 18.0 + 0.22 * 10.0, 0.5);
  EXPECT_NEAR(b.bands.hp.value_mm, 18.0 + 0.92 * 10.0, 0.5);
  EXPECT_NEAR(*b.wedge_deg.value, 2.0 * std::atan(5.0 / 34.0) * 180.0 / M_PI, 1.0);
}

TEST(VertebralDeformity, ACrumbOfTheLabelDoesNotRaiseABand) {
  const auto placed = column::bodies(std::nullopt, 3);
  const auto labels = column::rasterise(placed, kThick);
  const double before = body_of(measure(*labels), 22).bands.hm.value_mm;
  // Four voxels in each slice, 6 mm above the middle of L3.
  const Point above = solid::along(placed[4].frame.centre_lps_mm, placed[4].frame.superior, 19.0);
  Labels::IndexType index = labels->TransformPhysicalPointToIndex(Labels::PointType(above.data()));
  for (long k = -1; k <= 1; ++k)
    for (long i = 0; i < 4; ++i) labels->SetPixel({{index[0] + i, index[1], index[2] + k}}, 22);
  EXPECT_NEAR(body_of(measure(*labels), 22).bands.hm.value_mm, before, 1e-9);
}

TEST(VertebralDeformity, AHealthyColumnHasNoDeformityAndNoBigZScore) {
  const auto result = measure(*column::labels(std::nullopt, 2));
  ASSERT_EQ(result.bodies.size(), 7U);
  for (const auto& b : result.bodies) {
    ASSERT_TRUE(b.grade.value) << b.grade.reason;
    EXPECT_EQ(*b.grade.value, 0.0);
    EXPECT_EQ(b.grade.quality, Quality::kGood) << b.grade.reason;
    EXPECT_LT(std::abs(*b.ha_hp_z.value), 2.0);
    EXPECT_NEAR(*b.hp_neighbours.value, 1.0, 0.08);
  }
  EXPECT_THAT(body_of(result, 20).graded_against, HasSubstr("ledd-norms/1 (n = 71 and 30), T12 and L2"));
}

TEST(VertebralDeformity, AWedgedL5AsInHealthIsNotCalledButTheSameShapeAtL1Is) {
  // Hp 22 % below Ha: usual at L5. At L1 the mirror of it, Ha below Hp, is a deformity.
  auto placed = column::bodies(std::nullopt, 4);
  auto& l5 = placed[6].body;
  l5.hp_mm = l5.ha_mm * 0.78;
  auto& l1 = placed[2].body;
  l1.ha_mm = l1.hp_mm * 0.65;
  const auto result = measure(*column::rasterise(placed, kThick));
  EXPECT_EQ(*body_of(result, 24).grade.value, 0.0);
  EXPECT_EQ(body_of(result, 20).type, Type::kWedge);
  EXPECT_EQ(*body_of(result, 20).grade.value, 2.0);
}

TEST(VertebralDeformity, LevelsWithoutANormHaveNoZScoreAndAreGradedAgainstNeighboursAlone) {
  auto placed = column::bodies(Broken{21, Type::kWedge, 0.4}, 6);
  for (auto& p : placed) p.id = static_cast<std::uint16_t>(p.id - 7);  // T4..T10
  const auto result = measure(*column::rasterise(placed, kThick));
  const auto& broken = body_of(result, 14);
  EXPECT_FALSE(broken.ha_hp_z.value.has_value());
  EXPECT_EQ(broken.ha_hp_z.reason, "no norm for T7 in ledd-norms/1");
  EXPECT_EQ(broken.type, Type::kWedge);
  EXPECT_EQ(broken.grade.quality, Quality::kUncertain);
  EXPECT_THAT(broken.grade.reason,
              HasSubstr("no norm for T7 in ledd-norms/1: graded against T6 and T8 alone"));
}

TEST(VertebralDeformity, ABodyAloneWithoutNormHasNoGradeAndSaysWhy) {
  const auto grid = solid::sagittal(kThick, {64, 64, 72}, solid::posed({0, 0, 0}, 0, 0, 0));
  const auto result = measure(*solid::rasterised(grid, {{12, {}, solid::posed({0.1, 0.2, 0.1}, 5, 2, 1)}}));
  const auto& b = body_of(result, 12);
  EXPECT_FALSE(b.grade.value.has_value());
  EXPECT_THAT(b.grade.reason, HasSubstr("no norm for T5 in ledd-norms/1, and no body beside it"));
}

TEST(VertebralDeformity, HmHpOfLumbarLevelsHasNoPublishedSdAndSoNoZScore) {
  const auto result = measure(*column::labels(std::nullopt, 2));
  const auto& l2 = body_of(result, 21);
  EXPECT_FALSE(l2.hm_hp_z.value.has_value());
  EXPECT_EQ(l2.hm_hp_z.reason, "ledd-norms/1 has no SD of Hm/Hp for L2");
  EXPECT_EQ(l2.depth_z.reason, "ledd-norms/1 has no SD of the AP depth for L2");
  EXPECT_TRUE(body_of(result, 19).hm_hp_z.value.has_value());
}

TEST(VertebralDeformity, ALossThatIsNotCalledIsNotSilent) {
  const auto labels = column::labels(Broken{23, Type::kWedge, 0.24}, 8);
  Context context;
  const auto spine = SpineMorphometry()(*labels, context);
  const auto strict = VertebralDeformity({.alarm_sd = 8.0})(spine, *labels, context);
  const auto& b = body_of(strict, 23);
  EXPECT_EQ(*b.grade.value, 0.0);
  EXPECT_EQ(b.grade.quality, Quality::kUncertain);
  EXPECT_THAT(b.grade.reason, HasSubstr("within the spread of healthy bodies: not called a deformity"));
}

TEST(VertebralDeformity, CutBodiesHaveReasonsAndNoNumbers) {
  auto placed = column::bodies(std::nullopt, 2);
  const auto grid =
      solid::sagittal(kThick, {96, 150, 60}, solid::posed(placed[3].frame.centre_lps_mm, 0, 0, 0));
  const auto result = measure(*solid::rasterised(grid, placed));
  bool seen = false;
  for (const auto& m : measurements(result)) {
    EXPECT_EQ(m.value.has_value(), m.quality != Quality::kFailed) << m.region << m.endpoint;
    EXPECT_EQ(m.reason.empty(), m.quality == Quality::kGood) << m.region << m.endpoint;
    seen = seen || (m.endpoint == "Genant_grade" && m.reason.find("cut by the border") != std::string::npos);
  }
  EXPECT_TRUE(seen);
}

TEST(VertebralDeformity, AnEmptyMapGivesNothing) {
  const auto result = measure(*phantom::blank<Labels>({8, 8, 8}, {1, 1, 1}, 0));
  EXPECT_TRUE(result.bodies.empty());
  EXPECT_TRUE(measurements(result).empty());
}

TEST(VertebralDeformity, MeasurementsAreUniqueDefinedAndTheSameForAnyThreads) {
  const auto labels = column::labels(Broken{20, Type::kCrush, 0.4}, 2);
  const auto one = measurements(measure(*labels, 1));
  const auto two = measurements(measure(*labels, 2));
  ASSERT_EQ(one.size(), two.size());
  std::set<std::string> keys;
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(one[i].value, two[i].value);
    EXPECT_TRUE(keys.insert(one[i].region + one[i].endpoint + one[i].statistic).second) << one[i].endpoint;
  }
  std::set<std::string> defined;
  for (const auto& d : VertebralDeformity::definitions()) defined.insert(d.key);
  EXPECT_EQ(defined.size(), 10U);
}

TEST(VertebralDeformity, OnlyDeformedBodiesAreDrawn) {
  const auto labels = column::labels(Broken{20, Type::kCrush, 0.4}, 2);
  Context context;
  const auto spine = SpineMorphometry()(*labels, context);
  const auto lines = report_lines(VertebralDeformity()(spine, *labels, context), spine);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_THAT(lines[0].text, HasSubstr("crush grade"));
  EXPECT_EQ(lines[0].points_lps_mm.size(), 5U);
}

}  // namespace
}  // namespace ledd
