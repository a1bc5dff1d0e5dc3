#pragma once
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

#include "ledd/vertebral_deformity/level_norms.h"
#include "ledd/vertebral_deformity/vertebral_deformity.h"

#include "solid.h"

/// A column of analytic bodies T11..L5 of normal shape, one of them broken.
namespace ledd::column {

inline constexpr double kPitchMm = 36.0;  ///< From body to body.

struct Broken {
  std::uint16_t id = 0;
  DeformityResult::Type type = DeformityResult::Type::kNone;
  double loss = 0.0;
};

/// Takes `loss` of the height away: in front, in the middle, or everywhere.
inline void break_body(solid::Body& body, DeformityResult::Type type, double loss) {
  const double hm_mm = body.hm_mm();
  switch (type) {
    case DeformityResult::Type::kWedge: body.ha_mm *= 1.0 - loss; break;
    case DeformityResult::Type::kBiconcave: body.sag_mm += 0.5 * loss * hm_mm; break;
    case DeformityResult::Type::kCrush:
      body.ha_mm *= 1.0 - loss;
      body.hp_mm *= 1.0 - loss;
      body.sag_mm *= 1.0 - loss;
      break;
    case DeformityResult::Type::kNone: break;
  }
}

/// Six-point heights of a healthy person's level, with a spread of 2 % from body to body.
inline std::vector<solid::Placed> bodies(const std::optional<Broken>& broken, unsigned seed) {
  std::mt19937 random(seed);
  const auto spread = [&] { return 1.0 + 0.04 * (static_cast<double>(random() % 1000U) / 999.0 - 0.5); };
  std::vector<solid::Placed> placed;
  Point centre{0, 0, 3.0 * kPitchMm};
  for (std::uint16_t id = 18; id <= 24; ++id) {
    const LevelNorm norm = *level_norm(id);
    solid::Body body;
    body.elliptic = true;
    body.hp_mm = 27.5 * norm.hp_relative * spread();
    body.ha_mm = body.hp_mm * norm.six_ha_hp * spread();
    body.sag_mm = 0.5 * (0.5 * (body.ha_mm + body.hp_mm) - body.hp_mm * norm.six_hm_hp * spread());
    if (broken && broken->id == id) break_body(body, broken->type, broken->loss);
    const double pitch = 12.0 - 5.0 * (id - 18);
    placed.push_back({id, body, solid::posed(centre, pitch, 1.5, 2.0)});
    const auto half_way = solid::posed(centre, pitch - 2.5, 1.5, 2.0);
    centre = solid::along(centre, half_way.superior, -kPitchMm);
  }
  return placed;
}

inline Labels::Pointer rasterise(const std::vector<solid::Placed>& placed, std::array<double, 3> spacing_mm) {
  Point middle{};
  for (const auto& p : placed)
    middle = solid::along(middle, p.frame.centre_lps_mm, 1.0 / static_cast<double>(placed.size()));
  auto turn = solid::posed(middle, 0, 0, 0);
  return solid::rasterised(solid::sagittal(spacing_mm, {96, 288, 60}, turn), placed);
}

inline Labels::Pointer labels(const std::optional<Broken>& broken, unsigned seed) {
  return rasterise(bodies(broken, seed), {0.9, 0.9, 4.0});
}

}  // namespace ledd::column
