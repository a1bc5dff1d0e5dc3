#include "bones.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace ledd::knee_phantom {
namespace {

constexpr std::array<Roller, 4> kRollers{kMedialCondyle,
                                         kLateralCondyle,
                                         Roller{-2, 8, 34, 20, 18, -75, 50},   // trochlea
                                         Roller{17, 10, 34, 21, 5, -75, 50}};  // its lateral ridge

double hypotenuse(double a, double b) {
  return std::sqrt(a * a + b * b);
}

double roller_at(const Roller& c, const Vec& p) {
  const double out_y = hypotenuse(p.y - c.y, p.z - c.z) - (c.radius - kRim);
  const double out_x = std::fabs(p.x - c.x) - c.half_width;
  const double outside = hypotenuse(std::max(out_x, 0.0), std::max(out_y, 0.0));
  return outside + std::min(std::max(out_x, out_y), 0.0) - kRim;
}

/// Over the cylindrical part of the surface, between the angles.
bool bears(const Roller& c, const Vec& p) {
  if (std::fabs(p.x - c.x) > c.half_width) return false;
  double deg = std::atan2(p.z - c.z, p.y - c.y) / phantom::kRadPerDeg;
  if (deg > 90.0) deg -= 360.0;  // behind: below -180
  return deg >= c.low_deg && deg <= c.high_deg;
}

double box_at(const Vec& p, const Vec& centre, const Vec& half, double round) {
  const double x = std::fabs(p.x - centre.x) - half.x + round, y = std::fabs(p.y - centre.y) - half.y + round,
               z = std::fabs(p.z - centre.z) - half.z + round;
  const double outside = norm(Vec{std::max(x, 0.0), std::max(y, 0.0), std::max(z, 0.0)});
  return outside + std::min(std::max({x, y, z}), 0.0) - round;
}

double capsule_at(const Vec& p, const Vec& a, const Vec& b, double radius) {
  const Vec ab = b - a;
  const double t = std::clamp(dot(p - a, ab) / dot(ab, ab), 0.0, 1.0);
  return norm(p - (a + t * ab)) - radius;
}

/// An ellipse that narrows downwards from a flat top to the shaft.
double plateau_at(const Vec& p, const Ellipse& e, double top) {
  const double down = top - p.z;
  if (down < 0.0) return -down;
  const double t = std::clamp((down - 12.0) / 45.0, 0.0, 1.0);
  const Ellipse at{e.u + t * (3.0 - e.u),
                   e.v + t * (-6.0 - e.v),
                   e.half_u + t * (13.0 - e.half_u),
                   e.half_v + t * (13.0 - e.half_v)};
  const double wall = (at.radius(p.x, p.y) - 1.0) * std::min(at.half_u, at.half_v);
  return std::max(-down, wall);
}

}  // namespace

double Ellipse::radius(double x, double y) const {
  return hypotenuse((x - u) / half_u, (y - v) / half_v);
}

FemurPoint femur_at(const Vec& p) {
  FemurPoint out{capsule_at(p, {2.5, 0, 50}, {6.5, 0, 200}, 15.0), false};
  out.distance_mm = std::min(out.distance_mm, box_at(p, {0, -2, 42}, {30, 15, 13}, 7.0));
  for (const Roller& c : kRollers) {
    const double d = roller_at(c, p);
    if (d >= out.distance_mm) continue;
    out = {d, bears(c, p)};
  }
  return out;
}

double tibia_at(const Vec& p) {
  const double eminence = capsule_at(p, {3, -5, -8}, {3, -5, 0}, 5.0);
  return std::min({plateau_at(p, {-14, -6, 21, 25}, kMedialTop),
                   plateau_at(p, {24, -6, 19, 21}, kLateralTop),
                   eminence,
                   capsule_at(p, {3, -6, -60}, {3, -6, -200}, 13.5)});
}

double patella_at(const Vec& p) {
  return box_at(p, {kPatellarPlate.u, kPatellaBack + 10.0, kPatellarPlate.v}, {22, 10, 20}, 8.0);
}

double fibula_at(const Vec& p) {
  return capsule_at(p, {38, -20, -22}, {34, -20, -200}, 7.0);
}

}  // namespace ledd::knee_phantom
