#include <fmt/format.h>

#include <cmath>

#include "ledd/core/error.h"
#include "ledd/statistics/agreement.h"

#include "quantiles.h"

namespace ledd::statistics {
namespace {

void require_full(const std::vector<std::vector<double>>& table) {
  require(table.size() >= 2, Errc::kInput, fmt::format("{} subjects: two are needed", table.size()));
  const std::size_t raters = table.front().size();
  require(raters >= 2, Errc::kInput, fmt::format("{} values of a subject: two are needed", raters));
  for (const auto& row : table) {
    require(row.size() == raters,
            Errc::kInput,
            fmt::format(
                "one subject has {} values and another {}: all need the same number", raters, row.size()));
    require_finite(row, "the table");
  }
}

/// The mean squares of a two-way analysis of variance without repeats.
void analyse(const std::vector<std::vector<double>>& table, IntraclassCorrelation& result) {
  const double n = static_cast<double>(result.subjects), k = static_cast<double>(result.raters);
  std::vector<double> of_subject, of_rater(result.raters, 0.0);
  for (const auto& row : table) {
    of_subject.push_back(mean_of(row));
    for (std::size_t rater = 0; rater < row.size(); ++rater) of_rater[rater] += row[rater] / n;
  }
  const double grand = mean_of(of_rater);
  double error = 0.0;
  for (std::size_t subject = 0; subject < table.size(); ++subject)
    for (std::size_t rater = 0; rater < of_rater.size(); ++rater) {
      const double rest = table[subject][rater] - of_subject[subject] - of_rater[rater] + grand;
      error += rest * rest;
    }
  result.ms_subjects = k * squares_of(of_subject) / (n - 1.0);
  result.ms_raters = n * squares_of(of_rater) / (k - 1.0);
  result.ms_error = error / ((n - 1.0) * (k - 1.0));
}

/// ICC(A,1) of table 7.
std::optional<Interval> agreement_range(const IntraclassCorrelation& icc, double confidence) {
  const double n = static_cast<double>(icc.subjects), k = static_cast<double>(icc.raters);
  const double between = icc.ms_subjects, raters = icc.ms_raters, error = icc.ms_error;
  if (!(raters > 0.0 || error > 0.0)) return Interval{1.0, 1.0};
  const double rho = icc.agreement, p = 0.5 + confidence / 2.0;
  const double a = k * rho / (n * (1.0 - rho)), b = 1.0 + k * rho * (n - 1.0) / (n * (1.0 - rho));
  const double whole = a * raters + b * error;
  const double df =
      whole * whole / (a * raters * a * raters / (k - 1.0) + b * error * b * error / ((n - 1.0) * (k - 1.0)));
  const auto above = fisher_f_quantile(p, n - 1.0, df), below = fisher_f_quantile(p, df, n - 1.0);
  if (!above || !below) return std::nullopt;
  const double rest = k * raters + (k * n - k - n) * error;
  return Interval{n * (between - *above * error) / (*above * rest + n * between),
                  n * (*below * between - error) / (rest + n * *below * between)};
}

/// ICC(C,1) of table 7.
std::optional<Interval> consistency_range(const IntraclassCorrelation& icc, double confidence) {
  const double n = static_cast<double>(icc.subjects), k = static_cast<double>(icc.raters);
  if (!(icc.ms_error > 0.0)) return Interval{1.0, 1.0};
  const double f = icc.ms_subjects / icc.ms_error, p = 0.5 + confidence / 2.0;
  const auto above = fisher_f_quantile(p, n - 1.0, (n - 1.0) * (k - 1.0));
  const auto below = fisher_f_quantile(p, (n - 1.0) * (k - 1.0), n - 1.0);
  if (!above || !below) return std::nullopt;
  const double low = f / *above, high = f * *below;
  return Interval{(low - 1.0) / (low + k - 1.0), (high - 1.0) / (high + k - 1.0)};
}

}  // namespace

IntraclassCorrelation intraclass_correlation(const std::vector<std::vector<double>>& table,
                                             double confidence) {
  require_confidence(confidence);
  require_full(table);
  IntraclassCorrelation icc;
  icc.subjects = table.size();
  icc.raters = table.front().size();
  analyse(table, icc);
  const double n = static_cast<double>(icc.subjects), k = static_cast<double>(icc.raters);
  require(icc.ms_subjects + icc.ms_raters + icc.ms_error > 0.0,
          Errc::kNumeric,
          "all values are the same: an intraclass correlation does not exist");
  const double of_subjects = icc.ms_subjects - icc.ms_error;
  const double within = icc.ms_subjects + (k - 1.0) * icc.ms_error;
  icc.agreement = of_subjects / (within + k * (icc.ms_raters - icc.ms_error) / n);
  icc.consistency = within > 0.0 ? of_subjects / within : 0.0;  // only the raters differ
  icc.agreement_range = agreement_range(icc, confidence);
  if (within > 0.0) icc.consistency_range = consistency_range(icc, confidence);
  return icc;
}

}  // namespace ledd::statistics
