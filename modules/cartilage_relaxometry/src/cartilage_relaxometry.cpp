#include "ledd/cartilage_relaxometry/cartilage_relaxometry.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "ledd/anatomy/anatomy.h"
#include "ledd/anatomy/knee.h"
#include "ledd/core/error.h"

#include "plates.h"
#include "relative_depth.h"

namespace ledd {
namespace {

using Statistics = CartilageRelaxometry::Statistics;

/// Gathers values, and how many voxels had none.
struct Gathered {
  std::vector<double> values;
  std::size_t excluded = 0;

  Statistics statistics() {
    Statistics s;
    s.voxels = values.size();
    s.excluded = excluded;
    if (values.empty()) return s;
    for (const double v : values) s.mean_ms += v / static_cast<double>(values.size());
    double squares = 0.0;
    for (const double v : values) squares += (v - s.mean_ms) * (v - s.mean_ms);
    if (values.size() > 1) s.sd_ms = std::sqrt(squares / static_cast<double>(values.size() - 1));
    std::sort(values.begin(), values.end());
    const std::size_t middle = values.size() / 2;
    s.median_ms = values.size() % 2 == 1 ? values[middle] : 0.5 * (values[middle - 1] + values[middle]);
    return s;
  }
};

struct Maps {
  const Volume& value_ms;
  const Mask& quality;
  const Volume& depth;
  float fluid_ms = 0.0F;
};

using Voxels = std::vector<std::size_t>;

/// @param voxels  Those that belong to it.
CartilageRelaxometry::Region region_of(const Maps& maps, const Voxels& voxels) {
  constexpr std::size_t kLayers = CartilageRelaxometry::kLayers;
  Gathered all, deep, superficial;
  std::array<Gathered, kLayers> layers;
  for (const std::size_t v : voxels) {
    const bool good = maps.quality.GetBufferPointer()[v] == static_cast<std::uint8_t>(FitQuality::kGood) &&
                      maps.value_ms.GetBufferPointer()[v] <= maps.fluid_ms;
    const auto add = [&](Gathered& to) {
      if (good)
        to.values.push_back(static_cast<double>(maps.value_ms.GetBufferPointer()[v]));
      else
        ++to.excluded;
    };
    add(all);
    const float depth = maps.depth.GetBufferPointer()[v];
    if (std::isnan(depth)) continue;
    add(depth < 0.5F ? deep : superficial);
    const auto layer = static_cast<std::size_t>(depth * static_cast<float>(kLayers));
    add(layers[std::min(layer, kLayers - 1)]);
  }
  CartilageRelaxometry::Region region;
  region.all = all.statistics();
  region.deep = deep.statistics();
  region.superficial = superficial.statistics();
  for (std::size_t i = 0; i < kLayers; ++i) region.layers[i] = layers[i].statistics();
  return region;
}

/// Of each id the voxels that lie in a plate: one pass, however many regions there are.
std::map<std::uint16_t, Voxels> voxels_by_id(const Labels& ids, const Labels& plates) {
  std::map<std::uint16_t, Voxels> voxels;
  const std::size_t count = plates.GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t v = 0; v < count; ++v)
    if (cartilage::is_plate(plates.GetBufferPointer()[v])) voxels[ids.GetBufferPointer()[v]].push_back(v);
  return voxels;
}

/// The sub-regions that are there or have a name, and those of several.
void add_parts(const Maps& maps,
               const Labels& labels,
               const CartilageRelaxometry::SubRegions& sub_regions,
               CartilageRelaxometry::Result& result) {
  const auto parts = voxels_by_id(*sub_regions.labels, labels);
  const auto voxels_of = [&](std::uint16_t id) {
    const auto there = parts.find(id);
    return there == parts.end() ? Voxels() : there->second;
  };
  const auto add = [&](const std::string& name, std::uint16_t id, const Voxels& voxels) {
    auto region = region_of(maps, voxels);
    region.id = id;
    region.is_part = true;
    region.name = name;
    result.regions.push_back(std::move(region));
  };
  const auto* sub = sub_regions.labels->GetBufferPointer();
  std::set<std::uint16_t> ids(sub, sub + labels.GetLargestPossibleRegion().GetNumberOfPixels());
  for (const auto& [id, name] : sub_regions.names) ids.insert(id);
  ids.erase(0);
  for (const std::uint16_t id : ids) {
    const auto name = sub_regions.names.find(id);
    require(name != sub_regions.names.end(), Errc::kInput, fmt::format("sub-region {} has no name", id));
    add(name->second, id, voxels_of(id));
  }
  for (const auto& several : sub_regions.together) {
    Voxels all;
    for (const std::uint16_t id : several.ids) {
      const Voxels more = voxels_of(id);
      all.insert(all.end(), more.begin(), more.end());
    }
    add(several.name, 0, all);
  }
}

Volume::Pointer blank_depth(const Labels& labels) {
  auto depth = Volume::New();
  depth->CopyInformation(&labels);
  depth->SetRegions(labels.GetLargestPossibleRegion());
  depth->Allocate();
  depth->FillBuffer(std::numeric_limits<float>::quiet_NaN());
  return depth;
}

Mask::Pointer plates_of(const Labels& labels) {
  auto plates = Mask::New();
  plates->CopyInformation(&labels);
  plates->SetRegions(labels.GetLargestPossibleRegion());
  plates->Allocate();
  const std::size_t count = labels.GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t v = 0; v < count; ++v)
    plates->GetBufferPointer()[v] = cartilage::is_plate(labels.GetBufferPointer()[v]) ? 1 : 0;
  return plates;
}

}  // namespace

const ParamTable<CartilageRelaxometry::Params>& CartilageRelaxometry::Params::table() {
  static const auto table =
      ParamTable<Params>()
          .add(&Params::min_voxels, "min_voxels", "1", "Good voxels that a value needs.", {2, 1000000})
          .add(&Params::max_excluded,
               "max_excluded",
               "1",
               "Share of voxels without a good fit above which values are uncertain.",
               {0.0, 1.0})
          .add(&Params::max_bone_distance_mm,
               "max_bone_distance_mm",
               "mm",
               "Cartilage further from its bone has no depth.",
               {0.5, 30.0})
          .add(&Params::fluid_ms,
               "fluid_ms",
               "ms",
               "Longer is joint fluid: left out, and counted as excluded.",
               {10.0, 10000.0});
  return table;
}

CartilageRelaxometry::CartilageRelaxometry(const Params& params) : params_(params) {
  Params::table().validate(params);
}

CartilageRelaxometry::Result CartilageRelaxometry::operator()(const Volume& value_ms,
                                                              const Mask& quality,
                                                              const Labels& labels,
                                                              const SubRegions& sub_regions,
                                                              Context& context) const {
  require_same_grid(value_ms, quality, "the map and its quality");
  require_same_grid(value_ms, labels, "the map and the labels");
  Result result;
  result.depth = blank_depth(labels);
  const auto* label = labels.GetBufferPointer();
  const std::size_t count = labels.GetLargestPossibleRegion().GetNumberOfPixels();
  const std::set<std::uint16_t> present(label, label + count);
  std::map<std::uint16_t, std::string> no_depth;
  for (const auto& [plate, bone] : cartilage::kPlates) {
    context.throw_if_cancelled();
    if (!present.contains(plate)) continue;
    if (!cartilage::add_relative_depth(labels, plate, bone, params_.max_bone_distance_mm, *result.depth))
      no_depth[plate] =
          fmt::format("{} is not in the segmentation: depth cannot be told", anatomy::short_name(bone));
  }
  result.plates = plates_of(labels);
  const Maps maps{value_ms, quality, *result.depth, static_cast<float>(params_.fluid_ms)};
  auto voxels = voxels_by_id(labels, labels);
  for (const auto& [plate, bone] : cartilage::kPlates) {
    if (!present.contains(plate)) continue;
    auto region = region_of(maps, voxels[plate]);
    region.id = plate;
    region.name = anatomy::short_name(plate);
    region.no_depth = no_depth[plate];
    result.regions.push_back(std::move(region));
  }
  if (sub_regions.labels == nullptr) return result;
  require_same_grid(value_ms, *sub_regions.labels, "the map and the sub-regions");
  add_parts(maps, labels, sub_regions, result);
  return result;
}

}  // namespace ledd
