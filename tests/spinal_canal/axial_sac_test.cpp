#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>

#include "ledd/spinal_canal/spinal_canal.h"

#include "axial_level.h"
#include "true_spine.h"

namespace ledd {
namespace {

using phantom::Contrast;
using testing::axial_params;
using testing::drawn;
using testing::level_of;
using testing::picture;
using testing::region_of;
using testing::true_spine;
using PhantomLevel = phantom::Level;

class AxialSacAt : public ::testing::TestWithParam<std::tuple<PhantomLevel, int>> {};

TEST_P(AxialSacAt, AreaAndDiameterAreThoseThatWereDrawn) {
  const auto [through, seed] = GetParam();
  auto params = axial_params(through, Contrast::kT2);
  params.spine.seed = seed;
  const auto image = drawn(params);
  Context context;
  const auto result = AxialSac()({image.image}, true_spine(image.truth), {}, context);
  const auto& level = level_of(result, region_of(through));
  picture(fmt::format("sac-{}-{}", region_of(through).substr(0, 2), seed), level, *image.image);
  const auto& truth = image.truth.slices.at(0);
  ASSERT_TRUE(level.csa_mm2) << level.reason;
  // Without a sagittal sac the disc's plane stands for its cross-section: no correction but rounding.
  fmt::print("{} seed {}: CSA {:.1f} (se {:.1f}) of {:.1f} mm2, AP {:.2f} (se {:.2f}) of {:.2f} mm, {}\n",
             level.region,
             seed,
             *level.csa_mm2,
             level.csa_se_mm2,
             truth.sac_csa_mm2,
             *level.ap_mm,
             level.ap_se_mm,
             truth.sac_ap_mm,
             level.reason);
  EXPECT_NEAR(*level.csa_mm2, truth.sac_csa_mm2, 0.08 * truth.sac_csa_mm2);
  EXPECT_NEAR(*level.ap_mm, truth.sac_ap_mm, 0.75);
  EXPECT_EQ(level.quality, Quality::kUncertain);  // its course is not known
}

INSTANTIATE_TEST_SUITE_P(
    Levels,
    AxialSacAt,
    ::testing::Combine(::testing::Values(PhantomLevel::kL3, PhantomLevel::kL4, PhantomLevel::kL5),
                       ::testing::Values(1, 2)));

/// The course of the sac as a sagittal series would show it: behind the posterior walls.
std::vector<Point> course(const phantom::Truth& truth) {
  std::vector<Point> line;
  for (std::size_t k = 5; k < truth.bodies.size(); ++k)
    for (const auto& [from, to] : {std::pair{truth.bodies[k].ps_lps_mm, truth.bodies[k].pi_lps_mm}})
      for (int step = 0; step < 8; ++step) {
        Point p;
        for (std::size_t a = 0; a < 3; ++a) p[a] = from[a] + 0.125 * step * (to[a] - from[a]);
        p[1] += 8.5;
        line.push_back(p);
      }
  return line;
}

TEST(AxialSac, ATiltedSliceGivesTheSameCrossSection) {
  Context context;
  auto params = axial_params(PhantomLevel::kL3, Contrast::kT2);
  params.stack.pixel_mm = 0.5;  // so that the dura shows
  params.stack.columns = 408;
  params.stack.rows = 324;
  std::vector<double> csa, ap, raw;
  params.stack.slices = 5;  // the stack turns about a point behind the disc: another slice cuts it
  for (const double tilt : {0.0, 18.0}) {
    params.stack.tilt_deg = tilt;
    const auto image = drawn(params);
    const auto result = AxialSac()({image.image}, true_spine(image.truth), course(image.truth), context);
    const auto& level = level_of(result, "L3/L4");
    ASSERT_TRUE(level.csa_mm2) << level.reason;
    EXPECT_EQ(level.quality, Quality::kGood) << level.reason;
    csa.push_back(*level.csa_mm2);
    ap.push_back(*level.ap_mm);
    raw.push_back(image.truth.slices.at(static_cast<std::size_t>(level.slice)).sac_csa_mm2);
  }
  fmt::print("cross-section {:.1f} and {:.1f}, as cut {:.1f} and {:.1f} mm2; AP {:.2f} and {:.2f}\n",
             csa[0],
             csa[1],
             raw[0],
             raw[1],
             ap[0],
             ap[1]);
  EXPECT_GT(raw[1], 1.02 * raw[0]);
  EXPECT_NEAR(csa[1], csa[0], 0.04 * csa[0]);
  EXPECT_NEAR(ap[1], ap[0], 0.6);
}

TEST(AxialSac, APatientWhoMovedIsFlagged) {
  Context context;
  const auto image = drawn(axial_params(PhantomLevel::kL4, Contrast::kT2));
  auto line = course(image.truth);
  for (Point& p : line) p[0] += 5.0;
  const auto result = AxialSac()({image.image}, true_spine(image.truth), line, context);
  const auto& level = level_of(result, "L4/L5");
  EXPECT_EQ(level.quality, Quality::kUncertain);
  EXPECT_THAT(level.reason, ::testing::HasSubstr("may have moved"));
}

TEST(AxialSac, ADiscWithoutASliceIsRefusedAndSoIsAT1) {
  Context context;
  const auto image = drawn(axial_params(PhantomLevel::kL4, Contrast::kT2));
  const auto result = AxialSac()({image.image}, true_spine(image.truth), {}, context);
  EXPECT_THAT(level_of(result, "L3/L4").reason, ::testing::HasSubstr("no axial slice cuts this disc"));
  const auto t1 = drawn(axial_params(PhantomLevel::kL4, Contrast::kT1));
  const auto dark = AxialSac()({t1.image}, true_spine(image.truth), {}, context);
  const auto& level = level_of(dark, "L4/L5");
  EXPECT_TRUE(!level.csa_mm2 || level.quality != Quality::kGood) << *level.csa_mm2;
}

TEST(AxialSac, TheClassFollowsTheCutOffsAndIsUncertainNearThem) {
  AxialSac::Result result;
  for (const double csa : {130.0, 88.0, 60.0, 99.0}) {
    AxialSac::Level level;
    level.region = "L4/L5";
    level.csa_mm2 = csa;
    level.ap_mm = 10.0;
    level.csa_se_mm2 = 4.0;
    level.quality = Quality::kGood;
    result.levels.push_back(level);
  }
  std::vector<double> grades;
  std::vector<Quality> quality;
  for (const auto& m : measurements(result))
    if (m.endpoint == "canal_CSA_axial_class") grades.push_back(*m.value), quality.push_back(m.quality);
  EXPECT_THAT(grades, ::testing::ElementsAre(0, 1, 2, 1));
  EXPECT_THAT(quality,
              ::testing::ElementsAre(Quality::kGood, Quality::kGood, Quality::kGood, Quality::kUncertain));
}

}  // namespace
}  // namespace ledd
