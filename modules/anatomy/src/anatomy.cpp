#include "ledd/anatomy/anatomy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "ledd/anatomy/bone.h"
#include "ledd/anatomy/muscles.h"

namespace ledd::anatomy {
namespace {

/// Hues a golden angle apart: neighbours in the spine never look alike.
std::array<std::uint8_t, 3> colour(unsigned n) {
  const double hue = std::fmod(0.1 + 0.618034 * n, 1.0) * 6.0;
  const auto channel = [&](double shift) {
    const double k = std::fmod(shift + hue, 6.0);
    return static_cast<std::uint8_t>(
        std::lround(255.0 * (0.95 - 0.65 * std::clamp(std::min(k, 4.0 - k), 0.0, 1.0))));
  };
  return {channel(5.0), channel(3.0), channel(1.0)};
}

/// SNOMED CT codes of the vertebrae that were found in a published mapping (TotalSegmentator's
/// resources/totalsegmentator_snomed_mapping.csv); the others carry none rather than a guessed one.
std::optional<Code> vertebra_code(std::string_view short_name) {
  if (short_name == "L1") return Code{"66794005", "SCT", "L1 vertebra"};
  if (short_name == "L2") return Code{"14293000", "SCT", "L2 vertebra"};
  if (short_name == "L3") return Code{"36470004", "SCT", "L3 vertebra"};
  if (short_name == "L4") return Code{"11994002", "SCT", "L4 vertebra"};
  if (short_name == "L5") return Code{"49668003", "SCT", "L5 vertebra"};
  if (short_name == "S1") return Code{"65985001", "SCT", "S1 vertebra"};
  return std::nullopt;
}

std::string vertebra_name(std::uint16_t id) {
  if (id >= 1 && id <= 7) return fmt::format("C{}", id);
  if (id >= kT1 && id <= kT12) return fmt::format("T{}", id - 7);
  if (id >= kL1 && id <= kL6) return fmt::format("L{}", id - 19);
  if (id == kS1) return "S1";
  if (id == kT13) return "T13";
  return {};
}

std::vector<Structure> make_table() {
  std::vector<Structure> table;
  for (std::uint16_t id = 1; id <= kT13; ++id) {
    const std::string name = vertebra_name(id);
    if (name.empty()) continue;
    table.push_back(
        {id, name, id == kS1 ? "S1 / sacrum" : name + " vertebral body", colour(id), vertebra_code(name)});
    // Two ways to say what lies below the last lumbar vertebra; a sixth one is the exception.
    const std::string below = id == kT13 ? "L1" : vertebra_name(id == kL6 ? kS1 : vertebra_below(id));
    if (id != kS1)
      table.push_back({static_cast<std::uint16_t>(kDiscOffset + id),
                       fmt::format("{}/{}", name, below),
                       fmt::format("{}/{} intervertebral disc", name, below),
                       colour(id + 40U),
                       std::nullopt});
  }
  const auto add = [&](std::uint16_t id, const char* brief, const char* name, std::optional<Code> code) {
    table.push_back({id, brief, name, colour(id), code});
  };
  add(kCanal, "canal", "spinal canal / dural sac", Code{"61853006", "SCT", "Vertebral canal"});
  add(201, "femur", "femur", Code{"71341001", "SCT", "Femur"});
  add(202, "FC", "femoral cartilage", std::nullopt);
  add(203, "tibia", "tibia", Code{"12611008", "SCT", "Tibia"});
  add(204, "MT", "medial tibial cartilage", std::nullopt);
  add(205, "LT", "lateral tibial cartilage", std::nullopt);
  add(206, "patella", "patella", Code{"64234005", "SCT", "Patella"});
  add(207, "PC", "patellar cartilage", std::nullopt);
  add(208, "MM", "medial meniscus", std::nullopt);
  add(209, "LM", "lateral meniscus", std::nullopt);
  add(kProximalFemurRight, "femur R", "proximal femur, right", std::nullopt);
  add(kProximalFemurLeft, "femur L", "proximal femur, left", std::nullopt);
  add(221, "Ct", "cortical compartment", std::nullopt);
  add(222, "Tb", "trabecular compartment", std::nullopt);
  add(kMultifidusR, "MF R", "multifidus, right", std::nullopt);
  add(kMultifidusL, "MF L", "multifidus, left", std::nullopt);
  add(kErectorSpinaeR, "ES R", "erector spinae, right", std::nullopt);
  add(kErectorSpinaeL, "ES L", "erector spinae, left", std::nullopt);
  add(kPsoasR, "PS R", "psoas, right", std::nullopt);
  add(kPsoasL, "PS L", "psoas, left", std::nullopt);
  for (std::uint16_t rod = 0; rod < kMostRods; ++rod)
    table.push_back({static_cast<std::uint16_t>(kFirstRod + rod),
                     fmt::format("rod {}", rod + 1),
                     fmt::format("calibration rod {}, in order of density", rod + 1),
                     colour(kFirstRod + rod),
                     std::nullopt});
  std::sort(table.begin(), table.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  return table;
}

}  // namespace

std::span<const Structure> structures() {
  static const std::vector<Structure> table = make_table();
  return table;
}

const Structure* find(std::uint16_t id) {
  for (const Structure& s : structures())
    if (s.id == id) return &s;
  return nullptr;
}

std::string short_name(std::uint16_t id) {
  const Structure* s = find(id);
  return s != nullptr ? s->short_name : fmt::format("label {}", id);
}

std::uint16_t vertebra_below(std::uint16_t id) {
  if (id >= 1 && id < kL5) return static_cast<std::uint16_t>(id + 1);
  if (id == kL5 || id == kL6) return kS1;
  if (id == kT13) return kL1;
  return 0;
}

std::uint16_t vertebra_above(std::uint16_t id) {
  if (id == kS1) return kL5;
  if (id > 1 && id <= kL6) return static_cast<std::uint16_t>(id - 1);
  if (id == kT13) return kT12;
  return 0;
}

}  // namespace ledd::anatomy
