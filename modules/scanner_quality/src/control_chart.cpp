#include "ledd/scanner_quality/control_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "ledd/core/error.h"

namespace ledd {
namespace {

using Alarm = ControlChart::Alarm;

/// Mean of the moving range of two, of a normal variable of SD 1.
const double kD2 = 2.0 / std::sqrt(std::numbers::pi);

/// Whether the last `count` of the runs up to `run` all lie beyond `sds` on one side.
struct Streak {
  ControlRule rule;
  std::size_t count;
  double sds;
};
constexpr std::array<Streak, 3> kStreaks{
    {{ControlRule::k22s, 2, 2.0}, {ControlRule::k41s, 4, 1.0}, {ControlRule::k10x, 10, 0.0}}};

/// Judges the runs by known limits.
class Judge {
 public:
  Judge(const ControlLimits& limits, const ControlChart::Params& params, ControlChart::Result& result)
      : limits_(limits), params_(params), result_(result) {}

  void judge(std::size_t run, std::size_t monitored) {
    const bool in_baseline = run < monitored;
    if (std::fabs(z(run)) > 3.0) tell(run, run, ControlRule::k13s, 3.0, in_baseline);
    if (in_baseline) return;
    if (run > monitored && std::min(z(run), z(run - 1)) < -2.0 && std::max(z(run), z(run - 1)) > 2.0)
      tell(run, run - 1, ControlRule::kR4s, 2.0, false);
    for (const Streak& streak : kStreaks) {
      const bool now = holds(streak, run, monitored);
      const bool before = run > monitored && holds(streak, run - 1, monitored) && side(run) == side(run - 1);
      if (now && !before) tell(run, run + 1 - streak.count, streak.rule, streak.sds, false);
    }
    sum(run, monitored);
  }

 private:
  double z(std::size_t run) const { return result_.z[run]; }
  bool side(std::size_t run) const { return z(run) > 0.0; }

  bool holds(const Streak& streak, std::size_t run, std::size_t monitored) const {
    if (run + 1 < monitored + streak.count) return false;
    for (std::size_t i = 0; i < streak.count; ++i)
      if (!(std::fabs(z(run - i)) > streak.sds) || side(run - i) != side(run)) return false;
    return true;
  }

  void sum(std::size_t run, std::size_t monitored) {
    const bool first = run == monitored;
    sum_side(run, first ? 0.0 : result_.cusum_high[run - 1], z(run), result_.cusum_high, rose_);
    sum_side(run, first ? 0.0 : result_.cusum_low[run - 1], -z(run), result_.cusum_low, fell_);
  }

  void sum_side(std::size_t run, double before, double step, std::vector<double>& sums, std::size_t& since) {
    sums[run] = std::max(0.0, before + step - params_.cusum_slack);
    if (before == 0.0) since = run;
    if (sums[run] > params_.cusum_limit && !(before > params_.cusum_limit))
      result_.alarms.push_back(
          {run, since, ControlRule::kCusum, -params_.cusum_limit, params_.cusum_limit, false});
  }

  void tell(std::size_t run, std::size_t since, ControlRule rule, double sds, bool in_baseline) {
    result_.alarms.push_back({run, since, rule, limits_.at(-sds), limits_.at(sds), in_baseline});
  }

  const ControlLimits& limits_;
  const ControlChart::Params& params_;
  ControlChart::Result& result_;
  std::size_t rose_ = 0, fell_ = 0;
};

void require_finite(const std::vector<double>& values) {
  for (std::size_t i = 0; i < values.size(); ++i)
    require(std::isfinite(values[i]), Errc::kInput, fmt::format("run {} has no finite value", i + 1));
}

ControlLimits limits_of(const std::vector<double>& baseline) {
  ControlLimits limits;
  limits.runs = baseline.size();
  double moving = 0.0;
  for (std::size_t i = 0; i < baseline.size(); ++i) {
    limits.centre += baseline[i];
    if (i > 0) moving += std::fabs(baseline[i] - baseline[i - 1]);
  }
  limits.centre /= static_cast<double>(baseline.size());
  limits.mean_moving_range = moving / static_cast<double>(baseline.size() - 1);
  limits.sd = limits.mean_moving_range / kD2;
  return limits;
}

}  // namespace

std::string_view name_of(ControlRule rule) noexcept {
  switch (rule) {
    case ControlRule::k13s: return "1-3s";
    case ControlRule::k22s: return "2-2s";
    case ControlRule::kR4s: return "R-4s";
    case ControlRule::k41s: return "4-1s";
    case ControlRule::k10x: return "10-x";
    case ControlRule::kCusum: return "CUSUM";
  }
  return "";
}

std::string_view meaning_of(ControlRule rule) noexcept {
  switch (rule) {
    case ControlRule::k13s: return "beyond 3 SD of the baseline";
    case ControlRule::k22s: return "two runs in a row beyond 2 SD, on the same side";
    case ControlRule::kR4s: return "two runs in a row beyond 2 SD, on opposite sides";
    case ControlRule::k41s: return "four runs in a row beyond 1 SD, on the same side";
    case ControlRule::k10x: return "ten runs in a row on the same side of the centre";
    case ControlRule::kCusum:
      return "the sum of deviations from the centre is beyond its limit: a drift or a step";
  }
  return "";
}

const ParamTable<ControlChart::Params>& ControlChart::Params::table() {
  static const auto table =
      ParamTable<Params>()
          .add(&Params::cusum_slack,
               "cusum_slack",
               "1",
               "Slack of the CUSUM in SD: half of the change to be found soonest.",
               {0.05, 2.0})
          .add(&Params::cusum_limit, "cusum_limit", "1", "Limit of the CUSUM in SD.", {1.0, 20.0});
  return table;
}

ControlChart::ControlChart(const Params& params) : params_(params) {
  Params::table().validate(params);
}

ControlChart::Result ControlChart::operator()(const std::vector<double>& values,
                                              const std::vector<bool>& in_baseline) const {
  require(values.size() == in_baseline.size(),
          Errc::kInput,
          fmt::format("{} runs, but {} marks of the baseline", values.size(), in_baseline.size()));
  require_finite(values);
  std::vector<double> baseline;
  std::size_t monitored = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!in_baseline[i]) continue;
    baseline.push_back(values[i]);
    monitored = i + 1;
  }
  Result result;
  if (baseline.size() < kFewestRuns) {
    result.refusal = fmt::format("{} run{} in the baseline: limits need at least {}",
                                 baseline.size(),
                                 baseline.size() == 1 ? "" : "s",
                                 kFewestRuns);
    return result;
  }
  const ControlLimits limits = limits_of(baseline);
  if (!(limits.sd > 0.0)) {
    result.refusal = "the runs of the baseline are all alike: no scanner repeats itself exactly";
    return result;
  }
  return by(limits, values, monitored);
}

ControlChart::Result ControlChart::by(const ControlLimits& limits,
                                      const std::vector<double>& values,
                                      std::size_t monitored) const {
  require(std::isfinite(limits.centre) && limits.sd > 0.0 && std::isfinite(limits.sd),
          Errc::kInput,
          "limits need a centre and an SD above 0");
  require_finite(values);
  Result result;
  result.limits = limits;
  result.z.reserve(values.size());
  for (const double value : values) result.z.push_back((value - limits.centre) / limits.sd);
  result.cusum_high.assign(values.size(), 0.0);
  result.cusum_low.assign(values.size(), 0.0);
  Judge judge(limits, params_, result);
  for (std::size_t run = 0; run < values.size(); ++run) judge.judge(run, monitored);
  return result;
}

std::vector<bool> first_runs(std::size_t count, std::size_t runs) {
  std::vector<bool> marks(runs, false);
  for (std::size_t i = 0; i < std::min(count, runs); ++i) marks[i] = true;
  return marks;
}

}  // namespace ledd
