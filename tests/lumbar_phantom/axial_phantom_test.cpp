#include <gmock/gmock.h>

#include <cmath>
#include <map>

#include "ledd/anatomy/anatomy.h"
#include "ledd/anatomy/muscles.h"

#include "true_spine.h"

namespace ledd {
namespace {

using phantom::Contrast;
using testing::axial_params;
using testing::drawn;
using testing::muscle_of;
using PhantomLevel = phantom::Level;

phantom::Params small(Contrast contrast) {
  auto p = axial_params(PhantomLevel::kL4, contrast);
  p.stack.columns = 160;
  p.stack.rows = 130;
  p.stack.pixel_mm = 1.25;
  return p;
}

TEST(AxialPhantom, AStackThroughADiscLiesInItsPlaneWithLeftAndBackAsItsAxes) {
  const auto result = drawn(small(Contrast::kT2));
  const auto& truth = result.truth;
  const auto& upper = truth.bodies.at(8);
  const auto& lower = truth.bodies.at(9);
  ASSERT_EQ(upper.id, anatomy::kL1 + 3);
  const auto& m = result.image->GetDirection();
  double cosine = 0, off = 0;
  Volume::IndexType index{{0, 0, 0}};
  Volume::PointType corner;
  result.image->TransformIndexToPhysicalPoint(index, corner);
  for (unsigned a = 0; a < 3; ++a) {
    cosine += m(a, 2) * 0.5 * (lower.superior_normal_lps[a] - upper.inferior_normal_lps[a]);
    off += m(a, 2) * (0.5 * (upper.mi_lps_mm[a] + lower.ms_lps_mm[a]) - corner[a]);
  }
  EXPECT_GT(cosine, 0.99);  // the mean of two unit vectors a few degrees apart
  EXPECT_NEAR(off, 0.0, 0.5);
  EXPECT_NEAR(m(0, 0), 1.0, 1e-9);
  EXPECT_GT(m(1, 1), 0.8);
}

TEST(AxialPhantom, MusclesLieOnTheirSidesAndHoldAboutTheFatThatWasAskedFor) {
  auto params = small(Contrast::kT2);
  params.muscle.multifidus_fat_percent = 35;
  params.muscle.erector_fat_percent = 15;
  params.muscle.left_size = 0.8;
  params.stack.columns *= 2;  // borders run along the pixels: half a coarse one is 4 % of a muscle
  params.stack.rows *= 2;
  params.stack.pixel_mm /= 2;
  Context context;
  const auto result = LumbarPhantom(params).draw(context);
  const auto& slice = result.truth.slices.at(0);
  std::map<std::uint16_t, double> side, count;
  const auto size = result.labels->GetLargestPossibleRegion().GetSize();
  for (long j = 0; j < static_cast<long>(size[1]); ++j)
    for (long i = 0; i < static_cast<long>(size[0]); ++i) {
      const Labels::IndexType index{{i, j, 0}};
      Labels::PointType p;
      result.labels->TransformIndexToPhysicalPoint(index, p);
      side[result.labels->GetPixel(index)] += p[0];
      count[result.labels->GetPixel(index)] += params.stack.pixel_mm * params.stack.pixel_mm;
    }
  for (const std::uint16_t id : {anatomy::kMultifidusL, anatomy::kErectorSpinaeL, anatomy::kPsoasL}) {
    EXPECT_GT(side[id], 0.0) << id;
    EXPECT_LT(side[id - 1], 0.0) << id;
    EXPECT_NEAR(count[id], muscle_of(slice, id).csa_mm2, 0.04 * count[id]) << id;
    EXPECT_LT(muscle_of(slice, id).csa_mm2,
              0.92 * muscle_of(slice, static_cast<std::uint16_t>(id - 1)).csa_mm2);
  }
  EXPECT_NEAR(muscle_of(slice, anatomy::kMultifidusR).fat_percent, 35, 9);
  EXPECT_NEAR(muscle_of(slice, anatomy::kErectorSpinaeR).fat_percent, 15, 6);
  EXPECT_NEAR(slice.sac_csa_mm2, count[anatomy::kCanal], 0.05 * count[anatomy::kCanal]);
}

TEST(AxialPhantom, AWaterFatPairHoldsTheTrueFatFraction) {
  auto params = small(Contrast::kWater);
  params.scan.noise_percent = 0;
  const auto water = drawn(params);
  params.scan.contrast = Contrast::kFat;
  const auto fat = drawn(params);
  std::map<std::uint16_t, double> sum, count;
  const std::size_t n = water.labels->GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t v = 0; v < n; ++v) {
    const auto id = water.labels->GetBufferPointer()[v];
    const double f = fat.image->GetBufferPointer()[v], w = water.image->GetBufferPointer()[v];
    if (f + w <= 0) continue;
    sum[id] += f / (f + w);
    count[id] += 1;
  }
  for (const auto& muscle : water.truth.slices.at(0).muscles)
    EXPECT_NEAR(100 * sum[muscle.id] / count[muscle.id], muscle.fat_fraction_percent, 3.0) << muscle.id;
}

TEST(AxialPhantom, AThroughOfASagittalStackIsRefused) {
  phantom::Params params;
  params.stack.through = PhantomLevel::kL4;
  EXPECT_THROW(LumbarPhantom{params}, Error);
}

}  // namespace
}  // namespace ledd
