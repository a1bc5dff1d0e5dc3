#pragma once
#include <functional>

#include "ledd/cartilage_morphometry/cartilage_morphometry.h"

namespace ledd::knee {

using Choice = std::function<bool(std::size_t)>;

/// Area-weighted centre, and mean normal, of the vertices chosen. Area 0: none was.
struct Centre {
  Point centre_lps_mm{}, normal{};
  double area_mm2 = 0.0;
};
Centre centre_of(const CartilageLayer& layer, const Choice& chosen);
inline Centre centre_of_plate(const CartilageLayer& layer, std::uint16_t id) {
  return centre_of(layer, [&](std::size_t v) { return layer.plate[v] == id; });
}

const CartilageLayer* layer_of(const CartilageResult& result, std::uint16_t bone);

/// @throws Error{kInput}  as CartilageMorphometry.
KneeAxes axes_of_knee(const CartilageResult& result, std::optional<anatomy::Side> side);

std::vector<std::uint16_t> tibia_regions(const CartilageLayer& layer,
                                         const KneeAxes& axes,
                                         double central_share);
std::vector<std::uint16_t> patella_regions(const CartilageLayer& layer, const KneeAxes& axes);
/// Empty when there is no notch between two condyles.
std::optional<FemurLandmarks> femur_landmarks(const CartilageLayer& layer, const KneeAxes& axes);
std::vector<std::uint16_t> femur_regions(const CartilageLayer& layer,
                                         const FemurLandmarks& marks,
                                         double weight_bearing);

/// Fills region_map and thickness_map; gives the volume of each Region.
std::map<std::uint16_t, double> fill_maps(const Labels& labels, CartilageResult& result);

/// The value below which `share` of the summed weights lie. @param pairs  value, weight; not empty.
double weighted_quantile(std::vector<std::pair<double, double>> pairs, double share);

}  // namespace ledd::knee
