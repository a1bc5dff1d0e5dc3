#include "ledd/statistics/agreement.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "ledd/core/error.h"

#include "samples.h"

namespace ledd::statistics {
namespace {

/// Six targets, four judges: Shrout & Fleiss 1979, table 2.
const std::vector<std::vector<double>> kJudges{
    {9, 2, 5, 8}, {6, 1, 3, 2}, {8, 4, 6, 8}, {7, 1, 2, 6}, {10, 5, 6, 9}, {6, 2, 4, 7}};

TEST(IntraclassCorrelation, GivesThePublishedExample) {
  // Table 3 and 4: BMS 11.24, JMS 32.49, EMS 1.02; ICC(2,1) = .29, ICC(3,1) = .71.
  const auto icc = intraclass_correlation(kJudges);
  EXPECT_NEAR(icc.ms_subjects, 11.24, 0.005);
  EXPECT_NEAR(icc.ms_raters, 32.49, 0.005);
  EXPECT_NEAR(icc.ms_error, 1.02, 0.005);
  EXPECT_NEAR(icc.agreement, 0.29, 0.005);
  EXPECT_NEAR(icc.consistency, 0.71, 0.005);
}

TEST(IntraclassCorrelation, AgreesWithRToTheLastDigits) {
  // R 4.2.2, psych 2.2.9: ICC(sf, lmer = FALSE)
  const auto icc = intraclass_correlation(kJudges);
  EXPECT_NEAR(icc.agreement, 0.2897637795275592, 1e-12);
  EXPECT_NEAR(icc.agreement_range->low, 0.01878651337471205, 1e-10);
  EXPECT_NEAR(icc.agreement_range->high, 0.7610843696489531, 1e-10);
  EXPECT_NEAR(icc.consistency, 0.7148407148407149, 1e-12);
  EXPECT_NEAR(icc.consistency_range->low, 0.34246476503392537, 1e-10);
  EXPECT_NEAR(icc.consistency_range->high, 0.9458582599553595, 1e-10);
}

TEST(IntraclassCorrelation, IsOneWhereAllRatersAgree) {
  const auto icc = intraclass_correlation({{1, 1}, {2, 2}, {5, 5}});
  EXPECT_EQ(icc.agreement, 1.0);
  EXPECT_EQ(icc.consistency, 1.0);
  EXPECT_EQ(*icc.agreement_range, (Interval{1.0, 1.0}));
}

TEST(IntraclassCorrelation, AShiftBetweenRatersSpoilsAgreementButNotConsistency) {
  const auto icc = intraclass_correlation({{1, 3}, {2, 4}, {5, 7}});
  EXPECT_EQ(icc.consistency, 1.0);
  EXPECT_LT(icc.agreement, 0.9);
}

TEST(IntraclassCorrelation, RefusesWhatDoesNotFit) {
  const auto why = [](const std::vector<std::vector<double>>& table) {
    try {
      intraclass_correlation(table);
    } catch (const Error& e) {
      return e.code();
    }
    return Errc::kInternal;
  };
  EXPECT_EQ(why({{1, 2}}), Errc::kInput);
  EXPECT_EQ(why({{1}, {2}}), Errc::kInput);
  EXPECT_EQ(why({{1, 2}, {2, 3, 4}}), Errc::kInput);
  EXPECT_EQ(why({{1, 2}, {2, std::numeric_limits<double>::infinity()}}), Errc::kInput);
  EXPECT_EQ(why({{4, 4}, {4, 4}}), Errc::kNumeric);
}

TEST(BlandAltman, GivesThePublishedExample) {
  // Lancet 1986: mean difference (Wright - mini) -2.1, SD 38.8, limits -79.7 and 75.5 with a factor of 2;
  // interval of the bias -22.0 to 17.8.
  const auto result = bland_altman(column(peak_flow(), 2), column(peak_flow(), 0));
  EXPECT_EQ(result.subjects, 17U);
  EXPECT_NEAR(result.bias, -2.1, 0.05);
  EXPECT_NEAR(result.sd, 38.8, 0.05);
  EXPECT_NEAR(result.bias - 2 * result.sd, -79.7, 0.1);
  EXPECT_NEAR(result.bias + 2 * result.sd, 75.5, 0.1);
  EXPECT_NEAR(result.bias_range.low, -22.0, 0.1);
  EXPECT_NEAR(result.bias_range.high, 17.8, 0.1);
}

TEST(BlandAltman, AgreesWithRToTheLastDigits) {
  // R 4.2.2: d <- mini - wright; t.test(d)$conf.int; summary(lm(d ~ m))$coefficients
  const auto result = bland_altman(column(peak_flow(), 0), column(peak_flow(), 2));
  EXPECT_NEAR(result.bias, 2.117647058823529, 1e-12);
  EXPECT_NEAR(result.sd, 38.765129873607378, 1e-11);
  EXPECT_NEAR(result.bias_range.low, -17.81354357899810, 1e-10);
  EXPECT_NEAR(result.bias_range.high, 22.04883769664517, 1e-10);
  ASSERT_TRUE(result.trend);
  EXPECT_NEAR(result.trend->slope, -0.02868744515254925, 1e-13);
  EXPECT_NEAR(result.trend->se, 0.08820640827654685, 1e-13);
  EXPECT_NEAR(result.trend->t, -0.3252308501510194, 1e-12);
  EXPECT_NEAR(result.trend->p, 0.7494985336492940, 1e-10);
}

TEST(BlandAltman, ABiasThatGrowsWithTheValueIsSeen) {
  const auto result = bland_altman({10, 20, 30, 40}, {11.1, 21.9, 33, 44.1});
  ASSERT_TRUE(result.trend);
  EXPECT_NEAR(result.trend->slope, 0.098, 0.005);
  EXPECT_LT(result.trend->p, 0.01);
}

TEST(BlandAltman, RefusesWhatDoesNotFit) {
  EXPECT_THROW(bland_altman({1}, {2}), Error);
  EXPECT_THROW(bland_altman({1, 2}, {2}), Error);
  EXPECT_THROW(bland_altman({1, 2}, {2, std::numeric_limits<double>::quiet_NaN()}), Error);
  EXPECT_FALSE(bland_altman({1, 2}, {2, 3}).trend);
}

TEST(CohensKappa, IsPointFourWhereSevenOfTenAgreeAndFiveWouldByChance) {
  // 20, 5 / 10, 15: observed .7, expected .5. R's psych::cohen.kappa: SE 0.1269960629311004.
  const auto kappa = cohens_kappa({{20, 5}, {10, 15}});
  EXPECT_NEAR(kappa.observed, 0.7, 1e-12);
  EXPECT_NEAR(kappa.expected, 0.5, 1e-12);
  EXPECT_NEAR(kappa.value, 0.4, 1e-12);
  EXPECT_NEAR(kappa.se, 0.1269960629311004, 1e-12);
  EXPECT_NEAR(kappa.range.low, 0.4 - 1.959963984540054 * kappa.se, 1e-12);
}

TEST(CohensKappa, AgreesWithRWithAndWithoutWeights) {
  // R 4.2.2, vcd 1.4.11: Kappa(t4, weights = "Equal-Spacing") and "Fleiss-Cohen". (psych 2.2.9 gives the same
  // kappas and plain error, but 0.0222 for the weighted one; the delta method of reference.py sides with
  // vcd.)
  const std::vector<std::vector<std::size_t>> grades{
      {44, 5, 1, 0}, {6, 30, 8, 1}, {2, 7, 25, 6}, {0, 1, 5, 19}};
  const auto plain = cohens_kappa(grades), weighted = cohens_kappa(grades, KappaWeights::kQuadratic);
  EXPECT_NEAR(plain.value, 0.64359586316626893, 1e-12);
  EXPECT_NEAR(plain.se, 0.04696768570688044, 1e-12);
  EXPECT_NEAR(weighted.value, 0.8440492476060188, 1e-12);
  EXPECT_NEAR(weighted.se, 0.0292180380631374, 1e-12);
  const auto linear = cohens_kappa(grades, KappaWeights::kLinear);
  EXPECT_NEAR(linear.value, 0.75206066600725352, 1e-12);
  EXPECT_NEAR(linear.se, 0.03628914820651615, 1e-12);
}

TEST(CohensKappa, RefusesWhatDoesNotFit) {
  EXPECT_THROW(cohens_kappa({{3}}), Error);
  EXPECT_THROW(cohens_kappa({{3, 1}, {2}}), Error);
  EXPECT_THROW(cohens_kappa({{0, 0}, {0, 0}}), Error);
  EXPECT_THROW(cohens_kappa({{7, 0}, {0, 0}}), Error);
  EXPECT_EQ(cohens_kappa({{5, 0}, {0, 5}}).value, 1.0);
}

TEST(FleissKappa, IsThatOfTheWorkedExampleOfFourteenReaders) {
  // Ten cases, five grades: P of each case 1, .253, .308, .440, .330, .462, .242, .176, .286, .286; p of the
  // grades 20, 28, 39, 21, 32 of 140; mean P .378, chance .213, kappa .210.
  const std::vector<std::vector<std::size_t>> counts{{0, 0, 0, 0, 14},
                                                     {0, 2, 6, 4, 2},
                                                     {0, 0, 3, 5, 6},
                                                     {0, 3, 9, 2, 0},
                                                     {2, 2, 8, 1, 1},
                                                     {7, 7, 0, 0, 0},
                                                     {3, 2, 6, 3, 0},
                                                     {2, 5, 3, 2, 2},
                                                     {6, 5, 2, 1, 0},
                                                     {0, 2, 2, 3, 7}};
  const auto kappa = fleiss_kappa(counts);
  EXPECT_EQ(kappa.ratings, 10U);
  EXPECT_NEAR(kappa.observed, 0.378, 5e-4);
  EXPECT_NEAR(kappa.expected, 0.213, 5e-4);
  EXPECT_NEAR(kappa.value, 0.210, 5e-4);
  EXPECT_GT(kappa.range.high - kappa.range.low, 0.1);
  EXPECT_LT(kappa.range.low, kappa.value);
}

TEST(FleissKappa, OfTwoReadersIsScottsPi) {
  // Two readers, 50 cases: 20 both yes, 15 both no, 15 differ. p = 55/100, .45; chance .505; (.7-.505)/.495.
  std::vector<std::vector<std::size_t>> counts(20, {2, 0});
  counts.insert(counts.end(), 15, {0, 2});
  counts.insert(counts.end(), 15, {1, 1});
  EXPECT_NEAR(fleiss_kappa(counts).value, (0.7 - 0.505) / 0.495, 1e-12);
}

TEST(FleissKappa, HasTheErrorThatLeavingOutEachCaseGives) {
  const std::vector<std::vector<std::size_t>> counts{{3, 0}, {2, 1}, {0, 3}, {1, 2}, {3, 0}};
  double sum = 0.0, squares = 0.0;
  for (std::size_t n = 0; n < counts.size(); ++n) {
    auto without = counts;
    without.erase(without.begin() + static_cast<std::ptrdiff_t>(n));
    const double value = fleiss_kappa(without).value;
    sum += value;
    squares += value * value;
  }
  EXPECT_NEAR(fleiss_kappa(counts).se, std::sqrt(0.8 * (squares - sum * sum / 5.0)), 1e-12);
}

TEST(FleissKappa, RefusesWhatDoesNotFit) {
  EXPECT_THROW(fleiss_kappa({}), Error);
  EXPECT_THROW(fleiss_kappa({{3}}), Error);
  EXPECT_THROW(fleiss_kappa({{1, 0}}), Error);
  EXPECT_THROW(fleiss_kappa({{2, 1}, {2, 0}}), Error);
  EXPECT_THROW(fleiss_kappa({{3, 0}, {3, 0}}), Error);
  EXPECT_EQ(fleiss_kappa({{3, 0}, {0, 3}, {3, 0}}).value, 1.0);
}

}  // namespace
}  // namespace ledd::statistics
