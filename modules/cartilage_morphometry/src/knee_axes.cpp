#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ledd/mesh/vectors.h"

#include "parts.h"

namespace ledd::knee {
namespace {

constexpr Point kSuperior{0, 0, 1}, kAnterior{0, -1, 0}, kLeft{1, 0, 0};

std::string_view name_of(anatomy::Side side) {
  return side == anatomy::Side::kRight ? "right" : "left";
}

/// Without both tibial plates: the scanner's axes and the side that was told.
KneeAxes scanner_axes(std::optional<anatomy::Side> side) {
  require(side.has_value(),
          Errc::kInput,
          "the side of the knee is not known: there are no medial and lateral tibial cartilage (204, 205) to "
          "tell it, "
          "and none was given");
  KneeAxes axes;
  axes.superior = kSuperior;
  axes.anterior = kAnterior;
  axes.side = *side;
  axes.medial = *side == anatomy::Side::kRight ? kLeft : vec::scaled(kLeft, -1.0);
  axes.doubt = "axes are the scanner's, since the tibial plates do not give them";
  return axes;
}

void check_patella(const CartilageResult& result, const KneeAxes& axes) {
  const CartilageLayer* patella = layer_of(result, anatomy::kPatella);
  const CartilageLayer* femur = layer_of(result, anatomy::kFemur);
  if (patella == nullptr || femur == nullptr) return;
  const auto everywhere = [](std::size_t) { return true; };
  const double ahead_mm = vec::dot(
      vec::sub(centre_of(*patella, everywhere).centre_lps_mm, centre_of(*femur, everywhere).centre_lps_mm),
      axes.anterior);
  require(ahead_mm > 0.0,
          Errc::kInput,
          fmt::format(
              "the patella lies {:.0f} mm behind the femur: the image's orientation contradicts the anatomy",
              -ahead_mm));
}

}  // namespace

Centre centre_of(const CartilageLayer& layer, const Choice& chosen) {
  Centre c;
  for (std::size_t v = 0; v < layer.area_mm2.size(); ++v) {
    if (!chosen(v)) continue;
    c.centre_lps_mm = vec::along(c.centre_lps_mm, layer.area_mm2[v], layer.bone.points_lps_mm[v]);
    c.normal = vec::along(c.normal, layer.area_mm2[v], layer.normals[v]);
    c.area_mm2 += layer.area_mm2[v];
  }
  if (c.area_mm2 > 0.0) c.centre_lps_mm = vec::scaled(c.centre_lps_mm, 1.0 / c.area_mm2);
  c.normal = vec::unit(c.normal);
  return c;
}

const CartilageLayer* layer_of(const CartilageResult& result, std::uint16_t bone) {
  for (const auto& layer : result.layers)
    if (layer.bone_id == bone) return &layer;
  return nullptr;
}

KneeAxes axes_of_knee(const CartilageResult& result, std::optional<anatomy::Side> side) {
  KneeAxes axes;
  const CartilageLayer* tibia = layer_of(result, anatomy::kTibia);
  Centre medial, lateral;
  if (tibia != nullptr) {
    medial = centre_of_plate(*tibia, anatomy::kMedialTibialCartilage);
    lateral = centre_of_plate(*tibia, anatomy::kLateralTibialCartilage);
  }
  if (!(medial.area_mm2 > 0.0 && lateral.area_mm2 > 0.0)) {
    axes = scanner_axes(side);
  } else {
    axes.superior = vec::unit(vec::add(medial.normal, lateral.normal));
    axes.medial =
        vec::unit(vec::across(vec::sub(medial.centre_lps_mm, lateral.centre_lps_mm), axes.superior));
    axes.centre_lps_mm = vec::scaled(vec::add(medial.centre_lps_mm, lateral.centre_lps_mm), 0.5);
    axes.anterior = vec::cross(axes.medial, axes.superior);
    const bool right = vec::dot(axes.anterior, kAnterior) > 0.0;
    axes.side = right ? anatomy::Side::kRight : anatomy::Side::kLeft;
    if (!right) axes.anterior = vec::scaled(axes.anterior, -1.0);
    constexpr double kTurned = 0.7;  // 45 degrees
    if (vec::dot(axes.anterior, kAnterior) < kTurned || vec::dot(axes.superior, kSuperior) < kTurned)
      axes.doubt = "the tibial plates face more than 45 degrees away from the scanner's axes";
  }
  require(!side || *side == axes.side || !axes.doubt.empty(),
          Errc::kInput,
          fmt::format("this is given as a {} knee, but its medial tibial cartilage lies as in a {} one",
                      name_of(side.value_or(axes.side)),
                      name_of(axes.side)));
  check_patella(result, axes);
  return axes;
}

double weighted_quantile(std::vector<std::pair<double, double>> pairs, double share) {
  std::sort(pairs.begin(), pairs.end());
  double total = 0.0, sum = 0.0;
  for (const auto& p : pairs) total += p.second;
  for (const auto& p : pairs) {
    sum += p.second;
    if (sum >= share * total) return p.first;
  }
  return pairs.back().first;
}

}  // namespace ledd::knee
