#include "ledd/torso_phantom/torso_phantom.h"

#include <gmock/gmock.h>
#include <itkImageRegionConstIteratorWithIndex.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "ledd/density_calibration/find_calibration_phantom.h"
#include "ledd/morphology/morphology.h"

namespace ledd {
namespace {

using torso_phantom::Params;

/// Small enough for a test, large enough for whole bodies.
Params spine() {
  Params p;
  p.scan.region = torso_phantom::Region::kSpine;
  p.scan.columns = 96;
  p.scan.rows = 96;
  p.scan.pixel_mm = 1.5;
  p.scan.noise_sd_hu = 0.0;
  return p;
}

Params coarse() {
  Params p;
  p.scan.columns = 64;
  p.scan.rows = 64;
  p.scan.pixel_mm = 6.0;
  p.scan.pitch_mm = 10.0;
  return p;
}

TorsoPhantom::Result draw(const Params& params, int threads = 2) {
  Context context({}, threads);
  return TorsoPhantom(params)(context);
}

Mask::Pointer mask_of(const Labels& labels, std::uint16_t id) {
  auto mask = morphology::empty_like(labels);
  const std::size_t n = labels.GetBufferedRegion().GetNumberOfPixels();
  std::transform(labels.GetBufferPointer(),
                 labels.GetBufferPointer() + n,
                 mask->GetBufferPointer(),
                 [id](std::uint16_t x) { return static_cast<std::uint8_t>(x == id); });
  return mask;
}

struct Region {
  double mean = 0.0, sd = 0.0;
  std::size_t voxels = 0;
  Point centre_lps_mm{};
};

Region region(const Volume& scan, const Mask& mask) {
  Region r;
  double sum = 0.0, squares = 0.0;
  itk::ImageRegionConstIteratorWithIndex<Mask> it(&mask, mask.GetBufferedRegion());
  for (; !it.IsAtEnd(); ++it) {
    if (it.Get() == 0) continue;
    const double hu = static_cast<double>(scan.GetPixel(it.GetIndex()));
    sum += hu;
    squares += hu * hu;
    ++r.voxels;
    Volume::PointType p;
    scan.TransformIndexToPhysicalPoint(it.GetIndex(), p);
    for (unsigned a = 0; a < 3; ++a) r.centre_lps_mm[a] += p[a];
  }
  const auto n = static_cast<double>(r.voxels);
  r.mean = sum / n;
  r.sd = std::sqrt(std::max(0.0, squares / n - r.mean * r.mean));
  for (double& x : r.centre_lps_mm) x /= n;
  return r;
}

double hu_at(const Volume& scan, const Point& p_lps_mm) {
  Volume::PointType p;
  for (unsigned a = 0; a < 3; ++a) p[a] = p_lps_mm[a];
  Volume::IndexType index;
  EXPECT_TRUE(scan.TransformPhysicalPointToIndex(p, index));
  return static_cast<double>(scan.GetPixel(index));
}

TEST(TorsoPhantom, BodiesFromT10ToL5AreWholeAndInTheirPlace) {
  Params p = spine();
  p.scan.pitch_mm = 1.2;
  const auto result = draw(p);
  std::vector<std::string> whole;
  for (const auto& t : result.truth.vertebrae)
    if (t.whole) whole.push_back(t.name);
  EXPECT_THAT(whole, testing::ElementsAre("T10", "T11", "T12", "L1", "L2", "L3", "L4", "L5"));
  for (const auto& t : result.truth.vertebrae) {
    if (!t.whole) continue;
    const Region r = region(*result.scan, *mask_of(*result.bodies, t.id));
    const double volume = static_cast<double>(r.voxels) * 1.5 * 1.5 * 1.2;
    EXPECT_NEAR(volume / t.volume_mm3, 1.0, 0.02) << t.name;
    for (unsigned a = 0; a < 3; ++a)
      EXPECT_NEAR(r.centre_lps_mm[a], t.centroid_lps_mm[a], 0.3) << t.name << " axis " << a;
  }
}

TEST(TorsoPhantom, SizesAreAnatomical) {
  const auto result = draw(spine());
  for (const auto& t : result.truth.vertebrae) {
    if (t.id < 18) continue;
    EXPECT_THAT(t.lr_mm, testing::AllOf(testing::Gt(36), testing::Lt(60))) << t.name;
    EXPECT_THAT(t.ap_mm, testing::AllOf(testing::Gt(29), testing::Lt(38))) << t.name;
    EXPECT_THAT(t.hm_mm, testing::AllOf(testing::Gt(21), testing::Lt(31))) << t.name;
  }
}

TEST(TorsoPhantom, MarrowReadsWhatTheLineSays) {
  for (const double vbmd : {25.0, 170.0}) {
    Params p = spine();
    p.body.vbmd_l1_mg_cm3 = vbmd;
    p.body.texture_percent = 0.0;
    p.scan.sigma_hu = 1.6;
    p.scan.beta_hu = -8.0;
    const auto result = draw(p);
    for (const auto& t : result.truth.vertebrae) {
      if (!t.whole) continue;
      EXPECT_DOUBLE_EQ(t.vbmd_mg_cm3, vbmd - 5.0 * (t.id - 20)) << t.name;
      EXPECT_DOUBLE_EQ(t.hu, -8.0 + 1.6 * t.vbmd_mg_cm3) << t.name;
      const auto inside =
          morphology::erode(*mask_of(*result.bodies, t.id), 6.0, morphology::Beyond::kOutside);
      const Region r = region(*result.scan, *inside);
      ASSERT_GT(r.voxels, 300U) << t.name;
      EXPECT_NEAR(r.mean, t.hu, 1.0) << t.name;
    }
  }
}

TEST(TorsoPhantom, MarrowIsTexturedAndTheTextureCanBeTakenAway) {
  Params p = spine();
  const auto textured = draw(p);
  const auto l3 = morphology::erode(*mask_of(*textured.bodies, 22), 6.0, morphology::Beyond::kOutside);
  const Region rough = region(*textured.scan, *l3);
  EXPECT_GT(rough.sd, 5.0);
  p.body.texture_percent = 0.0;
  const Region smooth = region(*draw(p).scan, *l3);
  EXPECT_LT(smooth.sd, 4.0);
  EXPECT_NEAR(rough.mean, smooth.mean, 0.01 * smooth.mean);
}

TEST(TorsoPhantom, CortexShinesDiscsDoNot) {
  const auto result = draw(spine());
  const auto& l3 = result.truth.vertebrae[6];
  const auto& l4 = result.truth.vertebrae[7];
  ASSERT_EQ(l3.id, 22);
  ASSERT_EQ(l4.id, 23);
  Point between{};
  for (unsigned a = 0; a < 3; ++a) between[a] = 0.5 * (l3.centre_lps_mm[a] + l4.centre_lps_mm[a]);
  EXPECT_NEAR(hu_at(*result.scan, between), 88.0, 10.0);
  const auto body = mask_of(*result.bodies, 22);
  const auto inside = morphology::erode(*body, 2.0, morphology::Beyond::kOutside);
  const std::size_t n = body->GetBufferedRegion().GetNumberOfPixels();
  double rim = 0.0;
  std::size_t voxels = 0;
  for (std::size_t i = 0; i < n; ++i)
    if (body->GetBufferPointer()[i] != 0 && inside->GetBufferPointer()[i] == 0) {
      rim += static_cast<double>(result.scan->GetBufferPointer()[i]);
      ++voxels;
    }
  EXPECT_GT(rim / static_cast<double>(voxels), l3.hu + 80.0);
}

TEST(TorsoPhantom, AWedgeFractureTakesTheAnteriorHeight) {
  Params p = spine();
  const auto whole = draw(p);
  p.spine.fracture_level = phantom::Level::kL1;
  p.spine.fracture_loss_percent = 30.0;
  const auto broken = draw(p);
  const auto l1 = [](const TorsoPhantom::Result& r) {
    return *std::find_if(
        r.truth.vertebrae.begin(), r.truth.vertebrae.end(), [](const auto& t) { return t.id == 20; });
  };
  EXPECT_NEAR(l1(broken).ha_mm, 0.7 * l1(whole).ha_mm, 1e-9);
  EXPECT_DOUBLE_EQ(l1(broken).hp_mm, l1(whole).hp_mm);
  EXPECT_LT(l1(broken).volume_mm3, 0.9 * l1(whole).volume_mm3);
}

TEST(TorsoPhantom, RightIsAtNegativeX) {
  Params p = coarse();
  p.scan.region = torso_phantom::Region::kHip;
  p.body.metal_hip = torso_phantom::Side::kRight;
  const auto result = draw(p);
  ASSERT_EQ(result.truth.femora.size(), 2U);
  const auto &right = result.truth.femora[0], &left = result.truth.femora[1];
  EXPECT_EQ(right.id, 211);
  EXPECT_LT(right.head_lps_mm[0], -70.0);
  EXPECT_GT(left.head_lps_mm[0], 70.0);
  EXPECT_TRUE(right.metal);
  EXPECT_FALSE(left.metal);
  EXPECT_LT(region(*result.scan, *mask_of(*result.femora, 211)).centre_lps_mm[0], -70.0);
  EXPECT_GT(region(*result.scan, *mask_of(*result.femora, 212)).centre_lps_mm[0], 70.0);
  EXPECT_GT(hu_at(*result.scan, right.head_lps_mm), 2900.0);
  EXPECT_LT(hu_at(*result.scan, left.head_lps_mm), 700.0);
}

TEST(TorsoPhantom, TheHeadReadsWhatTheLineSaysAndAJointLiesRoundIt) {
  Params p;
  p.scan.region = torso_phantom::Region::kHip;
  p.scan.columns = 200;
  p.scan.rows = 64;
  p.scan.pixel_mm = 1.5;
  p.scan.noise_sd_hu = 0.0;
  p.body.texture_percent = 0.0;
  const auto result = draw(p);
  for (const auto& t : result.truth.femora) {
    EXPECT_NEAR(hu_at(*result.scan, t.head_lps_mm), 5.0 + 1.4 * t.head_vbmd_mg_cm3, 2.0) << t.id;
    EXPECT_NEAR(t.neck_shaft_deg, 125.0, 6.0);
    // From the head's centre towards the patient's middle: head, gap, socket.
    double gap = 1e9;
    for (double r = t.head_radius_mm; r <= t.head_radius_mm + 4.0; r += 0.75) {
      Point q = t.head_lps_mm;
      q[0] += (t.id == 211 ? 1.0 : -1.0) * r;
      gap = std::min(gap, hu_at(*result.scan, q));
    }
    EXPECT_LT(gap, 500.0) << t.id;
    Point socket = t.head_lps_mm;
    socket[0] += (t.id == 211 ? 1.0 : -1.0) * (t.head_radius_mm + 4.5);
    EXPECT_GT(hu_at(*result.scan, socket), gap + 100.0) << t.id;
  }
}

TEST(TorsoPhantom, RodsLieWhereTheTruthSaysAndReadIt) {
  Params p = spine();
  p.scan.columns = 180;
  p.scan.rows = 150;
  p.scan.pixel_mm = 1.8;
  p.scan.slices = 12;
  p.pad.kind = torso_phantom::PadKind::kModel3;
  const auto result = draw(p);
  ASSERT_EQ(result.truth.rods.size(), 5U);
  EXPECT_EQ(result.truth.mineral, Mineral::kK2HPO4);
  for (const auto& rod : result.truth.rods)
    EXPECT_NEAR(hu_at(*result.scan, rod.point_lps_mm), rod.hu, 1.0) << rod.number;
  p.pad.kind = torso_phantom::PadKind::kOsteo;
  EXPECT_EQ(draw(p).truth.mineral, Mineral::kHA);
}

TEST(TorsoPhantom, ThePadIsFoundUnderTheTrunkAndCalibratesIt) {
  for (const auto kind : {torso_phantom::PadKind::kModel3, torso_phantom::PadKind::kBdc3}) {
    Params p;
    p.scan.region = torso_phantom::Region::kSpine;
    p.scan.slices = 24;
    p.scan.noise_sd_hu = 20.0;
    p.scan.sigma_hu = 1.33;
    p.scan.beta_hu = -4.0;
    p.pad.kind = kind;
    p.pad.turn_deg = 3.0;
    p.pad.tilt_deg = 2.0;
    const auto result = draw(p);
    Context context;
    const auto found = FindCalibrationPhantom()(*result.scan, known_phantoms(), std::nullopt, context);
    ASSERT_TRUE(found.line) << found.refusal;
    EXPECT_EQ(found.line->mineral, result.truth.mineral);
    EXPECT_NEAR(found.line->sigma_hu, 1.33, 0.02);
    std::size_t looked = 0;
    for (const auto& t : result.truth.vertebrae) {
      if (!t.whole) continue;
      const auto inside =
          morphology::erode(*mask_of(*result.bodies, t.id), 6.0, morphology::Beyond::kOutside);
      const double density = found.line->density_mg_cm3(region(*result.scan, *inside).mean);
      EXPECT_NEAR(density, t.vbmd_mg_cm3, 3.0) << t.name;
      ++looked;
    }
    EXPECT_GE(looked, 1U);
  }
}

TEST(TorsoPhantom, CuppingLowersTheMiddleOfTheBody) {
  Params p = spine();
  p.scan.slices = 5;
  p.body.texture_percent = 0.0;
  const auto plain = draw(p);
  p.scan.cupping_hu = 20.0;
  const auto cupped = draw(p);
  Point middle{3.0, -8.0, plain.scan->GetOrigin()[2] + 6.0};
  EXPECT_NEAR(hu_at(*plain.scan, middle) - hu_at(*cupped.scan, middle), 20.0, 1.5);
}

TEST(TorsoPhantom, HardeningFoldsTheScale) {
  Params p = spine();
  p.scan.slices = 3;
  p.body.texture_percent = 0.0;
  const auto plain = draw(p);
  p.scan.hardening = 0.1;
  const auto folded = draw(p);
  const std::size_t n = plain.scan->GetBufferedRegion().GetNumberOfPixels();
  const float highest = *std::max_element(plain.scan->GetBufferPointer(), plain.scan->GetBufferPointer() + n);
  const float folded_highest =
      *std::max_element(folded.scan->GetBufferPointer(), folded.scan->GetBufferPointer() + n);
  ASSERT_GT(highest, 500.0F);
  EXPECT_NEAR(folded_highest, highest - 0.1F * highest * highest / 1000.0F, 40.0F);
}

TEST(TorsoPhantom, TheSameBytesForOneAndTwoThreads) {
  Params p = coarse();
  p.pad.kind = torso_phantom::PadKind::kBdc6;
  p.body.screws = true;
  const auto one = draw(p, 1), two = draw(p, 2);
  const std::size_t n = one.scan->GetBufferedRegion().GetNumberOfPixels();
  EXPECT_TRUE(std::equal(
      one.scan->GetBufferPointer(), one.scan->GetBufferPointer() + n, two.scan->GetBufferPointer()));
  EXPECT_TRUE(std::equal(
      one.bodies->GetBufferPointer(), one.bodies->GetBufferPointer() + n, two.bodies->GetBufferPointer()));
  EXPECT_TRUE(std::equal(
      one.femora->GetBufferPointer(), one.femora->GetBufferPointer() + n, two.femora->GetBufferPointer()));
  EXPECT_EQ(torso_phantom::to_json(one.truth), torso_phantom::to_json(two.truth));
}

TEST(TorsoPhantom, ATurnedPersonKeepsLabelsAndTruthTogether) {
  Params p = spine();
  p.scan.columns = 128;
  p.scan.rows = 128;
  p.body.turn_deg = 12.0;
  p.body.tilt_deg = -7.0;
  p.body.bend_deg = 6.0;
  const auto result = draw(p);
  std::size_t looked = 0;
  for (const auto& t : result.truth.vertebrae) {
    if (!t.whole) continue;
    const Region r = region(*result.scan, *mask_of(*result.bodies, t.id));
    for (unsigned a = 0; a < 3; ++a)
      EXPECT_NEAR(r.centre_lps_mm[a], t.centroid_lps_mm[a], 0.3) << t.name << " axis " << a;
    EXPECT_NEAR(static_cast<double>(r.voxels) * 6.75 / t.volume_mm3, 1.0, 0.02) << t.name;
    ++looked;
  }
  EXPECT_GE(looked, 6U);
}

TEST(TorsoPhantom, OutsideTheFieldThereIsNothing) {
  Params p = coarse();
  p.scan.field_mm = 200.0;
  const auto result = draw(p);
  Volume::IndexType corner{{2, 2, 27}}, centre{{32, 32, 27}};
  EXPECT_EQ(result.scan->GetPixel(corner), -1024.0F);
  EXPECT_GT(result.scan->GetPixel(centre), -900.0F);
}

TEST(TorsoPhantom, ContrastShinesInTheAorta) {
  Params p = spine();
  const auto plain = draw(p);
  p.body.contrast = true;
  const auto bright = draw(p);
  const auto count = [](const TorsoPhantom::Result& r) {
    const float* first = r.scan->GetBufferPointer();
    const std::size_t n = r.scan->GetBufferedRegion().GetNumberOfPixels();
    return std::count_if(first, first + n, [](float hu) { return hu > 295.0F && hu < 305.0F; });
  };
  EXPECT_GT(count(bright), count(plain) + 3000);
}

TEST(TorsoPhantom, EveryEndOfEveryRangeIsRefusedOrDrawn) {
  for (const auto& field : Params::table().fields()) {
    const std::string& legal = field.info.legal;
    if (legal.empty() || legal.front() != '[') continue;
    const std::size_t comma = legal.find(',');
    for (const double end : {std::stod(legal.substr(1)), std::stod(legal.substr(comma + 1))}) {
      Params p = coarse();
      p.scan.region = torso_phantom::Region::kSpine;
      p.scan.columns = p.scan.rows = 16;
      p.scan.slices = 3;
      p.scan.pixel_mm = 5.0;
      if (std::fabs(end) <= 1000.0 && std::holds_alternative<std::int64_t>(field.get(p)))
        field.set(p, Value(static_cast<std::int64_t>(end)));
      else if (std::holds_alternative<double>(field.get(p)))
        field.set(p, Value(end));
      try {
        const auto result = draw(p);
        const float* first = result.scan->GetBufferPointer();
        const std::size_t n = result.scan->GetBufferedRegion().GetNumberOfPixels();
        EXPECT_TRUE(std::all_of(first, first + n, [](float hu) { return hu >= -1024.0F && hu <= 3071.0F; }))
            << field.info.name << " = " << end;
      } catch (const Error& e) {
        EXPECT_EQ(e.code(), Errc::kParam) << field.info.name << " = " << end << ": " << e.what();
      }
    }
  }
}

TEST(TorsoPhantom, RefusesWhatIsOutOfRange) {
  const auto with = [](auto change) {
    Params p;
    change(p);
    return p;
  };
  EXPECT_THROW(TorsoPhantom(with([](Params& p) { p.body.vbmd_l1_mg_cm3 = NAN; })), Error);
  EXPECT_THROW(TorsoPhantom(with([](Params& p) { p.scan.pixel_mm = 0.0; })), Error);
  EXPECT_THROW(TorsoPhantom(with([](Params& p) { p.scan.thickness_mm = 9.0; })), Error);
  EXPECT_NO_THROW(TorsoPhantom{});
}

}  // namespace
}  // namespace ledd
