#pragma once
#include <cmath>
#include <cstdint>
#include <vector>

#include "ledd/disc_morphometry/disc_morphometry.h"
#include "ledd/spine_morphometry/vec.h"

#include "solid.h"

namespace ledd::solid {

/// How the lower of two bodies lies to the upper.
struct Joint {
  double gap_mm = 9.0;  ///< Between the middles of the facing endplates' chords, along the bisector's normal.
  double slip_mm = 0.0;    ///< Of the upper on the lower, along the lower's superior endplate; + forward.
  double angle_deg = 0.0;  ///< Between the endplates; + open in front.
};

/// Two bodies whose disc is known.
struct Pair {
  Placed upper, lower;
  double ha_mm = 0.0, hm_mm = 0.0, hp_mm = 0.0, slip_mm = 0.0, ap_mm = 0.0;
};

inline Point corner(const Placed& p, double front, double top) {
  const double u = -front * 0.5 * p.body.depth_mm;
  return along(
      along(p.frame.centre_lps_mm, p.frame.posterior, u), p.frame.superior, top * p.body.half_height(u));
}

/// `body` serves for both and has ha_mm == hp_mm, so that its endplates' chords are square to its axis.
inline Pair pair_of(const Body& body, const Frame& upper, const Joint& joint, std::uint16_t id = 22) {
  Pair pair;
  pair.upper = {id, body, upper};
  pair.lower = {static_cast<std::uint16_t>(id == 24 ? 26 : id + 1), body, upper};
  Frame& f = pair.lower.frame;
  const double a = joint.angle_deg * M_PI / 180.0;  // the lower body's anterior side is lower by this
  f.superior = along(along({}, upper.superior, std::cos(a)), upper.posterior, -std::sin(a));
  f.posterior = along(along({}, upper.posterior, std::cos(a)), upper.superior, std::sin(a));
  const Point normal = spine::unit(spine::add(upper.superior, f.superior));
  const double half = 0.5 * body.ha_mm;
  const Point above = along(upper.centre_lps_mm, upper.superior, -half);
  // The posterior corners are put `slip` apart along the lower endplate, the middles `gap` along the normal.
  Point below = along(above, normal, -joint.gap_mm);
  const auto slip_of = [&](const Point& middle) {
    const Point pi = along(above, upper.posterior, 0.5 * body.depth_mm);
    const Point ps = along(middle, f.posterior, 0.5 * body.depth_mm);
    return -dot(spine::sub(pi, ps), f.posterior);
  };
  const Point across = spine::unit(spine::add(upper.posterior, f.posterior));
  below = along(below, across, (joint.slip_mm - slip_of(below)) / dot(across, f.posterior));
  f.centre_lps_mm = along(below, f.superior, -half);
  const auto facing = [&](double front) {
    return dot(spine::sub(corner(pair.upper, front, -1.0), corner(pair.lower, front, 1.0)), normal);
  };
  pair.ha_mm = facing(1.0);
  pair.hm_mm = facing(0.0);
  pair.hp_mm = facing(-1.0);
  pair.slip_mm = joint.slip_mm;
  pair.ap_mm = body.depth_mm * std::cos(0.5 * a);
  return pair;
}

/// A grid for two bodies, turned by `turn`; its middle is where the joint is when the upper body's centre is
/// 18 mm above the origin.
inline GridSpec pair_grid(const std::array<double, 3>& spacing_mm, const Frame& turn) {
  return sagittal(spacing_mm, {84, 116, 84}, turn);
}

/// Both modules on a label map.
inline DiscResult measured_discs(const Labels& labels, const DiscMorphometry::Params& params = {}) {
  Context context;
  return DiscMorphometry(params)(SpineMorphometry()(labels, context), labels, nullptr, context);
}

}  // namespace ledd::solid
