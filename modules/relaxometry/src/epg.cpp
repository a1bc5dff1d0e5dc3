#include "ledd/relaxometry/epg.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace ledd {
namespace {

/// All states are real here: the refocusing axis is that of the magnetisation (Carr-Purcell-Meiboom-Gill),
/// and what recovers along the field meanwhile has odd orders at every echo, so never order 0.
class States {
 public:
  explicit States(std::size_t echoes)
      : plus_(2 * echoes + 2), minus_(2 * echoes + 2), along_(2 * echoes + 2) {}

  void excite(double angle) { plus_[0] = minus_[0] = std::sin(angle); }

  void refocus(double angle) {
    const double c2 = std::pow(std::cos(0.5 * angle), 2), s2 = std::pow(std::sin(0.5 * angle), 2);
    const double s = std::sin(angle), c = std::cos(angle);
    for (std::size_t k = 0; k <= top_; ++k) {
      const double p = plus_[k], m = minus_[k], z = along_[k];
      plus_[k] = c2 * p + s2 * m + s * z;
      minus_[k] = s2 * p + c2 * m - s * z;
      along_[k] = 0.5 * s * (m - p) + c * z;
    }
  }

  void relax_and_shift(double e1, double e2) {
    for (std::size_t k = 0; k <= top_; ++k) {
      plus_[k] *= e2;
      minus_[k] *= e2;
      along_[k] *= e1;
    }
    top_ = std::min(top_ + 1, plus_.size() - 1);
    for (std::size_t k = top_; k > 0; --k) plus_[k] = plus_[k - 1];
    for (std::size_t k = 0; k < top_; ++k) minus_[k] = minus_[k + 1];
    minus_[top_] = 0.0;
    plus_[0] = minus_[0];
  }

  double echo() const { return plus_[0]; }

 private:
  std::vector<double> plus_, minus_, along_;
  std::size_t top_ = 0;
};

}  // namespace

void epg_signal(const EchoTrain& train, double t2_ms, double b1, std::span<double> signal) {
  constexpr double kRadians = M_PI / 180.0;
  const double e1 = std::exp(-0.5 * train.spacing_ms / train.t1_ms),
               e2 = std::exp(-0.5 * train.spacing_ms / t2_ms);
  States states(signal.size());
  states.excite(90.0 * kRadians * b1);
  for (double& echo : signal) {
    states.relax_and_shift(e1, e2);
    states.refocus(train.refocusing_deg * kRadians * b1);
    states.relax_and_shift(e1, e2);
    echo = std::abs(states.echo());
  }
}

}  // namespace ledd
