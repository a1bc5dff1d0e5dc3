#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>

#include "ledd/core/error.h"
#include "ledd/statistics/agreement.h"
#include "ledd/statistics/repeatability.h"

#include "repeat_sets.h"

namespace ledd::cases {
namespace {

using store::RepeatabilityRow;

void measure_within(const RepeatSeries& series, RepeatabilityRow& row) {
  const auto within = statistics::within_subject(series.values);
  row.sets = within.subjects;
  row.subjects = std::set<std::string>(series.subjects.begin(), series.subjects.end()).size();
  row.scans = within.scans;
  row.df = within.df;
  row.mean = within.mean;
  row.rms_sd = within.rms_sd;
  row.rms_sd_low = within.rms_sd_range.low;
  row.rms_sd_high = within.rms_sd_range.high;
  row.lsc = within.lsc;
  if (!within.rms_cv_pct) return;
  row.rms_cv_pct = within.rms_cv_pct;
  row.rms_cv_low_pct = within.rms_cv_range_pct->low;
  row.rms_cv_high_pct = within.rms_cv_range_pct->high;
  row.lsc_pct = within.lsc_pct;
}

/// Of the sets with the commonest number of values; of two equally common ones the greater.
void measure_icc(const RepeatSeries& series, RepeatabilityRow& row) {
  std::map<std::size_t, std::size_t> sizes;
  for (const auto& values : series.values) ++sizes[values.size()];
  std::size_t size = 0;
  for (const auto& [values, sets] : sizes)
    if (size == 0 || sets >= sizes.at(size)) size = values;
  std::vector<std::vector<double>> table;
  for (const auto& values : series.values)
    if (values.size() == size) table.push_back(values);
  row.icc_sets = table.size();
  row.icc_dropped = series.values.size() - table.size();
  if (table.size() < 2) return;
  try {
    const auto icc = statistics::intraclass_correlation(table);
    row.icc_2_1 = icc.agreement;
    if (!icc.agreement_range) return;
    row.icc_low = icc.agreement_range->low;
    row.icc_high = icc.agreement_range->high;
  } catch (const Error& e) {
    if (e.code() != Errc::kNumeric) throw;  // all values the same: there is none
  }
}

void measure_bias(const RepeatSeries& series, RepeatabilityRow& row) {
  if (series.values.size() < 2) return;
  std::vector<double> first, second;
  for (const auto& values : series.values) {
    first.push_back(values[0]);
    second.push_back(values[1]);
  }
  const auto found = statistics::bland_altman(first, second);
  row.bias = found.bias;
  row.bias_low = found.bias_range.low;
  row.bias_high = found.bias_range.high;
  row.limit_low = found.limits.low;
  row.limit_high = found.limits.high;
  if (!found.trend) return;
  row.trend_slope = found.trend->slope;
  row.trend_p = found.trend->p;
}

/// The figure behind `name` in what the catalogue says of an endpoint's precision: "RMS-SD 0.12 mm".
std::optional<double> stated(const std::string& text, const std::string& name) {
  const std::regex pattern(name + R"([^0-9;.,]{0,12}([0-9]+(?:\.[0-9]+)?))");
  std::smatch found;
  if (!std::regex_search(text, found, pattern)) return std::nullopt;
  return std::stod(found[1]);
}

std::string against(double claim, const char* what, std::optional<double> low, std::optional<double> high) {
  if (!low || !high) return "";
  if (claim < *low) return fmt::format("{} is worse than the {:g} stated in the catalogue", what, claim);
  if (claim > *high) return fmt::format("{} is better than the {:g} stated in the catalogue", what, claim);
  return fmt::format("{} agrees with the {:g} stated in the catalogue", what, claim);
}

std::string verdict(const RepeatSeries& series, const RepeatabilityRow& row) {
  if (!row.rms_sd) return "not measurable: no set of repeats has two values";
  if (*row.rms_sd <= 0.0) return "the repeats agree to the last digit: no precision follows from them";
  std::string text = "no figure in the catalogue to hold it against";
  const std::string& precision = series.definition->precision;
  if (const auto sd = stated(precision, "RMS-?SD"))
    text = against(*sd, "RMS-SD", row.rms_sd_low, row.rms_sd_high);
  else if (const auto cv = stated(precision, "RMS-?CV"); cv && row.rms_cv_pct)
    text = against(*cv, "RMS-CV", row.rms_cv_low_pct, row.rms_cv_high_pct);
  if (row.df < statistics::kEnoughDegreesOfFreedom)
    text += fmt::format("; {} degrees of freedom, {} are asked for before a change is judged by it",
                        row.df,
                        statistics::kEnoughDegreesOfFreedom);
  if (row.bias && (*row.bias_low > 0.0 || *row.bias_high < 0.0))
    text += "; the second scan differs from the first on average";
  return text;
}

}  // namespace

void measure(RepeatSeries& series) {
  RepeatabilityRow& row = series.row;
  if (!series.values.empty()) {
    measure_within(series, row);
    measure_icc(series, row);
    measure_bias(series, row);
  }
  row.verdict = verdict(series, row);
}

}  // namespace ledd::cases
