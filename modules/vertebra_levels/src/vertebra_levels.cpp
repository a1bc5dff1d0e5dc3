#include "ledd/vertebra_levels/vertebra_levels.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "ledd/anatomy/anatomy.h"
#include "ledd/core/error.h"

#include "count_hypotheses.h"

namespace ledd {
namespace {

using levels::distance_mm;
using levels::Hypothesis;

constexpr double kGapCounted = 0.7;  // share of the count with the missed body: an assumption

/// The usual distance between neighbouring centres; 36 mm (L1 to L5 of healthy adults) where there is no
/// pair.
double usual_spacing_mm(const std::vector<VertebraLevels::Seen>& bodies) {
  std::vector<double> spacings_mm;
  for (std::size_t n = 1; n < bodies.size(); ++n)
    spacings_mm.push_back(distance_mm(bodies[n - 1].centre_lps_mm, bodies[n].centre_lps_mm));
  if (spacings_mm.empty()) return 36.0;
  const auto middle = spacings_mm.begin() + static_cast<std::ptrdiff_t>(spacings_mm.size() / 2);
  std::nth_element(spacings_mm.begin(), middle, spacings_mm.end());
  return *middle;
}

/// Bodies missed below each body of the row: 0 but where the next one lies too far away.
std::vector<long> missed_below(const std::vector<VertebraLevels::Seen>& bodies, double max_spacing_mm) {
  const double usual_mm = usual_spacing_mm(bodies);
  std::vector<long> missed(bodies.size(), 0);
  for (std::size_t n = 0; n + 1 < bodies.size(); ++n) {
    const double spacing_mm = distance_mm(bodies[n].centre_lps_mm, bodies[n + 1].centre_lps_mm);
    if (spacing_mm > max_spacing_mm) missed[n] = std::max(1L, std::lround(spacing_mm / usual_mm) - 1);
  }
  return missed;
}

/// L5 raised by `steps`; below it all is sacrum.
std::uint16_t level_above_l5(long steps) {
  if (steps < 0) return anatomy::kS1;
  std::uint16_t id = anatomy::kL5;
  for (long n = 0; n < steps; ++n) id = anatomy::vertebra_above(id);
  return id;
}

/// The level of body n when the body at `last` is the last lumbar one.
std::uint16_t level_of(std::size_t n, std::size_t last, const std::vector<long>& missed) {
  long steps = static_cast<long>(last) - static_cast<long>(n);
  for (std::size_t m = n; m < std::min(last, missed.size()); ++m) steps += missed[m];
  return level_above_l5(steps);
}

VertebraLevels::Level weighed(std::size_t n,
                              const std::vector<Hypothesis>& all,
                              const std::vector<long>& missed) {
  std::map<std::uint16_t, double> share;
  bool gap = false;
  for (const Hypothesis& one : all) {
    share[level_of(n, one.last, missed)] += one.probability;
    gap = gap || level_of(n, one.last, missed) != level_of(n, one.last, std::vector<long>(missed.size(), 0));
  }
  if (gap) {  // the same count, had no body been missed
    std::map<std::uint16_t, double> both;
    for (const auto& [id, p] : share) both[id] += kGapCounted * p;
    for (const Hypothesis& one : all)
      both[level_of(n, one.last, std::vector<long>(missed.size(), 0))] +=
          (1.0 - kGapCounted) * one.probability;
    share = both;
  }
  VertebraLevels::Level level;
  level.id = level_of(n, all.front().last, missed);
  level.probability = share[level.id];
  for (const auto& [id, p] : share)
    if (id != level.id && p > level.alternative_probability)
      level.alternative = id, level.alternative_probability = p;
  return level;
}

std::string doubt_about(const VertebraLevels::Level& level) {
  std::string text =
      fmt::format("level {} with a probability of {:.2f}", anatomy::short_name(level.id), level.probability);
  if (level.alternative != 0)
    text += fmt::format(
        ", {} with {:.2f}", anatomy::short_name(level.alternative), level.alternative_probability);
  return text;
}

/// Why the whole count may be shifted; empty when it is clear.
std::string reason_of(const std::vector<VertebraLevels::Seen>& bodies,
                      const std::optional<Point>& s1_lps_mm,
                      const std::vector<Hypothesis>& all) {
  const Hypothesis &best = all[0], &next = all[1];
  if (!s1_lps_mm)
    return fmt::format(
        "no sacrum in view: the levels are the most probable count ({:.2f}), not a fact; they may be shifted",
        best.probability);
  const auto place = [&](const Hypothesis& h) { return std::min(h.last, bodies.size()); };
  const auto apart = std::max(place(best), place(next)) - std::min(place(best), place(next));
  return fmt::format(
      "the count from the sacrum has a probability of {:.2f}; with {:.2f} all levels are shifted by {} "
      "towards the {}",
      best.probability,
      next.probability,
      apart,
      next.last > best.last ? "head" : "feet");
}

}  // namespace

const ParamTable<VertebraLevels::Params>& VertebraLevels::Params::table() {
  static const auto table =
      ParamTable<Params>()
          .add(&Params::min_probability,
               "min_probability",
               "1",
               "A level with less is uncertain, and the next probable one is named.",
               {0.5, 1.0})
          .add(&Params::max_spacing_mm,
               "max_spacing_mm",
               "mm",
               "Neighbouring centres farther apart than this have a missed body between them.",
               {30, 120});
  return table;
}

VertebraLevels::VertebraLevels(const Params& params) : params_(params) {
  Params::table().validate(params_);
}

bool VertebraLevels::Result::certain() const {
  return std::all_of(levels.begin(), levels.end(), [](const Level& l) { return l.doubt.empty(); });
}

VertebraLevels::Result VertebraLevels::operator()(const std::vector<Seen>& bodies,
                                                  const std::optional<Point>& s1_lps_mm,
                                                  Context& context) const {
  context.throw_if_cancelled();
  require(!bodies.empty(), Errc::kInput, "there is no body to name");
  const auto all = levels::count_hypotheses(bodies, s1_lps_mm, params_.max_spacing_mm);
  const auto missed = missed_below(bodies, params_.max_spacing_mm);
  Result result;
  // The shape of a body alone never proves its name, however sure the network is.
  const bool counted = s1_lps_mm && all.front().probability >= params_.min_probability;
  if (!counted) result.notes.push_back(reason_of(bodies, s1_lps_mm, all));
  for (std::size_t n = 0; n < bodies.size(); ++n) {
    result.levels.push_back(weighed(n, all, missed));
    Level& level = result.levels.back();
    if (!s1_lps_mm || level.probability < params_.min_probability) level.doubt = doubt_about(level);
    if (missed[n] > 0)
      result.notes.push_back(
          fmt::format("{:.0f} mm lie between the centres of two bodies: {} missed between them was "
                      "assumed; the levels above are in doubt",
                      distance_mm(bodies[n].centre_lps_mm, bodies[n + 1].centre_lps_mm),
                      missed[n]));
  }
  return result;
}

}  // namespace ledd
