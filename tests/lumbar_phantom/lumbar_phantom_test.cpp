#include "ledd/lumbar_phantom/lumbar_phantom.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "ledd/anatomy/anatomy.h"

namespace ledd {
namespace {

constexpr std::uint16_t kL3 = 22;
using phantom::BodyTruth;
using phantom::Level;
using phantom::Params;
using phantom::Point3;

/// Small enough to be quick; T12 to L5 in view.
Params small() {
  Params p;
  p.stack.columns = p.stack.rows = 96;
  p.stack.pixel_mm = 2.4;
  p.stack.slices = 5;
  return p;
}

/// Voxels of 0.5 x 0.5 x 1 mm over one body.
Params around(const BodyTruth& body) {
  Params p;
  p.spine.variation = 0;
  p.stack.columns = p.stack.rows = 120;
  p.stack.pixel_mm = 0.5;
  p.stack.slices = 64;
  p.stack.pitch_mm = p.stack.thickness_mm = 1.0;
  p.stack.offset_left_mm = body.centre_lps_mm[0];
  p.stack.offset_posterior_mm = body.centre_lps_mm[1];
  p.stack.offset_superior_mm = body.centre_lps_mm[2];
  return p;
}

LumbarPhantom::Result draw(const Params& params, int threads = 2) {
  Context context({}, threads);
  return LumbarPhantom(params)(context);
}

/// One voxel: the truth does not depend on the stack.
phantom::Truth truth_of(phantom::SpineParams spine) {
  Params p;
  p.spine = spine;
  p.stack.columns = p.stack.rows = 8;
  p.stack.slices = 1;
  return draw(p).truth;
}

const BodyTruth& body(const phantom::Truth& truth, std::uint16_t id) {
  return *std::find_if(truth.bodies.begin(), truth.bodies.end(), [id](const auto& b) { return b.id == id; });
}

double slip_of(const phantom::Truth& truth, std::uint16_t id) {
  return std::find_if(truth.slips.begin(), truth.slips.end(), [id](const auto& s) { return s.id == id; })
      ->slip_mm;
}

std::vector<float> values(const Volume& v) {
  return {v.GetBufferPointer(), v.GetBufferPointer() + v.GetBufferedRegion().GetNumberOfPixels()};
}

std::uint16_t label_at(const Labels& labels, const Point3& p_lps_mm) {
  Labels::PointType p;
  for (unsigned a = 0; a < 3; ++a) p[a] = p_lps_mm[a];
  Labels::IndexType index;
  return labels.TransformPhysicalPointToIndex(p, index) ? labels.GetPixel(index) : std::uint16_t{0xFFFF};
}

struct Region {
  double count = 0;
  Point3 sum{};
};

Region region_of(const Labels& labels, std::uint16_t id) {
  Region region;
  const auto size = labels.GetBufferedRegion().GetSize();
  Labels::IndexType i{};
  for (i[2] = 0; i[2] < static_cast<long>(size[2]); ++i[2])
    for (i[1] = 0; i[1] < static_cast<long>(size[1]); ++i[1])
      for (i[0] = 0; i[0] < static_cast<long>(size[0]); ++i[0]) {
        if (labels.GetPixel(i) != id) continue;
        Labels::PointType p;
        labels.TransformIndexToPhysicalPoint(i, p);
        region.count += 1;
        for (unsigned a = 0; a < 3; ++a) region.sum[a] += p[a];
      }
  return region;
}

/// How much of the straight line through `centre` along `direction` bears the label, in steps of 0.02 mm.
double extent_mm(const Labels& labels, std::uint16_t id, const Point3& centre, const Point3& direction) {
  constexpr double kStep = 0.02;
  double extent = 0;
  for (int i = -1300; i <= 1300; ++i) {
    Point3 p = centre;
    for (unsigned a = 0; a < 3; ++a) p[a] += i * kStep * direction[a];
    if (label_at(labels, p) == id) extent += kStep;
  }
  return extent;
}

TEST(LumbarPhantom, SameSeedGivesTheSameBytesWithOneAndTwoThreads) {
  const auto one = draw(small(), 1);
  const auto two = draw(small(), 2);
  EXPECT_EQ(values(*one.image), values(*two.image));
  EXPECT_EQ(phantom::to_json(one.truth), phantom::to_json(two.truth));
}

TEST(LumbarPhantom, AnotherSeedIsAnotherPerson) {
  Params other = small();
  other.spine.seed = 2;
  const auto a = draw(small());
  const auto b = draw(other);
  EXPECT_NE(values(*a.image), values(*b.image));
  EXPECT_GT(std::fabs(body(a.truth, 22).ha_mm - body(b.truth, 22).ha_mm), 0.01);
}

TEST(LumbarPhantom, ContrastAndStackLeaveTheTruthAlone) {
  Params other = small();
  other.scan.contrast = phantom::Contrast::kT1;
  other.stack.turn_about_si_deg = 10;
  other.stack.slices = 2;
  EXPECT_EQ(phantom::to_json(draw(small()).truth), phantom::to_json(draw(other).truth));
}

TEST(LumbarPhantom, NormFollowsTheLevelTable) {
  phantom::SpineParams norm;
  norm.variation = 0;
  const auto truth = truth_of(norm);
  // Ha/Hp, Hm/Hp, Hm, centre spacing of L3: means of healthy adults. Corners are not exactly above each other
  // where the endplates are tilted to the mid-plane: hence 0.3 %.
  const auto& l3 = body(truth, 22);
  EXPECT_NEAR(l3.hm_mm, 27.5, 1e-9);
  EXPECT_NEAR(l3.ha_mm / l3.hp_mm, 1.047, 0.003);
  EXPECT_NEAR(l3.hm_mm / l3.hp_mm, 0.934, 0.003);
  const auto& l4 = body(truth, 23);
  double squared = 0;
  for (unsigned a = 0; a < 3; ++a) squared += std::pow(l3.centre_lps_mm[a] - l4.centre_lps_mm[a], 2);
  EXPECT_NEAR(std::sqrt(squared), 39.1, 1e-6);
  EXPECT_NEAR(truth.lordosis_mid_l1_l5_deg, 32.5, 1e-9);
  EXPECT_NEAR(truth.lordosis_l1_s1_deg, 50.0, 5.0);
}

class LumbarPhantomBody : public testing::TestWithParam<std::uint16_t> {};

TEST_P(LumbarPhantomBody, LabelMapMeasuresAsTheTruthSays) {
  const std::uint16_t id = GetParam();
  phantom::SpineParams norm;
  norm.variation = 0;
  const auto truth = truth_of(norm);
  const BodyTruth& t = body(truth, id);
  const auto result = draw(around(t));
  const Region region = region_of(*result.labels, id);
  EXPECT_NEAR(0.25 * region.count, t.volume_mm3, 0.01 * t.volume_mm3);
  for (unsigned a = 0; a < 3; ++a) EXPECT_NEAR(region.sum[a] / region.count, t.centroid_lps_mm[a], 0.1) << a;
  const double tilt = t.tilt_deg * 0.017453292519943295;
  const Point3 up{0, std::sin(tilt), std::cos(tilt)};
  const Point3 forward{0, -std::cos(tilt), std::sin(tilt)};
  // Parallel lines over one voxel average the staircase of the voxels away.
  double height = 0, depth = 0;
  for (int i = -10; i <= 10; ++i) {
    Point3 a = t.centre_lps_mm, b = t.centre_lps_mm;
    for (unsigned k = 0; k < 3; ++k) {
      a[k] += 0.1 * i * forward[k];
      b[k] += 0.1 * i * up[k];
    }
    height += extent_mm(*result.labels, id, a, up) / 21;
    depth += extent_mm(*result.labels, id, b, forward) / 21;
  }
  // Half a voxel at either end.
  EXPECT_NEAR(height, t.hm_mm, 0.5);
  EXPECT_NEAR(depth, t.ap_middle_mm, 0.5);
}

INSTANTIATE_TEST_SUITE_P(Levels, LumbarPhantomBody, testing::Values(18, 20, 22, 24, 26));

TEST(LumbarPhantom, BrokenAndSlippedBodyIsDrawnWhereTheTruthSays) {
  phantom::SpineParams spine;
  spine.variation = 0;
  spine.fracture_level = spine.slip_level = Level::kL4;
  spine.fracture_type = phantom::Deformity::kCrush;
  spine.fracture_loss_percent = 30;
  spine.slip_mm = 8;
  const BodyTruth l4 = body(truth_of(spine), 23);
  Params p = around(l4);
  p.spine = spine;
  const Region region = region_of(*draw(p).labels, 23);
  EXPECT_NEAR(0.25 * region.count, l4.volume_mm3, 0.01 * l4.volume_mm3);
  for (unsigned a = 0; a < 3; ++a) EXPECT_NEAR(region.sum[a] / region.count, l4.centroid_lps_mm[a], 0.1) << a;
}

TEST(LumbarPhantom, CornersLieOnTheEdgeOfTheirBody) {
  phantom::SpineParams norm;
  norm.variation = 0;
  const auto truth = truth_of(norm);
  const BodyTruth& l2 = body(truth, 21);
  const auto result = draw(around(l2));
  for (const Point3& corner : {l2.as_lps_mm, l2.ps_lps_mm, l2.ai_lps_mm, l2.pi_lps_mm}) {
    Point3 inside{}, outside{};
    for (unsigned a = 0; a < 3; ++a) {
      const double d = corner[a] - l2.centre_lps_mm[a];
      inside[a] = l2.centre_lps_mm[a] + 0.92 * d;
      outside[a] = l2.centre_lps_mm[a] + 1.05 * d;
    }
    EXPECT_EQ(label_at(*result.labels, inside), 21);
    EXPECT_NE(label_at(*result.labels, outside), 21);
  }
}

TEST(LumbarPhantom, FractureTakesItsShareOfTheAnteriorHeight) {
  phantom::SpineParams whole;
  phantom::SpineParams broken = whole;
  broken.fracture_level = Level::kL1;
  broken.fracture_loss_percent = 35;
  const auto before = truth_of(whole);
  const auto after = truth_of(broken);
  // The anterior wall of a wedge is a chord between tilted endplates: its length follows within 1 %.
  EXPECT_NEAR(body(after, 20).ha_mm / body(before, 20).ha_mm, 0.65, 0.01);
  EXPECT_NEAR(body(after, 20).hp_mm / body(before, 20).hp_mm, 1.0, 0.01);
  EXPECT_NEAR(body(after, 21).ha_mm, body(before, 21).ha_mm, 1e-9);
  broken.fracture_type = phantom::Deformity::kBiconcave;
  EXPECT_NEAR(body(truth_of(broken), 20).hm_mm / body(before, 20).hm_mm, 0.65, 1e-9);
  broken.fracture_type = phantom::Deformity::kCrush;
  EXPECT_NEAR(body(truth_of(broken), 20).hp_mm / body(before, 20).hp_mm, 0.65, 0.01);
}

TEST(LumbarPhantom, SlipMovesOneVertebraByItsMillimetres) {
  phantom::SpineParams spine;
  for (const double slip_mm : {-5.0, 7.0}) {
    spine.slip_level = Level::kL4;
    spine.slip_mm = slip_mm;
    const auto truth = truth_of(spine);
    EXPECT_NEAR(slip_of(truth, 23), slip_mm, 1e-9);
    EXPECT_NEAR(slip_of(truth, 22), 0.0, 1e-9);
    EXPECT_NEAR(slip_of(truth, 24), 0.0, 1e-9);
  }
}

TEST(LumbarPhantom, CollapsedDiscLosesItsShareOfHeight) {
  phantom::SpineParams spine;
  const double before = truth_of(spine).discs[8].hm_mm;  // L4/L5
  spine.collapsed_disc = Level::kL4;
  spine.disc_loss_percent = 50;
  const auto after = truth_of(spine).discs[8];
  EXPECT_EQ(after.name, "L4/L5");
  EXPECT_NEAR(after.hm_mm, 0.5 * before, 0.6);
}

TEST(LumbarPhantom, ScoliosisIsTheCoronalAngleAsked) {
  phantom::SpineParams spine;
  spine.scoliosis_deg = 18;
  EXPECT_NEAR(truth_of(spine).scoliosis_deg, 18.0, 1e-9);
}

TEST(LumbarPhantom, RotationTurnsTheApexAboutItsOwnAxisAndNotTheEnds) {
  phantom::SpineParams spine;
  spine.variation = 0;
  const auto straight = truth_of(spine);
  spine.rotation_deg = 20.0;
  const auto turned = truth_of(spine);
  const auto front_to_left_deg = [](const BodyTruth& b) {
    const double x = b.as_lps_mm[0] - b.ps_lps_mm[0];
    const double length = std::hypot(x, b.as_lps_mm[1] - b.ps_lps_mm[1], b.as_lps_mm[2] - b.ps_lps_mm[2]);
    return std::asin(x / length) * 180.0 / M_PI;
  };
  constexpr std::uint16_t kL2 = 21;
  EXPECT_NEAR(front_to_left_deg(body(turned, kL2)), 20.0, 0.01);
  EXPECT_NEAR(front_to_left_deg(body(turned, anatomy::kS1)), 0.0, 0.01);
  EXPECT_NEAR(body(turned, kL2).ha_mm, body(straight, kL2).ha_mm, 1e-9);
}

TEST(LumbarPhantom, ChestAndNeckLeaveTheLowerSpineAsItIs) {
  phantom::SpineParams spine;
  const auto lumbar = truth_of(spine);
  spine.top = phantom::Top::kC3;
  const auto whole = truth_of(spine);
  ASSERT_EQ(whole.bodies.size(), lumbar.bodies.size() + 12);
  EXPECT_EQ(whole.bodies.front().name, "C3");
  for (std::size_t n = 1; n < whole.bodies.size(); ++n)
    EXPECT_LT(whole.bodies[n].centre_lps_mm[2], whole.bodies[n - 1].centre_lps_mm[2]) << whole.bodies[n].name;
  for (const auto& b : lumbar.bodies) {
    const auto& same = body(whole, b.id);
    EXPECT_NEAR(same.ha_mm, b.ha_mm, 1e-9) << b.name;
    for (unsigned a = 0; a < 3; ++a) EXPECT_NEAR(same.centre_lps_mm[a], b.centre_lps_mm[a], 1e-9) << b.name;
  }
  EXPECT_NEAR(whole.lordosis_l1_s1_deg, lumbar.lordosis_l1_s1_deg, 1e-9);
}

TEST(LumbarPhantom, ObliqueStackSeesTheStructuresWhereTheyAre) {
  Params p = small();
  p.stack.columns = p.stack.rows = 180;
  p.stack.pixel_mm = 1.5;
  p.stack.slices = 17;
  p.stack.turn_about_si_deg = 12;
  p.stack.turn_about_pa_deg = -8;
  const auto result = draw(p);
  EXPECT_GT(std::fabs(result.labels->GetDirection()[0][0]), 0.1);
  for (const BodyTruth& t : result.truth.bodies) {
    if (t.id < anatomy::kT12 || t.id > anatomy::kL5) continue;
    EXPECT_EQ(label_at(*result.labels, t.centre_lps_mm), t.id) << t.name;
  }
}

TEST(LumbarPhantom, HighStackHasNoSacrum) {
  Params p = small();
  p.stack.offset_superior_mm = 90;
  const auto high = draw(p);
  EXPECT_EQ(region_of(*high.labels, anatomy::kS1).count, 0);
  EXPECT_GT(region_of(*high.labels, anatomy::kL1).count, 0);
  EXPECT_GT(region_of(*draw(small()).labels, anatomy::kS1).count, 0);
}

TEST(LumbarPhantom, ContrastsLookAsTheirPhysics) {
  const auto mean = [](phantom::Contrast contrast, std::uint16_t id) {
    Params p = small();
    p.scan.contrast = contrast;
    const auto result = draw(p);
    const auto image = values(*result.image);
    const std::uint16_t* labels = result.labels->GetBufferPointer();
    double sum = 0, n = 0;
    for (std::size_t i = 0; i < image.size(); ++i) {
      if (labels[i] != id) continue;
      sum += static_cast<double>(image[i]);
      n += 1;
    }
    return sum / n;
  };
  using phantom::Contrast;
  EXPECT_GT(mean(Contrast::kT2, anatomy::kCanal), 1.5 * mean(Contrast::kT2, kL3));
  EXPECT_LT(mean(Contrast::kT1, anatomy::kCanal), mean(Contrast::kT1, kL3));
  EXPECT_GT(mean(Contrast::kStir, anatomy::kCanal), 3.0 * mean(Contrast::kStir, kL3));
}

TEST(LumbarPhantom, ChemicalShiftMovesFatByWholePixelsBackwards) {
  Params p = small();
  p.scan.noise_percent = 0;
  p.scan.bias_strength = 0;
  p.scan.chemical_shift_px = 0;
  p.scan.contrast = phantom::Contrast::kT1;
  p.stack.slices = 1;
  const auto still = values(*draw(p).image);
  p.scan.chemical_shift_px = 3;
  const auto moved = values(*draw(p).image);
  const auto correlation = [&](std::size_t shift) {
    double sum = 0;
    for (std::size_t i = shift; i < still.size(); ++i)
      sum += static_cast<double>(still[i - shift] * moved[i]);
    return sum;
  };
  EXPECT_GT(correlation(3), correlation(0));
  EXPECT_GT(correlation(3), correlation(6));
}

TEST(LumbarPhantom, RefusesWhatCannotBeDrawn) {
  const auto refused = [](const std::function<void(Params&)>& change) {
    Params p;
    change(p);
    try {
      const LumbarPhantom phantom(p);
    } catch (const Error& e) {
      return e.code() == Errc::kParam;
    }
    return false;
  };
  EXPECT_FALSE(refused([](Params&) {}));
  EXPECT_TRUE(refused([](Params& p) { p.stack.thickness_mm = 5; }));
  EXPECT_TRUE(refused([](Params& p) { p.stack.pixel_mm = 0; }));
  EXPECT_TRUE(refused([](Params& p) { p.scan.noise_percent = std::nan(""); }));
  EXPECT_TRUE(refused([](Params& p) { p.spine.fracture_loss_percent = 99; }));
}

}  // namespace
}  // namespace ledd
