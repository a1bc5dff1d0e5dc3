// How often a steady scanner is called unsteady, and how soon a change is seen. Prints the table of
// docs/scanner-quality.md.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <iostream>
#include <random>

#include "ledd/scanner_quality/control_chart.h"

namespace ledd {
namespace {

constexpr ControlLimits kKnown{0.0, 1.0, 1.128, 1000};

/// Runs until the first alarm of the CUSUM, by limits that are known, from the first run on.
double mean_run_length(double shift, int repeats, std::size_t longest) {
  std::mt19937_64 random(7);
  std::normal_distribution<double> normal(shift, 1.0);
  double sum = 0.0;
  for (int i = 0; i < repeats; ++i) {
    std::vector<double> values(longest);
    for (double& value : values) value = normal(random);
    std::size_t first = longest;
    for (const auto& alarm : ControlChart().by(kKnown, values).alarms)
      if (alarm.rule == ControlRule::kCusum) {
        first = alarm.run + 1;
        break;
      }
    sum += static_cast<double>(first);
  }
  return sum / repeats;
}

struct Outcome {
  double alarmed = 0.0;  ///< Share of scanners with an alarm within the runs.
  double delay = 0.0;    ///< Median runs from the change to the first alarm behind it.
};

/// A baseline of `baseline` runs, then 24 runs; from the 7th of these, a step or a drift.
struct Scene {
  std::size_t baseline = 8;
  double step = 0.0, drift_per_run = 0.0;
};

template <class Wanted>
Outcome simulate(const Scene& scene, const Wanted& wanted) {
  constexpr int kRepeats = 4000;
  constexpr std::size_t kWatched = 24, kSteady = 6;
  const bool changes = scene.step != 0.0 || scene.drift_per_run != 0.0;
  std::mt19937_64 random(11);
  std::normal_distribution<double> normal(0.0, 1.0);
  std::vector<double> delays;
  for (int i = 0; i < kRepeats; ++i) {
    std::vector<double> values(scene.baseline + kWatched);
    const std::size_t change = scene.baseline + (changes ? kSteady : 0);
    for (std::size_t k = 0; k < values.size(); ++k) {
      values[k] = normal(random);
      if (k >= change) values[k] += scene.step + scene.drift_per_run * static_cast<double>(k - change + 1);
    }
    for (const auto& alarm : ControlChart()(values, first_runs(scene.baseline, values.size())).alarms) {
      if (alarm.run < change || !wanted(alarm.rule)) continue;
      delays.push_back(static_cast<double>(alarm.run - change + 1));
      break;
    }
  }
  std::sort(delays.begin(), delays.end());
  return {static_cast<double>(delays.size()) / kRepeats, delays.empty() ? 0.0 : delays[delays.size() / 2]};
}

bool any(ControlRule) {
  return true;
}
bool beyond_three(ControlRule rule) {
  return rule == ControlRule::k13s;
}
bool shewhart(ControlRule rule) {
  return rule != ControlRule::kCusum;
}
bool cusum(ControlRule rule) {
  return rule == ControlRule::kCusum;
}

// Montgomery, table of the tabular CUSUM with k = 1/2 and h = 5: 465 without a change, 38.0 at 0.5, 10.4 at
// 1, 5.75 at 1.5, 4.01 at 2 SD.
TEST(Rates, OfTheCusumByKnownLimitsAreThePublished) {
  const auto near = [](double shift, double published, double tolerance) {
    const double found = mean_run_length(shift, shift == 0.0 ? 2000 : 6000, shift == 0.0 ? 6000 : 400);
    std::cout << fmt::format(
        "CUSUM, shift {} SD: mean {:.2f} runs to the alarm, published {}\n", shift, found, published);
    EXPECT_NEAR(found, published, tolerance) << shift;
  };
  near(0.0, 465.0, 50.0);
  near(0.5, 38.0, 2.0);
  near(1.0, 10.4, 0.5);
  near(1.5, 5.75, 0.25);
  near(2.0, 4.01, 0.15);
}

// Of one run, the chance of |z| > 3 is 0.0027.
TEST(Rates, OfThreeSdByKnownLimitsAreThoseOfTheNormalCurve) {
  std::mt19937_64 random(3);
  std::normal_distribution<double> normal(0.0, 1.0);
  std::vector<double> values(400000);
  for (double& value : values) value = normal(random);
  std::size_t count = 0;
  for (const auto& alarm : ControlChart().by(kKnown, values).alarms)
    count += beyond_three(alarm.rule) ? 1U : 0U;
  EXPECT_NEAR(static_cast<double>(count) / 400000.0, 0.0027, 0.0003);
}

TEST(Rates, OfFalseAlarmsFallWithTheLengthOfTheBaseline) {
  double before = 1.0;
  for (const std::size_t baseline : {8U, 12U, 20U, 40U}) {
    const Scene steady{baseline};
    const double all = simulate(steady, any).alarmed;
    std::cout << fmt::format(
        "steady, baseline {}: of 24 runs behind it an alarm in {:.1f} % of scanners (1-3s alone {:.1f} %, "
        "all "
        "Shewhart rules {:.1f} %, CUSUM {:.1f} %)\n",
        baseline,
        100 * all,
        100 * simulate(steady, beyond_three).alarmed,
        100 * simulate(steady, shewhart).alarmed,
        100 * simulate(steady, cusum).alarmed);
    EXPECT_LT(all, before);
    before = all;
  }
  EXPECT_LT(before, 0.5);
}

TEST(Rates, OfDetectionGrowWithTheChange) {
  double before = 0.0;
  for (const double step : {0.0, 1.0, 2.0, 3.0}) {
    const Outcome found = simulate({20, step, 0.0}, any);
    if (step > 0.0)
      std::cout << fmt::format(
          "step of {} SD, baseline 20: seen within 18 runs in {:.1f} %, median {:.0f} runs\n",
          step,
          100 * found.alarmed,
          found.delay);
    EXPECT_GE(found.alarmed, before);
    before = found.alarmed;
  }
  EXPECT_GT(before, 0.99);
  for (const double drift : {0.1, 0.25, 0.5}) {
    const Outcome all = simulate({20, 0.0, drift}, any);
    const Outcome sums = simulate({20, 0.0, drift}, cusum);
    const Outcome limits = simulate({20, 0.0, drift}, beyond_three);
    std::cout << fmt::format(
        "drift of {} SD a run, baseline 20: seen within 18 runs in {:.1f} %, median {:.0f} runs (CUSUM alone "
        "{:.0f}, "
        "1-3s alone {:.0f})\n",
        drift,
        100 * all.alarmed,
        all.delay,
        sums.delay,
        limits.delay);
    EXPECT_LE(all.delay, sums.delay);
  }
}

}  // namespace
}  // namespace ledd
