#include "ledd/scanner_quality/control_chart.h"

#include <gmock/gmock.h>

#include <limits>

#include "ledd/core/error.h"
#include "ledd/scanner_quality/calibration_drift.h"

namespace ledd {
namespace {

using ::testing::HasSubstr;

/// Of centre 0 and SD 1, so that values are z.
const ControlLimits kUnit{0.0, 1.0, 1.128, 20};

std::vector<std::pair<std::size_t, std::string>> told(const std::vector<double>& z) {
  std::vector<std::pair<std::size_t, std::string>> all;
  for (const auto& alarm : ControlChart().by(kUnit, z).alarms)
    if (alarm.rule != ControlRule::kCusum) all.emplace_back(alarm.run, name_of(alarm.rule));
  return all;
}
using Told = std::vector<std::pair<std::size_t, std::string>>;

// Flow rates, NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.2: mean 50.81, mean moving range 1.8778,
// limits 45.8159 and 55.8041 with d2 rounded to 1.128.
TEST(ControlChart, GivesTheHandbooksLimitsOfIndividuals) {
  const std::vector<double> rates{49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1};
  const auto result = ControlChart()(rates, first_runs(10, 10));
  ASSERT_TRUE(result.limits);
  EXPECT_NEAR(result.limits->centre, 50.81, 1e-9);
  EXPECT_NEAR(result.limits->mean_moving_range, 1.8778, 5e-5);
  EXPECT_NEAR(result.limits->at(3), 55.8041, 0.002);
  EXPECT_NEAR(result.limits->at(-3), 45.8159, 0.002);
  EXPECT_TRUE(result.alarms.empty());
}

// Concentrations, Montgomery and Runger, Applied Statistics and Probability for Engineers, table 16-3: mean
// 99.1, mean moving range 2.59, limits 92.21 and 105.99; no run is out of control.
TEST(ControlChart, GivesTheTextbooksLimitsOfIndividuals) {
  const std::vector<double> x{102.0, 94.8, 98.3,  98.4, 102.0, 98.5, 99.0,  97.7,  100.0, 98.1,
                              101.3, 98.7, 101.1, 98.4, 97.0,  96.7, 100.3, 101.4, 97.2,  101.0};
  const auto result = ControlChart()(x, first_runs(20, 20));
  ASSERT_TRUE(result.limits);
  EXPECT_NEAR(result.limits->centre, 99.1, 0.01);
  EXPECT_NEAR(result.limits->mean_moving_range, 2.59, 0.005);
  EXPECT_NEAR(result.limits->at(3), 105.99, 0.015);  // of rounded numbers
  EXPECT_NEAR(result.limits->at(-3), 92.21, 0.015);
  EXPECT_TRUE(result.alarms.empty());
}

// Montgomery, Introduction to Statistical Quality Control, tabular CUSUM example: 20 values of N(10, 1), then
// 10 of N(11, 1); K = 0.5, H = 5: C+ is 5.28 at run 29, which is the first beyond, and had left 0 at run 23.
TEST(ControlChart, GivesTheTextbooksCusum) {
  const std::vector<double> x{9.45,  7.99,  9.29,  11.66, 12.16, 10.18, 8.04,  11.46, 9.20,  10.34,
                              9.03,  11.47, 10.51, 9.40,  10.08, 9.37,  10.62, 10.31, 8.52,  10.84,
                              10.90, 9.33,  12.29, 11.50, 10.60, 11.08, 10.38, 11.62, 11.31, 10.52};
  const auto result = ControlChart().by({10.0, 1.0, 1.128, 20}, x);
  const std::vector<double> high{0,    0,    0,    1.16, 2.82, 2.50, 0.04, 1.00, 0,    0,
                                 0,    0.97, 0.98, 0,    0,    0,    0.12, 0,    0,    0.34,
                                 0.74, 0,    1.79, 2.79, 2.89, 3.47, 3.35, 4.47, 5.28, 5.30};
  const std::vector<double> low_start{0.05, 1.56, 1.77, 0, 0, 0, 1.46, 0, 0.30, 0};
  for (std::size_t i = 0; i < x.size(); ++i)
    EXPECT_NEAR(result.cusum_high[i], high[i], 1e-9) << "run " << i + 1;
  for (std::size_t i = 0; i < low_start.size(); ++i)
    EXPECT_NEAR(result.cusum_low[i], low_start[i], 1e-9) << "run " << i + 1;
  ASSERT_EQ(result.alarms.size(), 1U);
  EXPECT_EQ(result.alarms[0].rule, ControlRule::kCusum);
  EXPECT_EQ(result.alarms[0].run + 1, 29U);
  EXPECT_EQ(result.alarms[0].since + 1, 23U);
}

TEST(ControlChart, OneBeyondThreeSdIsToldAtEachRun) {
  EXPECT_EQ(told({0, 3.01, 0, -3.5, 0}), (Told{{1, "1-3s"}, {3, "1-3s"}}));
  EXPECT_EQ(told({0, 3.0, 0, -3.0, 0}), Told{});
}

TEST(ControlChart, TwoBeyondTwoSdMustBeOnOneSideAndInARow) {
  EXPECT_EQ(told({0, 2.1, 2.2, 0}), (Told{{2, "2-2s"}}));
  EXPECT_EQ(told({0, 2.1, 0, 2.2, 0}), Told{});
  EXPECT_EQ(told({0, -2.1, -2.1, -2.1, 0}), (Told{{2, "2-2s"}})) << "told once, when it begins";
  EXPECT_EQ(told({0, 2.1, -2.2, 0}), (Told{{2, "R-4s"}}));
}

TEST(ControlChart, FourBeyondOneSdMustBeOnOneSide) {
  EXPECT_EQ(told({1.1, 1.2, 1.3, 1.1}), (Told{{3, "4-1s"}}));
  EXPECT_EQ(told({1.1, 1.2, 0.9, 1.1, 1.1}), Told{});
  EXPECT_EQ(told({1.1, 1.2, -1.3, 1.1}), Told{});
}

TEST(ControlChart, TenOnOneSideAreToldAndNineAreNot) {
  std::vector<double> z(9, 0.2);
  EXPECT_EQ(told(z), Told{});
  z.push_back(0.1);
  EXPECT_EQ(told(z), (Told{{9, "10-x"}}));
  z[4] = 0.0;
  EXPECT_EQ(told(z), Told{}) << "on the centre is on neither side";
}

TEST(ControlChart, RulesBeginBehindTheBaselineAndLookAtItsRunsByThreeSdAlone) {
  std::vector<double> values{0, 1, 0, 1, 0, 1, 0, 9};
  for (int i = 0; i < 4; ++i) values.push_back(1.0);
  const auto result = ControlChart()(values, first_runs(8, values.size()));
  ASSERT_TRUE(result.limits);
  EXPECT_EQ(result.cusum_high[7], 0.0);
  for (const auto& alarm : result.alarms) EXPECT_TRUE(alarm.run < 8 ? alarm.in_baseline : true);
  values[7] = 60;
  const auto jumped = ControlChart()(values, first_runs(8, values.size()));
  EXPECT_EQ(jumped.z[7] > 3.0, !jumped.alarms.empty() && jumped.alarms[0].run == 7);
}

TEST(ControlChart, FewRunsGiveNoLimitsAndSaySo) {
  const auto seven = ControlChart()({1, 2, 1, 2, 1, 2, 1}, first_runs(8, 7));
  EXPECT_FALSE(seven.limits);
  EXPECT_THAT(seven.refusal, HasSubstr("7 runs"));
  EXPECT_TRUE(seven.alarms.empty());
  EXPECT_FALSE(ControlChart()({}, {}).limits);
  EXPECT_THAT(ControlChart()(std::vector<double>(9, 4.0), first_runs(8, 9)).refusal, HasSubstr("alike"));
}

TEST(ControlChart, RefusesWhatIsNoNumberAndParametersOutOfRange) {
  EXPECT_THROW(ControlChart()({1.0, std::numeric_limits<double>::quiet_NaN()}, first_runs(1, 2)), Error);
  EXPECT_THROW(ControlChart()({1.0}, {}), Error);
  EXPECT_THROW(ControlChart({.cusum_slack = 0.0}), Error);
  EXPECT_THROW(ControlChart({.cusum_limit = std::numeric_limits<double>::quiet_NaN()}), Error);
  EXPECT_THROW(ControlChart().by({0.0, 0.0, 0.0, 8}, {1.0}), Error);
}

TEST(ControlChart, ScaleAndOffsetOfTheValuesDoNotMatter) {
  const std::vector<double> x{1, 3, 2, 4, 2, 3, 1, 2, 9, 9, 9, 9, 2, 9};
  std::vector<double> y;
  for (const double v : x) y.push_back(1000.0 - 8.0 * v);
  const auto a = ControlChart()(x, first_runs(8, x.size()));
  const auto b = ControlChart()(y, first_runs(8, y.size()));
  ASSERT_EQ(a.alarms.size(), b.alarms.size());
  EXPECT_FALSE(a.alarms.empty());
  for (std::size_t i = 0; i < a.z.size(); ++i) {
    EXPECT_NEAR(a.z[i], -b.z[i], 1e-9);
    EXPECT_NEAR(a.cusum_high[i], b.cusum_low[i], 1e-9);
  }
}

TEST(CalibrationDrift, IsWhatAnUnchangedBoneWouldBeMisreadBy) {
  const std::vector<CalibrationReading> runs{{1.40, 5.0}, {1.40, 5.0}, {1.40, 7.8}, {1.47, 5.0}};
  const auto drift = calibration_drift_mg_cm3(runs, first_runs(2, 4), 100.0);
  EXPECT_NEAR(drift[0], 0.0, 1e-12);
  EXPECT_NEAR(drift[2], 2.0, 1e-12) << "2.8 HU at 1.4 HU for each mg/cm3";
  EXPECT_NEAR(drift[3], 5.0, 1e-12) << "5 % of 100 mg/cm3";
  EXPECT_THROW(calibration_drift_mg_cm3(runs, first_runs(0, 4), 100.0), Error);
}

}  // namespace
}  // namespace ledd
