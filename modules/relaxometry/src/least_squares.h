#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

namespace ledd::relaxation {

/// Levenberg-Marquardt for a few parameters within bounds. A parameter at a bound whose gradient points
/// outwards is held there.
template <std::size_t P>
class LeastSquares {
 public:
  using Vector = std::array<double, P>;
  using Matrix = std::array<Vector, P>;

  struct Solution {
    Vector at{};
    Matrix information{};  ///< J'J at the end.
    std::array<bool, P> held{};
    double sse = 0.0;
    bool converged = false;
  };

  LeastSquares(const Vector& low, const Vector& high) : low_(low), high_(high) {}

  /// @param model  model(parameters, residuals, jacobian): measured minus model; d model / d parameter.
  template <class Model>
  Solution operator()(Vector start, std::size_t samples, const Model& model) const {
    std::vector<double> rest(samples), trial_rest(samples);
    std::vector<Vector> jacobian(samples), trial_jacobian(samples);
    Solution s;
    s.at = clamped(start);
    model(s.at, rest, jacobian);
    s.sse = squares(rest);
    double damping = 1e-3;
    for (int round = 0; round < kMostRounds && !s.converged; ++round) {
      const Vector gradient = normal_equations(rest, jacobian, s);
      hold(gradient, s);
      const Vector trial = clamped(moved(s, gradient, damping));
      double change = 0.0;
      for (std::size_t p = 0; p < P; ++p) change = std::max(change, std::abs(trial[p] - s.at[p]));
      model(trial, trial_rest, trial_jacobian);
      const double sse = squares(trial_rest);
      s.converged = change <= kStandsStill || damping > 1e12;
      if (sse <= s.sse) {
        s.at = trial;
        s.sse = sse;
        rest.swap(trial_rest);
        jacobian.swap(trial_jacobian);
        damping = std::max(0.1 * damping, 1e-12);
      } else {
        damping *= 10.0;
      }
    }
    const Vector gradient = normal_equations(rest, jacobian, s);
    hold(gradient, s);
    return s;
  }

  /// Variance of a parameter in units of the noise's; 0 where the data do not tell.
  static double variance(const Solution& s, std::size_t of) {
    if (s.held[of]) return 0.0;
    Vector unit{};
    unit[of] = 1.0;
    Matrix m = s.information;
    return solve(m, unit, s.held)[of];
  }

 private:
  static constexpr int kMostRounds = 200;
  static constexpr double kStandsStill = 1e-9;

  static double squares(const std::vector<double>& rest) {
    double sum = 0.0;
    for (const double r : rest) sum += r * r;
    return sum;
  }

  Vector clamped(Vector v) const {
    for (std::size_t p = 0; p < P; ++p) v[p] = std::clamp(v[p], low_[p], high_[p]);
    return v;
  }

  static Vector normal_equations(const std::vector<double>& rest,
                                 const std::vector<Vector>& jacobian,
                                 Solution& s) {
    Vector gradient{};
    s.information = {};
    for (std::size_t i = 0; i < rest.size(); ++i)
      for (std::size_t p = 0; p < P; ++p) {
        gradient[p] += jacobian[i][p] * rest[i];
        for (std::size_t q = 0; q < P; ++q) s.information[p][q] += jacobian[i][p] * jacobian[i][q];
      }
    return gradient;
  }

  void hold(const Vector& uphill, Solution& s) const {
    for (std::size_t p = 0; p < P; ++p)
      s.held[p] = (s.at[p] <= low_[p] && uphill[p] <= 0.0) || (s.at[p] >= high_[p] && uphill[p] >= 0.0);
  }

  static Vector moved(const Solution& s, const Vector& gradient, double damping) {
    Matrix m = s.information;
    for (std::size_t p = 0; p < P; ++p) m[p][p] *= 1.0 + damping;
    const Vector step = solve(m, gradient, s.held);
    Vector at = s.at;
    for (std::size_t p = 0; p < P; ++p) at[p] += step[p];
    return at;
  }

  /// Cholesky's way for a positive definite matrix, without the held parameters.
  static Vector solve(Matrix m, Vector v, const std::array<bool, P>& held) {
    for (std::size_t p = 0; p < P; ++p) {
      if (!held[p] && m[p][p] > 0.0) continue;
      for (std::size_t q = 0; q < P; ++q) m[p][q] = m[q][p] = 0.0;
      m[p][p] = 1.0;
      v[p] = 0.0;
    }
    for (std::size_t c = 0; c < P; ++c)
      for (std::size_t r = c + 1; r < P; ++r) {
        const double factor = m[c][c] != 0.0 ? m[r][c] / m[c][c] : 0.0;
        for (std::size_t k = c; k < P; ++k) m[r][k] -= factor * m[c][k];
        v[r] -= factor * v[c];
      }
    for (std::size_t r = P; r-- > 0;) {
      for (std::size_t k = r + 1; k < P; ++k) v[r] -= m[r][k] * v[k];
      v[r] = m[r][r] != 0.0 ? v[r] / m[r][r] : 0.0;
    }
    return v;
  }

  Vector low_, high_;
};

}  // namespace ledd::relaxation
