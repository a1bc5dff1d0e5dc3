#include "ledd/vertebral_density/vertebral_density.h"

#include <gmock/gmock.h>
#include <tbb/global_control.h>

#include <algorithm>
#include <cmath>

#include "ledd/anatomy/anatomy.h"
#include "ledd/core/error.h"

#include "phantom.h"

namespace ledd {
namespace {

using phantom::blank;
using ::testing::HasSubstr;

constexpr double kMarrowHu = 100.0, kCortexHu = 400.0, kSoftHu = 40.0, kCortexMm = 2.0;
constexpr Point kHalf{22.0, 16.0, 13.0};

/// Depth below the surface of a block of 44 x 32 x 26 mm; negative outside.
double depth_mm(const Point& p) {
  return std::min({kHalf[0] - std::fabs(p[0]), kHalf[1] - std::fabs(p[1]), kHalf[2] - std::fabs(p[2])});
}

bool in_pedicle(const Point& p) {
  return p[1] > 10.0 && p[1] < 40.0 && std::hypot(std::fabs(p[0]) - 14.0, p[2] - 3.0) < 6.0;
}

struct Scene {
  Volume::Pointer scan;
  Labels::Pointer labels;
  Point centre{};
};

struct Drawing {
  phantom::Spacing spacing_mm{1.0, 1.0, 1.5};
  bool turned = false;
  bool whole_vertebra = false;
  double metal_at_mm = 0.0;  ///< Left of the centre; 0: none.
};

Scene draw(const Drawing& drawing, std::uint16_t id = anatomy::kL1) {
  phantom::Size size{};
  for (unsigned a = 0; a < 3; ++a)
    size[a] = static_cast<std::size_t>(std::ceil(90.0 / drawing.spacing_mm[a]));
  Scene s{blank<Volume>(size, drawing.spacing_mm, 0.0F), blank<Labels>(size, drawing.spacing_mm, 0), {}};
  if (drawing.turned) {
    Volume::DirectionType d;
    d.SetIdentity();
    d(1, 1) = d(2, 2) = std::cos(0.3);
    d(1, 2) = -std::sin(0.3);
    d(2, 1) = std::sin(0.3);
    s.scan->SetDirection(d);
    s.labels->SetDirection(d);
  }
  itk::ContinuousIndex<double, 3> middle;
  for (unsigned a = 0; a < 3; ++a) middle[a] = 0.5 * static_cast<double>(size[a]);
  Volume::PointType c;
  s.scan->TransformContinuousIndexToPhysicalPoint(middle, c);
  s.centre = {c[0], c[1], c[2]};
  for (std::size_t n = 0; n < s.scan->GetLargestPossibleRegion().GetNumberOfPixels(); ++n) {
    Volume::PointType q;
    s.scan->TransformIndexToPhysicalPoint(s.scan->ComputeIndex(static_cast<long>(n)), q);
    const Point p{q[0] - c[0], q[1] - c[1], q[2] - c[2]};
    const double mm = depth_mm(p);
    const bool bone = mm >= 0.0, pedicle = in_pedicle(p);
    double hu = !bone && !pedicle ? kSoftHu : mm >= kCortexMm || pedicle ? kMarrowHu : kCortexHu;
    if (pedicle && !bone) hu = 900.0;  // all cortex: would be seen in any mean it came into
    if (drawing.metal_at_mm != 0.0 && std::hypot(p[0] - drawing.metal_at_mm, p[1], p[2]) < 4.0) hu = 3000.0;
    s.scan->GetBufferPointer()[n] = static_cast<float>(hu);
    s.labels->GetBufferPointer()[n] = bone || (drawing.whole_vertebra && pedicle) ? id : std::uint16_t{0};
  }
  return s;
}

VertebralDensity::Result measure(const Scene& s, const VertebralDensity& module = VertebralDensity()) {
  Context context;
  return module(*s.scan, *s.labels, nullptr, SpineMorphometry()(*s.labels, context), context);
}

DensityScale scale() {
  DensityLine line;
  line.source = "test";
  line.sigma_hu = 1.25;
  line.beta_hu = -10.0;
  line.var_beta = 4.0;
  line.points = 5;
  return {line, ""};
}

const Measurement& row(const std::vector<Measurement>& rows,
                       const std::string& endpoint,
                       const std::string& statistic = "value") {
  const auto it = std::find_if(rows.begin(), rows.end(), [&](const Measurement& m) {
    return m.endpoint == endpoint && m.statistic == statistic;
  });
  EXPECT_NE(it, rows.end()) << endpoint;
  return *it;
}

TEST(VertebralDensity, InsideIsMarrowWhateverTheGrid) {
  for (const phantom::Spacing& spacing : {phantom::Spacing{0.7, 0.7, 1.25}, {1.0, 1.0, 3.0}, {3.0, 3.0, 3.0}})
    for (const bool turned : {false, true}) {
      SCOPED_TRACE(testing::Message() << spacing[0] << " x " << spacing[2] << (turned ? " turned" : ""));
      const auto result = measure(draw({spacing, turned}));
      ASSERT_EQ(result.vertebrae.size(), 1U);
      const auto& v = result.vertebrae[0];
      EXPECT_EQ(v.id, anatomy::kL1);
      ASSERT_TRUE(v.where.has_value()) << v.no_cylinder;
      EXPECT_NEAR(v.cylinder.mean_hu, kMarrowHu, 1e-6);
      EXPECT_NEAR(v.cylinder.sd_hu, 0.0, 1e-6);
      EXPECT_NEAR(v.trabecular.mean_hu, kMarrowHu, 1e-6);
      EXPECT_GT(v.integral.mean_hu, kMarrowHu + 50.0);
      EXPECT_GT(v.shell.mean_hu, v.integral.mean_hu);
      EXPECT_NEAR(v.volume_cm3, 36.6, 0.12 * 36.6) << "nine slices of 3 mm are 27 mm";
    }
}

TEST(VertebralDensity, TheCylinderLiesInFrontAndAsHighAsAsked) {
  const Scene s = draw({{0.7, 0.7, 0.6}});
  const auto result = measure(s);
  const auto& v = result.vertebrae.at(0);
  ASSERT_TRUE(v.where.has_value());
  EXPECT_NEAR(v.where->half_width_mm, 1.4 * v.where->half_depth_mm, 1e-9);
  // The front limit is 4 mm below the surface at y = -16, the back one a sixth of 32 mm behind the middle.
  EXPECT_NEAR(v.where->half_depth_mm, 0.5 * (12.0 + 32.0 / 6.0), 0.6);
  EXPECT_LT(v.where->centre_lps_mm[1] - s.centre[1], -1.0);
  const double volume_mm3 = 3.14159265 * v.where->half_width_mm * v.where->half_depth_mm * 9.0;
  EXPECT_NEAR(static_cast<double>(v.cylinder.voxels) * 0.294, volume_mm3, 0.03 * volume_mm3);
}

TEST(VertebralDensity, PosteriorElementsOfAWholeVertebraAreNotTrabecular) {
  const auto v = measure(draw({.whole_vertebra = true})).vertebrae.at(0);
  EXPECT_NEAR(v.trabecular.mean_hu, kMarrowHu, 1e-6);
  EXPECT_GT(v.trabecular.voxels, 0U);
}

TEST(VertebralDensity, ANeighbourThatTouchesEndsTheBody) {
  Scene s = draw({});
  const auto alone = measure(s).vertebrae.at(0);
  for (std::size_t n = 0; n < s.labels->GetLargestPossibleRegion().GetNumberOfPixels(); ++n)
    if (s.labels->GetBufferPointer()[n] == 0) s.labels->GetBufferPointer()[n] = anatomy::kL1 + 1;
  Context context;
  const auto beside = VertebralDensity()(*s.scan, *s.labels, nullptr, {}, context).vertebrae.at(0);
  EXPECT_EQ(beside.trabecular.voxels, alone.trabecular.voxels);
  EXPECT_EQ(beside.no_cylinder, "the body was not measured");
}

TEST(VertebralDensity, RowsAreTheLineOfTheHu) {
  const auto rows = measurements(measure(draw({})), scale());
  EXPECT_NEAR(row(rows, "Cyl_vBMD").value.value(), (kMarrowHu + 10.0) / 1.25, 1e-6);
  EXPECT_NEAR(row(rows, "Cyl_vBMD", "se").value.value(), 2.0 / 1.25, 1e-6) << "of the line alone: no noise";
  EXPECT_NEAR(row(rows, "BMC").value.value(),
              row(rows, "Int_vBMD").value.value() * row(rows, "Int_Vol").value.value(),
              1e-6);
  EXPECT_EQ(row(rows, "Cyl_HU").region, "L1");
}

TEST(VertebralDensity, WithoutALineDensitiesFailAndHuStay) {
  const auto rows = measurements(measure(draw({})), {std::nullopt, "no phantom"});
  EXPECT_EQ(row(rows, "Tb_vBMD").quality, Quality::kFailed);
  EXPECT_EQ(row(rows, "Tb_vBMD").reason, "no phantom");
  EXPECT_TRUE(row(rows, "Tb_HU").value.has_value());
}

TEST(VertebralDensity, MetalInOrNearABodyTakesItsDensity) {
  for (const double at_mm : {5.0, 29.0}) {
    const auto result = measure(draw({.metal_at_mm = at_mm}));
    EXPECT_THAT(metal_reason(result.vertebrae.at(0)), HasSubstr("metal"));
    EXPECT_EQ(row(measurements(result, scale()), "Tb_HU").quality, Quality::kFailed);
  }
  EXPECT_EQ(metal_reason(measure(draw({.metal_at_mm = 43.0})).vertebrae.at(0)), "");
}

TEST(VertebralDensity, ADenseFocusIsSeen) {
  Scene s = draw({});
  EXPECT_EQ(measure(s).vertebrae.at(0).dense_share, 0.0);
  for (std::size_t n = 0; n < s.scan->GetLargestPossibleRegion().GetNumberOfPixels(); ++n) {
    Volume::PointType q;
    s.scan->TransformIndexToPhysicalPoint(s.scan->ComputeIndex(static_cast<long>(n)), q);
    if (std::hypot(q[0] - s.centre[0], q[1] - s.centre[1] + 4.0, q[2] - s.centre[2]) < 4.0)
      s.scan->GetBufferPointer()[n] = 600.0F;
  }
  EXPECT_NEAR(measure(s).vertebrae.at(0).dense_share, 0.1, 0.06);
}

TEST(VertebralDensity, ABodyTooSmallForACylinderSaysSo) {
  VertebralDensity::Params params;
  params.min_half_depth_mm = 12.0;
  const auto result = measure(draw({}), VertebralDensity(params));
  EXPECT_FALSE(result.vertebrae.at(0).where.has_value());
  EXPECT_THAT(row(measurements(result, scale()), "Cyl_vBMD").reason, HasSubstr("no room"));
}

TEST(VertebralDensity, TheSameBytesForAnyNumberOfThreads) {
  const Scene s = draw({{0.9, 0.9, 2.0}, true});
  std::vector<double> means;
  for (const std::size_t threads : {1U, 2U}) {
    const tbb::global_control control(tbb::global_control::max_allowed_parallelism, threads);
    means.push_back(measure(s).vertebrae.at(0).integral.mean_hu);
  }
  EXPECT_EQ(means[0], means[1]);
}

TEST(VertebralDensity, NoVertebraIsNoRowAndOtherGridsAreRefused) {
  Scene s = draw({}, 77);
  EXPECT_TRUE(measure(s).vertebrae.empty());
  const auto other = draw({{2.0, 2.0, 2.0}});
  Context context;
  EXPECT_THROW(VertebralDensity()(*s.scan, *other.labels, nullptr, {}, context), Error);
  VertebralDensity::Params params;
  params.erosion_mm = std::nan("");
  EXPECT_THROW(VertebralDensity{params}, Error);
}

}  // namespace
}  // namespace ledd
