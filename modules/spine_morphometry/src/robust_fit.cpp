#include "robust_fit.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace ledd::spine {
namespace {

constexpr double kRoundingKept =
    0.75;  // set on phantoms: curved and turned terraces round less than flat ones

/// Cholesky factor of a symmetric positive definite matrix; nothing when it is not definite.
std::optional<Matrix> factor(Matrix a) {
  for (std::size_t j = 0; j < kTerms; ++j) {
    for (std::size_t k = 0; k < j; ++k) a[j][j] -= a[j][k] * a[j][k];
    if (!(a[j][j] > 1e-10)) return std::nullopt;
    a[j][j] = std::sqrt(a[j][j]);
    for (std::size_t i = j + 1; i < kTerms; ++i) {
      for (std::size_t k = 0; k < j; ++k) a[i][j] -= a[i][k] * a[j][k];
      a[i][j] /= a[j][j];
    }
  }
  return a;
}

/// Solves a x = b, `a` being a Cholesky factor.
Terms solve(const Matrix& a, Terms b) {
  for (std::size_t i = 0; i < kTerms; ++i) {
    for (std::size_t k = 0; k < i; ++k) b[i] -= a[i][k] * b[k];
    b[i] /= a[i][i];
  }
  for (std::size_t i = kTerms; i-- > 0;) {
    for (std::size_t k = i + 1; k < kTerms; ++k) b[i] -= a[k][i] * b[k];
    b[i] /= a[i][i];
  }
  return b;
}

Matrix inverse(const Matrix& factor) {
  Matrix out{};
  for (std::size_t j = 0; j < kTerms; ++j) {
    Terms unit{};
    unit[j] = 1.0;
    out[j] = solve(factor, unit);  // a symmetric matrix: rows are columns
  }
  return out;
}

/// One weighted regression: coefficients and inverse of the normal matrix; false when it is singular.
bool regress(const std::vector<Sample>& samples,
             const std::vector<double>& weights,
             const Terms& ridge,
             Fit& fit) {
  Matrix a{};
  Terms b{};
  fit.samples = 0.0;
  for (std::size_t n = 0; n < samples.size(); ++n) {
    fit.samples += weights[n];
    for (std::size_t i = 0; i < kTerms; ++i) {
      b[i] += weights[n] * samples[n].terms[i] * samples[n].value;
      for (std::size_t j = 0; j < kTerms; ++j)
        a[i][j] += weights[n] * samples[n].terms[i] * samples[n].terms[j];
    }
  }
  for (std::size_t i = 0; i < kTerms; ++i) {
    a[i][i] += ridge[i];
    if (a[i][i] == 0.0) a[i][i] = 1.0;  // a term that is not used
  }
  const auto root = factor(a);
  if (!root) return false;
  fit.beta = solve(*root, b);
  fit.inverse = inverse(*root);
  return true;
}

std::size_t count_terraces(const std::vector<Sample>& samples) {
  std::vector<long> terraces;
  terraces.reserve(samples.size());
  for (const Sample& s : samples) terraces.push_back(s.terrace);
  std::sort(terraces.begin(), terraces.end());
  return static_cast<std::size_t>(std::unique(terraces.begin(), terraces.end()) - terraces.begin());
}

}  // namespace

double dot(const Terms& beta, const Terms& terms) {
  double sum = 0.0;
  for (std::size_t i = 0; i < kTerms; ++i) sum += beta[i] * terms[i];
  return sum;
}

double median(std::vector<double> values) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return 0.5 * (*middle + *std::max_element(values.begin(), middle));
}

Fit huber_fit(const std::vector<Sample>& samples, const Terms& ridge, double scale_floor) {
  constexpr std::size_t kMinSamples = 8;
  constexpr int kRounds = 8;
  Fit fit;
  fit.rounding_mm = scale_floor;
  if (samples.size() < kMinSamples) return fit;
  std::vector<double> weights;
  weights.reserve(samples.size());
  for (const Sample& s : samples) weights.push_back(s.weight);
  std::vector<double> residuals(samples.size());
  for (int round = 0; round < kRounds; ++round) {
    if (!regress(samples, weights, ridge, fit)) return fit;
    double squares = 0.0;
    for (std::size_t n = 0; n < samples.size(); ++n) {
      const double residual = samples[n].value - dot(fit.beta, samples[n].terms);
      residuals[n] = std::abs(residual);
      squares += residual * residual;
    }
    fit.rms = std::sqrt(squares / static_cast<double>(samples.size()));
    const double scale = std::max(1.4826 * median(residuals), scale_floor);
    for (std::size_t n = 0; n < samples.size(); ++n)
      weights[n] = samples[n].weight * std::min(1.0, 1.345 * scale / std::max(residuals[n], 1e-12));
  }
  fit.terraces = static_cast<double>(count_terraces(samples));
  fit.ok = true;
  return fit;
}

double standard_error(const Fit& fit, const Terms& terms) {
  double variance = 0.0;
  for (std::size_t i = 0; i < kTerms; ++i) variance += terms[i] * dot(fit.inverse[i], terms);
  const double leverage = variance * fit.samples;
  if (!(leverage > 0.0)) return 0.0;
  const double share = leverage / (leverage + fit.terraces - 1.0);
  const double roughness = std::max(0.0, fit.rms * fit.rms - fit.rounding_mm * fit.rounding_mm);
  return std::hypot(kRoundingKept * fit.rounding_mm * share, std::sqrt(roughness * share));
}

}  // namespace ledd::spine
