#include "ledd/relaxometry/rician.h"

#include <array>
#include <cmath>
#include <cstddef>

namespace ledd {
namespace {

constexpr double kSqrtHalfPi = 1.2533141373155002512;
constexpr double kTableEnd = 40.0;  // S/sigma from where three terms of the asymptotic series do
constexpr std::size_t kPerUnit = 64;
constexpr std::size_t kNodes = static_cast<std::size_t>(kTableEnd) * kPerUnit + 1;

/// exp(-z) times the power series of I_order, order 0 or 1; all terms are positive.
double scaled_series(double z, double order) {
  const double quarter = 0.25 * z * z;
  double term = order > 0.0 ? 0.5 * z : 1.0, sum = term;
  for (double k = 1.0; term > 1e-17 * sum; k += 1.0) {
    term *= quarter / (k * (k + order));
    sum += term;
  }
  return sum * std::exp(-z);
}

/// Hankel's expansion for large z; mu = 4 order^2.
double scaled_asymptotic(double z, double mu) {
  double term = 1.0, sum = 1.0;
  for (double k = 1.0; k < 40.0; k += 1.0) {
    const double odd = 2.0 * k - 1.0;
    const double next = -term * (mu - odd * odd) / (8.0 * k * z);
    if (!(std::abs(next) < std::abs(term)) || std::abs(next) < 1e-17) break;
    term = next;
    sum += term;
  }
  return sum / std::sqrt(2.0 * M_PI * z);
}

/// For sigma = 1.
RicianMean by_formula(double a) {
  const double x = 0.5 * a * a, i0 = bessel_i0e(0.5 * x), i1 = bessel_i1e(0.5 * x);
  return {kSqrtHalfPi * ((1.0 + x) * i0 + x * i1), kSqrtHalfPi * 0.5 * a * (i0 + i1)};
}

const std::array<RicianMean, kNodes>& table() {
  static const auto nodes = [] {
    std::array<RicianMean, kNodes> made{};
    for (std::size_t i = 0; i < kNodes; ++i)
      made[i] = by_formula(static_cast<double>(i) / static_cast<double>(kPerUnit));
    return made;
  }();
  return nodes;
}

}  // namespace

double bessel_i0e(double z) {
  return z < 30.0 ? scaled_series(z, 0.0) : scaled_asymptotic(z, 0.0);
}

double bessel_i1e(double z) {
  return z < 30.0 ? scaled_series(z, 1.0) : scaled_asymptotic(z, 4.0);
}

RicianMean rician_mean(double amplitude, double sigma) {
  const double a = amplitude / sigma;
  if (a >= kTableEnd) {
    const double v = 1.0 / (a * a);
    return {amplitude + sigma * (1.0 + v * (0.25 + 0.375 * v)) / (2.0 * a),
            1.0 - 0.5 * v * (1.0 + v * (0.75 + 1.875 * v))};
  }
  const double at = a * static_cast<double>(kPerUnit);
  const auto node = static_cast<std::size_t>(at);
  const double t = at - static_cast<double>(node), h = 1.0 / static_cast<double>(kPerUnit);
  const RicianMean &p = table()[node], &q = table()[node + 1 < kNodes ? node + 1 : node];
  // Hermite's cubic through values and slopes of both nodes.
  const double rise = q.mean - p.mean;
  const double c2 = 3.0 * rise - h * (2.0 * p.slope + q.slope), c3 = h * (p.slope + q.slope) - 2.0 * rise;
  return {sigma * (p.mean + t * (h * p.slope + t * (c2 + t * c3))),
          p.slope + t * (2.0 * c2 + 3.0 * t * c3) * static_cast<double>(kPerUnit)};
}

}  // namespace ledd
