#include <gmock/gmock.h>
#include <rapidcheck.h>

#include <cmath>

#include "ledd/core/error.h"
#include "ledd/statistics/agreement.h"
#include "ledd/statistics/repeatability.h"

#include "samples.h"

namespace ledd::statistics {
namespace {

/// Subjects with two to five values, not all the same.
Table some_subjects(std::size_t values = 0) {
  Numbers numbers(*rc::gen::inRange<std::uint64_t>(1, 1U << 30U));
  Table table;
  const auto subjects = *rc::gen::inRange<std::size_t>(3, 40);
  for (std::size_t n = 0; n < subjects; ++n) {
    const double level = 40.0 + 10.0 * numbers.normal();
    std::vector<double> row(values > 0 ? values : 2 + static_cast<std::size_t>(4 * numbers.uniform()));
    for (double& value : row) value = level + numbers.normal();
    table.push_back(row);
  }
  return table;
}

Table mapped(Table table, double offset, double slope) {
  for (auto& row : table)
    for (double& value : row) value = offset + slope * value;
  return table;
}

bool near(double a, double b, double relative = 1e-7) {
  return std::abs(a - b) <= relative * std::max({1.0, std::abs(a), std::abs(b)});
}

TEST(Properties, AnIntraclassCorrelationDoesNotDependOnUnitOrZero) {
  EXPECT_TRUE(rc::check([] {
    const Table table = some_subjects(3);
    const double offset = *rc::gen::inRange(-1000, 1000), slope = 0.25 * *rc::gen::inRange(1, 400);
    const auto before = intraclass_correlation(table);
    const auto after = intraclass_correlation(mapped(table, offset, slope));
    RC_ASSERT(near(before.agreement, after.agreement));
    RC_ASSERT(near(before.consistency, after.consistency));
    RC_ASSERT(near(before.agreement_range->low, after.agreement_range->low, 1e-6));
    RC_ASSERT(before.agreement_range->low <= before.agreement);
    RC_ASSERT(before.agreement <= before.agreement_range->high);
  }));
}

TEST(Properties, RmsSdScalesWithTheUnitAndNotWithTheZero) {
  EXPECT_TRUE(rc::check([] {
    const Table table = some_subjects();
    const double offset = *rc::gen::inRange(-1000, 1000), slope = 0.25 * *rc::gen::inRange(1, 400);
    const auto before = within_subject(table), after = within_subject(mapped(table, offset, slope));
    RC_ASSERT(near(slope * before.rms_sd, after.rms_sd));
    RC_ASSERT(near(slope * before.lsc, after.lsc));
    RC_ASSERT(before.rms_sd_range.low < before.rms_sd && before.rms_sd < before.rms_sd_range.high);
    const auto scaled = within_subject(mapped(table, 0.0, slope));
    RC_ASSERT(scaled.rms_cv_pct.has_value() == before.rms_cv_pct.has_value());
    if (scaled.rms_cv_pct) RC_ASSERT(near(*scaled.rms_cv_pct, *before.rms_cv_pct));
  }));
}

TEST(Properties, NeitherTheOrderOfSubjectsNorOfRepeatsMatters) {
  EXPECT_TRUE(rc::check([] {
    Table table = some_subjects();
    const auto before = within_subject(table);
    std::reverse(table.begin(), table.end());
    for (auto& row : table) std::reverse(row.begin(), row.end());
    RC_ASSERT(near(before.rms_sd, within_subject(table).rms_sd, 1e-12));
  }));
}

TEST(Properties, SwappingFirstAndSecondTurnsTheBiasRound) {
  EXPECT_TRUE(rc::check([] {
    const Table table = some_subjects(2);
    const auto there = bland_altman(column(table, 0), column(table, 1));
    const auto back = bland_altman(column(table, 1), column(table, 0));
    RC_ASSERT(near(there.bias, -back.bias));
    RC_ASSERT(near(there.limits.high, -back.limits.low));
    RC_ASSERT(near(there.trend->p, back.trend->p));
    // Two repeats: the within-subject variance holds the bias too.
    const auto within = within_subject(table);
    const double n = static_cast<double>(table.size());
    RC_ASSERT(
        near(2 * within.rms_sd * within.rms_sd, there.sd * there.sd * (n - 1) / n + there.bias * there.bias));
  }));
}

TEST(Properties, KappaDoesNotDependOnWhoIsFirst) {
  EXPECT_TRUE(rc::check([] {
    std::vector<std::vector<std::size_t>> counts(4, std::vector<std::size_t>(4)), turned = counts;
    for (std::size_t i = 0; i < 4; ++i)
      for (std::size_t j = 0; j < 4; ++j) turned[j][i] = counts[i][j] = *rc::gen::inRange<std::size_t>(1, 60);
    for (const auto weights : {KappaWeights::kNone, KappaWeights::kLinear, KappaWeights::kQuadratic}) {
      const auto a = cohens_kappa(counts, weights), b = cohens_kappa(turned, weights);
      RC_ASSERT(near(a.value, b.value) && near(a.se, b.se));
      RC_ASSERT(a.range.low <= a.value && a.value <= a.range.high);
    }
  }));
}

/// 40 samples on each of two scanners, one feature a row: value = 100 + slope x age + shift + noise.
struct Simulated {
  std::vector<std::size_t> batch;
  std::vector<Covariate> age{{"age", {}}};
  Table values;

  Simulated(std::uint64_t seed, double slope, double shift) {
    Numbers numbers(seed);
    for (std::size_t s = 0; s < 80; ++s) {
      batch.push_back(s % 2);
      age[0].values.push_back(20.0 + 50.0 * numbers.uniform() + (s % 2 == 0 ? 8.0 : 0.0));
    }
    for (int f = 0; f < 10; ++f) {
      std::vector<double> row;
      for (std::size_t s = 0; s < batch.size(); ++s)
        row.push_back(100.0 + slope * age[0].values[s] + (batch[s] == 0 ? 0.0 : shift) + numbers.normal());
      values.push_back(row);
    }
  }
  /// Slope of a feature over age, all samples together.
  double slope_of(const std::vector<double>& row) const {
    const auto& x = age[0].values;
    double mean_x = 0, mean_y = 0, xy = 0, xx = 0;
    for (std::size_t s = 0; s < x.size(); ++s) {
      mean_x += x[s] / 80;
      mean_y += row[s] / 80;
    }
    for (std::size_t s = 0; s < x.size(); ++s) {
      xy += (x[s] - mean_x) * (row[s] - mean_y);
      xx += (x[s] - mean_x) * (x[s] - mean_x);
    }
    return xy / xx;
  }
};

TEST(Properties, WithoutABatchEffectCombatLeavesFeaturesNearlyAlone) {
  EXPECT_TRUE(rc::check([] {
    const Simulated data(*rc::gen::inRange<std::uint64_t>(1, 1U << 30U), 0.1, 0.0);
    const auto result = combat(data.values, data.batch, data.age, {});
    double squares = 0.0;
    for (std::size_t f = 0; f < data.values.size(); ++f)
      for (std::size_t s = 0; s < 80; ++s) squares += std::pow(result.values[f][s] - data.values[f][s], 2);
    RC_ASSERT(std::sqrt(squares / 800.0) < 0.25);  // of a noise of 1
  }));
}

TEST(Properties, CombatTakesTheShiftAndKeepsTheEffectOfAPreservedCovariate) {
  double raw_error2 = 0.0, kept_error2 = 0.0;
  EXPECT_TRUE(rc::check([&] {
    const Simulated data(*rc::gen::inRange<std::uint64_t>(1, 1U << 30U), 0.2, 6.0);
    const auto kept = combat(data.values, data.batch, data.age, {});
    double slope = 0.0, raw = 0.0, shift = 0.0;
    for (std::size_t f = 0; f < data.values.size(); ++f) {
      slope += data.slope_of(kept.values[f]) / 10.0;
      raw += data.slope_of(data.values[f]) / 10.0;
      for (std::size_t s = 0; s < 80; ++s)
        shift += (s % 2 == 0 ? -1.0 : 1.0) * (kept.values[f][s] - 0.2 * data.age[0].values[s]) / 400.0;
    }
    RC_ASSERT(std::abs(slope - 0.2) < 0.02);
    raw_error2 += (raw - 0.2) * (raw - 0.2);
    kept_error2 += (slope - 0.2) * (slope - 0.2);
    RC_ASSERT(std::abs(shift) < 0.5);
  }));
  EXPECT_GT(raw_error2, kept_error2);  // by chance a single raw slope may be the better one
}

TEST(Properties, CombatDoesNotDependOnUnitOrZero) {
  EXPECT_TRUE(rc::check([] {
    const ThreeScanners data(*rc::gen::inRange<std::uint64_t>(1, 1U << 30U));
    const double offset = *rc::gen::inRange(-100, 100), slope = 0.25 * *rc::gen::inRange(1, 40);
    const auto before = combat(data.values, data.batch, {}, {});
    const auto after = combat(mapped(data.values, offset, slope), data.batch, {}, {});
    for (std::size_t f = 0; f < data.values.size(); ++f)
      for (std::size_t s = 0; s < data.batch.size(); ++s)
        RC_ASSERT(near(offset + slope * before.values[f][s], after.values[f][s]));
  }));
}

}  // namespace
}  // namespace ledd::statistics
