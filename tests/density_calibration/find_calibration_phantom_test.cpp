#include "ledd/density_calibration/find_calibration_phantom.h"

#include <gmock/gmock.h>
#include <tbb/global_control.h>

#include <cmath>
#include <limits>

#include "ledd/core/error.h"
#include "ledd/ct_phantom/ct_phantom.h"

namespace ledd {
namespace {

using testing::HasSubstr;

const CalibrationPhantom& known(const std::string& name) {
  for (const auto& p : known_phantoms())
    if (p.name == name) return p;
  throw std::runtime_error(name);
}

/// A small scan at the noise of a clinical one.
CtPhantom::Params scan_of(const std::string& name) {
  CtPhantom::Params params;
  params.slices = 8;
  params.rows = 204;
  params.columns = 244;
  params.noise_sd_hu = 20.0;
  params.pad.emplace();
  params.pad->phantom = known(name);
  if (name == "B-MAS 200") params.pad->matrix_hu = 20.0;  // its rod of 50 mg/cm3 reads 75 HU
  return params;
}

FindCalibrationPhantom::Result find(const Volume& scan,
                                    const std::vector<CalibrationPhantom>& among = known_phantoms()) {
  Context context;
  return FindCalibrationPhantom()(scan, among, std::nullopt, context);
}

CtPhantom::Result draw(const CtPhantom::Params& params) {
  Context context;
  return CtPhantom(params)(context);
}

double centre_error_mm(const FoundRod& rod, const ct_phantom::RodTruth& truth) {
  const Point &p = rod.point_lps_mm, &q = truth.point_lps_mm, &d = truth.direction_lps;
  const Point e{p[0] - q[0], p[1] - q[1], p[2] - q[2]};
  const double along = e[0] * d[0] + e[1] * d[1] + e[2] * d[2];
  return std::sqrt(std::max(0.0, e[0] * e[0] + e[1] * e[1] + e[2] * e[2] - along * along));
}

/// The vertebra by the line found, against the truth.
double vbmd_error(const DensityLine& line, const CtPhantom::Result& drawn, const CtPhantom::Params& params) {
  double sum = 0, count = 0;
  const auto voxels = drawn.scan->GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t n = 0; n < voxels; ++n)
    if (drawn.vertebra->GetBufferPointer()[n] != 0) {
      sum += static_cast<double>(drawn.scan->GetBufferPointer()[n]);
      count += 1;
    }
  return line.density_mg_cm3(sum / count) - params.vbmd_mg_cm3;
}

void expect_right(const FindCalibrationPhantom::Result& found,
                  const CtPhantom::Result& drawn,
                  const CtPhantom::Params& params) {
  ASSERT_TRUE(found.line) << found.refusal;
  EXPECT_EQ(found.phantom, params.pad->phantom.name);
  EXPECT_EQ(found.line->mineral, params.pad->phantom.mineral);
  ASSERT_EQ(found.rods.size(), drawn.rods.size());
  for (std::size_t n = 0; n < found.rods.size(); ++n) {
    EXPECT_LT(centre_error_mm(found.rods[n], drawn.rods[n]), found.rods[n].seen ? 0.25 : 1.0)
        << "rod " << n + 1;
    EXPECT_NEAR(found.rods[n].hu, drawn.rods[n].hu, 3.0) << "rod " << n + 1;
    EXPECT_NEAR(found.rods[n].radius_mm, drawn.rods[n].radius_mm, 0.6) << "rod " << n + 1;
  }
  EXPECT_LT(std::fabs(vbmd_error(*found.line, drawn, params)), 2.0);
}

class EveryPhantom : public testing::TestWithParam<std::string> {};

TEST_P(EveryPhantom, IsFoundAndCalibratesBoneWithinTwoMilligrams) {
  const auto params = scan_of(GetParam());
  const auto drawn = draw(params);
  expect_right(find(*drawn.scan), drawn, params);
}

INSTANTIATE_TEST_SUITE_P(Table,
                         EveryPhantom,
                         testing::Values("Mindways Model 3",
                                         "Mindways QA",
                                         "QRM-BDC 3",
                                         "QRM-BDC 6",
                                         "Image Analysis QCT-3D Plus",
                                         "B-MAS 200"),
                         [](const auto& each) {
                           std::string name = each.param;
                           std::erase_if(
                               name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; });
                           return name;
                         });

TEST(FindCalibrationPhantom, TiltTurnSizeAndDirectionDoNotMatter) {
  auto params = scan_of("Mindways Model 3");
  params.pad->turn_deg = 6.0;
  params.pad->tilt_deg = 5.0;
  params.pad->yaw_deg = -8.0;
  params.pad->scale = 1.2;
  params.pad->reversed = true;
  const auto drawn = draw(params);
  const auto found = find(*drawn.scan);
  expect_right(found, drawn, params);
  EXPECT_TRUE(found.reversed);
  for (std::size_t k = 0; k < 3; ++k)
    EXPECT_NEAR(found.rods[0].direction_lps[k], drawn.rods[0].direction_lps[k], 0.02);
}

TEST(FindCalibrationPhantom, AnyOrderAndDirectionOfTheAxesGivesTheSame) {
  const auto params = scan_of("QRM-BDC 3");
  const auto drawn = draw(params);
  const auto sagittal = reorient(*drawn.scan, {Toward::kPosterior, Toward::kInferior, Toward::kLeft});
  expect_right(find(*sagittal), drawn, params);
}

TEST(FindCalibrationPhantom, RodsAcrossTheSlicesAreFoundToo) {
  const auto params = scan_of("QRM-BDC 3");
  auto drawn = draw(params);
  Volume::DirectionType lying;  // what was upward now points to the back: rods run front to back
  lying.SetIdentity();
  lying(1, 1) = lying(2, 2) = 0.0;
  lying(1, 2) = 1.0;
  lying(2, 1) = -1.0;
  drawn.scan->SetDirection(lying);
  const auto found = find(*drawn.scan);
  ASSERT_TRUE(found.line) << found.refusal;
  EXPECT_LT(std::fabs(vbmd_error(*found.line, drawn, params)), 2.0);
  EXPECT_NEAR(std::fabs(found.rods[0].direction_lps[1]), 1.0, 1e-3);
}

TEST(FindCalibrationPhantom, AHiddenRodIsReadWhereThePatternPutsIt) {
  auto params = scan_of("B-MAS 200");
  params.pad->matrix_hu = params.beta_hu;
  const auto drawn = draw(params);
  const auto found = find(*drawn.scan);
  expect_right(found, drawn, params);
  EXPECT_FALSE(found.rods[0].seen);
  EXPECT_TRUE(found.rods[1].seen);
}

TEST(FindCalibrationPhantom, RodsInTheWrongOrderAreRefusedByTheirValues) {
  auto params = scan_of("Mindways Model 3");
  params.pad->swapped = {3, 4};
  const auto found = find(*draw(params).scan);
  EXPECT_FALSE(found.line);
  EXPECT_THAT(found.refusal, HasSubstr("their values fit none"));
}

TEST(FindCalibrationPhantom, ARodOutsideTheFieldIsRefused) {
  auto params = scan_of("Mindways Model 3");
  params.centre_left_mm = -60.0 + 2.0 + 0.5 * params.columns * params.pixel_mm;  // its first rod is at -60
  const auto found = find(*draw(params).scan);
  EXPECT_FALSE(found.line);
  EXPECT_THAT(found.refusal, HasSubstr("rods 2 to 5 of the 5 of Mindways Model 3"));
}

TEST(FindCalibrationPhantom, AReconstructedDiscThatCutsARodIsRefused) {
  auto params = scan_of("Mindways Model 3");
  params.field_mm = 231.0;
  const auto found = find(*draw(params).scan);
  EXPECT_FALSE(found.line);
}

TEST(FindCalibrationPhantom, ABodyWithoutAPhantomHasNone) {
  auto params = scan_of("Mindways Model 3");
  params.pad.reset();
  const auto found = find(*draw(params).scan);
  EXPECT_FALSE(found.line);
  EXPECT_TRUE(found.rods.empty());
  EXPECT_THAT(found.refusal, HasSubstr("no row of rods"));
}

TEST(FindCalibrationPhantom, StreaksOfMetalAreRefused) {
  auto params = scan_of("Mindways Model 3");
  params.metal = true;
  const auto found = find(*draw(params).scan);
  EXPECT_FALSE(found.line);
  EXPECT_FALSE(found.refusal.empty());
}

TEST(FindCalibrationPhantom, CuppingWidensTheErrorAndThenRefuses) {
  auto params = scan_of("B-MAS 200");
  params.cupping_hu = 12.0;
  const auto some = draw(params);
  const auto found = find(*some.scan);
  ASSERT_TRUE(found.line) << found.refusal;
  EXPECT_GT(found.field_hu.value(), 3.0);
  const double error = vbmd_error(*found.line, some, params);
  EXPECT_LT(error, -3.0);
  EXPECT_LT(std::fabs(error), 2.0 * found.line->density_se_mg_cm3(170.0));
  params.cupping_hu = 50.0;
  const auto much = find(*draw(params).scan);
  EXPECT_FALSE(much.line);
  EXPECT_THAT(much.refusal, HasSubstr("deep in the body reads"));
}

TEST(FindCalibrationPhantom, TwoRodsCountOnlyWhenTheyAreAskedFor) {
  auto params = scan_of("Siemens Osteo");
  params.pad->matrix_hu = 60.0;
  const auto drawn = draw(params);
  const auto found = find(*drawn.scan);
  EXPECT_FALSE(found.line);
  EXPECT_THAT(found.refusal, HasSubstr("prove nothing"));
  expect_right(find(*drawn.scan, {known("Siemens Osteo")}), drawn, params);
  params.metal = true;  // no third rod shows that streaks moved the two
  const auto streaked = find(*draw(params).scan, {known("Siemens Osteo")});
  EXPECT_FALSE(streaked.line);
  EXPECT_TRUE(streaked.metal);
}

TEST(FindCalibrationPhantom, TwoEntriesOfTheSameValuesAreAmbiguous) {
  auto twin = known("QRM-BDC 3");
  twin.name = "Twin";
  const auto found = find(*draw(scan_of("QRM-BDC 3")).scan, {known("QRM-BDC 3"), twin});
  EXPECT_FALSE(found.line);
  EXPECT_THAT(found.refusal, HasSubstr("name the phantom"));
}

TEST(FindCalibrationPhantom, ReadsTheSlicesOfTheRangeAlone) {
  const auto params = scan_of("QRM-BDC 3");
  const auto drawn = draw(params);
  Context context;
  const FindCalibrationPhantom find;
  const auto part = find(*drawn.scan, known_phantoms(), FindCalibrationPhantom::Range{-5.0, 5.0}, context);
  ASSERT_TRUE(part.line) << part.refusal;
  EXPECT_EQ(part.slices, 4);
  EXPECT_GE(part.used.low_mm, -5.0);
  EXPECT_LE(part.used.high_mm, 5.0);
  const auto none = find(*drawn.scan, known_phantoms(), FindCalibrationPhantom::Range{100.0, 200.0}, context);
  EXPECT_THAT(none.refusal, HasSubstr("no slice in the range"));
}

TEST(FindCalibrationPhantom, OneThreadGivesTheSameBitsAsTwo) {
  const auto drawn = draw(scan_of("QRM-BDC 6"));
  const auto many = find(*drawn.scan);
  const tbb::global_control one(tbb::global_control::max_allowed_parallelism, 1);
  const auto single = find(*drawn.scan);
  ASSERT_TRUE(many.line && single.line);
  EXPECT_EQ(many.line->sigma_hu, single.line->sigma_hu);
  EXPECT_EQ(many.line->beta_hu, single.line->beta_hu);
}

TEST(FindCalibrationPhantom, BadInputIsAnError) {
  const auto drawn = draw(scan_of("QRM-BDC 3"));
  Context context;
  const FindCalibrationPhantom find;
  EXPECT_THROW(find(*drawn.scan, {}, std::nullopt, context), Error);
  EXPECT_THROW(find(*drawn.scan, known_phantoms(), FindCalibrationPhantom::Range{5.0, 5.0}, context), Error);
  auto tiny = Volume::New();
  tiny->SetRegions(itk::Size<3>{{8, 8, 8}});
  tiny->Allocate(true);
  EXPECT_THROW(find(*tiny, known_phantoms(), std::nullopt, context), Error);
  EXPECT_THROW(FindCalibrationPhantom({.erosion_mm = std::numeric_limits<double>::quiet_NaN()}), Error);
  EXPECT_THROW(FindCalibrationPhantom({.fit = {.min_sigma_hu = 4.0}}), Error);
  context.cancel();
  EXPECT_THROW(find(*drawn.scan, known_phantoms(), std::nullopt, context), Error);
}

TEST(FindCalibrationPhantom, AnEmptyFieldIsNoPhantom) {
  auto empty = Volume::New();
  empty->SetRegions(itk::Size<3>{{64, 64, 4}});
  empty->Allocate();
  empty->FillBuffer(-1000.0F);
  EXPECT_THAT(find(*empty).refusal, HasSubstr("no row of rods"));
}

}  // namespace
}  // namespace ledd
