#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "ledd/cartilage_morphometry/cartilage_morphometry.h"

#include "plain_knee.h"

namespace ledd {
namespace {

using anatomy::Side;
using plain_knee::Shape;

CartilageResult measure(const Labels& labels, std::optional<Side> side = {}) {
  CartilageMorphometry::Params params;
  params.thickness.laplace = false;
  Context context;
  return CartilageMorphometry(params)(labels, {}, side, context);
}

const CartilageResult& right_knee() {
  static const CartilageResult result = measure(*plain_knee::draw(
      {}, [](const Point& p) { return p; }, {0.5, 0.5, 0.8}, 7, 5));
  return result;
}

const knee::RegionValues& of(const CartilageResult& result, std::string_view name) {
  const auto found = result.values.find(name);
  if (found == result.values.end()) throw Error(Errc::kInternal, "no region " + std::string(name));
  return found->second;
}

TEST(CartilageMorphometry, PlatesHaveTheirAreaThicknessAndVolume) {
  const auto& r = right_knee();
  EXPECT_NEAR(of(r, "MT").tab_mm2, M_PI * 15 * 20, 25);
  EXPECT_NEAR(of(r, "LT").tab_mm2, M_PI * 15 * 17, 25);
  EXPECT_NEAR(of(r, "MT").volume_mm3, M_PI * 15 * 20 * 2, 40);
  // Over 0.6 mm from the edge the smoothed surface slopes down to the bone.
  EXPECT_NEAR(of(r, "cMT").mean_mm, 2.0, 0.03);
  EXPECT_NEAR(of(r, "cLT").mean_mm, 2.5, 0.03);
  EXPECT_NEAR(of(r, "ccMF").mean_mm, 2.0, 0.1) << "few voxels of 0.8 mm: the bias is tested on shells";
  EXPECT_NEAR(of(r, "MT").mean_mm, 2.0, 0.06);
  EXPECT_LT(100 * (1 - of(r, "MT").cab_mm2 / of(r, "MT").tab_mm2), 1.0) << "no denuded bone";
}

TEST(CartilageMorphometry, TheLearnedAreaGrowsOverLikelyBoneAndChangesNothingElse) {
  CartilageResult r = right_knee();
  const auto tibia = static_cast<std::size_t>(
      std::find_if(
          r.layers.begin(), r.layers.end(), [](const auto& l) { return l.bone_id == anatomy::kTibia; }) -
      r.layers.begin());
  const auto& layer = r.layers.at(tibia);
  std::vector<double> likely(layer.plate.size(), std::numeric_limits<double>::quiet_NaN());
  add_learned_area(r, tibia, anatomy::kMedialTibialCartilage, likely, 0.9);
  EXPECT_EQ(of(r, "MT").learned_tab_mm2, of(r, "MT").tab_mm2);
  EXPECT_TRUE(std::isnan(of(r, "LT").learned_tab_mm2));
  // Likely on the plate and for 4 mm around it, and on a far spot that does not hang together with it.
  const Neighbours ways = ways_of(layer.bone);
  std::vector<std::uint8_t> plate(layer.plate.size());
  for (std::size_t v = 0; v < plate.size(); ++v)
    plate[v] = layer.plate[v] == anatomy::kMedialTibialCartilage ? 1 : 0;
  const auto away_mm = geodesic_distance_mm(layer.bone, ways, plate);
  double ring_mm2 = 0.0;
  for (std::size_t v = 0; v < plate.size(); ++v) {
    const bool ring = away_mm[v] > 0.0 && away_mm[v] < 4.0 && layer.plate[v] == 0;
    likely[v] = ring || (away_mm[v] > 15.0 && away_mm[v] < 20.0) ? 0.95 : 0.5;
    if (ring) ring_mm2 += layer.area_mm2[v];
  }
  add_learned_area(r, tibia, anatomy::kMedialTibialCartilage, likely, 0.9);
  EXPECT_GT(ring_mm2, 300.0);
  EXPECT_NEAR(of(r, "MT").learned_tab_mm2, of(r, "MT").tab_mm2 + ring_mm2, 1.0);
  EXPECT_EQ(of(r, "cMT").learned_tab_mm2, of(r, "cMT").tab_mm2) << "the ring borders on the outer regions";
  EXPECT_EQ(of(r, "MT").tab_mm2, of(right_knee(), "MT").tab_mm2);
  EXPECT_EQ(of(r, "MT").cab_mm2, of(right_knee(), "MT").cab_mm2);
  EXPECT_THROW(add_learned_area(r, tibia, anatomy::kMedialTibialCartilage, {1.0}, 0.9), Error);
}

TEST(CartilageMorphometry, RegionsAddUpToTheWhole) {
  const auto& r = right_knee();
  for (const auto& set : knee::region_sets()) {
    if (set.parts.size() < 2) continue;
    double area = 0, volume = 0, moment = 0;
    for (const auto& part : knee::region_sets())
      if (part.parts.size() == 1 && std::count(set.parts.begin(), set.parts.end(), part.parts[0]) > 0) {
        const auto& v = of(r, part.name);
        area += v.tab_mm2;
        volume += v.volume_mm3;
        moment += v.mean_mm * v.tab_mm2;
      }
    EXPECT_NEAR(area, of(r, set.name).tab_mm2, 1e-6) << set.name;
    EXPECT_NEAR(volume, of(r, set.name).volume_mm3, 1e-6) << set.name;
    EXPECT_NEAR(moment, of(r, set.name).mean_mm * of(r, set.name).tab_mm2, 1e-6) << set.name;
  }
}

TEST(CartilageMorphometry, TibialRegionsLieWhereTheirNamesSay) {
  const auto& r = right_knee();
  const double whole = of(r, "MT").tab_mm2;
  EXPECT_NEAR(of(r, "cMT").tab_mm2 / whole, 0.20, 0.003);
  for (const char* name : {"aMT", "pMT", "eMT", "iMT"})
    EXPECT_NEAR(of(r, name).tab_mm2 / whole, 0.20, 0.015) << name;
  for (std::size_t n = 0; n < r.layers.size(); ++n)
    for (std::size_t v = 0; v < r.regions[n].size(); ++v) {
      const Point& p = r.layers[n].bone.points_lps_mm[v];
      switch (r.regions[n][v]) {
        case knee::kAMT: EXPECT_LT(p[1], 0.5); break;
        case knee::kPMT: EXPECT_GT(p[1], -0.5); break;
        case knee::kEMT: EXPECT_GT(p[0], 19.5); break;
        case knee::kIMT: EXPECT_LT(p[0], 20.5); break;
        case knee::kELT: EXPECT_LT(p[0], -19.5); break;
        case knee::kEcMF: EXPECT_GT(p[0], 20.5); break;
        case knee::kIcLF: EXPECT_GT(p[0], -19.0); break;
        case knee::kMP: EXPECT_GT(p[0], -4.0); break;
        default: break;
      }
    }
}

TEST(CartilageMorphometry, FemurIsDividedAtTheNotchAndThreeQuartersBehindIt) {
  const auto& r = right_knee();
  ASSERT_TRUE(r.femur);
  const double centre_mm = -r.axes.centre_lps_mm[1];
  EXPECT_NEAR(r.femur->notch_mm + centre_mm, -plain_knee::kNotchMm, 1.5) << "its corner is smoothed";
  EXPECT_NEAR(r.femur->medial_end_mm + centre_mm, -plain_knee::kRadiusMm, 0.5);
  EXPECT_NEAR(r.femur->middle_mm, 0.0, 0.7);
  const double arc_mm = 20 * (std::asin(16.0 / 20) - std::asin(4.0 / 20)),
               width_mm = plain_knee::kOuterMm - plain_knee::kInnerMm;
  EXPECT_NEAR(of(r, "cMF").tab_mm2, arc_mm * width_mm, 0.15 * arc_mm * width_mm);
  for (const char* name : {"ecMF", "ccMF", "icMF", "ecLF", "ccLF", "icLF"})
    EXPECT_NEAR(of(r, name).tab_mm2, of(r, "cMF").tab_mm2 / 3, 0.12 * of(r, "cMF").tab_mm2 / 3) << name;
}

/// The same voxels seen in a mirror: left and right of the patient are exchanged.
Labels::Pointer mirrored(const Labels& labels) {
  auto out = Labels::New();
  out->SetRegions(labels.GetLargestPossibleRegion());
  out->CopyInformation(&labels);
  auto origin = labels.GetOrigin();
  auto direction = labels.GetDirection();
  origin[0] = -origin[0];
  for (unsigned a = 0; a < 3; ++a) direction(0, a) = -direction(0, a);
  // A mirrored direction is left-handed: the first axis is turned round to make it right-handed again.
  const auto size = labels.GetLargestPossibleRegion().GetSize();
  for (unsigned a = 0; a < 3; ++a)
    origin[a] += direction(a, 0) * static_cast<double>(size[0] - 1) * labels.GetSpacing()[0];
  for (unsigned a = 0; a < 3; ++a) direction(a, 0) = -direction(a, 0);
  out->SetOrigin(origin);
  out->SetDirection(direction);
  out->Allocate();
  for (std::size_t n = 0; n < size[0] * size[1] * size[2]; ++n) {
    const std::size_t i = n % size[0];
    out->GetBufferPointer()[n - i + size[0] - 1 - i] = labels.GetBufferPointer()[n];
  }
  return out;
}

void expect_same_values(const CartilageResult& a, const CartilageResult& b) {
  ASSERT_EQ(a.values.size(), b.values.size());
  for (const auto& [name, v] : a.values) {
    EXPECT_NEAR(of(b, name).mean_mm, v.mean_mm, 0.01) << name;
    EXPECT_NEAR(of(b, name).tab_mm2, v.tab_mm2, 0.01 * v.tab_mm2) << name;
  }
}

TEST(CartilageMorphometry, MirroredKneeIsALeftOneWithTheSameValues) {
  const auto labels = plain_knee::draw(
      {}, [](const Point& p) { return p; }, {0.6, 0.6, 0.8}, 9, 7);
  const auto a = measure(*labels), b = measure(*mirrored(*labels));
  EXPECT_EQ(a.axes.side, Side::kRight);
  EXPECT_EQ(b.axes.side, Side::kLeft);
  expect_same_values(a, b);
  EXPECT_EQ(measurements(b).front().side, "L");
}

TEST(CartilageMorphometry, OrderOfTheAxesDoesNotMatter) {
  const auto labels = plain_knee::draw(
      {}, [](const Point& p) { return p; }, {0.6, 0.6, 0.8}, 9, 7);
  expect_same_values(measure(*labels),
                     measure(*reorient(*labels, {Toward::kInferior, Toward::kRight, Toward::kAnterior})));
}

TEST(CartilageMorphometry, HoleIsDenudedAreaOfItsSize) {
  Shape shape;
  shape.hole_mm = 6;
  const auto r = measure(*plain_knee::draw(shape));
  const double whole = M_PI * 15 * 20, hole = M_PI * 36;
  for (const auto& m : measurements(r))
    if (m.region == "MT" && m.endpoint == "dAB") {
      EXPECT_NEAR(*m.value, 100 * hole / whole, 0.8);
    }
  EXPECT_NEAR(
      of(r, "MT").mean_mm * of(r, "MT").tab_mm2, of(r, "MT").covered_mean_mm * of(r, "MT").cab_mm2, 1e-6);
}

TEST(CartilageMorphometry, VoxelMapsHoldEveryCartilageVoxelAndNoOther) {
  const auto labels = plain_knee::draw({});
  const auto r = measure(*labels);
  std::size_t cartilage = 0, both = 0, wrong = 0;
  for (std::size_t n = 0; n < labels->GetLargestPossibleRegion().GetNumberOfPixels(); ++n) {
    const auto id = labels->GetBufferPointer()[n], region = r.region_map->GetBufferPointer()[n];
    const bool is = id == 202 || id == 204 || id == 205 || id == 207;
    cartilage += is ? 1U : 0U;
    both += is && region != 0 ? 1U : 0U;
    wrong += !is && (region != 0 || r.thickness_map->GetBufferPointer()[n] != 0.0F) ? 1U : 0U;
    if (id == 204) {
      EXPECT_TRUE(region >= knee::kCMT && region <= knee::kIMT);
    }
  }
  EXPECT_EQ(both, cartilage);
  EXPECT_EQ(wrong, 0U);
}

TEST(CartilageMorphometry, FlatMapHasTheAreaAndTheThicknessOfThePlates) {
  const auto& r = right_knee();
  for (std::size_t n = 0; n < r.layers.size(); ++n) {
    if (r.layers[n].bone_id == anatomy::kPatella) continue;
    const FlatMap map = flat_map(r, n, r.layers[n].thickness_mm);
    double area = 0, tab = 0, sum = 0;
    for (std::size_t v = 0; v < r.layers[n].plate.size(); ++v)
      tab += r.layers[n].plate[v] != 0 ? r.layers[n].area_mm2[v] : 0;
    for (std::size_t p = 0; p < map.image->GetLargestPossibleRegion().GetNumberOfPixels(); ++p)
      if (const float t = map.image->GetBufferPointer()[p]; !std::isnan(t)) {
        area += 0.25;
        sum += 0.25 * t;
      }
    EXPECT_NEAR(area, tab, 0.05 * tab) << map.name;
    EXPECT_NEAR(sum / area, r.layers[n].bone_id == anatomy::kTibia ? 2.2 : 1.95, 0.1) << map.name;
  }
}

TEST(CartilageMorphometry, WhatCannotBeMeasuredIsRefusedOrFailedWithItsReason) {
  const auto same = [](const Point& p) { return p; };
  auto labels = plain_knee::draw({}, same, {0.8, 0.8, 0.8});
  EXPECT_THROW(measure(*labels, Side::kLeft), Error) << "the anatomy is a right knee's";
  Shape behind;
  behind.patella_behind = true;
  EXPECT_THROW(measure(*plain_knee::draw(behind, same, {0.8, 0.8, 0.8})), Error);
  const std::size_t count = labels->GetLargestPossibleRegion().GetNumberOfPixels();
  const auto without = [&](const std::set<std::uint16_t>& ids) {
    auto copy = plain_knee::draw({}, same, {0.8, 0.8, 0.8});
    for (std::size_t n = 0; n < count; ++n)
      if (ids.count(copy->GetBufferPointer()[n]) > 0) copy->GetBufferPointer()[n] = 0;
    return copy;
  };
  EXPECT_THROW(measure(*without({204})), Error) << "without a plate the side is not known";
  const auto one = measure(*without({204}), Side::kRight);
  int failed = 0;
  for (const auto& m : measurements(one)) {
    EXPECT_EQ(m.value.has_value(), m.quality != Quality::kFailed);
    EXPECT_EQ(m.reason.empty(), m.quality == Quality::kGood);
    EXPECT_NE(m.quality, Quality::kGood) << "the axes are the scanner's";
    if (m.region == "MT" && m.quality == Quality::kFailed) ++failed;
    if (m.region == "MFTC") {
      EXPECT_FALSE(m.value);
    }
  }
  EXPECT_EQ(failed, 11) << "every endpoint of MT";
  const auto no_bone = measure(*without({206}));
  for (const auto& m : measurements(no_bone))
    if (m.region == "P") {
      EXPECT_THAT(m.reason, ::testing::HasSubstr("no bone with label 206"));
    }
  EXPECT_THROW(measure(*without({201, 203, 206})), Error);
}

TEST(CartilageMorphometry, EveryEndpointIsDefined) {
  std::set<std::string> keys;
  for (const auto& d : CartilageMorphometry::definitions()) keys.insert(d.key);
  for (const auto& m : measurements(right_knee())) {
    EXPECT_EQ(keys.count(m.endpoint), 1U);
    EXPECT_FALSE(m.statistic.empty());
  }
}

}  // namespace
}  // namespace ledd
