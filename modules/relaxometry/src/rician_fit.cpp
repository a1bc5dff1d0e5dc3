#include <cmath>

#include "ledd/relaxometry/rician.h"

#include "fitter.h"
#include "least_squares.h"

namespace ledd::relaxation {
namespace {

using Search = LeastSquares<2>;  // ln S0, ln T
constexpr double kWide = 60.0;

/// Least squares with the Rician mean, from the plain fit and from shorter times: the floor draws that one
/// up.
class RicianFit final : public Fitter {
 public:
  RicianFit(std::vector<double> times_ms, const Relaxometry::Params& params, double sigma)
      : times_(std::move(times_ms)),
        sigma_(sigma),
        low_(std::log(params.min_ms)),
        high_(std::log(params.max_ms)),
        plain_(make_nlls(times_, params)),
        search_({-kWide, low_}, {kWide, high_}) {}

  void fit(const Signals& signals, std::array<Fit, kLanes>& fits) const override {
    plain_->fit(signals, fits);
    for (std::size_t l = 0; l < kLanes; ++l)
      if (has_signal(signals, l)) fits[l] = fit_one(signals, l, fits[l]);
  }

 private:
  Fit fit_one(const Signals& signals, std::size_t l, const Fit& plain) const {
    if (plain.quality == FitQuality::kGrowing) return plain;
    const auto model =
        [&](const Search::Vector& p, std::vector<double>& rest, std::vector<Search::Vector>& j) {
          const double s0 = std::exp(p[0]), rate = std::exp(-p[1]);
          for (std::size_t i = 0; i < times_.size(); ++i) {
            const double amplitude = s0 * std::exp(-times_[i] * rate);
            const RicianMean m = rician_mean(amplitude, sigma_);
            rest[i] = signals[i][l] - m.mean;
            j[i] = {m.slope * amplitude, m.slope * amplitude * times_[i] * rate};
          }
        };
    const double t = std::log(plain.value_ms), s0 = std::log(std::max(plain.s0, 1e-6 * sigma_));
    auto best = search_({s0, t}, times_.size(), model);
    // From half the time, the same first echo.
    auto other = search_({s0 + times_.front() / plain.value_ms, t - std::log(2.0)}, times_.size(), model);
    if (other.sse < best.sse) best = other;
    return finish(signals, l, best);
  }

  Fit finish(const Signals& signals, std::size_t l, const Search::Solution& best) const {
    Fit fit;
    fit.value_ms = std::exp(best.at[1]);
    fit.s0 = std::exp(best.at[0]);
    fit.quality = best.converged ? FitQuality::kGood : FitQuality::kNotConverged;
    if (best.at[1] <= low_) fit.quality = FitQuality::kAtLowerBound;
    if (best.at[1] >= high_) fit.quality = FitQuality::kAtUpperBound;
    if (const double total = total_squares(signals, l); total > 0.0) fit.r2 = 1.0 - best.sse / total;
    const double variance = Search::variance(best, 1);
    if (times_.size() > 2 && variance > 0.0)
      fit.se_ms = fit.value_ms * std::sqrt(variance * best.sse / static_cast<double>(times_.size() - 2));
    return fit;
  }

  std::vector<double> times_;
  double sigma_, low_, high_;
  FitterPointer plain_;
  Search search_;
};

}  // namespace

FitterPointer make_rician(const std::vector<double>& times_ms,
                          const Relaxometry::Params& params,
                          double sigma) {
  return std::make_unique<RicianFit>(times_ms, params, sigma);
}

}  // namespace ledd::relaxation
