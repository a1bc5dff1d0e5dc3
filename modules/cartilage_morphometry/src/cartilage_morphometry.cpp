#include "ledd/cartilage_morphometry/cartilage_morphometry.h"

#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <algorithm>

#include "parts.h"

namespace ledd {
namespace {

struct Bone {
  std::uint16_t id;
  std::vector<std::uint16_t> cartilages;
};

const std::vector<Bone>& bones() {
  static const std::vector<Bone> all{
      {anatomy::kFemur, {anatomy::kFemoralCartilage}},
      {anatomy::kTibia, {anatomy::kMedialTibialCartilage, anatomy::kLateralTibialCartilage}},
      {anatomy::kPatella, {anatomy::kPatellarCartilage}}};
  return all;
}

std::vector<std::size_t> count_labels(const Labels& labels) {
  std::vector<std::size_t> counts(65536, 0);
  const std::size_t count = labels.GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t n = 0; n < count; ++n) ++counts[labels.GetBufferPointer()[n]];
  return counts;
}

/// What of a plate makes all its values doubtful; the first reason stands.
CartilageResult::Doubt doubt_of(const CartilageLayer& layer,
                                const CartilageLayer::Plate& plate,
                                const CartilageMorphometry::Params& params) {
  const double tab_mm2 = knee::centre_of_plate(layer, plate.id).area_mm2;
  if (!(tab_mm2 > 0.0))
    return {Quality::kFailed,
            fmt::format("cartilage {} lies nowhere on its bone {}", plate.id, layer.bone_id),
            false};
  if (plate.at_border)
    return {Quality::kUncertain, fmt::format("cartilage {} is cut by the image's border", plate.id), true};
  if (plate.away_share > params.max_away)
    return {Quality::kUncertain,
            fmt::format("{:.0f} % of the voxels of cartilage {} lie away from its bone",
                        100 * plate.away_share,
                        plate.id),
            false};
  if (tab_mm2 < params.min_plate_mm2)
    return {
        Quality::kUncertain, fmt::format("cartilage {} covers {:.0f} mm2 only", plate.id, tab_mm2), false};
  constexpr double kMostUnmatched = 0.05;
  if (plate.unmatched_share > kMostUnmatched)
    return {Quality::kUncertain,
            fmt::format("at {:.0f} % of the bone under cartilage {} its surface is not where the labels end",
                        100 * plate.unmatched_share,
                        plate.id),
            false};
  return {};
}

void judge(const CartilageMorphometry::Params& params, CartilageResult& result) {
  for (const auto& layer : result.layers)
    for (const auto& plate : layer.plates) {
      result.cartilages[plate.id] = doubt_of(layer, plate, params);
      const double share = plate.bay_mm2 / std::max(1e-9, knee::centre_of_plate(layer, plate.id).area_mm2);
      if (share > params.max_bay)
        result.area_doubts[plate.id] =
            fmt::format("{:.0f} % of the bone area are bays that closing took to be denuded", 100 * share);
    }
}

void measure_bones(const Labels& labels,
                   const CartilageThickness::Probabilities& probabilities,
                   const CartilageThickness& thickness,
                   CartilageResult& result,
                   Context& context) {
  const auto counts = count_labels(labels);
  std::vector<const Bone*> shown;
  for (const Bone& bone : bones()) {
    const bool any =
        std::any_of(bone.cartilages.begin(), bone.cartilages.end(), [&](auto id) { return counts[id] > 0; });
    for (const std::uint16_t id : bone.cartilages) {
      if (counts[id] == 0)
        result.cartilages[id] = {
            Quality::kFailed, fmt::format("there is no cartilage with label {}", id), false};
      else if (counts[bone.id] == 0)
        result.cartilages[id] = {
            Quality::kFailed,
            fmt::format("there is no bone with label {} under cartilage {}", bone.id, id),
            false};
    }
    if (any && counts[bone.id] > 0) shown.push_back(&bone);
  }
  result.layers.resize(shown.size());
  tbb::parallel_for(std::size_t{0}, shown.size(), [&](std::size_t n) {
    context.throw_if_cancelled();
    result.layers[n] = thickness(labels, shown[n]->id, shown[n]->cartilages, probabilities, context);
  });
  require(!result.layers.empty(),
          Errc::kInput,
          "there is no cartilage (202, 204, 205, 207) with its bone (201, 203, 206) in the labels");
}

void divide(const CartilageMorphometry::Params& params, CartilageResult& result) {
  for (const auto& layer : result.layers) {
    if (layer.bone_id == anatomy::kTibia) {
      result.regions.push_back(knee::tibia_regions(layer, result.axes, params.central_share));
    } else if (layer.bone_id == anatomy::kPatella) {
      result.regions.push_back(knee::patella_regions(layer, result.axes));
    } else {
      result.femur = knee::femur_landmarks(layer, result.axes);
      result.regions.push_back(result.femur ? knee::femur_regions(layer, *result.femur, params.weight_bearing)
                                            : std::vector<std::uint16_t>(layer.plate.size(), knee::kNone));
      if (!result.femur)
        result.cartilages[anatomy::kFemoralCartilage] = {
            Quality::kFailed,
            "no notch was found between two condyles with cartilage: the femur has no regions",
            false};
    }
  }
}

}  // namespace

const ParamTable<CartilageMorphometry::Params>& CartilageMorphometry::Params::table() {
  using P = Params;
  static const auto table =
      ParamTable<P>()
          .nest(&P::thickness, "thickness")
          .add(&P::weight_bearing,
               "weight_bearing",
               "1",
               "Where the weight-bearing femur ends, as part of the way from the notch to the condyle's "
               "posterior end: 0.6 for FLASH, 0.75 for DESS.",
               {0.3, 1.0})
          .add(&P::central_share,
               "central_share",
               "1",
               "Share of a tibial plate that is its central region.",
               {0.05, 0.5})
          .add(&P::max_away,
               "max_away",
               "1",
               "Share of cartilage voxels away from their bone above which a plate is uncertain.",
               {0.0, 1.0})
          .add(&P::max_bay,
               "max_bay",
               "1",
               "Share of the bone area that closing may add before it is uncertain.",
               {0.0, 1.0})
          .add(&P::min_plate_mm2, "min_plate_mm2", "mm2", "A smaller plate is uncertain.", {0.0, 2000.0});
  return table;
}

CartilageMorphometry::CartilageMorphometry(const Params& params) : params_(params) {
  Params::table().validate(params_);
}

CartilageResult CartilageMorphometry::operator()(const Labels& labels,
                                                 const CartilageThickness::Probabilities& probabilities,
                                                 std::optional<anatomy::Side> side,
                                                 Context& context) const {
  CartilageResult result;
  measure_bones(labels, probabilities, CartilageThickness(params_.thickness), result, context);
  result.axes = knee::axes_of_knee(result, side);
  judge(params_, result);
  divide(params_, result);
  const auto volumes = knee::fill_maps(labels, result);
  for (const auto& set : knee::region_sets())
    for (std::size_t n = 0; n < result.layers.size(); ++n) {
      if (result.layers[n].bone_id != set.bone) continue;
      knee::RegionValues values = knee::values_of(result.layers[n], result.regions[n], set);
      if (!(values.tab_mm2 > 0.0)) continue;
      for (const std::uint16_t part : set.parts)
        if (const auto found = volumes.find(part); found != volumes.end()) values.volume_mm3 += found->second;
      result.values.emplace(set.name, values);
    }
  return result;
}

}  // namespace ledd
