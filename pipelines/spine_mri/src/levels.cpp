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

Labels::Pointer named(const SpineSegmentation::Result& found, const VertebraLevels::Result& levels) {
  std::vector<std::uint16_t> body_id{0}, disc_id{0};
  for (const auto& level : levels.levels) {
    body_id.push_back(level.id);
    disc_id.push_back(level.id == 0 || level.id == anatomy::kS1
                          ? std::uint16_t{0}
                          : static_cast<std::uint16_t>(level.id + anatomy::kDiscOffset));
  }
  if (found.s1) body_id.push_back(anatomy::kS1);
  auto labels = Labels::New();
  labels->CopyInformation(found.instances);
  labels->SetRegions(found.instances->GetLargestPossibleRegion());
  labels->Allocate();
  const std::size_t count = labels->GetLargestPossibleRegion().GetNumberOfPixels();
  const auto *bodies = found.instances->GetBufferPointer(), *discs = found.discs->GetBufferPointer();
  for (std::size_t n = 0; n < count; ++n)
    labels->GetBufferPointer()[n] = bodies[n] != 0 ? body_id[bodies[n]] : disc_id[discs[n]];
  return labels;
}

std::vector<VertebraLevels::Seen> seen_in(const SpineSegmentation::Result& found) {
  std::vector<VertebraLevels::Seen> seen;
  seen.reserve(found.bodies.size());
  for (const auto& body : found.bodies)
    seen.push_back({body.centre_lps_mm, body.last_lumbar, body.volume_cm3});
  return seen;
}

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

const EndpointDefinition& level_probability() {
  static const EndpointDefinition definition{
      "level_probability",
      "Probability of the vertebra's level",
      "1",
      "vertebra-levels/2",
      "Share of right counts among persons of public sets whose scans showed the same cues (sacrum, a body "
      "that looks like "
      "the last lumbar one, no rival), counted up from the last mobile disc and assuming five lumbar "
      "vertebrae. Where it is "
      "below 0.95 every endpoint of the level is uncertain, and the reason names the next probable level.",
      "tests/accuracy/spine_levels",
      "docs/accuracy.md, section Levels"};
  return definition;
}

std::vector<Measurement> measurements_of(const std::vector<VertebraLevels::Level>& levels) {
  std::vector<Measurement> all;
  for (const auto& level : levels) {
    if (level.id == 0 || level.id == anatomy::kS1) continue;  // S1 is the foot of the count
    const std::string region = anatomy::short_name(level.id);
    if (level.doubt.empty()) {
      all.push_back(measured(region, level_probability(), level.probability));
      continue;
    }
    const std::string other =
        level.alternative == 0 ? ""
                               : fmt::format("; next probable: {}", anatomy::short_name(level.alternative));
    all.push_back(uncertain(region, level_probability(), level.probability, level.doubt + other));
  }
  return all;
}

std::string doubt_of(const VertebraLevels::Result& levels) {
  if (levels.certain()) return "";
  std::string text;
  for (const std::string& note : levels.notes) text += (text.empty() ? "" : "; ") + note;
  return text;
}

void add_doubts(std::vector<Measurement>& measurements, const std::vector<VertebraLevels::Level>& levels) {
  std::map<std::string, std::string> doubt_of;
  for (const auto& level : levels) doubt_of[anatomy::short_name(level.id)] = level.doubt;
  for (Measurement& m : measurements) {
    const auto cut = m.region.find_first_of("-/ ");
    for (const std::string& part :
         {m.region.substr(0, cut), cut == std::string::npos ? "" : m.region.substr(cut + 1)}) {
      const auto doubt = doubt_of.find(part);
      if (doubt == doubt_of.end() || doubt->second.empty()) continue;
      if (m.quality == Quality::kGood) m.quality = Quality::kUncertain;
      if (m.value) m.inherent = false;  // a level can be settled by counting
      m.reason += (m.reason.empty() ? "" : "; ") + doubt->second;
      break;
    }
  }
}

}  // namespace ledd::spine_mri
