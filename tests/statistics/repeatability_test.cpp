#include "ledd/statistics/repeatability.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "ledd/core/error.h"

#include "samples.h"

namespace ledd::statistics {
namespace {

TEST(WithinSubject, PairsGiveTheRootOfHalfTheMeanSquaredDifference) {
  // Differences 2, 4, 4: (4 + 16 + 16) / 2 / 3 = 6.
  const auto result = within_subject({{9, 11}, {20, 24}, {48, 52}});
  EXPECT_NEAR(result.rms_sd, std::sqrt(6.0), 1e-12);
  EXPECT_EQ(result.df, 3U);
  EXPECT_EQ(result.scans, 6U);
  EXPECT_NEAR(result.mean, (10 + 22 + 50) / 3.0, 1e-12);
  // SD_i / m_i = sqrt(2)/10, sqrt(8)/22, sqrt(8)/50
  EXPECT_NEAR(*result.rms_cv_pct, 100 * std::sqrt((0.02 + 8.0 / 484 + 8.0 / 2500) / 3), 1e-12);
}

TEST(WithinSubject, UnequalRepeatsWeighByTheirDegreesOfFreedom) {
  // SDs 1 (three scans) and sqrt(2) (two scans): (2 * 1 + 1 * 2) / 3.
  const auto result = within_subject({{4, 5, 6}, {11, 13}});
  EXPECT_NEAR(result.rms_sd, std::sqrt(4.0 / 3.0), 1e-12);
  EXPECT_EQ(result.df, 3U);
}

TEST(WithinSubject, TheIntervalIsThatOfChiSquared) {
  // Tables: chi^2 of 10 degrees of freedom, 0.025: 3.2470, 0.975: 20.4832.
  std::vector<std::vector<double>> pairs(10, {10 - std::sqrt(0.5), 10 + std::sqrt(0.5)});
  const auto result = within_subject(pairs);
  EXPECT_NEAR(result.rms_sd, 1.0, 1e-12);
  EXPECT_NEAR(result.rms_sd_range.low, std::sqrt(10 / 20.4832), 1e-5);
  EXPECT_NEAR(result.rms_sd_range.high, std::sqrt(10 / 3.2470), 1e-4);
  EXPECT_NEAR(result.rms_cv_range_pct->high / *result.rms_cv_pct, result.rms_sd_range.high, 1e-12);
}

TEST(WithinSubject, AgreesWithThePublishedRepeatabilityOfTwoPeakFlowMeters) {
  // The coefficients of repeatability, twice the SD of the differences: 43.2 and 56.4 l/min.
  for (const auto& [first, coefficient] : {std::pair{0U, 43.2}, {2U, 56.4}}) {
    std::vector<std::vector<double>> twice;
    for (const auto& row : peak_flow()) twice.push_back({row[first], row[first + 1]});
    const auto result = within_subject(twice);
    EXPECT_NEAR(2 * std::sqrt(2.0) * result.rms_sd, coefficient, 0.15);
  }
}

TEST(WithinSubject, AgreesWithROnTheWrightMeter) {
  // R 4.2.2: s2 <- apply(w[, 1:2], 1, var); sqrt(mean(s2)); sqrt(17 * mean(s2) / qchisq(c(.975, .025), 17))
  std::vector<std::vector<double>> twice;
  for (const auto& row : peak_flow()) twice.push_back({row[0], row[1]});
  const auto result = within_subject(twice);
  EXPECT_NEAR(result.rms_sd, 15.30666905786686, 1e-11);
  EXPECT_NEAR(result.rms_sd_range.low, 11.48593458423103, 1e-10);
  EXPECT_NEAR(result.rms_sd_range.high, 22.94690092738047, 1e-10);
}

TEST(WithinSubject, AMeanAtOrBelowZeroHasNoCoefficientOfVariation) {
  const auto result = within_subject({{-1, 1}, {10, 12}});
  EXPECT_FALSE(result.rms_cv_pct);
  EXPECT_FALSE(result.lsc_pct);
  EXPECT_FALSE(result.rms_cv_range_pct);
  EXPECT_GT(result.rms_sd, 0.0);
}

TEST(WithinSubject, RefusesWhatDoesNotFit) {
  EXPECT_THROW(within_subject({}), Error);
  EXPECT_THROW(within_subject({{1, 2}, {3}}), Error);
  EXPECT_THROW(within_subject({{1, std::numeric_limits<double>::quiet_NaN()}}), Error);
  EXPECT_THROW(within_subject({{1, 2}}, 1.0), Error);
  EXPECT_THROW(within_subject({{1, 2}}, std::numeric_limits<double>::quiet_NaN()), Error);
}

TEST(ChangeFactor, IsTheExactFormOfTwoPointSevenSeven) {
  EXPECT_NEAR(change_factor(), 2.771807648699, 1e-11);
  EXPECT_NEAR(smallest_detectable_change(0.5), 1.3859038243, 1e-9);
  EXPECT_NEAR(within_subject({{9, 11}}).lsc, change_factor() * std::sqrt(2.0), 1e-12);
  EXPECT_THROW(smallest_detectable_change(-1.0), Error);
  EXPECT_THROW(change_factor(0.0), Error);
}

}  // namespace
}  // namespace ledd::statistics
