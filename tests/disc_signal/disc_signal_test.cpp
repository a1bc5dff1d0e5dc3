#include "ledd/disc_signal/disc_signal.h"

#include <gmock/gmock.h>

#include <cstdio>
#include <limits>

#include "ledd/core/error.h"
#include "ledd/lumbar_phantom/lumbar_phantom.h"

#include "painted_spine.h"

namespace ledd {
namespace {

using painted::Place;
using ::testing::HasSubstr;

constexpr double kCsf = 400.0;
const DiscSignal::Scan kT2{{MrContrast::kT2, 4000.0, 100.0, false}, {}};

bool is_disc(const Place& p) {
  return p.label >= 120 && p.label < 125;
}

/// Nucleus in the central 70 % of the depth with the signal `ratio` of CSF, annulus 60.
double tissue(const Place& p, double ratio) {
  if (p.label == 61) return p.left_mm > 5.0 ? 180.0 : kCsf;  // roots at one side
  if (is_disc(p)) return std::fabs(p.posterior_mm) < 0.35 * painted::kDepthMm ? ratio * kCsf : 60.0;
  return painted::is_body(p) ? 120.0 : 20.0;
}

DiscSignal::Result measure(const Volume& image,
                           const painted::Column& c,
                           const DiscSignal::Scan& scan = kT2) {
  Context context;
  return DiscSignal()(image, *c.labels, painted::spine_of(c), scan, context);
}

TEST(DiscSignal, DefaultsAreLegalAndThresholdsMustFall) {
  EXPECT_NO_THROW(DiscSignal{});
  EXPECT_THROW(DiscSignal({.dsi_grade_1 = 0.3}), Error);
  EXPECT_THROW(DiscSignal({.np_depth_fraction = std::numeric_limits<double>::quiet_NaN()}), Error);
}

TEST(DiscSignal, IsTheRatioOfNucleusToCsf) {
  const auto c = painted::column();
  for (const double ratio : {0.15, 0.5, 0.8}) {
    const auto result = measure(*painted::paint(
                                    c, [&](const Place& p) { return tissue(p, ratio); }, 8.0),
                                c);
    ASSERT_EQ(result.discs.size(), 5U);
    for (const auto& d : result.discs) {
      EXPECT_NEAR(*d.dsi, ratio, 0.012) << d.region;
      EXPECT_GT(d.dsi_se, 0.0);
      EXPECT_LT(d.dsi_se, 0.03);
      EXPECT_NEAR(*d.contrast, (ratio * kCsf - 60) / (ratio * kCsf + 60), 0.04);
      EXPECT_EQ(d.quality, Quality::kGood) << d.reason;
    }
    EXPECT_EQ(result.discs[3].region, "L4/L5");
  }
}

TEST(DiscSignal, FallOffAlongTheSpineCancels) {
  const auto c = painted::column();
  const auto result =
      measure(*painted::paint(
                  c, [](const Place& p) { return tissue(p, 0.5) * std::exp(-std::pow(p.up_mm / 90.0, 2)); }),
              c);
  for (const auto& d : result.discs) EXPECT_NEAR(*d.dsi, 0.5, 0.04) << d.region;
}

TEST(DiscSignal, DiscsAloneAreMeasuredByTheirOwnAxes) {
  const auto c = painted::column({1, 1, 4}, 15.0, 3.0);
  const auto image = painted::paint(c, [](const Place& p) { return tissue(p, 0.5); });
  Context context;
  const auto result = DiscSignal()(*image, *c.labels, SpineResult{}, kT2, context);
  ASSERT_EQ(result.discs.size(), 5U);
  for (const auto& d : result.discs) {
    EXPECT_NEAR(*d.dsi, 0.5, 0.02);
    EXPECT_FALSE(d.dhi.has_value());
    EXPECT_THAT(d.grade_reason, HasSubstr("not judged"));
  }
}

TEST(DiscSignal, GradesFollowTheThresholdsAndAreNeverCertain) {
  const auto c = painted::column();
  const std::array<double, 5> ratios{0.7, 0.5, 0.3, 0.1, 0.5};
  auto scan = kT2;
  for (std::uint16_t id = 120; id < 125; ++id) scan.dhi[id] = id == 124 ? 0.12 : 0.4;
  const auto result =
      measure(*painted::paint(
                  c, [&](const Place& p) { return tissue(p, is_disc(p) ? ratios.at(p.label - 120U) : 0.0); }),
              c,
              scan);
  for (std::size_t n = 0; n < 5; ++n) EXPECT_EQ(result.discs[n].grade, static_cast<int>(n) + 1);
  for (const auto& m : measurements(result)) {
    if (m.endpoint != "Pfirrmann_analogue") continue;
    EXPECT_EQ(m.quality, Quality::kUncertain);
    EXPECT_THAT(m.reason, HasSubstr("not Pfirrmann"));
  }
}

TEST(DiscSignal, ADiscHalfAsHighAsTheOthersIsGradeV) {
  const auto c = painted::column();
  auto scan = kT2;
  for (std::uint16_t id = 120; id < 125; ++id) scan.dhi[id] = id == 123 ? 0.24 : 0.55;
  const auto result = measure(*painted::paint(c, [](const Place& p) { return tissue(p, 0.5); }), c, scan);
  EXPECT_EQ(result.discs[3].grade, 5);
  EXPECT_EQ(result.discs[2].grade, 2);
}

TEST(DiscSignal, HeightIndexComesFromTheBodiesWhenNotGiven) {
  const auto c = painted::column();
  const auto result = measure(*painted::paint(c, [](const Place& p) { return tissue(p, 0.5); }), c);
  for (const auto& d : result.discs)
    EXPECT_NEAR(*d.dhi, painted::kDiscMm / painted::kHeightMm, 0.05) << d.region;
}

TEST(DiscSignal, ALostBorderMakesIIAIII) {
  const auto c = painted::column();
  const auto result = measure(
      *painted::paint(c, [](const Place& p) { return is_disc(p) ? 0.45 * kCsf : tissue(p, 0.45); }), c);
  for (const auto& d : result.discs) EXPECT_EQ(d.grade, 3);
}

TEST(DiscSignal, ThresholdsFallWithTheEchoTime) {
  const auto c = painted::column();
  const auto image = painted::paint(c, [](const Place& p) { return tissue(p, 0.3); });
  auto scan = kT2;
  const auto at_100 = measure(*image, c, scan);
  EXPECT_NEAR(at_100.thresholds_used[1], 0.40, 1e-12);
  scan.sequence.te_ms = 140.0;
  const auto at_140 = measure(*image, c, scan);
  EXPECT_NEAR(at_140.thresholds_used[1], 1.3 * std::pow(0.4 / 1.3, 1.4), 1e-12);
  EXPECT_EQ(at_100.discs[0].grade, 3);
  EXPECT_EQ(at_140.discs[0].grade, 2);
}

TEST(DiscSignal, OtherWeightingsAreRefusedByName) {
  const auto c = painted::column();
  const auto image = painted::paint(c, [](const Place& p) { return tissue(p, 0.5); });
  for (const auto& [weighting, word] : {std::pair{MrContrast::kT1, "T1"},
                                        std::pair{MrContrast::kStir, "STIR"},
                                        std::pair{MrContrast::kUnknown, "unknown"}}) {
    for (const auto& m : measurements(measure(*image, c, {{weighting, {}, {}, false}, {}}))) {
      EXPECT_EQ(m.quality, Quality::kFailed);
      EXPECT_FALSE(m.value.has_value());
      EXPECT_THAT(m.reason, HasSubstr(word));
    }
  }
}

TEST(DiscSignal, WithoutCsfThereIsNoRatio) {
  const auto c = painted::column();
  const auto image = painted::paint(c, [](const Place& p) { return tissue(p, 0.5); });
  for (std::size_t n = 0; n < c.places.size(); ++n)
    if (c.labels->GetBufferPointer()[n] == 61) c.labels->GetBufferPointer()[n] = 0;
  const auto result = measure(*image, c);
  ASSERT_EQ(result.discs.size(), 5U);
  for (const auto& d : result.discs) {
    EXPECT_FALSE(d.dsi.has_value());
    EXPECT_FALSE(d.grade.has_value());
    EXPECT_THAT(d.reason, HasSubstr("label 61"));
  }
}

TEST(DiscSignal, ALevelWithoutFluidIsInDoubt) {
  const auto c = painted::column();
  const auto image = painted::paint(
      c,
      [](const Place& p) {
        const bool narrow = p.label == 61 && std::fabs(p.up_mm - 36.0) < 16.0;  // L2/L3
        return narrow ? 150.0 : tissue(p, 0.5);
      },
      8.0);
  const auto result = measure(*image, c);
  int in_doubt = 0;
  for (const auto& d : result.discs)
    if (d.quality == Quality::kUncertain) {
      EXPECT_THAT(d.reason, HasSubstr("little CSF"));
      ++in_doubt;
    }
  EXPECT_EQ(in_doubt, 1);
}

TEST(DiscSignal, GridsThatDifferAreRefused) {
  const auto c = painted::column();
  const auto other = painted::column({1, 1, 3});
  EXPECT_THROW(measure(*painted::paint(other, [](const Place&) { return 1.0; }), c), Error);
}

TEST(DiscSignal, NoDiscsNoRows) {
  const auto c = painted::column();
  const auto image = painted::paint(c, [](const Place&) { return 1.0; });
  c.labels->FillBuffer(0);
  const auto result = measure(*image, c);
  EXPECT_TRUE(result.discs.empty());
  EXPECT_TRUE(measurements(result).empty());
  EXPECT_FALSE(disc_signal_figure(result, *c.labels).has_value());
}

DiscSignal::Result on_phantom(double bias, phantom::Level collapsed) {
  LumbarPhantom::Params params;
  params.spine.collapsed_disc = collapsed;
  params.spine.disc_loss_percent = 35.0;
  params.stack.columns = 200;
  params.stack.rows = 300;
  params.stack.pixel_mm = 1.0;
  params.scan.bias_strength = bias;
  Context context;
  const auto drawn = LumbarPhantom(params)(context);
  const auto spine = SpineMorphometry()(*drawn.labels, context);
  return DiscSignal()(*drawn.image, *drawn.labels, spine, kT2, context);
}

const DiscSignal::Disc& disc(const DiscSignal::Result& r, const std::string& region) {
  for (const auto& d : r.discs)
    if (d.region == region) return d;
  throw Error(Errc::kInternal, region + " is missing");
}

TEST(DiscSignalOnThePhantom, ADegenerateDiscIsDarkerAndGradedSo) {
  const auto healthy = on_phantom(0.6, phantom::Level::kNone);
  const auto sick = on_phantom(0.6, phantom::Level::kL4);
  const auto even = on_phantom(0.0, phantom::Level::kNone);
  for (const auto& d : healthy.discs)
    if (d.dsi)
      std::printf("%s DSI %.3f se %.3f (no coil: %.3f) contrast %.2f eta %.2f dhi %.2f grade %d %s\n",
                  d.region.c_str(),
                  *d.dsi,
                  d.dsi_se,
                  disc(even, d.region).dsi.value_or(0),
                  d.contrast.value_or(0),
                  d.separability.value_or(0),
                  d.dhi.value_or(0),
                  d.grade.value_or(0),
                  d.reason.c_str());
  EXPECT_LT(*disc(sick, "L4/L5").dsi, 0.5 * *disc(healthy, "L4/L5").dsi);
  EXPECT_GE(*disc(sick, "L4/L5").grade, 4);
  EXPECT_LE(*disc(healthy, "L4/L5").grade, 3);
  EXPECT_NEAR(*disc(sick, "L2/L3").dsi, *disc(healthy, "L2/L3").dsi, 0.03);
}

TEST(DiscSignalOnThePhantom, TheFigureShowsTheRegions) {
  const auto result = on_phantom(0.3, phantom::Level::kNone);
  const auto c = painted::column();
  const auto figure = disc_signal_figure(result, *c.labels);
  ASSERT_TRUE(figure.has_value());
  EXPECT_EQ(figure->axis, 2U);
  EXPECT_GE(figure->lines.size(), 5U);
}

}  // namespace
}  // namespace ledd
