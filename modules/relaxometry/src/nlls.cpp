#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

#include "fitter.h"

namespace ledd::relaxation {
namespace {

using Lane = std::array<double, kLanes>;
constexpr std::size_t kRates = 33;  // neighbours differ by a quarter in T over 1..1000 ms
constexpr int kMostSteps = 60;
constexpr double kStandsStill = 1e-13;

/// exp(x) for x in [-700, 0], 1 unit in the last place: x = k ln 2 + r, |r| <= ln 2 / 2, and Taylor's series.
/// Without a branch or a call, so that the compiler takes several at once.
inline double exp_of(double x) {
  constexpr double kShift = 6755399441055744.0;  // 1.5 * 2^52: adding it rounds to a whole number
  constexpr double kLn2High = 0.693147180369123816490, kLn2Low = 1.90821492927058770002e-10;
  const double shifted = x * 1.4426950408889634074 + kShift;
  const double k = shifted - kShift;
  const double r = (x - k * kLn2High) - k * kLn2Low;
  double p = 1.0 / 6227020800.0;
  for (const double term : {1.0 / 479001600.0,
                            1.0 / 39916800.0,
                            1.0 / 3628800.0,
                            1.0 / 362880.0,
                            1.0 / 40320.0,
                            1.0 / 5040.0,
                            1.0 / 720.0,
                            1.0 / 120.0,
                            1.0 / 24.0,
                            1.0 / 6.0,
                            0.5,
                            1.0,
                            1.0})
    p = p * r + term;
  const auto scale = std::bit_cast<double>((std::bit_cast<std::uint64_t>(shifted) + 1023U) << 52U);
  return p * scale;
}

/// Sums over echoes at a rate; with an offset they are taken about their means.
struct Sums {
  Lane ye{}, ee{}, yte{}, te2{}, yt2e{}, dte2{}, te_te{};
};

class Nlls final : public Fitter {
 public:
  Nlls(std::vector<double> times_ms, const Relaxometry::Params& params)
      : times_(std::move(times_ms)),
        offset_(params.offset == Relaxometry::Offset::kFitted),
        min_ms_(params.min_ms),
        max_ms_(params.max_ms) {
    const double step = std::log(max_ms_ / min_ms_) / static_cast<double>(kRates - 1);
    for (std::size_t g = 0; g < kRates; ++g) {
      rates_[g] = std::exp(step * static_cast<double>(g)) / max_ms_;
      add_basis(rates_[g]);
    }
    rates_.back() = 1.0 / min_ms_;
  }

  void fit(const Signals& signals, std::array<Fit, kLanes>& fits) const override {
    std::array<std::size_t, kLanes> best{};
    Lane score{};
    lowest_of_grid(signals, best, score);
    Lane rate{}, low{}, high{}, sign{};
    for (std::size_t l = 0; l < kLanes; ++l) {
      low[l] = rates_[best[l] == 0 ? 0 : best[l] - 1];
      high[l] = rates_[std::min(best[l] + 1, kRates - 1)];
      rate[l] = rates_[best[l]];
      sign[l] = score[l] < 0.0 ? -1.0 : 1.0;
    }
    const auto still = search(signals, sign, low, high, rate);
    const Sums sums = sums_at(signals, rate);
    for (std::size_t l = 0; l < kLanes; ++l) fits[l] = finish(signals, l, rate[l], still[l], sums);
  }

 private:
  void add_basis(double rate) {
    std::vector<double> curve;
    double mean = 0.0, norm = 0.0;
    for (const double t : times_) curve.push_back(std::exp(-t * rate));
    if (offset_)
      for (const double e : curve) mean += e / static_cast<double>(curve.size());
    for (double& e : curve) {
      e -= mean;
      norm += e * e;
    }
    for (const double e : curve) basis_.push_back(e / std::sqrt(norm));
  }

  /// The grid's rate whose curve explains most: SSE = const - (y . basis)^2.
  void lowest_of_grid(const Signals& signals, std::array<std::size_t, kLanes>& best, Lane& score) const {
    const std::size_t n = times_.size();
    Lane most{};
    most.fill(-1.0);
    for (std::size_t g = 0; g < kRates; ++g) {
      Lane dot{};
      for (std::size_t i = 0; i < n; ++i)
        for (std::size_t l = 0; l < kLanes; ++l) dot[l] += signals[i][l] * basis_[g * n + i];
      for (std::size_t l = 0; l < kLanes; ++l)
        if (dot[l] * dot[l] > most[l]) {
          most[l] = dot[l] * dot[l];
          best[l] = g;
          score[l] = dot[l];
        }
    }
  }

  Sums sums_at(const Signals& signals, const Lane& rate) const {
    Sums s;
    Lane e1{}, y1{}, te1{}, t2e1{};
    for (std::size_t i = 0; i < times_.size(); ++i) {
      const double t = times_[i];
      for (std::size_t l = 0; l < kLanes; ++l) {
        const double e = exp_of(std::max(-t * rate[l], -700.0)), y = signals[i][l];
        const double ye = y * e, ee = e * e;
        s.ye[l] += ye;
        s.ee[l] += ee;
        s.yte[l] += t * ye;
        s.te2[l] += t * ee;
        s.yt2e[l] += t * t * ye;
        s.te_te[l] += t * t * ee;
        e1[l] += e;
        y1[l] += y;
        te1[l] += t * e;
        t2e1[l] += t * t * e;
      }
    }
    for (std::size_t l = 0; l < kLanes; ++l) s.dte2[l] = 2.0 * s.te_te[l];
    if (offset_) centre(s, y1, e1, te1, t2e1);
    return s;
  }

  void centre(Sums& s, const Lane& y1, const Lane& e1, const Lane& te1, const Lane& t2e1) const {
    const auto n = static_cast<double>(times_.size());
    for (std::size_t l = 0; l < kLanes; ++l) {
      const double y = y1[l] / n, e = e1[l] / n;
      s.ye[l] -= y * e1[l];
      s.ee[l] -= e * e1[l];
      s.yte[l] -= y * te1[l];
      s.te2[l] -= e * te1[l];
      s.yt2e[l] -= y * t2e1[l];
      s.dte2[l] -= te1[l] * te1[l] / n + e * t2e1[l];
      s.te_te[l] -= te1[l] * te1[l] / n;
    }
  }

  /// Newton's method for the zero of d SSE / d rate, kept within a bracket that shrinks. @return who stands
  /// still.
  std::array<bool, kLanes> search(
      const Signals& signals, const Lane& sign, Lane low, Lane high, Lane& rate) const {
    std::array<bool, kLanes> still{};
    for (int step = 0; step < kMostSteps; ++step) {
      const Sums s = sums_at(signals, rate);
      bool all = true;
      for (std::size_t l = 0; l < kLanes; ++l) {
        // Half of dSSE/dR is S0 h, h = sum t e (y - S0 e).
        const double s0 = s.ye[l] / s.ee[l];
        const double h = s.yte[l] - s0 * s.te2[l];
        const double ds0 = (2.0 * s0 * s.te2[l] - s.yte[l]) / s.ee[l];
        const double slope = sign[l] * (s0 * s.dte2[l] - s.yt2e[l] - ds0 * s.te2[l]);
        const bool falling = sign[l] * h < 0.0;
        low[l] = falling ? rate[l] : low[l];
        high[l] = falling ? high[l] : rate[l];
        const double newton = rate[l] - sign[l] * h / slope;
        const bool inside = slope > 0.0 && newton >= low[l] && newton <= high[l];
        const double next = inside ? newton : std::sqrt(low[l] * high[l]);
        still[l] = still[l] || std::abs(next - rate[l]) <= kStandsStill * rate[l];
        rate[l] = still[l] ? rate[l] : next;
        all = all && still[l];
      }
      if (all) break;
    }
    return still;
  }

  Fit finish(const Signals& signals, std::size_t l, double rate, bool still, const Sums& s) const {
    Fit fit;
    if (!has_signal(signals, l)) return fit;
    fit.quality = FitQuality::kGood;
    if (offset_ ? s.ye[l] < 0.0 : is_growing(signals, times_, l)) {
      fit.quality = FitQuality::kGrowing;
      return fit;
    }
    // A bracket's outer end is only reached when the best rate lies beyond it.
    const bool slowest = rate <= rates_.front() * (1.0 + 1e-9),
               fastest = rate >= rates_.back() * (1.0 - 1e-9);
    if (slowest) fit.quality = FitQuality::kAtUpperBound;
    if (fastest) fit.quality = FitQuality::kAtLowerBound;
    if (!still && !slowest && !fastest) fit.quality = FitQuality::kNotConverged;
    fit.value_ms = slowest ? max_ms_ : fastest ? min_ms_ : 1.0 / rate;
    fit.s0 = s.ye[l] / s.ee[l];
    const double sse = residual(signals, l, rate, fit);
    const double total = total_squares(signals, l);
    if (total > 0.0) fit.r2 = 1.0 - sse / total;
    const auto spare = static_cast<double>(times_.size()) - (offset_ ? 3.0 : 2.0);
    const double information = fit.s0 * fit.s0 * (s.te_te[l] - s.te2[l] * s.te2[l] / s.ee[l]);
    if (spare > 0.0 && information > 0.0)
      fit.se_ms = fit.value_ms * fit.value_ms * std::sqrt(sse / spare / information);
    return fit;
  }

  /// Sum of squares that is left; sets the offset.
  double residual(const Signals& signals, std::size_t l, double rate, Fit& fit) const {
    double mean = 0.0, squares = 0.0;
    const auto rest = [&](std::size_t i) {
      return signals[i][l] - fit.s0 * exp_of(std::max(-times_[i] * rate, -700.0));
    };
    if (offset_) {
      for (std::size_t i = 0; i < times_.size(); ++i) mean += rest(i) / static_cast<double>(times_.size());
      fit.extra = mean;
    }
    for (std::size_t i = 0; i < times_.size(); ++i) squares += (rest(i) - mean) * (rest(i) - mean);
    return squares;
  }

  std::vector<double> times_;
  bool offset_;
  double min_ms_, max_ms_;
  std::array<double, kRates> rates_{};
  std::vector<double> basis_;  ///< Rate by rate, echo by echo.
};

}  // namespace

FitterPointer make_nlls(const std::vector<double>& times_ms, const Relaxometry::Params& params) {
  return std::make_unique<Nlls>(times_ms, params);
}

}  // namespace ledd::relaxation
