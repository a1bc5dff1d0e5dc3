#include "ledd/knee_phantom/knee_phantom.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numbers>

#include "ledd/core/error.h"

namespace ledd {
namespace {

using namespace knee_phantom;  // NOLINT(google-build-using-namespace): the library's own
using anatomy::Side;

/// Fine voxels over the joint alone. The leg is tilted, so that the rows cut the flat plates at every height.
Params fine() {
  Params p;
  p.knee.tilt_deg = 7.0;
  p.knee.roll_deg = 4.0;
  p.stack.pixel_mm = 0.5;
  p.stack.columns = 230;
  p.stack.rows = 130;
  p.stack.slices = 120;
  p.stack.pitch_mm = p.stack.thickness_mm = 0.7;
  p.stack.offset_superior_mm = 8.0;
  return p;
}

Params coarse() {
  Params p;
  p.stack.pixel_mm = 1.6;
  p.stack.columns = p.stack.rows = 100;
  p.stack.slices = 12;
  p.stack.pitch_mm = 8.0;
  p.stack.thickness_mm = 4.0;
  return p;
}

KneePhantom::Drawn draw(const Params& params) {
  Context context({}, 2);
  return KneePhantom(params).draw(context);
}

double volume_mm3(const Labels& labels, std::uint16_t id) {
  const std::size_t n = labels.GetLargestPossibleRegion().GetNumberOfPixels();
  const auto s = labels.GetSpacing();
  return static_cast<double>(std::count(labels.GetBufferPointer(), labels.GetBufferPointer() + n, id)) *
         s[0] * s[1] * s[2];
}

const PlateTruth& plate(const Truth& truth, std::uint16_t id) {
  return *std::find_if(
      truth.plates.begin(), truth.plates.end(), [&](const PlateTruth& p) { return p.id == id; });
}

std::string bytes_of(const Volume& v) {
  const std::size_t n = v.GetLargestPossibleRegion().GetNumberOfPixels();
  return {reinterpret_cast<const char*>(v.GetBufferPointer()), n * sizeof(float)};
}

TEST(KneePhantom, PlatesHaveTheVolumesOfTheTruth) {
  const auto drawn = draw(fine());
  for (const std::uint16_t id : {anatomy::kMedialTibialCartilage, anatomy::kLateralTibialCartilage})
    EXPECT_NEAR(volume_mm3(*drawn.labels, id) / plate(drawn.truth, id).volume_mm3, 1.0, 0.03) << id;
  for (std::uint16_t id = 201; id <= 209; ++id) EXPECT_GT(volume_mm3(*drawn.labels, id), 200.0) << id;
}

TEST(KneePhantom, FemoralCartilageIsAsThickAsStatedAcrossTheCondyle) {
  // Straight down from the lowest point of the medial condyle, whose bone ends at superior 0.
  Params p = fine();
  p.knee.tilt_deg = p.knee.roll_deg = 0.0;
  p.stack.pixel_mm = 0.2;
  p.stack.columns = 20;
  p.stack.rows = 100;
  p.stack.slices = 3;
  p.stack.offset_superior_mm = 0.0;
  p.stack.offset_left_mm = 23.0;  // of a right knee: the medial condyle
  p.stack.offset_posterior_mm = 6.0;
  for (const double thickness_mm : {1.2, 2.2}) {
    p.knee.femoral_mm = thickness_mm;
    const auto labels = draw(p).labels;
    long count = 0;
    for (long row = 0; row < 100; ++row)
      count += labels->GetPixel({{10, row, 1}}) == anatomy::kFemoralCartilage ? 1 : 0;
    EXPECT_NEAR(0.2 * static_cast<double>(count), thickness_mm, 0.21);
  }
}

TEST(KneePhantom, LossAndDenudedPatchAreTakenFromTheMedialPlateAlone) {
  const auto before = draw(fine());
  Params p = fine();
  p.knee.medial_loss_mm = 0.6;
  p.knee.denuded_radius_mm = 6.0;
  const auto after = draw(p);
  const auto &old_plate = plate(before.truth, 204), &new_plate = plate(after.truth, 204);
  EXPECT_NEAR(old_plate.thickness_mm - new_plate.thickness_mm, 0.6, 1e-12);
  EXPECT_NEAR(new_plate.denuded_mm2, std::numbers::pi * 36.0, 1e-9);
  EXPECT_NEAR(old_plate.area_mm2 - new_plate.area_mm2, new_plate.denuded_mm2, 1e-9);
  EXPECT_NEAR(volume_mm3(*after.labels, 204), new_plate.volume_mm3, 0.04 * new_plate.volume_mm3);
  for (const std::uint16_t id : std::array<std::uint16_t, 6>{201, 202, 203, 205, 206, 207})
    EXPECT_EQ(volume_mm3(*after.labels, id), volume_mm3(*before.labels, id)) << id;
}

TEST(KneePhantom, TheLeftKneeIsTheMirrorImageOfTheRight) {
  Params p = coarse();
  const auto right = draw(p).labels;
  p.knee.side = Side::kLeft;
  const auto left = draw(p).labels;
  for (long k = 0; k < 12; ++k)
    for (long j = 0; j < 100; ++j)
      for (long i = 0; i < 100; ++i)
        ASSERT_EQ(right->GetPixel({{i, j, k}}), left->GetPixel({{i, j, 11 - k}}));
  Labels::PointType p_right, p_left;
  right->TransformIndexToPhysicalPoint({{50, 50, 6}}, p_right);
  left->TransformIndexToPhysicalPoint({{50, 50, 5}}, p_left);
  EXPECT_NEAR(p_right[0], -p_left[0], 1e-9);
}

TEST(KneePhantom, AnotherPoseTakesTheStructuresAlong) {
  Params p = fine();
  const auto truth = draw(p).truth;
  p.knee.turn_deg = 6;
  p.knee.tilt_deg = -4;
  p.knee.shift_superior_mm = 5;
  const auto moved = draw(p);
  EXPECT_NEAR(
      volume_mm3(*moved.labels, 205), plate(truth, 205).volume_mm3, 0.05 * plate(truth, 205).volume_mm3);
  // The middle of the lateral plate, half way up: it must bear that label wherever the pose takes it.
  const std::array<double, 3> leg{25.0, -5.0, -1.9 + 1.1};
  Labels::PointType at;
  for (unsigned r = 0; r < 3; ++r) {
    const auto& row = moved.truth.lps_from_leg[r];
    at[r] = row[0] * leg[0] + row[1] * leg[1] + row[2] * leg[2] + row[3];
  }
  Labels::IndexType q{};
  ASSERT_TRUE(moved.labels->TransformPhysicalPointToIndex(at, q));
  EXPECT_EQ(moved.labels->GetPixel(q), anatomy::kLateralTibialCartilage);
}

TEST(KneePhantom, SameSeedSameBytesForAnyNumberOfThreads) {
  Context one({}, 1), two({}, 2);
  Params p = coarse();
  const auto a = KneePhantom(p)(one), b = KneePhantom(p)(two);
  ASSERT_EQ(a.echoes.size(), 2U);
  for (std::size_t e = 0; e < 2; ++e) EXPECT_EQ(bytes_of(*a.echoes[e]), bytes_of(*b.echoes[e]));
  p.knee.seed = 2;
  EXPECT_NE(bytes_of(*KneePhantom(p)(two).echoes[0]), bytes_of(*a.echoes[0]));
}

/// Mean over a stack of the voxels whose six neighbours have the same label, without noise.
std::map<std::uint16_t, double> plain_means(const KneePhantom::Result& r, std::size_t echo) {
  std::map<std::uint16_t, double> sum, count;
  const auto size = r.labels->GetLargestPossibleRegion().GetSize();
  for (long k = 0; k < static_cast<long>(size[2]); ++k)
    for (long j = 2; j + 2 < static_cast<long>(size[1]); ++j)
      for (long i = 2; i + 2 < static_cast<long>(size[0]); ++i) {
        const auto id = r.labels->GetPixel({{i, j, k}});
        const bool plain =
            r.labels->GetPixel({{i - 2, j, k}}) == id && r.labels->GetPixel({{i + 2, j, k}}) == id &&
            r.labels->GetPixel({{i, j - 2, k}}) == id && r.labels->GetPixel({{i, j + 2, k}}) == id;
        if (!plain) continue;
        sum[id] += static_cast<double>(r.echoes[echo]->GetPixel({{i, j, k}}));
        count[id] += 1.0;
      }
  for (auto& [id, s] : sum) s /= count[id];
  return sum;
}

TEST(KneePhantom, SpinEchoesDecayWithTheT2OfTheTissue) {
  Params p = fine();
  p.stack.slices = 9;
  p.stack.pitch_mm = 8.0;
  p.scan.sequence = Sequence::kMultiEcho;
  p.scan.echoes = 4;
  p.scan.echo_spacing_ms = 10.0;
  p.scan.noise_percent = 0.0;
  p.scan.bias_strength = 0.0;
  Context context({}, 2);
  const auto result = KneePhantom(p)(context);
  ASSERT_EQ(result.echoes.size(), 4U);
  EXPECT_EQ(result.echo_times_ms.back(), 40.0);
  const double marrow = 30.0 / std::log(plain_means(result, 0)[201] / plain_means(result, 3)[201]);
  EXPECT_NEAR(marrow, 133.0, 1.0);
  const auto t2 = [&](const std::string& name) {
    for (const auto& t : result.truth.tissues)
      if (t.name == name) return t.t2_ms;
    return 0.0;
  };
  EXPECT_EQ(t2("marrow"), 133.0);
  EXPECT_EQ(t2("cartilage"), 37.0);
}

TEST(KneePhantom, DessShowsFluidAboveCartilageAboveMarrow) {
  Params p = fine();
  p.stack.slices = 9;
  p.stack.pitch_mm = 8.0;
  p.scan.noise_percent = 0.0;
  Context context({}, 2);
  const auto result = KneePhantom(p)(context);
  const auto first = plain_means(result, 0), second = plain_means(result, 1);
  EXPECT_GT(first.at(202), 2.0 * first.at(201));
  EXPECT_LT(second.at(202), 0.8 * first.at(202));
  const std::size_t n = result.labels->GetLargestPossibleRegion().GetNumberOfPixels();
  EXPECT_GT(*std::max_element(result.echoes[1]->GetBufferPointer(), result.echoes[1]->GetBufferPointer() + n),
            3.0 * second.at(202));
}

TEST(KneePhantom, CartilagesThatWouldTouchAreRefused) {
  Params p;
  p.knee.femoral_mm = 3.0;
  EXPECT_THROW(KneePhantom{p}, Error);
  p = Params{};
  p.stack.thickness_mm = 2.0;
  EXPECT_THROW(KneePhantom{p}, Error);
  p = Params{};
  p.knee.medial_loss_mm = 1.8;
  EXPECT_THROW(KneePhantom{p}, Error);
}

TEST(KneePhantom, TruthIsWrittenWithTheNamesOfItsFields) {
  const std::string text = to_json(draw(coarse()).truth);
  for (const char* key :
       {"\"side\": \"right\"", "thickness_mm", "area_mm2", "denuded_mm2", "t2_ms", "lps_from_leg"})
    EXPECT_THAT(text, testing::HasSubstr(key));
}

}  // namespace
}  // namespace ledd
