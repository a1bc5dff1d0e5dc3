#include "quality_charts.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ledd/core/error.h"
#include "ledd/scanner_quality/calibration_drift.h"

#include "days.h"

namespace ledd::cases {
namespace {

constexpr double kDriftAt = 100.0;  ///< mg/cm3: between the cut-offs of low bone mass.
constexpr const char* kSlope = "calibration_slope";
constexpr const char* kIntercept = "calibration_intercept";

double day_of(const std::string& option, const std::string& date) {
  const auto day = date.size() == 10 ? day_number(date) : std::nullopt;
  require(day.has_value(), Errc::kParam, fmt::format("{} {}: a date is needed, as 2026-03-31", option, date));
  return *day;
}

std::pair<std::string, std::string> pattern_and_date(const std::string& text) {
  const auto at = text.rfind('=');
  if (at == std::string::npos) return {"*", text};
  return {text.substr(0, at), text.substr(at + 1)};
}

/// The runs that have a value, split where a new baseline begins.
std::vector<ChartEpoch> epochs_of(const RunGroup& group,
                                  const std::vector<double>& values,
                                  const std::vector<double>& beginnings) {
  std::vector<ChartEpoch> epochs(beginnings.size() + 1);
  for (std::size_t i = 0; i < group.runs.size(); ++i) {
    if (!std::isfinite(values[i])) continue;
    const auto number =
        std::upper_bound(beginnings.begin(), beginnings.end(), group.runs[i].day) - beginnings.begin();
    epochs[static_cast<std::size_t>(number)].runs.push_back(i);
  }
  std::erase_if(epochs, [](const ChartEpoch& epoch) { return epoch.runs.empty(); });
  return epochs;
}

void mark_baseline(const RunGroup& group, const QualityOptions& options, ChartEpoch& epoch) {
  const bool given = !options.baseline_from.empty();
  const double from = given ? day_of("--baseline-from", options.baseline_from) : 0.0;
  const double to = given ? day_of("--baseline-to", options.baseline_to) + 1.0 : 0.0;
  std::size_t left = options.baseline_runs;
  for (const std::size_t i : epoch.runs) {
    const PhantomRun& run = group.runs[i];
    const bool chosen = given ? run.day >= from && run.day < to : left > 0;
    epoch.baseline.push_back(chosen && run.clean);
    if (epoch.baseline.back() && left > 0) --left;
  }
}

void judge(const std::vector<double>& values, ChartEpoch& epoch) {
  std::vector<double> own;
  own.reserve(epoch.runs.size());
  for (const std::size_t i : epoch.runs) own.push_back(values[i]);
  epoch.result = ControlChart()(own, epoch.baseline);
}

std::vector<double> values_of(const RunGroup& group, const ChartKey& key) {
  std::vector<double> values;
  values.reserve(group.runs.size());
  for (const PhantomRun& run : group.runs) {
    const auto found = run.values.find(key);
    values.push_back(found == run.values.end() ? std::numeric_limits<double>::quiet_NaN() : found->second);
  }
  return values;
}

/// Each epoch against its own baseline, as its chart is.
void fill_drift(const RunGroup& group, RunChart& chart) {
  const auto slopes = values_of(group, {kSlope, "scan", "", "value"});
  const auto intercepts = values_of(group, {kIntercept, "scan", "", "value"});
  for (ChartEpoch& epoch : chart.epochs) {
    std::vector<CalibrationReading> runs;
    for (const std::size_t i : epoch.runs) runs.push_back({slopes[i], intercepts[i]});
    if (std::find(epoch.baseline.begin(), epoch.baseline.end(), true) == epoch.baseline.end()) continue;
    const auto drift = calibration_drift_mg_cm3(runs, epoch.baseline, kDriftAt);
    for (std::size_t k = 0; k < drift.size(); ++k) chart.values[epoch.runs[k]] = drift[k];
    judge(chart.values, epoch);
  }
}

/// "R MT" of a joint's side and region.
std::string joined_region(const ChartKey& key) {
  const auto& [endpoint, region, side, statistic] = key;
  return side.empty() ? region : side + ' ' + region;
}

RunChart drift_chart(const RunGroup& group,
                     const std::vector<double>& beginnings,
                     const QualityOptions& options) {
  RunChart chart;
  chart.endpoint = "calibration_drift";
  chart.region = "scan";
  chart.info = {
      fmt::format("Density drift: what {:g} mg/cm3 would be misread by, by the baseline's calibration",
                  kDriftAt),
      "mg/cm3"};
  // A run has a drift where it has a slope and an intercept.
  const auto slopes = values_of(group, {kSlope, "scan", "", "value"});
  const auto intercepts = values_of(group, {kIntercept, "scan", "", "value"});
  std::vector<double> both;
  for (std::size_t i = 0; i < slopes.size(); ++i) both.push_back(slopes[i] + intercepts[i]);
  chart.values.assign(both.size(), std::numeric_limits<double>::quiet_NaN());
  chart.epochs = epochs_of(group, both, beginnings);
  for (ChartEpoch& epoch : chart.epochs) mark_baseline(group, options, epoch);
  fill_drift(group, chart);
  // Without a baseline there is nothing to have drifted from.
  std::erase_if(chart.epochs,
                [&](const ChartEpoch& e) { return !std::isfinite(chart.values[e.runs.front()]); });
  return chart;
}

}  // namespace

void require_legal(const QualityOptions& options) {
  require(
      options.baseline_runs >= ControlChart::kFewestRuns,
      Errc::kParam,
      fmt::format(
          "--baseline {}: limits need at least {} runs", options.baseline_runs, ControlChart::kFewestRuns));
  require(options.baseline_from.empty() == options.baseline_to.empty(),
          Errc::kParam,
          "--baseline-from and --baseline-to belong together");
  if (!options.baseline_from.empty())
    require(day_of("--baseline-from", options.baseline_from) <= day_of("--baseline-to", options.baseline_to),
            Errc::kParam,
            "--baseline-from is after --baseline-to");
  for (const std::string& one : options.new_baselines) day_of("--new-baseline", pattern_and_date(one).second);
}

std::vector<double> new_baselines_of(const std::string& scanner, const QualityOptions& options) {
  std::vector<double> days;
  for (const std::string& one : options.new_baselines) {
    const auto [pattern, date] = pattern_and_date(one);
    if (::fnmatch(pattern.c_str(), scanner.c_str(), 0) == 0) days.push_back(day_of("--new-baseline", date));
  }
  std::sort(days.begin(), days.end());
  days.erase(std::unique(days.begin(), days.end()), days.end());
  return days;
}

std::vector<RunChart> charts_of(const RunGroup& group, const QualityOptions& options) {
  const auto beginnings = new_baselines_of(group.scanner, options);
  std::vector<RunChart> charts;
  const bool has_line = group.charts.contains({kSlope, "scan", "", "value"}) &&
                        group.charts.contains({kIntercept, "scan", "", "value"});
  if (group.calibrates && has_line) charts.push_back(drift_chart(group, beginnings, options));
  for (const auto& [key, info] : group.charts) {
    RunChart chart;
    chart.endpoint = std::get<0>(key);
    chart.region = joined_region(key);
    chart.info = info;
    chart.values = values_of(group, key);
    chart.epochs = epochs_of(group, chart.values, beginnings);
    for (ChartEpoch& epoch : chart.epochs) {
      mark_baseline(group, options, epoch);
      judge(chart.values, epoch);
    }
    charts.push_back(std::move(chart));
  }
  return charts;
}

}  // namespace ledd::cases
