#include "ledd/statistics/repeatability.h"

#include <fmt/format.h>

#include <cmath>

#include "ledd/core/error.h"

#include "quantiles.h"

namespace ledd::statistics {

double change_factor(double confidence) {
  require_confidence(confidence);
  return normal_quantile(0.5 + confidence / 2.0) * std::sqrt(2.0);
}

double smallest_detectable_change(double sem, double confidence) {
  require(sem >= 0.0 && std::isfinite(sem),
          Errc::kInput,
          fmt::format("a standard error of measurement of {} is not possible", sem));
  return change_factor(confidence) * sem;
}

WithinSubject within_subject(const std::vector<std::vector<double>>& subjects, double confidence) {
  require_confidence(confidence);
  require(!subjects.empty(), Errc::kInput, "no subject was measured twice");
  WithinSubject result;
  result.subjects = subjects.size();
  double squares = 0.0, relative_squares = 0.0;
  bool all_positive = true;
  for (const auto& values : subjects) {
    require(values.size() >= 2,
            Errc::kInput,
            fmt::format("a subject has {} values, two are needed; leave it out", values.size()));
    require_finite(values, "repeated values");
    const double mean = mean_of(values), own = squares_of(values);
    result.scans += values.size();
    result.df += values.size() - 1;
    result.mean += mean / static_cast<double>(subjects.size());
    squares += own;
    all_positive = all_positive && mean > 0.0;
    relative_squares += own / (mean * mean);
  }
  const double df = static_cast<double>(result.df), tail = (1.0 - confidence) / 2.0;
  const double low = std::sqrt(df / chi_squared_quantile(1.0 - tail, df));
  const double high = std::sqrt(df / chi_squared_quantile(tail, df));
  result.rms_sd = std::sqrt(squares / df);
  result.rms_sd_range = {low * result.rms_sd, high * result.rms_sd};
  result.lsc = change_factor(confidence) * result.rms_sd;
  if (all_positive) {
    const double cv_pct = 100.0 * std::sqrt(relative_squares / df);
    result.rms_cv_pct = cv_pct;
    result.rms_cv_range_pct = Interval{low * cv_pct, high * cv_pct};
    result.lsc_pct = change_factor(confidence) * cv_pct;
  }
  return result;
}

}  // namespace ledd::statistics
