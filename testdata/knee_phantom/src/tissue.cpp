#include "tissue.h"

#include <algorithm>
#include <cmath>

#include "ledd/phantom_base/vec.h"

namespace ledd::knee_phantom {
namespace {

// At 3 T: Gold et al., AJR 183:343, 2004 (cartilage, fluid, muscle, marrow, fat); meniscus, tendon and skin
// are of the order that short-echo studies report.
constexpr std::array<TissueValues, kTissues> kValues{{{"air", 0.0, 1000, 1, false},
                                                      {"skin", 0.7, 900, 25, false},
                                                      {"fat", 0.95, 371, 133, true},
                                                      {"muscle", 0.85, 1420, 32, false},
                                                      {"marrow", 0.9, 365, 133, true},
                                                      {"cortex", 0.05, 250, 5, false},
                                                      {"cartilage", 0.8, 1240, 37, false},
                                                      {"meniscus", 0.7, 850, 13, false},
                                                      {"fluid", 1.0, 3620, 767, false},
                                                      {"tendon", 0.6, 700, 6, false},
                                                      {"void", 0.0, 1000, 1, false}}};

constexpr double kFatLeft = 0.12;  // of the signal of fat when water alone is excited

/// The two echoes of a double-echo steady state.
std::array<double, 2> dess(const TissueValues& t) {
  const double a = kDessFlipDeg * phantom::kRadPerDeg;
  const double e1 = std::exp(-kDessTrMs / t.t1_ms), e2 = std::exp(-kDessTrMs / t.t2_ms);
  const double p = 1.0 - e1 * std::cos(a) - e2 * e2 * (e1 - std::cos(a));
  const double q = e2 * (1.0 - e1) * (1.0 + std::cos(a));
  const double scale = t.density * std::tan(0.5 * a) * (t.fat ? kFatLeft : 1.0);
  const double root = (1.0 - e2 * e2) / std::sqrt(p * p - q * q);
  const double first = scale * (1.0 - (e1 - std::cos(a)) * root);
  const double second = scale * (1.0 - (1.0 - e1 * std::cos(a)) * root);
  return {first * std::exp(-kDessTeMs / t.t2_ms), second * std::exp(kDessTeMs / t.t2_ms)};
}

double spin_echo(const TissueValues& t, double te_ms) {
  return t.density * (1.0 - std::exp(-kSpinEchoTrMs / t.t1_ms)) * std::exp(-te_ms / t.t2_ms);
}

}  // namespace

const TissueValues& values_of(std::size_t tissue) {
  return kValues[tissue];
}

std::vector<double> echo_times_ms(const ScanParams& scan) {
  if (scan.sequence == Sequence::kDess) return {kDessTeMs, 2.0 * kDessTrMs - kDessTeMs};
  std::vector<double> times;
  for (int n = 1; n <= scan.echoes; ++n) times.push_back(n * scan.echo_spacing_ms);
  return times;
}

std::vector<std::array<double, kTissues>> signals(const ScanParams& scan) {
  const auto times = echo_times_ms(scan);
  std::vector<std::array<double, kTissues>> out(times.size());
  for (std::size_t e = 0; e < times.size(); ++e)
    for (std::size_t t = 0; t < kTissues; ++t)
      out[e][t] = kValues[t].density <= 0.0          ? 0.0
                  : scan.sequence == Sequence::kDess ? dess(kValues[t])[e]
                                                     : spin_echo(kValues[t], times[e]);
  const double most = *std::max_element(out[0].begin(), out[0].end());
  for (auto& echo : out)
    for (double& s : echo) s = std::max(0.0, s / most);
  return out;
}

}  // namespace ledd::knee_phantom
