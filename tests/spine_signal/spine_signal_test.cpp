#include "ledd/spine_signal/spine_signal.h"

#include <gmock/gmock.h>

#include <cmath>
#include <random>

#include "painted_spine.h"

namespace ledd {
namespace {

using namespace spine_signal;  // NOLINT(google-build-using-namespace)
using painted::Place;
using ::testing::HasSubstr;

std::vector<double> normal(std::size_t count, double mean, double sd, unsigned seed = 3) {
  std::mt19937 random(seed);
  std::normal_distribution<double> draw(mean, sd);
  std::vector<double> values(count);
  for (double& v : values) v = draw(random);
  return values;
}

TEST(SpineSignalStats, APeakIsNotMovedByASecondTissue) {
  auto values = normal(800, 100, 5);
  const auto other = normal(300, 40, 10, 4);
  values.insert(values.end(), other.begin(), other.end());
  EXPECT_NEAR(peak_centred_mean(values), 100.0, 1.0);
}

TEST(SpineSignalStats, APeakOfEqualValuesIsThatValueAndOfNoneIsNone) {
  EXPECT_EQ(peak_centred_mean(std::vector<double>(50, 7.0)), 7.0);
  EXPECT_TRUE(std::isnan(peak_centred_mean({})));
}

TEST(SpineSignalStats, SeparabilityTellsTwoTissuesFromOne) {
  auto two = normal(500, 100, 5);
  const auto dark = normal(500, 30, 5, 4);
  two.insert(two.end(), dark.begin(), dark.end());
  EXPECT_GT(otsu_separability(two), 0.95);
  EXPECT_NEAR(otsu_separability(normal(4000, 100, 5)), 2.0 / M_PI, 0.02);
  EXPECT_EQ(otsu_separability({5, 5, 5}), 0.0);
}

TEST(SpineSignalStats, JackknifeOfAMeanIsItsStandardError) {
  BySlice sample;
  for (int n = 0; n < 6; ++n) sample.add(n, n);
  const auto mean = [](const std::vector<double>& v) {
    double sum = 0.0;
    for (const double x : v) sum += x;
    return sum / static_cast<double>(v.size());
  };
  EXPECT_NEAR(jackknife_se(sample, mean), std::sqrt(3.5 / 6.0), 1e-12);  // variance of 0..5 is 3.5
}

TEST(SpineSignalMarrow, WaysToTheWallsAreThoseOfTheBoxOnAnObliqueGrid) {
  for (const auto& spacing : {std::array<double, 3>{1, 1, 4}, std::array<double, 3>{0.6, 0.9, 3}}) {
    const auto c = painted::column(spacing, 6.0, 4.0);
    const auto bodies = marrow_of(*c.labels, painted::spine_of(c));
    ASSERT_EQ(bodies.size(), 6U);
    const Marrow& l3 = bodies[2];
    EXPECT_EQ(l3.region, "L3");
    double worst = 0.0;
    for (const auto& v : l3.voxels) {
      const Place& p = c.places[v.voxel];
      if (std::fabs(p.left_mm) > 10 || std::fabs(p.posterior_mm) > 12 || v.to_endplate_mm() < 3) continue;
      worst = std::max({worst,
                        std::fabs(v.to_superior_mm - p.below_top_mm),
                        std::fabs(v.to_inferior_mm - p.above_bottom_mm),
                        std::fabs(v.to_posterior_mm - (17.0 - p.posterior_mm)),
                        std::fabs(v.lateral_mm - p.left_mm)});
    }
    EXPECT_LT(worst, 1.6);
    EXPECT_GT(l3.slices.size(), 8U);
  }
}

TEST(SpineSignalMarrow, S1EndsWhereTheBodyAboveWould) {
  const auto c = painted::column();
  const auto s1 = marrow_of(*c.labels, painted::spine_of(c)).back();
  EXPECT_EQ(s1.region, "S1");
  EXPECT_NEAR(s1.half_height_mm, 13.5, 0.5);
  for (const auto& v : s1.voxels) EXPECT_NEAR(v.to_superior_mm + v.to_inferior_mm, 27.0, 1.0);
}

TEST(SpineSignalMarrow, TheCoilIsTakenOutAndALesionStays) {
  const auto c = painted::column();
  const auto lesion = [](const Place& p) { return p.label == 23 && p.above_bottom_mm < 6; };
  const auto image = painted::paint(
      c, [&](const Place& p) { return 100.0 * painted::coil(p) * (lesion(p) ? 1.5 : 1.0); }, 2.0);
  const auto s = slices_of(*c.labels);
  const auto bodies = marrow_of(*c.labels, painted::spine_of(c));
  const auto flat = flattened(*image, s, bodies);
  std::vector<double> raw, even, changed;
  for (std::size_t n = 0; n < bodies[3].voxels.size(); ++n) {
    const auto& v = bodies[3].voxels[n];
    const Place& p = c.places[v.voxel];
    if (v.to_wall_mm() < 2 || v.to_endplate_mm() < 2) continue;
    if (lesion(p)) {
      changed.push_back(flat[3][n]);
    } else {
      raw.push_back(image->GetBufferPointer()[v.voxel]);
      even.push_back(flat[3][n]);
    }
  }
  EXPECT_GT(scatter(raw) / median(raw), 0.12);
  EXPECT_LT(scatter(even) / median(even), 0.035);
  EXPECT_NEAR(median(changed) / median(even), 1.5, 0.05);
}

TEST(SpineSignalMarrow, TheWedgeHoldsTheVeinAndNoCorner) {
  const auto c = painted::column();
  const auto bodies = marrow_of(*c.labels, painted::spine_of(c));
  std::size_t vein = 0, held = 0;
  for (const auto& v : bodies[2].voxels) {
    const Place& p = c.places[v.voxel];
    if (painted::is_vein(p)) {
      ++vein;
      held += in_vein_wedge(v) ? 1U : 0U;
    }
    if (v.to_endplate_mm() < 7 && v.to_wall_mm() >= 2) {
      EXPECT_FALSE(in_vein_wedge(v));
    }
  }
  EXPECT_GT(vein, 100U);
  EXPECT_GT(static_cast<double>(held), 0.9 * static_cast<double>(vein));
}

LevelBand middle() {
  return {{0, 0, 0}, {0, 0, 1}, 10.0};
}

TEST(SpineSignalCsf, RootsDoNotDimTheBrightPart) {
  const auto c = painted::column();
  const auto image = painted::paint(
      c, [](const Place& p) { return p.label == 61 ? (p.posterior_mm > 27.0 ? 150.0 : 400.0) : 80.0; }, 8.0);
  const auto csf = csf_at(*image, *c.labels, middle(), CsfLooks::kBright);
  ASSERT_TRUE(csf.value.has_value());
  EXPECT_NEAR(*csf.value, 400.0, 4.0);
  EXPECT_GT(csf.se, 0.0);
  EXPECT_FALSE(csf.clipped);
}

TEST(SpineSignalCsf, ClippedFluidIsTold) {
  const auto c = painted::column();
  const auto image = painted::paint(c, [](const Place& p) { return p.label == 61 ? 255.0 : 80.0; });
  EXPECT_TRUE(csf_at(*image, *c.labels, middle(), CsfLooks::kBright).clipped);
}

TEST(SpineSignalCsf, NoSacIsNoSignalWithAReason) {
  const auto c = painted::column();
  for (std::size_t n = 0; n < c.places.size(); ++n)
    if (c.labels->GetBufferPointer()[n] == 61) c.labels->GetBufferPointer()[n] = 0;
  const auto csf =
      csf_at(*painted::paint(c, [](const Place&) { return 1.0; }), *c.labels, middle(), CsfLooks::kDark);
  EXPECT_FALSE(csf.value.has_value());
  EXPECT_THAT(csf.reason, HasSubstr("label 61"));
}

double area_of(const Polyline& line, const Slices& s) {
  double twice = 0.0;
  for (std::size_t n = 0; n + 1 < line.points_lps_mm.size(); ++n) {
    std::array<std::array<double, 2>, 2> at{};
    for (unsigned end = 0; end < 2; ++end)
      for (unsigned a = 0; a < 2; ++a)
        for (unsigned k = 0; k < 3; ++k)
          at[end][a] += line.points_lps_mm[n + end][k] * s.axis_lps[s.within[a]][k];
    twice += at[0][0] * at[1][1] - at[1][0] * at[0][1];
  }
  return std::fabs(0.5 * twice);
}

TEST(SpineSignalRegions, AnOutlineEnclosesTheAreaOfItsPixels) {
  const auto c = painted::column({0.7, 1.1, 4.0});
  const auto s = slices_of(*c.labels);
  const Offset first = s.offset({20, 20, 5});
  // An L of five pixels and one apart.
  std::vector<Offset> voxels{
      first, first + 1, first + 2, first + s.stride[1], first + 2 * s.stride[1], first + 9};
  std::sort(voxels.begin(), voxels.end());
  const auto lines = outline(s, voxels, 5, {1, 2, 3});
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_NEAR(area_of(lines[0], s) + area_of(lines[1], s), 6 * 0.7 * 1.1, 1e-9);
  EXPECT_EQ(connected(s, voxels, false).size(), 2U);
  EXPECT_TRUE(outline(s, voxels, 6, {1, 2, 3}).empty());
}

TEST(SpineSignalRegions, NeighboursAcrossSlicesJoinOnlyWhenAsked) {
  const auto c = painted::column();
  const auto s = slices_of(*c.labels);
  const std::vector<Offset> voxels{s.offset({5, 5, 3}), s.offset({5, 5, 4})};
  EXPECT_EQ(connected(s, voxels, false).size(), 2U);
  EXPECT_EQ(connected(s, voxels, true).size(), 1U);
}

}  // namespace
}  // namespace ledd
