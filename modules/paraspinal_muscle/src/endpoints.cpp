#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ledd/measurement/estimate.h"
#include "ledd/paraspinal_muscle/paraspinal_muscle.h"

namespace ledd {
namespace {

using One = ParaspinalMuscle::One;
using Kind = ParaspinalMuscle::Kind;

constexpr const char* kPrecision = "on digital phantoms only: docs/paraspinal-muscle.md, section Accuracy";

struct Name {
  const char* key;
  const char* title;
};
constexpr std::array<Name, ParaspinalMuscle::kMuscles> kNames{
    {{"MF", "multifidus"},
     {"ES", "erector spinae"},
     {"MFES", "multifidus and erector spinae together"},
     {"PS", "psoas"}}};

std::vector<EndpointDefinition> definitions_of(const Name& name) {
  const auto key = [&](const char* what) { return fmt::format("{}_{}", name.key, what); };
  const auto title = [&](const char* what) { return fmt::format("{}, {}", what, name.title); };
  return {
      {key("CSA"),
       title("Cross-section"),
       "mm2",
       "axial-muscle/1",
       "Area within the muscle's fascia, fat between the fibres included, on the axial slice nearest to the "
       "disc's mid-plane, as the slice lies.",
       "Crawford et al., BMC Musculoskelet Disord 18:25, 2017; area within the fascia: Berry et al., BMC "
       "Musculoskelet Disord 19:135, 2018",
       kPrecision},
      {key("lean_CSA"),
       title("Lean cross-section"),
       "mm2",
       "axial-muscle/1",
       "CSA times one minus the fat share (FF of a water-fat pair, else FI).",
       "After the functional CSA of Ranson et al., Eur Spine J 15:764, 2006, which counts pixels below a "
       "threshold",
       kPrecision},
      {key("FF"),
       title("Fat fraction"),
       "%",
       "water-fat/1",
       "Mean over the muscle without its outermost pixel of F / (W + F) of a water-fat pair, signals as they "
       "are (not corrected for T1).",
       "Fischer et al., Radiology 266:555, 2013",
       kPrecision},
      {key("FI"),
       title("Fat share by brightness"),
       "%",
       "two-tissue/1",
       "Mean over the muscle without its outermost pixel of the linear share between the leanest muscle of "
       "the slice (0) and "
       "subcutaneous "
       "fat (100) on a T2 or T1, after a second-order correction of the coil. Relative to that muscle: not a "
       "proton density fat fraction.",
       "Own definition; a threshold between the same two tissues: Ranson et al., Eur Spine J 15:764, 2006",
       kPrecision},
      {key("CSA_asymmetry"),
       title("Difference between the sides in cross-section"),
       "%",
       "axial-muscle/1",
       "100 (larger - smaller) / larger CSA of both sides.",
       "Asymmetry of the same muscles: Fortin, Yuan and Battie, Phys Ther 93:1540, 2013",
       kPrecision},
  };
}

const EndpointDefinition& definition(std::size_t muscle, std::size_t what) {
  return ParaspinalMuscle::definitions().at(5 * muscle + what);
}

void push(const std::string& region,
          const char* side,
          const EndpointDefinition& endpoint,
          const Estimate& estimate,
          std::vector<Measurement>& out) {
  const std::size_t first = out.size();
  push_estimate(region, endpoint, estimate, out);
  for (std::size_t n = first; n < out.size(); ++n) out[n].side = side;
}

Estimate asymmetry(const std::array<One, 2>& sides) {
  Estimate row;
  const One &right = sides[0], &left = sides[1];
  if (!right.csa_mm2 || !left.csa_mm2) {
    row.reason = !right.csa_mm2 ? "the right one was not measured: " + right.reason
                                : "the left one was not measured: " + left.reason;
    return row;
  }
  const double larger = std::max(*right.csa_mm2, *left.csa_mm2);
  row.value = 100.0 * std::fabs(*right.csa_mm2 - *left.csa_mm2) / larger;
  row.se = 100.0 * std::hypot(right.csa_se_mm2, left.csa_se_mm2) / larger;
  row.quality = Quality::kGood;
  for (const One* one : {&right, &left})
    if (one->quality != Quality::kGood) {
      row.quality = Quality::kUncertain;
      if (row.reason != one->reason) row.reason += (row.reason.empty() ? "" : "; ") + one->reason;
    }
  return row;
}

}  // namespace

const std::vector<EndpointDefinition>& ParaspinalMuscle::definitions() {
  static const auto all = [] {
    std::vector<EndpointDefinition> definitions;
    for (const Name& name : kNames)
      for (auto& d : definitions_of(name)) definitions.push_back(std::move(d));
    return definitions;
  }();
  return all;
}

std::vector<Measurement> measurements(const ParaspinalMuscle::Result& result) {
  std::vector<Measurement> out;
  for (const auto& level : result.levels)
    for (std::size_t muscle = 0; muscle < ParaspinalMuscle::kMuscles; ++muscle) {
      for (std::size_t side = 0; side < 2; ++side) {
        const One& one = level.muscles[muscle][side];
        const char* letter = side == 0 ? "R" : "L";
        const auto add = [&](std::size_t what, const std::optional<double>& value, double se) {
          push(level.region, letter, definition(muscle, what), {value, se, one.quality, one.reason}, out);
        };
        add(0, one.csa_mm2, one.csa_se_mm2);
        add(1, one.lean_mm2, one.lean_se_mm2);
        add(level.kind == Kind::kWaterFat ? 2 : 3, one.fat_percent, one.fat_se_percent);
      }
      push(level.region, "", definition(muscle, 4), asymmetry(level.muscles[muscle]), out);
    }
  return out;
}

std::vector<Polyline> report_lines(const ParaspinalMuscle::Level& level) {
  constexpr std::array<std::array<std::uint8_t, 3>, ParaspinalMuscle::kMuscles> kRgb{
      {{255, 150, 0}, {80, 200, 255}, {255, 220, 90}, {140, 230, 120}}};
  std::vector<Polyline> lines;
  for (std::size_t muscle = 0; muscle < ParaspinalMuscle::kMuscles; ++muscle)
    for (std::size_t side = 0; side < 2; ++side) {
      const bool parted = level.muscles[ParaspinalMuscle::kMultifidus][side].csa_mm2.has_value();
      const One& one = level.muscles[muscle][side];
      if (!one.csa_mm2 || (muscle == ParaspinalMuscle::kBoth && parted)) continue;
      lines.push_back(
          {one.outline_lps_mm,
           kRgb.at(muscle),
           fmt::format("{} {:.0f} mm2, {:.0f} %", kNames.at(muscle).key, *one.csa_mm2, *one.fat_percent)});
    }
  return lines;
}

}  // namespace ledd
