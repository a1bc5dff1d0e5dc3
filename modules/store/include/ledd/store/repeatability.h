#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ledd::store {

/// What repeats say of one endpoint of one region: a row of repeatability.csv. A number is empty where it
/// does not exist; `verdict` says why.
struct RepeatabilityRow {
  std::string pipeline, endpoint, region;
  std::string side;  ///< "R", "L", "" without side, or "R+L": either side's own repeats, taken together.
  std::string statistic, unit, method;
  std::string version;  ///< Of Ledd; several with "; " between them.
  std::size_t subjects = 0;
  std::size_t sets = 0;       ///< Of repeats, with two values at least.
  std::size_t scans = 0;      ///< Values in these sets.
  std::size_t missed = 0;     ///< Scans of any set that gave no value.
  std::size_t uncertain = 0;  ///< Of the values, those that are not good.
  std::size_t df = 0;
  std::optional<double> mean, rms_sd, rms_sd_low, rms_sd_high;
  std::optional<double> rms_cv_pct, rms_cv_low_pct, rms_cv_high_pct;
  std::optional<double> lsc, lsc_pct;
  std::optional<double> icc_2_1, icc_low, icc_high;
  std::size_t icc_sets = 0;                         ///< Sets that the ICC is of.
  std::size_t icc_dropped = 0;                      ///< Sets with another number of values, left out of it.
  std::optional<double> bias, bias_low, bias_high;  ///< Second minus first scan of each set.
  std::optional<double> limit_low, limit_high, trend_slope, trend_p;
  std::string verdict;
};

std::string repeatability_csv(const std::vector<RepeatabilityRow>& rows);
/// parse(print(x)) == x for what people did not edit. @throws Error{kFormat}
std::vector<RepeatabilityRow> parse_repeatability_csv(std::string_view text);

}  // namespace ledd::store
