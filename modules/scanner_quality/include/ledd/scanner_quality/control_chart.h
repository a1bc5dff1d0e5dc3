#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledd/core/params.h"

namespace ledd {

/// Why a run of a phantom is out of control. Limits are in SD of the baseline, s.
enum class ControlRule {
  k13s,    ///< "1-3s": beyond 3 s.
  k22s,    ///< "2-2s": two in a row beyond 2 s, on the same side.
  kR4s,    ///< "R-4s": of two in a row one beyond 2 s above, the other beyond 2 s below.
  k41s,    ///< "4-1s": four in a row beyond 1 s, on the same side.
  k10x,    ///< "10-x": ten in a row on the same side of the centre.
  kCusum,  ///< "CUSUM": the sum of deviations from the centre, less a slack for each, is beyond its limit.
};
/// "1-3s", ...
std::string_view name_of(ControlRule rule) noexcept;
/// One sentence for the reader of a table.
std::string_view meaning_of(ControlRule rule) noexcept;

/// Of individual runs: centre and spread of the baseline.
struct ControlLimits {
  double centre = 0.0;
  double sd = 0.0;                 ///< Mean moving range over 2 / sqrt(pi); above 0.
  double mean_moving_range = 0.0;  ///< Of the baseline's runs, each with the one before.
  std::size_t runs = 0;            ///< In the baseline.

  double at(double sds) const { return centre + sds * sd; }
};

/// Watches one number of a scanner from run to run.
///
/// Method   Shewhart chart of individuals: centre is the mean of the baseline's runs, SD their mean moving
///          range over d2 = 2/sqrt(pi). Rules 1-3s, 2-2s, R-4s, 4-1s and 10-x on the runs behind the
///          baseline; on the baseline's own runs, and any before, 1-3s alone. A rule that goes on is told
///          once, when it begins; 1-3s and R-4s at each run. Tabular CUSUM of both sides, in SD, from 0
///          behind the baseline: C+ = max(0, C+ + z - slack), C- = max(0, C- - z - slack); told when it
///          passes the limit, and again only after it was below. It is not set back by an alarm.
/// Source   Shewhart, and Western Electric Co, Statistical Quality Control Handbook, 1956; Westgard et al.,
///          Clin Chem 27:493, 1981 (the rules and their names); Page, Biometrika 41:100, 1954, and
///          Montgomery, Introduction to Statistical Quality Control (tabular CUSUM, slack 0.5, limit 5); for
///          densitometers: Lu et al., J Bone Miner Res 11:626, 1996; Pearson and Cawte, Osteoporos Int 7:338,
///          1997.
/// Limits   Limits from few runs are uncertain themselves: with 8 runs alarms without a cause come several
///          times as often as with limits that are known. docs/scanner-quality.md has the measured rates.
///          Runs are taken as independent, and the time between them as of no matter.
class ControlChart {
 public:
  static constexpr std::size_t kFewestRuns = 8;

  struct Params {
    double cusum_slack = 0.5;  ///< SD; half of the change that is to be found soonest.
    double cusum_limit = 5.0;  ///< SD.
    static const ParamTable<Params>& table();
  };

  struct Alarm {
    std::size_t run = 0;    ///< Where the rule is met.
    std::size_t since = 0;  ///< First run of those that meet it; of a CUSUM the first since it was 0.
    ControlRule rule = ControlRule::k13s;
    double low = 0.0, high = 0.0;  ///< What the rule allows; of a CUSUM in SD.
    bool in_baseline = false;      ///< The baseline holds a run beyond its own limits: it is to be looked at.
  };

  struct Result {
    std::optional<ControlLimits> limits;
    std::string refusal;    ///< Why there are no limits; empty when there are.
    std::vector<double> z;  ///< By run; empty without limits.
    std::vector<double> cusum_high,
        cusum_low;              ///< By run, in SD, both upward from 0; 0 up to the baseline's end.
    std::vector<Alarm> alarms;  ///< By run.
  };

  /// @throws Error{kParam}
  explicit ControlChart(const Params& params);
  ControlChart() : ControlChart(Params{}) {}

  /// @param values       In order of time.
  /// @param in_baseline  Which of them the limits are from.
  /// @throws Error{kInput}  lengths differ, or a value is not finite.
  Result operator()(const std::vector<double>& values, const std::vector<bool>& in_baseline) const;

  /// The same by limits that are known; `monitored` is the first run behind their baseline.
  Result by(const ControlLimits& limits, const std::vector<double>& values, std::size_t monitored = 0) const;

 private:
  Params params_;
};

/// The first `count` of `runs`.
std::vector<bool> first_runs(std::size_t count, std::size_t runs);

}  // namespace ledd
