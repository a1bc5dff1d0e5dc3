#include "ledd/statistics/combat.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "ledd/core/error.h"

#include "samples.h"

namespace ledd::statistics {
namespace {

using ::testing::HasSubstr;

double sum_of_squares(const Table& table) {
  double sum = 0.0;
  for (const auto& row : table)
    for (const double value : row) sum += value * value;
  return sum;
}

std::string refusal(const std::function<void()>& what) {
  try {
    what();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

/// The first, the 3rd feature's 9th and the last value, and the sum of squares, as R's sva 3.46.0 gives them
/// (ComBat(dat, batch, mod) with the iteration's `conv` at 1e-14, R 4.2.2).
struct FromR {
  const char* what;
  bool covariates;
  std::optional<std::size_t> reference;
  double first, middle, last, squares;
};

class CombatOfR : public ::testing::TestWithParam<FromR> {};

TEST_P(CombatOfR, IsTheSame) {
  const FromR& r = GetParam();
  const ThreeScanners data;
  CombatOptions options;
  options.reference = r.reference;
  const auto result =
      combat(data.values, data.batch, r.covariates ? data.covariates : std::vector<Covariate>(), options);
  EXPECT_NEAR(result.values[0][0], r.first, 1e-10);
  EXPECT_NEAR(result.values[2][8], r.middle, 1e-10);
  EXPECT_NEAR(result.values[5][17], r.last, 1e-10);
  EXPECT_NEAR(sum_of_squares(result.values), r.squares, 1e-8);
}

INSTANTIATE_TEST_SUITE_P(
    Combat,
    CombatOfR,
    ::testing::Values(
        FromR{"Preserved", true, {}, 14.7481595200245, 33.4527919114533, 61.9975081990505, 184945.369808974},
        FromR{"Plain", false, {}, 14.1992538370762, 33.6456722524146, 61.7948708060825, 184898.535336448},
        FromR{"Reference", true, 1U, 16.6286971009999, 35.3921401841566, 64.9918695157146, 201343.881528768}),
    [](const auto& one) { return std::string(one.param.what); });

TEST(Combat, WithoutEmpiricalBayesTwoBatchesGetOneMeanAndOneSd) {
  CombatOptions options;
  options.empirical_bayes = false;
  const auto result = combat({{1, 2, 3, 14, 16, 18}}, {0, 0, 0, 1, 1, 1}, {}, options);
  const auto& row = result.values[0];
  EXPECT_NEAR(row[0] + row[1] + row[2], row[3] + row[4] + row[5], 1e-9);
  EXPECT_NEAR(row[1], 9.0, 1e-9) << "the mean of all";
  EXPECT_NEAR(row[1] - row[0], row[4] - row[3], 1e-9);
  EXPECT_LT(row[0], row[1]) << "the order within a batch stays";
}

TEST(Combat, TheReferenceBatchKeepsItsValuesToTheBit) {
  const ThreeScanners data;
  CombatOptions options;
  options.reference = 2;
  const auto result = combat(data.values, data.batch, data.covariates, options);
  for (std::size_t f = 0; f < data.values.size(); ++f)
    for (std::size_t s = 11; s < 18; ++s) EXPECT_EQ(result.values[f][s], data.values[f][s]);
}

TEST(Combat, AMissingValueStaysMissingAndOthersAreHarmonisedByWhatIsThere) {
  ThreeScanners data;
  data.values[1][4] = std::numeric_limits<double>::quiet_NaN();
  const auto result = combat(data.values, data.batch, data.covariates, {});
  EXPECT_TRUE(std::isnan(result.values[1][4]));
  EXPECT_TRUE(std::isfinite(result.values[1][3]));
  EXPECT_EQ(result.effects[1][0].samples, 4U);
  EXPECT_EQ(result.effects[0][0].samples, 5U);
}

TEST(Combat, ABatchWithTooFewValuesIsLeftOutWithItsReason) {
  const ThreeScanners data;
  CombatOptions options;
  options.least_samples = 6;
  const auto result = combat(data.values, data.batch, {}, options);
  EXPECT_TRUE(std::isnan(result.values[0][0]));
  EXPECT_TRUE(std::isfinite(result.values[0][5]));
  EXPECT_THAT(result.effects[0][0].reason, HasSubstr("5 values of it, 6 are needed"));
  EXPECT_EQ(result.effects[0][1].reason, "");
}

TEST(Combat, AConstantFeatureIsLeftOutWithItsReason) {
  ThreeScanners data;
  data.values[3].assign(data.batch.size(), 4.0);
  const auto result = combat(data.values, data.batch, data.covariates, {});
  EXPECT_THAT(result.effects[3][0].reason, HasSubstr("constant"));
  EXPECT_TRUE(std::isnan(result.values[3][0]));
  EXPECT_TRUE(std::isfinite(result.values[2][0]));
}

TEST(Combat, ACovariateThatTheBatchTellsIsRefusedByName) {
  ThreeScanners data;
  data.covariates.push_back({"field_strength", {}});
  for (const std::size_t b : data.batch) data.covariates.back().values.push_back(b == 0 ? 1.5 : 3.0);
  EXPECT_THAT(refusal([&] { combat(data.values, data.batch, data.covariates, {}); }),
              HasSubstr("field_strength is told by the batches and the other covariates"));
  data.covariates.back() = {"study", std::vector<double>(data.batch.size(), 7.0)};
  EXPECT_THAT(refusal([&] { combat(data.values, data.batch, data.covariates, {}); }),
              HasSubstr("study is the same in all samples"));
}

TEST(Combat, RefusesWhatDoesNotFit) {
  const ThreeScanners data;
  const std::vector<std::size_t> one_batch(data.batch.size(), 0);
  EXPECT_THAT(refusal([&] { combat(data.values, one_batch, {}, {}); }), HasSubstr("1 batch"));
  EXPECT_THAT(refusal([&] { combat({data.values[0]}, data.batch, {}, {}); }), HasSubstr("with one alone"));
  EXPECT_THAT(refusal([&] { combat({}, data.batch, {}, {}); }), HasSubstr("no feature"));
  EXPECT_THAT(refusal([&] { combat({{1, 2}}, data.batch, {}, {}); }), HasSubstr("2 samples"));
  CombatOptions options;
  options.reference = 9;
  EXPECT_THAT(refusal([&] { combat(data.values, data.batch, {}, options); }), HasSubstr("reference"));
  options = {};
  options.least_samples = 1;
  EXPECT_THAT(refusal([&] { combat(data.values, data.batch, {}, options); }), HasSubstr("two samples"));
  auto covariates = data.covariates;
  covariates[0].values[2] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(refusal([&] { combat(data.values, data.batch, covariates, {}); }), HasSubstr("age"));
}

}  // namespace
}  // namespace ledd::statistics
