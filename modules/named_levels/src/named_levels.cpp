#include "ledd/named_levels/named_levels.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "ledd/anatomy/anatomy.h"

namespace ledd::named_levels {

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

}  // namespace ledd::named_levels
