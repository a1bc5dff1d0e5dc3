#include "count_hypotheses.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace ledd::levels {
namespace {

/// Weights of the conditional logit, as tools/train/spine/fit_levels.py prints them.
struct Weights {
  double last = 1.0, above = -0.5, itself_s1 = -1.0, s1_below = 3.0, large_below = -1.0;
  double none = -1.0, none_s1 = -3.0;
};
constexpr Weights kWeights{};

/// How far below the lowest body in view the last lumbar one lies when it is not in view: an assumption that
/// favours stacks which just miss it.
constexpr std::array<double, 6> kShareBelow{0.50, 0.20, 0.10, 0.08, 0.07, 0.05};
constexpr double kLargeShare = 0.5;  // of the volume of the body above: crumbs of the sacrum are smaller

double logit(double p) {
  const double q = std::isfinite(p) ? std::clamp(p, 0.01, 0.99) : 0.01;
  return std::log(q / (1.0 - q));
}

/// How much a body above this one is taken for the last lumbar one.
double claim_above(const std::vector<VertebraLevels::Seen>& bodies, std::size_t b) {
  double most = 0.0;
  for (std::size_t a = 0; a < b; ++a) most = std::max(most, bodies[a].last_lumbar);
  return logit(most);
}

double score_of(const std::vector<VertebraLevels::Seen>& bodies,
                std::size_t b,
                const std::optional<Point>& s1_lps_mm,
                double max_spacing_mm) {
  double score = kWeights.last * logit(bodies[b].last_lumbar) + kWeights.above * claim_above(bodies, b) +
                 kWeights.itself_s1 * logit(bodies[b].s1);
  if (s1_lps_mm && distance_mm(*s1_lps_mm, bodies[b].centre_lps_mm) <= max_spacing_mm)
    score += kWeights.s1_below;
  const bool large_below = std::any_of(bodies.begin() + static_cast<std::ptrdiff_t>(b) + 1,
                                       bodies.end(),
                                       [&](const VertebraLevels::Seen& other) {
                                         return other.volume_cm3 > kLargeShare * bodies[b].volume_cm3;
                                       });
  return score + (large_below ? kWeights.large_below : 0.0);
}

}  // namespace

double distance_mm(const Point& a, const Point& b) {
  return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

std::vector<Hypothesis> count_hypotheses(const std::vector<VertebraLevels::Seen>& bodies,
                                         const std::optional<Point>& s1_lps_mm,
                                         double max_spacing_mm) {
  std::vector<Hypothesis> all;
  for (std::size_t b = 0; b < bodies.size(); ++b)
    all.push_back({b, std::exp(score_of(bodies, b, s1_lps_mm, max_spacing_mm))});
  const double none = std::exp(kWeights.none + (s1_lps_mm ? kWeights.none_s1 : 0.0));
  for (std::size_t k = 0; k < kShareBelow.size(); ++k)
    all.push_back({bodies.size() + k, none * kShareBelow[k]});
  double sum = 0.0;
  for (const Hypothesis& one : all) sum += one.probability;
  for (Hypothesis& one : all) one.probability /= sum;
  std::stable_sort(
      all.begin(), all.end(), [](const auto& a, const auto& b) { return a.probability > b.probability; });
  return all;
}

}  // namespace ledd::levels
