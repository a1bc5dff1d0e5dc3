#include "ledd/density_calibration/density_line.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <random>

#include "ledd/core/error.h"

namespace ledd {
namespace {

const CalibrationPhantom& phantom(const std::string& name) {
  for (const auto& p : known_phantoms())
    if (p.name == name) return p;
  throw std::runtime_error(name);
}

/// What the rods read when HU = water-free line with this slope and intercept.
std::vector<RodReading> readings(const CalibrationPhantom& p, double slope, double intercept) {
  std::vector<RodReading> all;
  for (const auto& rod : p.rods)
    all.push_back({rod.water_mg_cm3 + slope * rod.density_mg_cm3 + intercept, 0.5});
  return all;
}

// A published scan of a Mindways Model 3 phantom and the figures its regression must have.
TEST(FitDensityLine, GivesThePublishedRegressionToAMillionth) {
  const std::vector<RodReading> scan{{-69.54917011727602, 0},
                                     {-35.378190313384316, 0},
                                     {176.71197512467555, 0},
                                     {345.73809215407005, 0},
                                     {462.93637565619906, 0}};
  const auto fit = FitDensityLine()(phantom("Mindways Model 3"), scan);
  ASSERT_TRUE(fit.line) << fit.refusal;
  EXPECT_NEAR(fit.line->sigma_ref.value(), 1.46695849554, 1e-6);
  EXPECT_NEAR(fit.line->beta_ref.value(), -1009.75004687, 1e-6);
  EXPECT_NEAR(fit.line->sigma_hu, 1.24955849554, 1e-6);
  EXPECT_NEAR(fit.line->beta_hu, -10.1500468666, 1e-6);
  EXPECT_NEAR(1.0 / fit.line->sigma_hu, 0.8002826626918712, 1e-6);
  EXPECT_NEAR(-fit.line->beta_hu / fit.line->sigma_hu, 8.122906532849933, 1e-6);
  EXPECT_NEAR(fit.line->correlation, 0.9998533422632067, 1e-6);
  const std::vector<double> predicted{-47.53608852, -20.18964581, 149.54243652, 284.81110752, 378.6028619};
  for (std::size_t n = 0; n < predicted.size(); ++n)
    EXPECT_NEAR(fit.line->density_mg_cm3(scan[n].hu), predicted[n], 1e-6);
}

TEST(FitDensityLine, StatesAnErrorThatNineteenOfTwentyFitsKeep) {
  const auto& qrm = phantom("QRM-BDC 6");
  std::mt19937_64 random(7);
  std::normal_distribution<double> noise(0.0, 6.0);
  int inside = 0;
  constexpr int kFits = 2000;
  for (int n = 0; n < kFits; ++n) {
    auto scan = readings(qrm, 1.4, 5.0);
    for (auto& reading : scan) {
      reading.hu += noise(random);
      reading.se_hu = 6.0;
    }
    const auto fit = FitDensityLine()(qrm, scan);
    ASSERT_TRUE(fit.line) << fit.refusal;
    const double error = fit.line->density_mg_cm3(1.4 * 150.0 + 5.0) - 150.0;
    if (std::fabs(error) < 1.96 * fit.line->density_se_mg_cm3(1.4 * 150.0 + 5.0)) ++inside;
  }
  EXPECT_GE(inside, 1900);
  EXPECT_LE(inside, 1995);
}

TEST(FitDensityLine, TwoRodsHaveTheErrorOfTheirReadingsAndValues) {
  auto osteo = phantom("Siemens Osteo");
  osteo.density_sd_mg_cm3 = 0.0;
  const auto fit = FitDensityLine()(osteo, {{0.0, 2.0}, {280.0, 2.0}});
  ASSERT_TRUE(fit.line);
  EXPECT_EQ(fit.line->residual_sd_hu, 0.0);
  EXPECT_NEAR(fit.line->density_se_mg_cm3(0.0), 2.0 / 1.4, 1e-9);
  EXPECT_NEAR(fit.line->density_se_mg_cm3(280.0), 2.0 / 1.4, 1e-9);
  EXPECT_NEAR(fit.line->density_se_mg_cm3(140.0), 2.0 / 1.4 / std::sqrt(2.0), 1e-9);
  EXPECT_NEAR(fit.line->density_se_mg_cm3(140.0, 2.0), 2.0 / 1.4 * std::sqrt(1.5), 1e-9);
  osteo.density_sd_mg_cm3 = 3.0;
  EXPECT_GT(FitDensityLine()(osteo, {{0.0, 2.0}, {280.0, 2.0}}).line->density_se_mg_cm3(0.0), 3.0);
}

TEST(FitDensityLine, AnyTwoRodsInTheWrongOrderAreRefused) {
  for (const auto& p : known_phantoms())
    for (std::size_t a = 0; a < p.rods.size(); ++a)
      for (std::size_t b = a + 1; b < p.rods.size(); ++b) {
        auto scan = readings(p, 1.45, p.has_water() ? -1005.0 : 10.0);
        if (std::fabs(scan[a].hu - scan[b].hu) < 5.0) continue;  // rods C and D of the QA phantom are alike
        EXPECT_TRUE(FitDensityLine()(p, scan).line) << p.name;
        std::swap(scan[a], scan[b]);
        const auto fit = FitDensityLine()(p, scan);
        EXPECT_FALSE(fit.line) << p.name << ", rods " << a + 1 << " and " << b + 1;
        EXPECT_THAT(fit.refusal, testing::StartsWith(p.name + ": "));
      }
}

TEST(FitDensityLine, NoPhantomPassesForAnother) {
  for (const auto& p : known_phantoms())
    for (const auto& other : known_phantoms()) {
      if (p.name == other.name || p.rods.size() != other.rods.size()) continue;
      for (const double slope : {1.1, 1.45, 2.0}) {
        auto scan = readings(p, slope, p.has_water() ? -1005.0 : 10.0);
        EXPECT_FALSE(FitDensityLine()(other, scan).line) << p.name << " as " << other.name;
        std::reverse(scan.begin(), scan.end());
        EXPECT_FALSE(FitDensityLine()(other, scan).line) << p.name << " as " << other.name << " reversed";
      }
    }
}

TEST(FitDensityLine, RefusalsSayWhatIsWrongAndWhatWouldBeRight) {
  using testing::HasSubstr;
  const auto& ia = phantom("Image Analysis QCT-3D Plus");
  EXPECT_THAT(FitDensityLine()(ia, readings(ia, 0.5, 0.0)).refusal, HasSubstr("slope is 0.500"));
  EXPECT_THAT(FitDensityLine()(ia, readings(ia, 1.4, 120.0)).refusal, HasSubstr("120.0 HU"));
  auto bent = readings(ia, 1.4, 0.0);
  bent[1].hu += 30.0;
  const auto fit = FitDensityLine()(ia, bent);
  EXPECT_THAT(fit.refusal, HasSubstr("rod 2 is +20.0 HU off the line"));
  EXPECT_EQ(fit.residuals_hu.size(), 3U);
}

TEST(FitDensityLine, WrongInputIsAnError) {
  const auto& ia = phantom("Image Analysis QCT-3D Plus");
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(FitDensityLine()(ia, {{0, 1}, {100, 1}}), Error);
  EXPECT_THROW(FitDensityLine()(ia, {{0, 1}, {100, 1}, {nan, 1}}), Error);
  EXPECT_THROW(FitDensityLine()(ia, {{0, 1}, {100, 1}, {200, nan}}), Error);
  EXPECT_THROW(FitDensityLine({.min_sigma_hu = 3.0}), Error);
  EXPECT_THROW(FitDensityLine({.max_beta_hu = nan}), Error);
}

TEST(DensityLine, ConversionOfTheLineIsConversionOfItsDensities) {
  const auto& ia = phantom("Image Analysis QCT-3D Plus");
  const auto line = FitDensityLine()(ia, readings(ia, 1.4, 3.0)).line.value();
  const auto k = converted(line, Mineral::kK2HPO4);
  EXPECT_EQ(k.mineral, Mineral::kK2HPO4);
  for (const double hu : {-50.0, 0.0, 140.0, 600.0}) {
    EXPECT_NEAR(k.density_mg_cm3(hu),
                convert_density_mg_cm3(line.density_mg_cm3(hu), Mineral::kHA, Mineral::kK2HPO4),
                1e-9);
    EXPECT_NEAR(k.density_se_mg_cm3(hu, 2.0), line.density_se_mg_cm3(hu, 2.0) / 1.15, 1e-9);
  }
  const auto back = converted(k, Mineral::kHA);
  EXPECT_NEAR(back.beta_hu, line.beta_hu, 1e-9);
  EXPECT_NEAR(back.covariance, line.covariance, 1e-9);
}

}  // namespace
}  // namespace ledd
