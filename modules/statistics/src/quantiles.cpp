#include "quantiles.h"

#include <fmt/format.h>

#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/fisher_f.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <numeric>

#include "ledd/core/error.h"

namespace ledd::statistics {

void require_confidence(double confidence) {
  require(confidence > 0.0 && confidence < 1.0,
          Errc::kParam,
          fmt::format("confidence = {} must lie between 0 and 1", confidence));
}

void require_finite(const std::vector<double>& values, std::string_view what) {
  for (const double value : values)
    require(std::isfinite(value), Errc::kInput, fmt::format("{}: {} is not a finite number", what, value));
}

double normal_quantile(double p) {
  return boost::math::quantile(boost::math::normal(), p);
}

double student_t_quantile(double p, double df) {
  return boost::math::quantile(boost::math::students_t(df), p);
}

double chi_squared_quantile(double p, double df) {
  return boost::math::quantile(boost::math::chi_squared(df), p);
}

std::optional<double> fisher_f_quantile(double p, double df1, double df2) {
  if (!(df1 > 0.0 && df2 > 0.0 && std::isfinite(df1) && std::isfinite(df2))) return std::nullopt;
  try {
    const double f = boost::math::quantile(boost::math::fisher_f(df1, df2), p);
    return std::isfinite(f) ? std::optional(f) : std::nullopt;
  } catch (const std::exception&) {  // Boost.Math: the quantile overflows at next to no degrees of freedom
    return std::nullopt;
  }
}

double two_sided_p(double t, double df) {
  if (!std::isfinite(t)) return 0.0;
  return 2.0 * boost::math::cdf(boost::math::complement(boost::math::students_t(df), std::abs(t)));
}

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double squares_of(const std::vector<double>& values) {
  const double mean = mean_of(values);
  double sum = 0.0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return sum;
}

}  // namespace ledd::statistics
