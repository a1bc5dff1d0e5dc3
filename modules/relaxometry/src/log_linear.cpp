#include <cmath>

#include "fitter.h"

namespace ledd::relaxation {
namespace {

constexpr int kMostRounds = 100;
constexpr double kStandsStill = 1e-10;

struct Line {
  double at_zero = 0.0, slope = 0.0;
};

struct Fitted {
  const Line& line;
  const std::vector<double>&logs, &weights;
  bool still;
};

/// ln S = ln S0 - t / T by weighted least squares.
class LogLinear final : public Fitter {
 public:
  LogLinear(std::vector<double> times_ms, const Relaxometry::Params& params)
      : times_(std::move(times_ms)), params_(params) {}

  void fit(const Signals& signals, std::array<Fit, kLanes>& fits) const override {
    for (std::size_t l = 0; l < kLanes; ++l) fits[l] = fit_one(signals, l);
  }

 private:
  Fit fit_one(const Signals& signals, std::size_t l) const {
    Fit fit;
    std::vector<double> logs(times_.size()), weights(times_.size(), 1.0);
    for (std::size_t i = 0; i < times_.size(); ++i) {
      if (!(signals[i][l] > 0.0) || !std::isfinite(signals[i][l])) return fit;  // has no logarithm
      logs[i] = std::log(signals[i][l]);
    }
    Line line = through(logs, weights);
    bool still = params_.weights == Relaxometry::Weights::kNone;
    for (int round = 0; !still && round < kMostRounds; ++round) {
      // Relative to the first echo: the scale of weights is free, and the square must not overflow.
      for (std::size_t i = 0; i < times_.size(); ++i)
        weights[i] = std::exp(2.0 * line.slope * (times_[i] - times_.front()));
      const Line next = through(logs, weights);
      still = std::abs(next.slope - line.slope) <= kStandsStill * std::abs(next.slope);
      line = next;
    }
    if (!(line.slope < 0.0)) {
      fit.quality = FitQuality::kGrowing;
      return fit;
    }
    return finish(signals, l, {line, logs, weights, still});
  }

  Fit finish(const Signals& signals, std::size_t l, const Fitted& fitted) const {
    const auto& [line, logs, weights, still] = fitted;
    Fit fit;
    fit.quality = still ? FitQuality::kGood : FitQuality::kNotConverged;
    fit.value_ms = -1.0 / line.slope;
    fit.s0 = std::exp(line.at_zero);
    double sse = 0.0, weighted = 0.0, w1 = 0.0, wt = 0.0, wtt = 0.0;
    for (std::size_t i = 0; i < times_.size(); ++i) {
      const double t = times_[i], rest = signals[i][l] - fit.s0 * std::exp(line.slope * t);
      const double log_rest = logs[i] - line.at_zero - line.slope * t;
      sse += rest * rest;
      weighted += weights[i] * log_rest * log_rest;
      w1 += weights[i];
      wt += weights[i] * t;
      wtt += weights[i] * t * t;
    }
    if (const double total = total_squares(signals, l); total > 0.0) fit.r2 = 1.0 - sse / total;
    if (times_.size() > 2)
      fit.se_ms = fit.value_ms * fit.value_ms *
                  std::sqrt(weighted / static_cast<double>(times_.size() - 2) / (wtt - wt * wt / w1));
    bound(fit);
    return fit;
  }

  void bound(Fit& fit) const {
    if (fit.value_ms < params_.min_ms) {
      fit.quality = FitQuality::kAtLowerBound;
      fit.value_ms = params_.min_ms;
    } else if (fit.value_ms > params_.max_ms) {
      fit.quality = FitQuality::kAtUpperBound;
      fit.value_ms = params_.max_ms;
    }
  }

  Line through(const std::vector<double>& logs, const std::vector<double>& weights) const {
    double w1 = 0.0, wt = 0.0, wy = 0.0;
    for (std::size_t i = 0; i < times_.size(); ++i) {
      w1 += weights[i];
      wt += weights[i] * times_[i];
      wy += weights[i] * logs[i];
    }
    double tt = 0.0, ty = 0.0;
    for (std::size_t i = 0; i < times_.size(); ++i) {
      const double t = times_[i] - wt / w1;
      tt += weights[i] * t * t;
      ty += weights[i] * t * (logs[i] - wy / w1);
    }
    const double slope = ty / tt;
    return {(wy - slope * wt) / w1, slope};
  }

  std::vector<double> times_;
  Relaxometry::Params params_;
};

}  // namespace

FitterPointer make_log_linear(const std::vector<double>& times_ms, const Relaxometry::Params& params) {
  return std::make_unique<LogLinear>(times_ms, params);
}

}  // namespace ledd::relaxation
