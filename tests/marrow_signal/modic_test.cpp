#include <gmock/gmock.h>

#include <functional>
#include <limits>

#include "ledd/core/error.h"
#include "ledd/lumbar_phantom/lumbar_phantom.h"
#include "ledd/marrow_signal/marrow_signal.h"

#include "painted_spine.h"

namespace ledd {
namespace {

using painted::Place;
using ::testing::HasSubstr;
using Type = Modic::Type;

constexpr double kMarrow = 100.0, kScatter = 6.0;

/// A change along the inferior endplate of L4, this deep and wide.
struct Band {
  double depth_mm = 6.0, ap_mm = 20.0, lr_mm = 24.0;
  bool holds(const Place& p) const {
    return p.label == 23 && p.above_bottom_mm < depth_mm && std::fabs(p.posterior_mm) < 0.5 * ap_mm &&
           std::fabs(p.left_mm) < 0.5 * lr_mm;
  }
  double volume_cm3() const { return depth_mm * ap_mm * lr_mm / 1000.0; }
};

/// Signal of everything; in marrow `factor` where the band is. Coil on, vein bright.
double tissue(const Place& p, const Band& band, double factor, double vein = 1.6) {
  double value = 30.0;
  if (p.label == 61) value = 300.0;
  if (p.label >= 120) value = 150.0;
  if (painted::is_body(p))
    value = kMarrow * (band.holds(p) ? factor : 1.0) * (painted::is_vein(p) ? vein : 1.0);
  return value * painted::coil(p);
}

struct Pair {
  Volume::Pointer t2, t1;
};
Pair images(const painted::Column& c, const Band& band, double t1, double t2) {
  return {painted::paint(
              c, [&](const Place& p) { return tissue(p, band, t2); }, kScatter, 5),
          painted::paint(
              c, [&](const Place& p) { return tissue(p, band, t1, 0.7); }, kScatter, 6)};
}

Modic::Result find(const painted::Column& c, const Pair& pair, bool with_t1 = true) {
  Context context;
  return Modic()(
      {pair.t2, with_t1 ? pair.t1.GetPointer() : nullptr}, *c.labels, painted::spine_of(c), context);
}

const Modic::Endplate& at(const Modic::Result& r, const std::string& region) {
  for (const auto& e : r.endplates)
    if (e.region == region) return e;
  throw Error(Errc::kInternal, region + " is missing");
}

int changed(const Modic::Result& r) {
  int n = 0;
  for (const auto& e : r.endplates) n += e.type != Type::kNone ? 1 : 0;
  return n;
}

TEST(Modic, DefaultsAreLegalAndNanIsNot) {
  EXPECT_NO_THROW(Modic{});
  EXPECT_THROW(Modic({.k = std::numeric_limits<double>::quiet_NaN()}), Error);
  EXPECT_THROW(Modic({.band_mm = 50.0}), Error);
}

TEST(Modic, TypesFollowTheSignsOfBothImages) {
  const auto c = painted::column();
  const Band band;
  struct Rule {
    double t1, t2;
    Type type;
  };
  for (const Rule& rule : {Rule{0.6, 1.6, Type::kOne},
                           Rule{1.6, 1.0, Type::kTwo},
                           Rule{1.6, 1.6, Type::kTwo},
                           Rule{0.5, 0.5, Type::kThree},
                           Rule{1.0, 1.6, Type::kNone},  // T2 alone is no type
                           Rule{1.6, 0.5, Type::kNone},  // fat that is dark on T2 is none either
                           Rule{1.05, 1.05, Type::kNone}}) {
    const auto result = find(c, images(c, band, rule.t1, rule.t2));
    EXPECT_EQ(at(result, "L4 inf").type, rule.type) << rule.t1 << " " << rule.t2;
    EXPECT_EQ(changed(result), rule.type == Type::kNone ? 0 : 1) << rule.t1 << " " << rule.t2;
  }
}

TEST(Modic, VolumeAndDepthAreThoseOfTheBand) {
  const auto c = painted::column();
  for (const double depth : {5.0, 7.0, 10.0}) {
    const Band band{.depth_mm = depth};
    const auto e = at(find(c, images(c, band, 0.6, 1.6)), "L4 inf");
    EXPECT_NEAR(e.depth_mm, depth, 1.0);
    EXPECT_NEAR(e.volume_cm3, band.volume_cm3(), 0.15 * band.volume_cm3());
    EXPECT_GT(e.depth_se_mm, 0.2);
    EXPECT_LT(e.volume_se_cm3, 0.2 * band.volume_cm3());
    EXPECT_EQ(e.quality, Quality::kUncertain);
    EXPECT_THAT(e.reason, HasSubstr("not compared with readings"));
  }
}

TEST(Modic, AHealthySpineWithNoiseCoilAndVeinHasNone) {
  const auto c = painted::column();
  const auto result = find(c, images(c, {}, 1.0, 1.0));
  ASSERT_EQ(result.endplates.size(), 11U);
  for (const auto& e : result.endplates) {
    EXPECT_EQ(e.type, Type::kNone) << e.region;
    EXPECT_EQ(e.quality, Quality::kGood) << e.region << e.reason;
    EXPECT_EQ(e.volume_cm3, 0.0);
  }
}

TEST(Modic, ASmallChangeIsNone) {
  const auto c = painted::column();
  EXPECT_EQ(changed(find(c, images(c, {.depth_mm = 3.0, .ap_mm = 4.0, .lr_mm = 9.0}, 0.5, 1.8))), 0);
}

TEST(Modic, AChangeSeenInOneSliceIsNone) {
  const auto c = painted::column({1, 1, 4}, 4.0, 0.0);
  // The middle of the 17 slices is at left_mm = 0.
  EXPECT_EQ(changed(find(c, images(c, {.depth_mm = 8.0, .ap_mm = 30.0, .lr_mm = 3.0}, 0.5, 1.8))), 0);
  EXPECT_EQ(changed(find(c, images(c, {.depth_mm = 8.0, .ap_mm = 30.0, .lr_mm = 9.0}, 0.5, 1.8))), 1);
}

TEST(Modic, AChangeInTheMiddleOfTheBodyIsNone) {
  const auto c = painted::column();
  const auto blob = [](const Place& p) {
    return p.label == 22 && p.above_bottom_mm > 8 && p.above_bottom_mm < 14 && p.posterior_mm < -8;
  };
  const Pair pair{
      painted::paint(
          c, [&](const Place& p) { return tissue(p, {}, 1.0) * (blob(p) ? 1.7 : 1.0); }, kScatter),
      painted::paint(
          c, [&](const Place& p) { return tissue(p, {}, 1.0, 0.7) * (blob(p) ? 1.7 : 1.0); }, kScatter)};
  const auto found = find(c, pair);
  EXPECT_EQ(at(found, "L3 inf").type, Type::kNone);
}

TEST(Modic, ChemicalShiftOfTheEndplatesIsNone) {
  const auto c = painted::column();
  // Fat moved down by 1.5 pixels: a bright line above the disc's far side, a dark one at the near side.
  const auto shifted = [](const Place& p) {
    if (painted::is_body(p) && p.below_top_mm < 1.5) return 0.4;
    if (painted::is_body(p) && p.above_bottom_mm < 1.5) return 1.5;
    return 1.0;
  };
  const Pair pair{painted::paint(
                      c, [&](const Place& p) { return tissue(p, {}, 1.0) * shifted(p); }, kScatter, 5),
                  painted::paint(
                      c, [&](const Place& p) { return tissue(p, {}, 1.0, 0.7) * shifted(p); }, kScatter, 6)};
  EXPECT_EQ(changed(find(c, pair)), 0);
}

TEST(Modic, WithoutT1AChangeHasNoType) {
  const auto c = painted::column();
  const Band band;
  const auto result = find(c, images(c, band, 0.6, 1.6), false);
  EXPECT_EQ(at(result, "L4 inf").type, Type::kUndetermined);
  EXPECT_EQ(changed(result), 1);
  for (const auto& m : measurements(result)) {
    if (m.endpoint == "Modic_type") {
      EXPECT_EQ(m.quality, Quality::kFailed);
      EXPECT_THAT(m.reason, HasSubstr("T1"));
    }
    if (m.endpoint == "T2_change_volume" && m.region == "L4 inf" && m.statistic == "value") {
      EXPECT_NEAR(*m.value, band.volume_cm3(), 0.15 * band.volume_cm3());
      EXPECT_THAT(m.reason, HasSubstr("type undetermined"));
      EXPECT_THAT(m.reason, HasSubstr("brighter"));
    }
  }
}

TEST(Modic, TheSacrumsEndplateIsLookedAt) {
  const auto c = painted::column();
  const auto band = [](const Place& p) {
    return p.label == 26 && p.below_top_mm < 7 && std::fabs(p.posterior_mm) < 10 && std::fabs(p.left_mm) < 12;
  };
  const Pair pair{
      painted::paint(
          c, [&](const Place& p) { return tissue(p, {}, 1.0) * (band(p) ? 1.6 : 1.0); }, kScatter),
      painted::paint(
          c, [&](const Place& p) { return tissue(p, {}, 1.0) * (band(p) ? 0.5 : 1.0); }, kScatter)};
  const auto result = find(c, pair);
  EXPECT_EQ(at(result, "S1 sup").type, Type::kOne);
  EXPECT_EQ(changed(result), 1);
}

TEST(Modic, ABodyBrightAsAWholeIsInDoubt) {
  const auto c = painted::column();
  const auto whole = [](const Place& p) { return p.label == 22 ? 2.2 : 1.0; };
  const Pair pair{painted::paint(
                      c, [&](const Place& p) { return tissue(p, {}, 1.0) * whole(p); }, kScatter),
                  painted::paint(
                      c, [&](const Place& p) { return tissue(p, {}, 1.0, 0.7); }, kScatter)};
  const auto e = at(find(c, pair), "L3 sup");
  EXPECT_EQ(e.quality, Quality::kUncertain);
  EXPECT_THAT(e.reason, HasSubstr("times the signal of its neighbours"));
}

TEST(Modic, OrderOfTheAxesDoesNotMatter) {
  const auto c = painted::column();
  const auto pair = images(c, {}, 0.6, 1.6);
  const auto a = at(find(c, pair), "L4 inf");
  const std::array<Toward, 3> wanted{Toward::kLeft, Toward::kAnterior, Toward::kSuperior};
  const auto labels = reorient(*c.labels, wanted);
  const auto t1 = reorient(*pair.t1, wanted), t2 = reorient(*pair.t2, wanted);
  Context context;
  const auto b = at(Modic()({t2, t1}, *labels, SpineMorphometry()(*labels, context), context), "L4 inf");
  EXPECT_EQ(a.type, b.type);
  EXPECT_NEAR(a.volume_cm3, b.volume_cm3, 0.03 * a.volume_cm3);
  EXPECT_NEAR(a.depth_mm, b.depth_mm, 0.3);
}

TEST(Modic, GridsThatDifferAndNoT2AreRefused) {
  const auto c = painted::column();
  const auto other = painted::column({1, 1, 3});
  const auto image = painted::paint(other, [](const Place&) { return 1.0; });
  EXPECT_THROW(find(c, {image, image}), Error);
  EXPECT_THROW(find(c, {nullptr, nullptr}), Error);
}

TEST(ModicOnThePhantom, AHealthyDrawnSpineHasNone) {
  LumbarPhantom::Params params;
  params.stack.columns = 200;
  params.stack.rows = 300;
  params.stack.pixel_mm = 1.0;
  int endplates = 0;
  for (const int seed : {1, 2}) {
    params.spine.seed = seed;
    Context context;
    params.scan.contrast = phantom::Contrast::kT2;
    const auto t2 = LumbarPhantom(params)(context);
    params.scan.contrast = phantom::Contrast::kT1;
    const auto t1 = LumbarPhantom(params)(context);
    const auto spine = SpineMorphometry()(*t2.labels, context);
    const auto result = Modic()({t2.image, t1.image}, *t2.labels, spine, context);
    EXPECT_EQ(changed(result), 0) << "seed " << seed;
    endplates += static_cast<int>(result.endplates.size());
    const auto alone = Modic()({t2.image, nullptr}, *t2.labels, spine, context);
    EXPECT_EQ(changed(alone), 0) << "T2 alone, seed " << seed;
  }
  EXPECT_GE(endplates, 30);
}

}  // namespace
}  // namespace ledd
