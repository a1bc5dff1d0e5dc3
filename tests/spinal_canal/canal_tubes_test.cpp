#include <gmock/gmock.h>

#include <limits>
#include <random>

#include "ledd/core/error.h"
#include "ledd/spinal_canal/spinal_canal.h"

#include "tube.h"

namespace ledd {
namespace {

using ::testing::HasSubstr;
using tube::Grid;
using tube::Tube;

CanalMorphometry::Result measure(const Tube& tube, const Grid& grid) {
  Context context;
  return CanalMorphometry()(*tube::labels(tube, grid), nullptr, tube::spine(tube), context);
}

const CanalMorphometry::Level& level(const CanalMorphometry::Result& result, const std::string& region) {
  for (const auto& l : result.levels)
    if (l.region == region) return l;
  throw Error(Errc::kInternal, region + " is missing");
}

const CanalMorphometry::Segment& segment(const CanalMorphometry::Result& result, const std::string& region) {
  for (const auto& s : result.segments)
    if (s.region == region) return s;
  throw Error(Errc::kInternal, region + " is missing");
}

TEST(CanalMorphometry, DefaultsAreLegalAndEveryRangeIsChecked) {
  EXPECT_NO_THROW(CanalMorphometry{});
  EXPECT_THROW(CanalMorphometry({.average_mm = 0.0}), Error);
  EXPECT_THROW(CanalMorphometry({.half_slab_mm = std::numeric_limits<double>::quiet_NaN()}), Error);
  EXPECT_THROW(CanalMorphometry({.relative_mm = 9.0, .absolute_mm = 10.0}), Error);
}

struct Case {
  const char* name;
  Tube tube;
  Grid grid;
};

class TubeDiameter : public ::testing::TestWithParam<Case> {};

TEST_P(TubeDiameter, IsWithinHalfAPixelAtEveryLevel) {
  const auto& [name, tube, grid] = GetParam();
  const auto result = measure(tube, grid);
  ASSERT_EQ(result.levels.size(), 9U);
  for (const auto& l : result.levels) {
    ASSERT_TRUE(l.ap_mm.has_value()) << l.region << ": " << l.reason;
    EXPECT_NEAR(*l.ap_mm, tube.ap_mm, 0.5 * grid.spacing_mm[0]) << l.region;
    EXPECT_GT(l.ap_se_mm, 0.0);
    EXPECT_LT(l.ap_se_mm, 1.0);
    EXPECT_EQ(l.quality, Quality::kGood) << l.reason;
  }
}

// A wall that runs along the pixels is as good as its pixels: see the next test. Here it falls between them.
const Point kBetweenPixels{0.0, 0.17, 0.13};

INSTANTIATE_TEST_SUITE_P(
    Shapes,
    TubeDiameter,
    ::testing::Values(
        Case{"StraightCircle", {.ap_mm = 14, .lr_mm = 14}, {.shift_mm = kBetweenPixels}},
        Case{"StraightEllipse", {.ap_mm = 12, .lr_mm = 20}, {}},
        Case{"BetweenSlices", {.ap_mm = 13, .lr_mm = 17, .left_mm = 1.9}, {}},
        Case{"Tilted", {.ap_mm = 14, .lr_mm = 18, .lean = 0.35}, {}},
        Case{"Curved", {.ap_mm = 15, .lr_mm = 19, .lean = 0.1, .bow_per_mm = -0.004}, {}},
        Case{"ObliqueStack",
             {.ap_mm = 14, .lr_mm = 18},
             {.pose = {.about_si_deg = 12, .about_pa_deg = 5}, .shift_mm = kBetweenPixels}},
        Case{"CurvedObliqueFine",
             {.ap_mm = 11, .lr_mm = 16, .lean = -0.2, .bow_per_mm = 0.003},
             {.spacing_mm = {0.9, 0.9, 0.9},
              .pose = {.about_si_deg = -8, .about_pa_deg = 4, .about_lr_deg = 10}}},
        Case{"UnequalPixels", {.ap_mm = 14, .lr_mm = 18, .lean = 0.3}, {.spacing_mm = {0.9, 0.6, 3.3}}}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(CanalMorphometry, WallsAlongThePixelsAreWithinAPixelAndTheirStandardErrorKnowsIt) {
  // The worst place: pixel centres on both walls, and all of them inside.
  for (const auto& l : measure({.ap_mm = 14, .lr_mm = 18}, {}).levels) {
    ASSERT_TRUE(l.ap_mm.has_value()) << l.reason;
    EXPECT_NEAR(*l.ap_mm, 14.0, 0.7 + 1e-6) << l.region;
    EXPECT_LT(std::fabs(*l.ap_mm - 14.0) / l.ap_se_mm, 3.0) << l.region;
  }
}

TEST(CanalMorphometry, TheStandardErrorIsTheSizeOfTheError) {
  std::mt19937 random(7);
  const auto uniform = [&](double low, double high) {
    return low + (high - low) * static_cast<double>(random() % 100000) / 1e5;
  };
  double squares = 0.0, beyond = 0.0;
  int n = 0;
  for (int i = 0; i < 24; ++i) {
    Tube tube{.ap_mm = uniform(8, 18),
              .lr_mm = uniform(14, 22),
              .lean = uniform(-0.3, 0.3),
              .bow_per_mm = uniform(-0.003, 0.003),
              .left_mm = uniform(-2.2, 2.2)};
    const double pixel = uniform(0.5, 1.0);
    const Grid grid{.spacing_mm = {pixel, pixel, uniform(3.0, 4.6)},
                    .pose = {uniform(-8, 8), uniform(-4, 4), 0.0},
                    .shift_mm = {0.0, uniform(-0.5, 0.5), uniform(-0.5, 0.5)}};
    for (const auto& l : measure(tube, grid).levels) {
      if (!l.ap_mm) continue;
      const double z = (*l.ap_mm - tube.ap_mm) / l.ap_se_mm;
      squares += z * z;
      beyond += std::fabs(z) > 1.96 ? 1.0 : 0.0;
      ++n;
    }
  }
  const double rms = std::sqrt(squares / n);
  std::printf("error over standard error, %d diameters: RMS %.2f, beyond 1.96: %.3f\n", n, rms, beyond / n);
  ASSERT_GT(n, 200);
  EXPECT_GT(rms, 0.5);
  EXPECT_LT(rms, 1.3);
  EXPECT_LT(beyond / n, 0.10);
}

TEST(CanalMorphometry, CrossSectionIsThatOfTheEllipseWhenVoxelsAreFine) {
  const Tube tube{.ap_mm = 13, .lr_mm = 18, .lean = 0.2, .bow_per_mm = 0.002};
  const auto result =
      measure(tube, {.spacing_mm = {0.9, 0.9, 0.9}, .extent_mm = {80, 210, 40}, .pose = {.about_si_deg = 6}});
  for (const auto& l : result.levels) {
    ASSERT_TRUE(l.csa_mm2.has_value()) << l.region << ": " << l.csa_reason;
    EXPECT_NEAR(*l.csa_mm2, M_PI * 0.25 * 13 * 18, 0.03 * M_PI * 0.25 * 13 * 18) << l.region;
    EXPECT_NEAR(*l.csa_mm2, M_PI * 0.25 * 13 * 18, 3.0 * l.csa_se_mm2) << l.region;
  }
}

TEST(CanalMorphometry, ThickSlicesGiveNoCrossSection) {
  const auto result = measure({}, {});
  EXPECT_FALSE(level(result, "L3").csa_mm2.has_value());
  EXPECT_EQ(level(result, "L3").csa_reason, "CSA not measurable from sagittal slices 4.0 mm apart");
}

TEST(CanalMorphometry, LevelsBeyondACutSacFailAndTheOthersStay) {
  const auto result = measure({.top_mm = 60.0, .bottom_mm = -60.0}, {.shift_mm = kBetweenPixels});
  for (const std::string region : {"L1", "L5"}) {
    EXPECT_FALSE(level(result, region).ap_mm.has_value()) << region;
    EXPECT_EQ(level(result, region).quality, Quality::kFailed);
    EXPECT_FALSE(level(result, region).reason.empty());
  }
  EXPECT_NEAR(*level(result, "L2").ap_mm, 14.0, 0.35);
  EXPECT_NEAR(*level(result, "L4").ap_mm, 14.0, 0.35);
  EXPECT_EQ(segment(result, "L1/L2").quality, Quality::kUncertain);
  EXPECT_THAT(segment(result, "L1/L2").reason, HasSubstr("part of the segment"));
}

/// Between the disc L4/L5 and the middle of L5, at 45 degrees.
TEST(CanalMorphometry, AnEndCutAslantIsNoStenosis) {
  const Tube tube{};
  const auto labels = tube::labels(tube, {.shift_mm = kBetweenPixels});
  tube::for_each_voxel<Labels>(*labels, [](std::uint16_t& voxel, const Point& p) {
    if (p[2] < -66.0 + p[1]) voxel = 0;
  });
  Context context;
  const auto result = CanalMorphometry()(*labels, nullptr, tube::spine(tube), context);
  const auto& lowest = segment(result, "L4/L5");
  EXPECT_EQ(lowest.quality, Quality::kUncertain);
  ASSERT_TRUE(lowest.ap_min_mm.has_value()) << lowest.reason;
  EXPECT_NEAR(*lowest.ap_min_mm, 14.0, 0.7);
  for (const auto& l : result.levels) {
    if (l.ap_mm && std::fabs(*l.ap_mm - 14.0) > 0.7) {
      EXPECT_EQ(l.quality, Quality::kUncertain) << l.region;
    }
  }
  EXPECT_EQ(segment(result, "L2/L3").quality, Quality::kGood);
}

TEST(CanalMorphometry, ASacCutByTheBorderOfTheImageIsNotMeasured) {
  const Tube tube{};
  // The image ends 3 mm behind the sac's centreline.
  const auto result = measure(tube, {.extent_mm = {60, 210, 56}, .shift_mm = {0, -27, 0}});
  for (const auto& l : result.levels) {
    EXPECT_FALSE(l.ap_mm.has_value()) << l.region << " " << *l.ap_mm;
    EXPECT_THAT(l.reason, HasSubstr("border of the image"));
  }
}

TEST(CanalMorphometry, WithoutASacEverythingFailsWithTheReason) {
  Context context;
  const Tube tube{};
  const auto result = CanalMorphometry()(*tube::blank<Labels>({}), nullptr, tube::spine(tube), context);
  EXPECT_TRUE(result.centreline_lps_mm.empty());
  const auto rows = measurements(result);
  ASSERT_EQ(rows.size(), 9U * 2 + 4U * 1 + 4U * 3);  // nine places, of which four are discs with a class
  for (const auto& row : rows) {
    EXPECT_EQ(row.quality, Quality::kFailed);
    EXPECT_EQ(row.reason, "no dural sac was found behind the bodies");
  }
}

TEST(CanalMorphometry, AStackBesideTheMidlineFails) {
  const auto result = measure({}, {.extent_mm = {90, 210, 16}, .shift_mm = {13, 0, 0}});
  for (const auto& l : result.levels) {
    EXPECT_FALSE(l.ap_mm.has_value());
    EXPECT_THAT(l.reason, HasSubstr("midline is not in the stack"));
  }
}

TEST(CanalMorphometry, TheNarrowestPlaceIsFoundAndGraded) {
  // The disc L3/L4 lies half way between the bodies' middles at z = 0 and -37.
  const Tube tube{.ap_mm = 14.0, .waist_mm = 6.0, .waist_at_mm = -16.0};
  const auto result = measure(tube, {});
  const auto& narrow = segment(result, "L3/L4");
  ASSERT_TRUE(narrow.ap_min_mm.has_value()) << narrow.reason;
  EXPECT_NEAR(*narrow.ap_min_mm, 8.1, 0.5);
  EXPECT_NEAR(narrow.above_disc_mm, 2.5, 1.5);
  const auto rows = measurements(result);
  const auto grade = [&](const std::string& region) {
    for (const auto& row : rows)
      if (row.region == region && row.endpoint == "canal_stenosis") return *row.value;
    return -1.0;
  };
  EXPECT_EQ(grade("L3/L4"), 2.0);
  EXPECT_EQ(grade("L1/L2"), 0.0);
}

TEST(CanalMorphometry, AClassWithinTheErrorOfACutOffIsUncertain) {
  const auto result = measure({.ap_mm = 12.05}, {});
  const auto rows = measurements(result);
  const auto row = std::find_if(rows.begin(), rows.end(), [](const Measurement& m) {
    return m.endpoint == "canal_stenosis" && m.region == "L2/L3";
  });
  ASSERT_NE(row, rows.end());
  EXPECT_EQ(row->quality, Quality::kUncertain);
  EXPECT_THAT(row->reason, HasSubstr("cut-off at 12 mm"));
}

TEST(CanalMorphometry, EveryRowHasADefinitionWithTheSameUnit) {
  for (const auto& row : measurements(measure({}, {}))) {
    const auto& all = CanalMorphometry::definitions();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const auto& d) { return d.key == row.endpoint; });
    ASSERT_NE(found, all.end()) << row.endpoint;
    EXPECT_EQ(found->unit, row.unit);
    EXPECT_EQ(row.value.has_value(), row.quality != Quality::kFailed);
    EXPECT_EQ(row.reason.empty(), row.quality == Quality::kGood);
  }
}

}  // namespace
}  // namespace ledd
