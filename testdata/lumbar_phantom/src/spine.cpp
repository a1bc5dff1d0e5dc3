#include "spine.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "ledd/anatomy/anatomy.h"
#include "ledd/core/error.h"

namespace ledd::phantom {
namespace {

struct LevelNorm {
  std::uint16_t id;
  double ha_hp, hm_hp, hm_mm, ap_mm, lr_mm;
  double spacing_below_mm;
  double tilt_deg;
  double taper;
};

// T11..L5: means over manual reference masks of 17 healthy adults (3-D T2); tilts of L1..L5 likewise. T8..T10
// continue the trend; the sacrum and the tilts of the thoracic bodies are set by eye from mid-sagittal
// slices.
constexpr std::array<LevelNorm, 14> kNorms{{
    {15, 0.930, 0.925, 21.8, 29.5, 35.0, 27.0, 3.0, 1.0},
    {16, 0.930, 0.925, 22.5, 30.5, 37.0, 28.3, 7.0, 1.0},
    {17, 0.930, 0.924, 23.4, 31.4, 39.2, 30.0, 10.0, 1.0},
    {18, 0.932, 0.924, 24.3, 32.3, 41.5, 31.8, 12.0, 1.0},
    {19, 0.971, 0.932, 26.0, 32.1, 45.7, 34.4, 13.0, 1.0},
    {20, 0.987, 0.947, 27.6, 33.1, 46.4, 36.6, 11.5, 1.0},
    {21, 1.013, 0.935, 27.5, 34.3, 47.4, 37.9, 10.0, 1.0},
    {22, 1.047, 0.934, 27.5, 34.7, 49.8, 39.1, 4.0, 1.0},
    {23, 1.053, 0.944, 27.4, 34.8, 51.4, 38.0, -4.0, 1.0},
    {24, 1.160, 0.996, 27.7, 34.0, 54.2, 36.0, -21.0, 1.0},
    {26, 1.200, 1.070, 26.5, 33.0, 52.0, 25.5, -45.0, 0.70},
    {0, 1.100, 1.030, 20.5, 23.0, 40.0, 20.5, -53.0, 0.76},
    {0, 1.050, 1.010, 17.0, 17.0, 34.0, 17.0, -66.0, 0.80},
    {0, 1.050, 1.010, 14.0, 13.0, 30.0, 0.0, -82.0, 0.80},
}};

std::size_t index_of(Level level) {
  return kFirstT11 + static_cast<std::size_t>(level) - 1;
}

/// Standard normal number for trait `trait` of body `body`.
double draw(const SpineParams& params, std::size_t body, std::uint64_t trait) {
  const auto key = static_cast<std::uint64_t>(params.seed) * 1000003U + 17U;
  return params.variation * std::clamp(normal2(key, body * 16 + trait)[0], -2.0, 2.0);
}

Body sized_body(const SpineParams& params, std::size_t k) {
  constexpr std::size_t kWhole = 99;  // traits of the whole person
  const LevelNorm& n = kNorms[k];
  const double person = params.size_scale * (1.0 + 0.03 * draw(params, kWhole, 0));
  Body b;
  b.id = n.id;
  b.hm_mm = n.hm_mm * person * (1.0 + 0.012 * draw(params, k, 1));
  b.hp_mm = b.hm_mm / n.hm_hp * (1.0 + 0.01 * draw(params, k, 2));
  b.ha_mm = b.hm_mm / n.hm_hp * n.ha_hp * (1.0 + 0.015 * draw(params, k, 3));
  b.ap_mm = n.ap_mm * person * (1.0 + 0.012 * draw(params, k, 4));
  b.lr_mm = n.lr_mm * person * (1.0 + 0.02 * draw(params, k, 5));
  b.taper = n.taper;
  b.spacing_below_mm = n.spacing_below_mm * person * (1.0 + 0.01 * draw(params, k, 6));
  const double lordosis = params.lordosis_scale * (1.0 + 0.08 * draw(params, kWhole, 7));
  b.tilt_deg = n.tilt_deg * lordosis + 1.2 * draw(params, k, 8);
  b.waist_anterior_mm *= person;
  b.waist_posterior_mm *= person;
  b.waist_lateral_mm *= person;
  b.rounding_mm *= person;
  if (n.id == 0) b.waist_anterior_mm = b.waist_posterior_mm = b.rounding_mm = 0.8 * person;
  return b;
}

/// The coronal angle runs evenly from T12 to L4 and dies away above and below.
double coronal_share(std::size_t k) {
  constexpr std::array<double, 14> kShare{
      0.1, 0.2, 0.3, 0.4, 0.5, 0.25, 0.0, -0.25, -0.5, -0.3, -0.1, 0.0, 0.0, 0.0};
  return kShare[k];
}

void orient(Body& b) {
  const double t = b.tilt_deg * kRadPerDeg;
  const double c = b.coronal_deg * kRadPerDeg;
  const Vec up{0.0, std::sin(t), std::cos(t)};
  b.anterior = {0.0, -std::cos(t), std::sin(t)};
  b.left = std::cos(c) * Vec{1, 0, 0} + std::sin(c) * up;
  b.superior = std::cos(c) * up - std::sin(c) * Vec{1, 0, 0};
}

void break_body(const SpineParams& params, std::vector<Body>& bodies) {
  if (params.fracture_level == Level::kNone) return;
  const std::size_t k = index_of(params.fracture_level);
  Body& b = bodies[k];
  const double keep = 1.0 - 0.01 * params.fracture_loss_percent;
  const double ha = b.ha_mm;
  const double hp = b.hp_mm;
  switch (params.fracture_type) {
    case Deformity::kWedge:
      b.ha_mm *= keep;
      b.hm_mm *= 0.5 * (1.0 + keep);
      break;
    case Deformity::kBiconcave: b.hm_mm *= keep; break;
    case Deformity::kCrush:
      b.ha_mm *= keep;
      b.hm_mm *= keep;
      b.hp_mm *= keep;
      break;
  }
  // The neighbours follow the rim; what is above bends forward by half of the new wedge, the discs take the
  // rest.
  const double rim_loss_mm = 0.5 * (ha + hp - b.ha_mm - b.hp_mm);
  b.spacing_below_mm -= 0.5 * rim_loss_mm;
  bodies[k - 1].spacing_below_mm -= 0.5 * rim_loss_mm;
  const double wedge_deg = ((ha - hp) - (b.ha_mm - b.hp_mm)) / b.ap_mm / kRadPerDeg;
  b.tilt_deg -= 0.25 * wedge_deg;
  for (std::size_t i = 0; i < k; ++i) bodies[i].tilt_deg -= 0.5 * wedge_deg;
}

/// Puts `lower` below `upper`: posterior corners in line (slip 0 by the corner definition), then slipped.
void place_below(const Body& upper, Body& lower, double slip_mm) {
  const Vec along = unit(lower.corner(true, true) - lower.corner(false, true));  // of its superior endplate
  Vec across = lower.superior - dot(lower.superior, along) * along;
  across = unit(across);
  const Vec ps_from_centre = lower.corner(false, true) - lower.centre;
  const Vec pi_from_upper = upper.corner(false, false) - upper.centre;
  const double forward = dot(pi_from_upper, along) - dot(ps_from_centre, along);
  const double down =
      std::sqrt(std::max(1.0, upper.spacing_below_mm * upper.spacing_below_mm - forward * forward));
  lower.centre = upper.centre + (forward - slip_mm) * along - down * across;
}

void require_apart(const Body& upper, const Body& lower, std::size_t k) {
  for (const double t : {-0.45, -0.2, 0.0, 0.2, 0.45}) {
    const double v = t * upper.ap_mm;
    const Vec p = upper.world({0.0, v, -upper.half_height_mm(0.0, v)});
    require(lower.distance_mm(lower.local(p)) > 0.0,
            Errc::kParam,
            fmt::format("bodies {} and {} of the spine (0 is T8) overlap: less disc loss, slip, lordosis or "
                        "fracture would be right",
                        k,
                        k + 1));
  }
}

}  // namespace

Spine build_spine(const SpineParams& params) {
  Spine spine;
  for (std::size_t k = 0; k < kNorms.size(); ++k) spine.bodies.push_back(sized_body(params, k));
  auto& bodies = spine.bodies;
  break_body(params, bodies);
  if (params.collapsed_disc != Level::kNone) {
    spine.collapsed_disc = index_of(params.collapsed_disc);
    Body& above = bodies[spine.collapsed_disc];
    const double disc_mm =
        above.spacing_below_mm - 0.5 * (above.hm_mm + bodies[spine.collapsed_disc + 1].hm_mm);
    above.spacing_below_mm -= 0.01 * params.disc_loss_percent * disc_mm;
  }
  for (std::size_t k = 0; k < bodies.size(); ++k) {
    bodies[k].coronal_deg = params.scoliosis_deg * coronal_share(k);
    orient(bodies[k]);
  }
  const std::size_t slipping = params.slip_level == Level::kNone ? SIZE_MAX : index_of(params.slip_level);
  for (std::size_t k = 0; k + 1 < bodies.size(); ++k) {
    place_below(bodies[k], bodies[k + 1], k == slipping ? params.slip_mm : 0.0);
  }
  const Vec origin = bodies[kIndexL3].centre;
  for (Body& b : bodies) b.centre = b.centre - origin;
  for (std::size_t k = 0; k < kIndexS1; ++k) require_apart(bodies[k], bodies[k + 1], k);
  return spine;
}

}  // namespace ledd::phantom
