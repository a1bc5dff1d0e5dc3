#include "empirical_bayes.h"

#include <fmt/format.h>

#include <cmath>

#include "ledd/core/error.h"

#include "quantiles.h"

namespace ledd::statistics {
namespace {

constexpr int kMostRounds = 10000;

/// Hyperparameters of one batch, by the method of moments.
struct Prior {
  double shift = 0.0, shift_variance = 0.0;    // normal
  double variance = 1.0, variance_spread = 0;  // moments of the inverse gamma
  double lambda() const { return (2.0 * variance_spread + variance * variance) / variance_spread; }
  double theta() const {
    return (variance * variance_spread + variance * variance * variance) / variance_spread;
  }
};

Prior prior_of(const std::vector<BatchResiduals>& features) {
  std::vector<double> shifts, variances;
  for (const auto& one : features) {
    shifts.push_back(one.effect->shift);
    variances.push_back(one.effect->variance);
  }
  const double df = static_cast<double>(features.size()) - 1.0;
  return {mean_of(shifts), squares_of(shifts) / df, mean_of(variances), squares_of(variances) / df};
}

double posterior_variance(const BatchResiduals& one, double shift, const Prior& prior) {
  if (!(prior.variance_spread > 0.0)) return prior.variance;  // the prior is one point
  double squares = 0.0;
  for (const double value : one.residuals) squares += (value - shift) * (value - shift);
  return (prior.theta() + squares / 2.0) /
         (static_cast<double>(one.residuals.size()) / 2.0 + prior.lambda() - 1.0);
}

void solve(const BatchResiduals& one, const Prior& prior, double tolerance) {
  const double n = static_cast<double>(one.residuals.size());
  double shift = one.effect->shift, variance = one.effect->variance;
  for (int round = 0; round < kMostRounds; ++round) {
    const double next_shift = (n * prior.shift_variance * one.effect->shift + variance * prior.shift) /
                              (n * prior.shift_variance + variance);
    const double next_variance = posterior_variance(one, next_shift, prior);
    const bool still = std::abs(next_shift - shift) <= tolerance * (1.0 + std::abs(shift)) &&
                       std::abs(next_variance - variance) <= tolerance * variance;
    shift = next_shift;
    variance = next_variance;
    if (!still) continue;
    one.effect->shift_used = shift;
    one.effect->variance_used = variance;
    return;
  }
  throw Error(Errc::kNumeric,
              fmt::format("empirical Bayes did not settle to {} in {} rounds", tolerance, kMostRounds));
}

}  // namespace

void draw_to_mean(const std::vector<BatchResiduals>& features, double tolerance) {
  const Prior prior = prior_of(features);
  for (const auto& one : features) solve(one, prior, tolerance);
}

}  // namespace ledd::statistics
