#include "ledd/lumbar_phantom/spine.h"

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

// C3..T7, by eye: heights and depths of adults, tilts of a neck held straight and a kyphosis of about 40
// degrees.
constexpr std::array<LevelNorm, 12> kUpperNorms{{
    {3, 0.970, 0.930, 13.5, 15.5, 22.0, 18.5, -4.0, 1.0},
    {4, 0.970, 0.930, 13.3, 15.7, 23.0, 18.5, -8.0, 1.0},
    {5, 0.960, 0.930, 13.0, 16.0, 24.0, 18.5, -12.0, 1.0},
    {6, 0.960, 0.930, 13.0, 16.5, 25.0, 19.0, -18.0, 1.0},
    {7, 0.960, 0.930, 14.5, 16.8, 27.0, 20.0, -24.0, 1.0},
    {8, 0.950, 0.930, 16.0, 17.5, 28.0, 20.5, -27.0, 1.0},
    {9, 0.940, 0.930, 17.2, 18.5, 28.0, 21.5, -24.0, 1.0},
    {10, 0.930, 0.925, 17.8, 20.0, 27.5, 22.0, -20.0, 1.0},
    {11, 0.930, 0.925, 18.3, 22.0, 27.5, 22.5, -15.0, 1.0},
    {12, 0.930, 0.925, 18.8, 23.8, 28.5, 23.2, -10.0, 1.0},
    {13, 0.930, 0.925, 19.5, 25.7, 30.0, 24.2, -6.0, 1.0},
    {14, 0.930, 0.925, 20.4, 27.8, 32.0, 25.4, -1.0, 1.0},
}};
constexpr std::size_t kUpperTraits = 200;  // away from those of T8..S4, which stay what they are

std::size_t from_t8(Level level) {
  return kFromT8ToT11 + static_cast<std::size_t>(level) - 1;
}

/// Standard normal number for trait `trait` of body `body`.
double draw(const SpineParams& params, std::size_t body, std::uint64_t trait) {
  const auto key = static_cast<std::uint64_t>(params.seed) * 1000003U + 17U;
  return params.variation * std::clamp(normal2(key, body * 16 + trait)[0], -2.0, 2.0);
}

Body sized_body(const SpineParams& params, const LevelNorm& n, std::size_t k) {
  constexpr std::size_t kWhole = 99;  // traits of the whole person
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
  if (k >= kUpperTraits) {
    const double small = n.ap_mm / 29.5;  // of T8
    for (double* length_mm :
         {&b.waist_anterior_mm, &b.waist_posterior_mm, &b.waist_lateral_mm, &b.rounding_mm})
      *length_mm *= small;
  }
  return b;
}

/// The coronal angle runs evenly from T12 to L4 and dies away above and below.
double coronal_share(std::size_t k) {
  constexpr std::array<double, 14> kShare{
      0.1, 0.2, 0.3, 0.4, 0.5, 0.25, 0.0, -0.25, -0.5, -0.3, -0.1, 0.0, 0.0, 0.0};
  return kShare[k];
}

/// The turn is greatest where the bend is, at L2.
double rotation_share(std::size_t k) {
  constexpr std::array<double, 14> kShare{
      0.0, 0.0, 0.0, 0.2, 0.45, 0.75, 1.0, 0.75, 0.45, 0.1, 0.0, 0.0, 0.0, 0.0};
  return kShare[k];
}

void orient(Body& b, double rotation_deg) {
  const double t = b.tilt_deg * kRadPerDeg;
  const double c = b.coronal_deg * kRadPerDeg;
  const Vec up{0.0, std::sin(t), std::cos(t)};
  b.anterior = {0.0, -std::cos(t), std::sin(t)};
  b.left = std::cos(c) * Vec{1, 0, 0} + std::sin(c) * up;
  b.superior = std::cos(c) * up - std::sin(c) * Vec{1, 0, 0};
  const double r = rotation_deg * kRadPerDeg;
  const Vec left = b.left, anterior = b.anterior;
  b.left = std::cos(r) * left - std::sin(r) * anterior;
  b.anterior = std::cos(r) * anterior + std::sin(r) * left;
}

void break_body(const SpineParams& params, std::size_t t8, std::vector<Body>& bodies) {
  if (params.fracture_level == Level::kNone) return;
  const std::size_t k = t8 + from_t8(params.fracture_level);
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
    require(
        lower.distance_mm(lower.local(p)) > 0.0,
        Errc::kParam,
        fmt::format(
            "bodies {} and {} of the spine (0 is the uppermost) overlap: less disc loss, slip, lordosis or "
            "fracture would be right",
            k,
            k + 1));
  }
}

}  // namespace

Spine build_spine(const SpineParams& params) {
  Spine spine;
  if (params.top == Top::kC3)
    for (std::size_t k = 0; k < kUpperNorms.size(); ++k)
      spine.bodies.push_back(sized_body(params, kUpperNorms[k], kUpperTraits + k));
  const std::size_t t8 = spine.t8 = spine.bodies.size();
  for (std::size_t k = 0; k < kNorms.size(); ++k) spine.bodies.push_back(sized_body(params, kNorms[k], k));
  auto& bodies = spine.bodies;
  break_body(params, t8, bodies);
  if (params.collapsed_disc != Level::kNone) {
    spine.collapsed_disc = t8 + from_t8(params.collapsed_disc);
    Body& above = bodies[spine.collapsed_disc];
    const double disc_mm =
        above.spacing_below_mm - 0.5 * (above.hm_mm + bodies[spine.collapsed_disc + 1].hm_mm);
    above.spacing_below_mm -= 0.01 * params.disc_loss_percent * disc_mm;
  }
  for (std::size_t k = 0; k < bodies.size(); ++k) {
    if (k >= t8) bodies[k].coronal_deg = params.scoliosis_deg * coronal_share(k - t8);
    orient(bodies[k], k >= t8 ? params.rotation_deg * rotation_share(k - t8) : 0.0);
  }
  const std::size_t slipping = params.slip_level == Level::kNone ? SIZE_MAX : t8 + from_t8(params.slip_level);
  for (std::size_t k = 0; k + 1 < bodies.size(); ++k) {
    place_below(bodies[k], bodies[k + 1], k == slipping ? params.slip_mm : 0.0);
  }
  const Vec origin = bodies[t8 + kFromT8ToL3].centre;
  for (Body& b : bodies) b.centre = b.centre - origin;
  for (std::size_t k = 0; k < t8 + kFromT8ToS1; ++k) require_apart(bodies[k], bodies[k + 1], k);
  return spine;
}

}  // namespace ledd::phantom
