#pragma once
#include <optional>
#include <string_view>
#include <vector>

/// Quantiles of the distributions that intervals are made of; Boost.Math stays in quantiles.cpp.
namespace ledd::statistics {

/// @throws Error{kParam}  `confidence` is not in (0, 1).
void require_confidence(double confidence);
/// @throws Error{kInput}  a value is not finite; names `what`.
void require_finite(const std::vector<double>& values, std::string_view what);

double normal_quantile(double p);
double student_t_quantile(double p, double df);
double chi_squared_quantile(double p, double df);
/// Empty where the degrees of freedom are not positive and finite, or the quantile has no finite value.
std::optional<double> fisher_f_quantile(double p, double df1, double df2);
/// P(|T| >= |t|)
double two_sided_p(double t, double df);

double mean_of(const std::vector<double>& values);
/// Sum of squared distances from the mean.
double squares_of(const std::vector<double>& values);

}  // namespace ledd::statistics
