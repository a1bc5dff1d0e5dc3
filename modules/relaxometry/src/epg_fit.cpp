#include <algorithm>
#include <cmath>

#include "ledd/relaxometry/epg.h"

#include "fitter.h"
#include "least_squares.h"

namespace ledd::relaxation {
namespace {

using Search = LeastSquares<3>;  // ln S0, ln T2, B1
constexpr double kLowestB1 = 0.5, kHighestB1 = 1.2, kWide = 60.0;
constexpr int kTimes = 24, kAngles = 11;
constexpr double kDifference = 1e-6;

/// The lowest point of a table of curves, then Levenberg-Marquardt from there.
class EpgFit final : public Fitter {
 public:
  EpgFit(const std::vector<double>& times_ms, const Relaxometry::Params& params)
      : count_(times_ms.size()),
        fitted_(params.b1 == Relaxometry::B1::kFitted),
        train_{times_ms.front(), params.t1_ms, params.refocusing_deg},
        low_(std::log(params.min_ms)),
        high_(std::log(params.max_ms)),
        // Beyond 180 degrees a train repeats that of 360 degrees less the angle.
        most_b1_(fitted_ ? std::min(kHighestB1, 180.0 / params.refocusing_deg) : 1.0),
        least_b1_(fitted_ ? std::min(kLowestB1, most_b1_) : 1.0),
        search_({-kWide, low_, least_b1_}, {kWide, high_, most_b1_}) {
    for (int a = 0; a < (fitted_ ? kAngles : 1); ++a)
      for (int t = 0; t < kTimes; ++t) add_node(t, a);
  }

  void fit(const Signals& signals, std::array<Fit, kLanes>& fits) const override {
    for (std::size_t l = 0; l < kLanes; ++l) fits[l] = has_signal(signals, l) ? fit_one(signals, l) : Fit{};
  }

 private:
  struct Node {
    double log_t2 = 0.0, b1 = 1.0, norm = 0.0;
    std::vector<double> curve;
  };

  void add_node(int t, int a) {
    Node node;
    node.log_t2 = low_ + (high_ - low_) * t / (kTimes - 1);
    node.b1 = fitted_ ? least_b1_ + (most_b1_ - least_b1_) * a / (kAngles - 1) : 1.0;
    node.curve.resize(count_);
    epg_signal(train_, std::exp(node.log_t2), node.b1, node.curve);
    for (const double e : node.curve) node.norm += e * e;
    nodes_.push_back(std::move(node));
  }

  Search::Vector start(const Signals& signals, std::size_t l) const {
    double most = -1.0;
    Search::Vector best{};
    for (const Node& node : nodes_) {
      double dot = 0.0;
      for (std::size_t i = 0; i < count_; ++i) dot += signals[i][l] * node.curve[i];
      if (!(node.norm > 0.0) || !(dot * dot / node.norm > most)) continue;
      most = dot * dot / node.norm;
      best = {std::log(std::max(dot / node.norm, 1e-30)), node.log_t2, node.b1};
    }
    return best;
  }

  Fit fit_one(const Signals& signals, std::size_t l) const {
    std::vector<double> curve(count_), longer(count_), wider(count_);
    const auto model =
        [&](const Search::Vector& p, std::vector<double>& rest, std::vector<Search::Vector>& j) {
          const double s0 = std::exp(p[0]), t2 = std::exp(p[1]);
          epg_signal(train_, t2, p[2], curve);
          epg_signal(train_, t2 * std::exp(kDifference), p[2], longer);
          if (fitted_) epg_signal(train_, t2, p[2] - kDifference, wider);
          for (std::size_t i = 0; i < count_; ++i) {
            const double s = s0 * curve[i];
            rest[i] = signals[i][l] - s;
            j[i] = {s,
                    s0 * (longer[i] - curve[i]) / kDifference,
                    fitted_ ? s0 * (curve[i] - wider[i]) / kDifference : 0.0};
          }
        };
    return finish(signals, l, search_(start(signals, l), count_, model));
  }

  Fit finish(const Signals& signals, std::size_t l, const Search::Solution& best) const {
    Fit fit;
    fit.value_ms = std::exp(best.at[1]);
    fit.s0 = std::exp(best.at[0]);
    fit.extra = best.at[2];
    fit.quality = best.converged ? FitQuality::kGood : FitQuality::kNotConverged;
    if (best.at[1] <= low_) fit.quality = FitQuality::kAtLowerBound;
    if (best.at[1] >= high_) fit.quality = FitQuality::kAtUpperBound;
    if (const double total = total_squares(signals, l); total > 0.0) fit.r2 = 1.0 - best.sse / total;
    const std::size_t parameters = fitted_ ? 3 : 2;
    const double variance = Search::variance(best, 1);
    if (count_ > parameters && variance > 0.0)
      fit.se_ms = fit.value_ms * std::sqrt(variance * best.sse / static_cast<double>(count_ - parameters));
    return fit;
  }

  std::size_t count_;
  bool fitted_;
  EchoTrain train_;
  double low_, high_, most_b1_, least_b1_;
  Search search_;
  std::vector<Node> nodes_;
};

}  // namespace

FitterPointer make_epg(const std::vector<double>& times_ms, const Relaxometry::Params& params) {
  return std::make_unique<EpgFit>(times_ms, params);
}

}  // namespace ledd::relaxation
