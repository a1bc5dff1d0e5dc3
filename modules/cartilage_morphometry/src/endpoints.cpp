#include <fmt/format.h>

#include <cmath>

#include "ledd/measurement/estimate.h"

#include "parts.h"

namespace ledd {
namespace {

constexpr const char* kEckstein = "Eckstein et al., Osteoarthritis Cartilage 14:974, 2006";
constexpr const char* kPrecision =
    "Bias on layers of known thickness: docs/cartilage-morphometry.md; of a segmentation: not part of it";
constexpr const char* kShapeMethod = "knee-shape/1";
constexpr const char* kShapeSource = "36 persons' manual label volumes; docs/knee-shape.md";
constexpr const char* kShapePrecision =
    "What of deleted bays is found, and how much healthy rim is counted: docs/knee-shape.md";
constexpr const char* kMethod = "bone-and-body surfaces/1";

enum class Needs { kNothing, kCover, kLines, kShape };
struct Source {
  const char* key;
  const char* statistic;
  double (*value)(const knee::RegionValues&);
  bool of_area;  ///< It rests on where the bone area ends.
  Needs needs;
};

const std::vector<Source>& sources() {
  using V = knee::RegionValues;
  static const std::vector<Source> all{
      {"ThCtAB", "mean", [](const V& v) { return v.mean_mm; }, true, Needs::kNothing},
      {"ThCtAB", "sd", [](const V& v) { return v.sd_mm; }, true, Needs::kNothing},
      {"ThCcAB", "mean", [](const V& v) { return v.covered_mean_mm; }, false, Needs::kCover},
      {"ThCtAB_Laplace", "mean", [](const V& v) { return v.laplace_mean_mm; }, true, Needs::kLines},
      {"tAB", "value", [](const V& v) { return v.tab_mm2; }, true, Needs::kNothing},
      {"cAB", "value", [](const V& v) { return v.cab_mm2; }, false, Needs::kNothing},
      {"dAB",
       "value",
       [](const V& v) { return 100.0 * (v.tab_mm2 - v.cab_mm2) / v.tab_mm2; },
       true,
       Needs::kNothing},
      {"tAB_shape", "value", [](const V& v) { return v.learned_tab_mm2; }, true, Needs::kShape},
      {"dAB_shape",
       "value",
       [](const V& v) { return 100.0 * (v.learned_tab_mm2 - v.cab_mm2) / v.learned_tab_mm2; },
       true,
       Needs::kShape},
      {"VC", "value", [](const V& v) { return v.volume_mm3; }, false, Needs::kNothing},
      {"VCtAB", "value", [](const V& v) { return v.volume_mm3 / v.tab_mm2; }, true, Needs::kNothing}};
  return all;
}

std::string letter_of(anatomy::Side side) {
  return side == anatomy::Side::kRight ? "R" : "L";
}

CartilageResult::Doubt doubt_of(const CartilageResult& result, const knee::RegionSet& set, bool of_area) {
  CartilageResult::Doubt doubt;
  if (const auto found = result.cartilages.find(set.cartilage); found != result.cartilages.end())
    doubt = found->second;
  if (doubt.quality == Quality::kGood && !result.axes.doubt.empty())
    doubt = {Quality::kUncertain, result.axes.doubt, false};
  const auto area = result.area_doubts.find(set.cartilage);
  if (doubt.quality == Quality::kGood && of_area && area != result.area_doubts.end())
    doubt = {Quality::kUncertain, area->second, false};
  return doubt;
}

Measurement row(const CartilageResult& result, const knee::RegionSet& set, const Source& source) {
  const auto& definition = definition_of(source.key, CartilageMorphometry::definitions());
  const auto doubt = doubt_of(result, set, source.of_area);
  const auto found = result.values.find(set.name);
  const std::string region(set.name);
  Measurement m;
  if (doubt.quality == Quality::kFailed) {
    m = failed(region, definition, doubt.reason);
  } else if (found == result.values.end()) {
    m = failed(region, definition, "no bone area lies in this region");
  } else if (source.needs == Needs::kCover && !(found->second.cab_mm2 > 0.0)) {
    m = failed(region, definition, "no cartilage covers this region");
  } else if (source.needs == Needs::kLines && std::isnan(found->second.laplace_mean_mm)) {
    m = failed(region, definition, "field lines were not asked for");
  } else if (source.needs == Needs::kShape && std::isnan(found->second.learned_tab_mm2)) {
    m = failed(region, definition, result.no_learned_area);
  } else {
    m = graded(region, definition, source.value(found->second), doubt.quality, doubt.reason);
  }
  // That no shape can be asked is said of the knee, once.
  m.inherent = doubt.inherent || (source.needs == Needs::kShape && doubt.quality == Quality::kGood);
  m.statistic = source.statistic;
  m.side = letter_of(result.axes.side);
  return m;
}

/// The compartments' thickness is by its definition the sum of the tibia's and the femur's.
void push_compartment(const CartilageResult& result,
                      const char* name,
                      std::array<std::string_view, 2> of,
                      std::vector<Measurement>& out) {
  const auto& definition = definition_of("ThCtAB", CartilageMorphometry::definitions());
  Measurement sum = measured(name, definition, 0.0);
  sum.statistic = "mean";
  for (const auto& m : out) {
    if (m.endpoint != "ThCtAB" || m.statistic != "mean" || (m.region != of[0] && m.region != of[1])) continue;
    if (m.value && sum.value) *sum.value += *m.value;
    if (!m.value) sum.value.reset();
    if (m.quality > sum.quality) {
      sum.quality = m.quality;
      sum.reason = fmt::format("{}: {}", m.region, m.reason);
      sum.inherent = m.inherent;
    }
  }
  sum.side = letter_of(result.axes.side);
  out.push_back(sum);
}

std::vector<EndpointDefinition> thickness_definitions() {
  return {
      {"ThCtAB",
       "Cartilage thickness over the total bone area",
       "mm",
       kMethod,
       "Mean over tAB, by area, of the distance along the smoothed bone normal from the bone's surface to "
       "the cartilage's; denuded bone counts as 0. MFTC = MT + cMF, LFTC = LT + cLF.",
       kEckstein,
       kPrecision},
      {"ThCcAB",
       "Cartilage thickness over the covered bone area",
       "mm",
       kMethod,
       "As ThCtAB, over cAB only.",
       kEckstein,
       kPrecision},
      {"ThCtAB_Laplace",
       "Cartilage thickness along field lines",
       "mm",
       "laplace/1",
       "As ThCtAB, with the length of the field line of Laplace's equation between bone and cartilage "
       "surface instead of the normal.",
       "Jones et al., Hum Brain Mapp 11:12, 2000",
       kPrecision}};
}

std::vector<EndpointDefinition> area_and_volume_definitions() {
  return {
      {"tAB",
       "Total area of subchondral bone",
       "mm2",
       kMethod,
       "Area of the bone surface that cartilage covers, encloses, or leaves bare in bays narrower than 6 mm.",
       kEckstein,
       kPrecision},
      {"cAB",
       "Area of subchondral bone covered by cartilage",
       "mm2",
       kMethod,
       "Area of the part of tAB with cartilage along the normal.",
       kEckstein,
       kPrecision},
      {"dAB",
       "Denuded area of subchondral bone",
       "%",
       kMethod,
       "100 (tAB - cAB) / tAB. Labels show no loss at a plate's margin that is wider than a bay: a lower "
       "limit.",
       kEckstein,
       kPrecision},
      {"tAB_shape",
       "Total area of subchondral bone, by the learned shape",
       "mm2",
       kShapeMethod,
       "tAB and the bare bone beside it (patches of at least 15 mm2) where at least 90 % of the learned "
       "persons "
       "have cartilage.",
       kShapeSource,
       kShapePrecision},
      {"dAB_shape",
       "Denuded area of subchondral bone, by the learned shape",
       "%",
       kShapeMethod,
       "100 (tAB_shape - cAB) / tAB_shape. It sees part of the loss at a plate's margin, which dAB does not.",
       kShapeSource,
       kShapePrecision},
      {"VC",
       "Cartilage volume",
       "mm3",
       kMethod,
       "Volume of the cartilage voxels whose nearest bone lies in the region.",
       kEckstein,
       kPrecision},
      {"VCtAB",
       "Cartilage volume over the total bone area",
       "mm",
       kMethod,
       "VC / tAB.",
       kEckstein,
       kPrecision}};
}

}  // namespace

const std::vector<EndpointDefinition>& CartilageMorphometry::definitions() {
  static const std::vector<EndpointDefinition> all = [] {
    auto both = thickness_definitions();
    for (auto& one : area_and_volume_definitions()) both.push_back(std::move(one));
    return both;
  }();
  return all;
}

std::vector<Measurement> measurements(const CartilageResult& result) {
  std::vector<Measurement> out;
  for (const auto& set : knee::region_sets())
    for (const auto& source : sources()) out.push_back(row(result, set, source));
  push_compartment(result, "MFTC", {"MT", "cMF"}, out);
  push_compartment(result, "LFTC", {"LT", "cLF"}, out);
  return out;
}

}  // namespace ledd
