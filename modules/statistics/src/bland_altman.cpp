#include <fmt/format.h>

#include <cmath>

#include "ledd/core/error.h"
#include "ledd/statistics/agreement.h"

#include "quantiles.h"

namespace ledd::statistics {
namespace {

std::optional<ProportionalBias> trend(const std::vector<double>& means,
                                      const std::vector<double>& differences) {
  const double squares = squares_of(means), df = static_cast<double>(means.size()) - 2.0;
  if (!(squares > 0.0 && df > 0.0)) return std::nullopt;
  const double mean_x = mean_of(means), mean_y = mean_of(differences);
  double products = 0.0;
  for (std::size_t n = 0; n < means.size(); ++n) products += (means[n] - mean_x) * (differences[n] - mean_y);
  ProportionalBias line;
  line.slope = products / squares;
  double rest = 0.0;
  for (std::size_t n = 0; n < means.size(); ++n) {
    const double off = differences[n] - mean_y - line.slope * (means[n] - mean_x);
    rest += off * off;
  }
  line.se = std::sqrt(rest / df / squares);
  if (!(line.se > 0.0)) return std::nullopt;  // the differences lie on a line: nothing to test it against
  line.t = line.slope / line.se;
  line.p = two_sided_p(line.t, df);
  return line;
}

}  // namespace

BlandAltman bland_altman(const std::vector<double>& first,
                         const std::vector<double>& second,
                         double confidence) {
  require_confidence(confidence);
  require(first.size() == second.size(),
          Errc::kInput,
          fmt::format("{} first and {} second values: they must be pairs", first.size(), second.size()));
  require(first.size() >= 2, Errc::kInput, fmt::format("{} pairs: two are needed", first.size()));
  require_finite(first, "first values");
  require_finite(second, "second values");
  std::vector<double> differences, means;
  for (std::size_t n = 0; n < first.size(); ++n) {
    differences.push_back(second[n] - first[n]);
    means.push_back((first[n] + second[n]) / 2.0);
  }
  BlandAltman result;
  result.subjects = first.size();
  const double n = static_cast<double>(first.size()), p = 0.5 + confidence / 2.0;
  const double t = student_t_quantile(p, n - 1.0), z = normal_quantile(0.975);
  result.bias = mean_of(differences);
  result.sd = std::sqrt(squares_of(differences) / (n - 1.0));
  const double of_bias = t * result.sd / std::sqrt(n);
  const double of_limit = t * result.sd * std::sqrt(1.0 / n + z * z / (2.0 * (n - 1.0)));
  result.bias_range = {result.bias - of_bias, result.bias + of_bias};
  result.limits = {result.bias - z * result.sd, result.bias + z * result.sd};
  result.low_range = {result.limits.low - of_limit, result.limits.low + of_limit};
  result.high_range = {result.limits.high - of_limit, result.limits.high + of_limit};
  result.trend = trend(means, differences);
  return result;
}

}  // namespace ledd::statistics
