#include <cmath>

#include "ledd/core/error.h"

#include "parts.h"

namespace ledd {
namespace {

constexpr double kSpeckMm2 = 15.0;  // as CartilageThickness: smaller patches are no loss

/// Bare bone that hangs together with a plate's bone area over bone that is likely to have had cartilage,
/// with the region of the bone area it was reached from. `region` is that of the layer, and grows.
std::vector<std::uint8_t> grown(const CartilageLayer& layer,
                                std::uint16_t plate,
                                const std::vector<double>& probability,
                                double least,
                                std::vector<std::uint16_t>& region) {
  const Neighbours neighbours = neighbours_of(layer.bone);
  std::vector<std::uint8_t> added(layer.plate.size(), 0);
  std::vector<std::uint32_t> front;
  for (std::uint32_t v = 0; v < layer.plate.size(); ++v)
    if (layer.plate[v] == plate) front.push_back(v);
  while (!front.empty()) {  // ring by ring, so that the nearest bone area gives its region
    std::vector<std::uint32_t> next;
    for (const std::uint32_t v : front)
      for (const std::uint32_t w : neighbours.of(v)) {
        if (layer.plate[w] != 0 || added[w] != 0 || !(probability[w] >= least)) continue;
        added[w] = 1;
        region[w] = region[v];
        next.push_back(w);
      }
    front = std::move(next);
  }
  const auto part = connected_parts(neighbours, added);
  std::vector<double> area(1, 0.0);
  for (std::size_t v = 0; v < part.size(); ++v) {
    const auto n = static_cast<std::size_t>(part[v]);
    if (n >= area.size()) area.resize(n + 1, 0.0);
    area[n] += layer.area_mm2[v];
  }
  for (std::size_t v = 0; v < part.size(); ++v)
    if (added[v] != 0 && area[static_cast<std::size_t>(part[v])] < kSpeckMm2) added[v] = 0;
  return added;
}

}  // namespace

void add_learned_area(CartilageResult& result,
                      std::size_t layer_number,
                      std::uint16_t plate,
                      const std::vector<double>& probability,
                      double least) {
  const CartilageLayer& layer = result.layers.at(layer_number);
  require(probability.size() == layer.plate.size(),
          Errc::kInput,
          "there is not one probability of cartilage for each vertex of the bone");
  auto region = result.regions.at(layer_number);
  const auto added = grown(layer, plate, probability, least, region);
  std::vector<double> more_mm2(256, 0.0);
  for (std::size_t v = 0; v < added.size(); ++v)
    if (added[v] != 0 && region[v] < more_mm2.size()) more_mm2[region[v]] += layer.area_mm2[v];
  for (const auto& set : knee::region_sets()) {
    const auto found = result.values.find(set.name);
    if (set.cartilage != plate || found == result.values.end()) continue;
    found->second.learned_tab_mm2 = found->second.tab_mm2;
    for (const std::uint16_t part : set.parts) found->second.learned_tab_mm2 += more_mm2[part];
  }
}

}  // namespace ledd
