#include "ledd/density_registration/density_registration.h"

#include <gmock/gmock.h>
#include <tbb/global_control.h>

#include <cmath>
#include <numbers>

#include "ledd/core/error.h"
#include "ledd/xct_phantom/xct_phantom.h"

namespace ledd {
namespace {

using phantom::XctPhantom;
using testing::HasSubstr;

XctPhantom bone() {
  XctPhantom p;
  p.radius_mm = 3.6;
  p.straight_mm = 2.0;
  p.cortex_mm = 0.6;
  p.slices = 60;
  p.taper = 0.06;
  p.warp_mm = 0.35;
  p.margin_mm = 1.2;
  return p;
}

DensityRegistration::Scan scan_of(const phantom::XctTruth& t) {
  return {*t.density_mg_per_cm3, *t.periosteal, *t.trabecular};
}

/// How the phantom's bone lies in the second image, as GridMotion: both turn about the middle of the image.
GridMotion truth_of(const XctPhantom& p, const Volume& image) {
  const double deg = std::numbers::pi / 180.0;
  GridMotion m;
  const auto x = rotation_by({p.turn_x_deg * deg, 0, 0}), y = rotation_by({0, p.turn_y_deg * deg, 0}),
             z = rotation_by({0, 0, p.turn_z_deg * deg});
  const auto times = [](const auto& a, const auto& b) {
    std::array<std::array<double, 3>, 3> c{};
    for (unsigned i = 0; i < 3; ++i)
      for (unsigned j = 0; j < 3; ++j)
        for (unsigned k = 0; k < 3; ++k) c[i][j] += a[i][k] * b[k][j];
    return c;
  };
  m.rotation = times(x, times(y, z));
  for (unsigned a = 0; a < 3; ++a)
    m.centre_mm[a] =
        p.voxel_mm * 0.5 * (static_cast<double>(image.GetLargestPossibleRegion().GetSize(a)) - 1.0);
  m.shift_mm = {p.shift_x_mm, p.shift_y_mm, p.shift_z_mm};
  return m;
}

/// The longest way between where both put a point of the bone, in voxels.
double off_vox(const GridMotion& found, const GridMotion& known, const XctPhantom& p) {
  double most = 0.0;
  for (const double x : {-4.0, 0.0, 4.0})
    for (const double y : {-3.0, 0.0, 3.0})
      for (const double z : {-1.5, 0.0, 1.5}) {
        const Point at{known.centre_mm[0] + x, known.centre_mm[1] + y, known.centre_mm[2] + z};
        const Point a = found(at), b = known(at);
        most = std::max(most, std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]));
      }
  return most / p.voxel_mm;
}

TEST(DensityRegistration, FindsAMoveFinerThanTheVoxels) {
  const auto first = phantom::draw(bone());
  auto p = bone();
  p.turn_x_deg = 1.5;
  p.turn_y_deg = -2.0;
  p.turn_z_deg = 4.0;
  p.shift_x_mm = 0.13;
  p.shift_y_mm = -0.21;
  p.shift_z_mm = 0.95;  // 15.65 slices
  p.seed = 2;
  const auto second = phantom::draw(p);
  Context context;
  const auto found = DensityRegistration()(scan_of(first), scan_of(second), context);
  EXPECT_TRUE(found.converged) << found.step_um;
  EXPECT_LE(off_vox(found.second_from_first, truth_of(p, *first.density_mg_per_cm3), p), 0.1);
  EXPECT_GE(found.correlation, 0.95);
  EXPECT_GE(found.trabecular_correlation, 0.9);
}

TEST(DensityRegistration, AnotherBoneOfTheSameOutlineIsUnlikeInside) {
  const auto first = phantom::draw(bone());
  auto p = bone();
  p.tilt_rad = 0.9;
  p.warp_mm = 0.6;
  p.seed = 2;
  const auto second = phantom::draw(p);
  Context context;
  const auto found = DensityRegistration()(scan_of(first), scan_of(second), context);
  EXPECT_LE(found.trabecular_correlation, 0.4);
}

TEST(DensityRegistration, IsTheSameForAnyNumberOfThreads) {
  auto p = bone();
  p.slices = 24;
  const auto first = phantom::draw(p);
  p.shift_x_mm = 0.1;
  p.seed = 2;
  const auto second = phantom::draw(p);
  const auto with = [&](std::size_t threads) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    Context context;
    return DensityRegistration()(scan_of(first), scan_of(second), context);
  };
  const auto one = with(1), two = with(2);
  EXPECT_EQ(one.second_from_first.rotation, two.second_from_first.rotation);
  EXPECT_EQ(one.second_from_first.shift_mm, two.second_from_first.shift_mm);
  EXPECT_EQ(one.correlation, two.correlation);
}

std::string refusal(const DensityRegistration::Scan& a, const DensityRegistration::Scan& b) {
  Context context;
  try {
    DensityRegistration()(a, b, context);
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Errc::kInput);
    return e.what();
  }
  return "registered";
}

TEST(DensityRegistration, RefusesOtherVoxelsAndScansWithoutBone) {
  auto p = bone();
  p.slices = 12;
  const auto fine = phantom::draw(p);
  p.voxel_mm = 0.082;
  const auto coarse = phantom::draw(p);
  EXPECT_THAT(refusal(scan_of(fine), scan_of(coarse)),
              HasSubstr("0.0607 mm in the first scan and of 0.082 mm"));
  p.slices = 6;
  const auto short_one = phantom::draw(p);
  EXPECT_THAT(refusal(scan_of(coarse), scan_of(short_one)), HasSubstr("bone in 6 slices; 8 are needed"));
  coarse.periosteal->FillBuffer(0);
  EXPECT_THAT(refusal(scan_of(coarse), scan_of(short_one)), HasSubstr("bone in 0 slices"));
}

TEST(DensityRegistration, ParametersAreChecked) {
  EXPECT_THROW(DensityRegistration({.min_overlap = 0.0}), Error);
  EXPECT_THROW(DensityRegistration({.min_overlap = std::nan("")}), Error);
}

TEST(GridMotion, InverseTakesBackAndSmallTurnsAreKept) {
  GridMotion m;
  m.rotation = rotation_by({0.01, -0.02, 0.05});
  m.centre_mm = {1, 2, 3};
  m.shift_mm = {4, -5, 6};
  const Point p{7, 8, 9}, back = m.inverse()(m(p));
  for (unsigned a = 0; a < 3; ++a) EXPECT_NEAR(back[a], p[a], 1e-12);
  EXPECT_NEAR(m.turn_deg(), std::hypot(0.01, 0.02, 0.05) * 180.0 / std::numbers::pi, 1e-12);
  GridMotion tiny;
  tiny.rotation = rotation_by({1e-9, 0, 0});
  EXPECT_NEAR(tiny.turn_deg(), 1e-9 * 180.0 / std::numbers::pi, 1e-14);
}

}  // namespace
}  // namespace ledd
