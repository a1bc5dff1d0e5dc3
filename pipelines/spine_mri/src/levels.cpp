#include "levels.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "ledd/anatomy/anatomy.h"

namespace ledd::spine_mri {
namespace {

constexpr double kSameBodyMm = 12.0;  // centres of one body in two series; half the height of a small one
constexpr std::size_t kFewestShared = 2;

double distance_mm(const Point& a, const Point& b) {
  return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/// Place in `there` of each body of `here`; -1 where the other series shows none.
std::vector<long> same_bodies(const SpineSegmentation::Result& here, const SpineSegmentation::Result& there) {
  std::vector<long> places;
  for (const auto& body : here.bodies) {
    long best = -1;
    double least_mm = kSameBodyMm;
    for (std::size_t n = 0; n < there.bodies.size(); ++n) {
      const double d = distance_mm(body.centre_lps_mm, there.bodies[n].centre_lps_mm);
      if (d < least_mm) least_mm = d, best = static_cast<long>(n);
    }
    places.push_back(best);
  }
  return places;
}

/// How many places the two rows are shifted; nothing when the bodies they share do not agree on it.
std::optional<long> shift_between(const std::vector<long>& places) {
  std::optional<long> shift;
  std::size_t shared = 0;
  for (std::size_t n = 0; n < places.size(); ++n) {
    if (places[n] < 0) continue;
    const long here = places[n] - static_cast<long>(n);
    if (shift && *shift != here) return std::nullopt;
    shift = here;
    ++shared;
  }
  return shared >= kFewestShared ? shift : std::nullopt;
}

}  // namespace

void say_sacrum_not_sought(VertebraLevels::Result& levels) {
  const std::string reason =
      "the classical method does not look for the sacrum: levels are counted as if the lowest body were L5, "
      "and it "
      "may be S1 or another";
  if (levels.notes.empty()) return;
  const std::string no_sacrum = std::exchange(levels.notes.front(), reason);
  for (auto& level : levels.levels)
    if (level.doubt == no_sacrum) level.doubt = reason;
}

void doubt_transitional(const std::optional<double>& lstv_hint, VertebraLevels::Result& levels) {
  if (!lstv_hint || !(*lstv_hint > 0.0) || !levels.certain()) return;
  const std::string reason =
      "the body taken for L5 has the shape of a transitional vertebra: with four or six lumbar vertebrae all "
      "levels are shifted by 1";
  levels.notes.push_back(reason);
  for (auto& level : levels.levels) {
    if (level.id == 0) continue;
    level.doubt = reason;
    level.probability = VertebraLevels::kOpen;
    level.alternative = level.id == anatomy::kS1 ? std::uint16_t{0} : anatomy::vertebra_below(level.id);
  }
}

VertebraLevels::Result recounted(const VertebraLevels::Result& own,
                                 const SpineSegmentation::Result& here,
                                 const VertebraLevels::Result& there_levels,
                                 const SpineSegmentation::Result& there,
                                 const std::string& name) {
  VertebraLevels::Result result = own;
  const auto shift = shift_between(same_bodies(here, there));
  if (!shift) {
    result.notes.push_back(
        fmt::format("the bodies in {} do not match those of the scan: levels were not counted there", name));
    return result;
  }
  VertebraLevels::Result other{std::vector<VertebraLevels::Level>(here.bodies.size()), there_levels.notes};
  for (std::size_t n = 0; n < here.bodies.size(); ++n) {
    const long place = static_cast<long>(n) + *shift;
    if (place < 0 || place >= static_cast<long>(there.bodies.size())) {
      result.notes.push_back(
          fmt::format("{} does not show every body of the scan: levels were not counted there", name));
      return result;
    }
    other.levels[n] = there_levels.levels[static_cast<std::size_t>(place)];
  }
  if (!other.certain()) {
    result.notes.push_back(fmt::format("levels are in doubt in {} as well", name));
    return result;
  }
  other.notes.push_back(fmt::format("levels were counted in {}", name));
  return other;
}

}  // namespace ledd::spine_mri
