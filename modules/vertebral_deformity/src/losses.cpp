#include "losses.h"

#include <algorithm>
#include <cmath>

namespace ledd::deformity {
namespace {

using Type = DeformityResult::Type;
using Length = DeformityResult::Length;

constexpr std::size_t kReach = 2;         // a neighbour is at most so many places away
constexpr double kMinReferenceHp = 0.85;  // of the spine's median: less may be a crush

double relative_se(const Length& length) {
  return length.se_mm / length.value_mm;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

bool Candidate::low_ha_hp(double sd) const {
  const auto& b = body->bands;
  return !norm || b.ha.value_mm / b.hp.value_mm < norm->ha_hp.mean - sd * norm->ha_hp.alarm_sd;
}

bool Candidate::low_hm_hp(double sd) const {
  const auto& b = body->bands;
  return !norm || b.hm.value_mm / b.hp.value_mm < norm->hm_hp.mean - sd * norm->hm_hp.alarm_sd;
}

bool Loss::called(double min_loss) const {
  return known() && below_norm && (!against_norm || *against_norm >= min_loss) &&
         (!against_neighbours || *against_neighbours >= min_loss);
}

Losses::Losses(const std::vector<DeformityResult::Body>& bodies, const VertebralDeformity::Params& params)
    : min_loss_(0.01 * params.min_loss_percent), alarm_sd_(params.alarm_sd) {
  for (const auto& body : bodies)
    candidates_.push_back({body.bands.slices > 0 ? &body : nullptr, level_norm(body.id), false});
  choose_references();
}

/// A body that is itself out of shape, or low behind, would hide the loss of the one beside it.
void Losses::choose_references() {
  std::vector<double> hp;  // as if every body were L3
  const auto normed_hp = [](const Candidate& c) { return c.hp_mm() / c.norm->hp_relative; };
  for (const Candidate& c : candidates_)
    if (c.body != nullptr && c.norm) hp.push_back(normed_hp(c));
  for (Candidate& c : candidates_) {
    if (c.body == nullptr) continue;
    c.reference = !c.norm || (1.0 - c.ha_hp() / c.norm->six_ha_hp < min_loss_ &&
                              1.0 - c.hm_hp() / c.norm->six_hm_hp < min_loss_ &&
                              normed_hp(c) >= kMinReferenceHp * median(hp));
  }
}

std::vector<std::size_t> Losses::neighbours(std::size_t i) const {
  std::vector<std::size_t> found;
  for (std::size_t d = 1; d <= kReach && d <= i; ++d)
    if (candidates_[i - d].reference) {
      found.push_back(i - d);
      break;
    }
  for (std::size_t d = 1; d <= kReach && i + d < candidates_.size(); ++d)
    if (candidates_[i + d].reference) {
      found.push_back(i + d);
      break;
    }
  return found;
}

template <class Normed>
Loss Losses::ratio_loss(std::size_t i, Type type, const Normed& normed) const {
  const Candidate& own = candidates_[i];
  Loss loss;
  loss.type = type;
  if (own.norm) loss.against_norm = 1.0 - normed(own, true);
  double sum = 0.0;
  int n = 0;
  for (const std::size_t j : neighbours(i)) {
    if (own.norm && !candidates_[j].norm) continue;  // T10 beside T11: not comparable
    // Without a norm of its own level, neighbours' plain ratios are the best guess of it.
    sum += normed(candidates_[j], own.norm.has_value());
    ++n;
  }
  if (n > 0) loss.against_neighbours = 1.0 - normed(own, own.norm.has_value()) / (sum / n);
  return loss;
}

Loss Losses::wedge(std::size_t i) const {
  const Candidate& own = candidates_[i];
  if (own.body == nullptr) return {};
  Loss loss = ratio_loss(i, Type::kWedge, [](const Candidate& c, bool against_norm) {
    return against_norm ? c.ha_hp() / c.norm->six_ha_hp : c.ha_hp();
  });
  loss.below_norm = own.low_ha_hp(alarm_sd_);
  loss.se = (1.0 - loss.value()) * std::hypot(relative_se(own.body->six.ha), relative_se(own.body->six.hp));
  return loss;
}

Loss Losses::biconcave(std::size_t i) const {
  const Candidate& own = candidates_[i];
  if (own.body == nullptr) return {};
  Loss loss = ratio_loss(i, Type::kBiconcave, [](const Candidate& c, bool against_norm) {
    return against_norm ? c.hm_hp() / c.norm->six_hm_hp : c.hm_hp();
  });
  loss.below_norm = own.low_hm_hp(alarm_sd_);
  loss.se = (1.0 - loss.value()) * std::hypot(relative_se(own.body->six.hm), relative_se(own.body->six.hp));
  return loss;
}

Loss Losses::crush(std::size_t i) const {
  const Candidate& own = candidates_[i];
  Loss loss;
  if (own.body == nullptr) return loss;
  loss.type = Type::kCrush;
  double expected = 0.0;
  double variance = 0.0;
  int n = 0;
  bool all_normed = own.norm.has_value();
  for (const std::size_t j : neighbours(i)) {
    const Candidate& c = candidates_[j];
    const bool normed = own.norm && c.norm;
    all_normed = all_normed && normed;
    const double scale = normed ? own.norm->hp_relative / c.norm->hp_relative : 1.0;
    expected += scale * c.hp_mm();
    variance += scale * scale * c.body->bands.hp.se_mm * c.body->bands.hp.se_mm;
    ++n;
  }
  // Heights grow from level to level: without norms only the mean of both sides says what to expect.
  if (n == 0 || (!all_normed && n < 2)) return loss;
  expected /= n;
  const double ratio = own.hp_mm() / expected;
  loss.against_neighbours = 1.0 - ratio;
  loss.se = ratio * std::hypot(relative_se(own.body->bands.hp), std::sqrt(variance) / n / expected);
  if (own.norm) loss.below_norm = ratio < 1.0 - alarm_sd_ * own.norm->hp_neighbours_sd;
  return loss;
}

}  // namespace ledd::deformity
