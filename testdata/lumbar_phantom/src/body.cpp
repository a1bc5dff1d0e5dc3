#include "ledd/lumbar_phantom/body.h"

#include <algorithm>
#include <cmath>

namespace ledd::phantom {

Local Body::local(const Vec& p) const {
  const Vec r = p - centre;
  return {dot(r, left), dot(r, anterior), dot(r, superior)};
}

Vec Body::world(const Local& q) const {
  return centre + q.u * left + q.v * anterior + q.w * superior;
}

double Body::half_height_mm(double u, double v) const {
  const double t = std::clamp(2.0 * v / ap_mm, -1.2, 1.2);
  const double s = std::clamp(2.0 * u / lr_mm, -1.0, 1.0);
  const double chord = 0.5 * (ha_mm + hp_mm) + 0.5 * (ha_mm - hp_mm) * t;
  const double dip = 0.5 * (ha_mm + hp_mm) - hm_mm;
  return 0.5 * (chord - dip * std::max(0.0, 1.0 - t * t) * (1.0 - s * s));
}

double Body::section(double u, double v, double z) const {
  const double narrowing = 0.5 * ((1.0 + z) + (1.0 - z) * taper);
  const double waist = 1.0 - z * z;
  const double a = u / (0.5 * lr_mm * narrowing - waist_lateral_mm * waist);
  const double half = 0.5 * ap_mm * narrowing;
  if (v >= 0) {
    const double b = v / (half - waist_anterior_mm * waist);
    return std::sqrt(a * a + b * b);
  }
  // A squarer outline behind: the posterior wall is nearly flat.
  const double b = v / (half - waist_posterior_mm * waist);
  return std::sqrt(std::sqrt(a * a * a * a + b * b * b * b));
}

double Body::distance_mm(const Local& q) const {
  const double half = half_height_mm(q.u, q.v);
  const double end = std::fabs(q.w) - half;
  const double r = section(q.u, q.v, std::clamp(q.w / half, -1.0, 1.0));
  const double wall = r < 0.2 ? -10.0 : std::sqrt(q.u * q.u + q.v * q.v) * (1.0 - 1.0 / r);
  const double a = end + rounding_mm;
  const double b = wall + rounding_mm;
  return a > 0 && b > 0 ? std::sqrt(a * a + b * b) - rounding_mm : std::max(end, wall);
}

Vec Body::corner(bool anterior_side, bool superior_side) const {
  const double v = (anterior_side ? 0.5 : -0.5) * ap_mm * (superior_side ? 1.0 : taper);
  return world({0.0, v, (superior_side ? 1.0 : -1.0) * half_height_mm(0.0, v)});
}

Vec Body::middle(bool superior_side) const {
  return world({0.0, 0.0, (superior_side ? 1.0 : -1.0) * half_height_mm(0.0, 0.0)});
}

}  // namespace ledd::phantom
