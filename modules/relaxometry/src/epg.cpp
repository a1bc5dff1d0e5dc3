#include "ledd/relaxometry/epg.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "ledd/core/error.h"

namespace ledd {
namespace {

/// All states are real here: the refocusing axis is that of the magnetisation (Carr-Purcell-Meiboom-Gill),
/// and what recovers along the field meanwhile has odd orders at every echo, so never order 0.
class States {  // NOLINT(cppcoreguidelines-pro-type-member-init): only what is in use is ever set
 public:
  void excite(double angle) {
    plus_[0] = minus_[0] = std::sin(angle);
    along_[0] = 0.0;  // what is left along the field never comes to an echo
  }

  void refocus(double angle) {
    const double c2 = std::pow(std::cos(0.5 * angle), 2), s2 = 1.0 - c2;
    const double s = std::sin(angle), c = std::cos(angle);
    for (std::size_t k = 0; k <= top_; ++k) {
      const double p = plus_[k], m = minus_[k], z = along_[k];
      plus_[k] = c2 * p + s2 * m + s * z;
      minus_[k] = s2 * p + c2 * m - s * z;
      along_[k] = 0.5 * s * (m - p) + c * z;
    }
  }

  /// @param highest  Orders above it cannot return to an echo in what is left of the train.
  void relax_and_shift(double e1, double e2, std::size_t highest) {
    if (top_ < highest) {
      ++top_;
      plus_[top_] = minus_[top_] = along_[top_] = 0.0;
    }
    for (std::size_t k = 0; k <= top_; ++k) along_[k] *= e1;
    for (std::size_t k = top_; k > 0; --k) plus_[k] = e2 * plus_[k - 1];
    for (std::size_t k = 0; k < top_; ++k) minus_[k] = e2 * minus_[k + 1];
    minus_[top_] = 0.0;
    plus_[0] = minus_[0];
    top_ = std::min(top_, highest);
  }

  double echo() const { return plus_[0]; }

 private:
  // Only what is in use is ever set: a fit comes here a hundred times a voxel.
  using Orders = std::array<double, kMostEpgEchoes + 2>;
  Orders plus_, minus_, along_;
  std::size_t top_ = 0;
};

}  // namespace

void epg_signal(const EchoTrain& train, double t2_ms, double b1, std::span<double> signal) {
  constexpr double kRadians = M_PI / 180.0;
  require(signal.size() <= kMostEpgEchoes,
          Errc::kInput,
          fmt::format("{} echoes are more than {}", signal.size(), kMostEpgEchoes));
  const double e1 = std::exp(-0.5 * train.spacing_ms / train.t1_ms),
               e2 = std::exp(-0.5 * train.spacing_ms / t2_ms);
  States states;
  states.excite(90.0 * kRadians * b1);
  for (std::size_t i = 0; i < signal.size(); ++i) {
    const std::size_t left = 2 * (signal.size() - i);  // half spacings to the last echo
    states.relax_and_shift(e1, e2, left - 1);
    states.refocus(train.refocusing_deg * kRadians * b1);
    states.relax_and_shift(e1, e2, left - 2);
    signal[i] = std::abs(states.echo());
  }
}

}  // namespace ledd
