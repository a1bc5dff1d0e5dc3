#include <algorithm>
#include <cmath>

#include "anatomy_parts.h"

namespace ledd::torso_phantom {
namespace {

using phantom::Body;
using phantom::Local;

constexpr double kBodyShellMm = 0.75, kProcessShellMm = 1.7, kDiscHu = 88.0, kFluidHu = 20.0, kVeinHu = 40.0;

bool thoracic(const Body& b) {
  return b.id <= 19;
}

/// Half the distance between the pedicles.
double pedicle_u_mm(const Body& b) {
  return thoracic(b) ? 12.5 : 13.0 + 0.45 * (b.lr_mm - 44.0);
}

Box box_of(const Body& b, double margin_mm) {
  Box box;
  box.add(b.centre, 0.5 * std::max({b.lr_mm, b.ap_mm, b.ha_mm, b.hp_mm}) + margin_mm);
  return box;
}

Solid body_solid(const Frame& frame, std::size_t k) {
  const Body b = frame.spine.bodies[k];
  Solid s;
  s.box = box_of(b, 2.0);
  s.hu = frame.hu_of(frame.vbmd_mg_cm3(k));
  s.shell_hu = kCortexHu;
  s.shell_mm = kBodyShellMm;
  s.textured = true;
  s.distance_mm = [b](const Vec& p) { return body_distance_mm(b, p); };
  return s;
}

/// The gap of the basivertebral vein in the posterior wall.
Solid vein(const Body& b) {
  Solid s = joined(
      {cone(b.world({0, -0.5 * b.ap_mm - 1.0, 0}), 2.6, b.world({0, -0.5 * b.ap_mm + 6.5, 0}), 1.2)}, 0.5);
  s.hu = kVeinHu;
  return s;
}

Solid disc(const Body& upper, const Body& lower) {
  Solid s;
  s.box.add(upper.centre, 0.5 * upper.lr_mm + 3.0);
  s.box.add(lower.centre, 0.5 * lower.lr_mm + 3.0);
  s.hu = kDiscHu;
  s.distance_mm = [upper, lower](const Vec& p) {
    const Local a = upper.local(p), b = lower.local(p);
    const auto wall = [](const Body& body, const Local& q, double z) {
      const double r = body.section(q.u, q.v, z);
      return r < 0.2 ? -10.0 : std::hypot(q.u, q.v) * (1.0 - 1.0 / r);
    };
    const double side = 0.5 * (wall(upper, a, -1.0) + wall(lower, b, 1.0)) + 0.8;
    return std::max({side, a.w, -b.w});
  };
  return s;
}

void add_arch(const Body& b, std::vector<Part>& parts) {
  const double h = 0.5 * b.ap_mm, u = pedicle_u_mm(b), up = b.hm_mm / 27.0;
  for (const double m : {-1.0, 1.0}) {
    const auto at = [&](double x, double v, double w) { return b.world({m * x, v, up * w}); };
    // Pedicle, twice as high as wide; lamina; articular processes; transverse process.
    parts.push_back(plate({at(u, -h + 5, 9), 3.2}, {at(u, -h + 5, 2), 3.2}, {at(u, -h - 9, 5), 3.4}));
    parts.push_back(
        plate({at(u, -h - 8, 4), 3.0}, {at(u - 2, -h - 17, -10), 2.8}, {at(0, -h - 25, -4), 3.0}));
    parts.push_back(cone(at(u + 1.5, -h - 11, 4), 4.5, at(u + 2.5, -h - 15, 15), 4.0));
    parts.push_back(cone(at(u - 1, -h - 16, -6), 4.5, at(u, -h - 18, -19), 4.2));
    if (thoracic(b))
      parts.push_back(cone(at(u, -h - 11, 4), 4.5, at(u + 13, -h - 24, 6), 4.5));
    else
      parts.push_back(cone(at(u + 1, -h - 9, 3), 4.5, at(u + 22, -h - 15, 3), 3.2));
  }
}

Solid arch(const Frame& frame, const Body& b) {
  std::vector<Part> parts;
  parts.reserve(16);
  add_arch(b, parts);
  const double h = 0.5 * b.ap_mm, up = b.hm_mm / 27.0;
  const double drop = thoracic(b) ? -12.0 : -2.0, reach = b.id == 24 ? 40.0 : thoracic(b) ? 42.0 : 48.0;
  const Vec front_top = b.world({0, -h - 24, up * 0}), front_low = b.world({0, -h - 22, up * -11});
  const Vec back_top = b.world({0, -h - reach, up * (-2 + drop)}),
            back_low = b.world({0, -h - reach, up * (-14 + drop)});
  parts.push_back(plate({front_top, 2.6}, {front_low, 2.6}, {back_low, 3.4}));
  parts.push_back(plate({front_top, 2.6}, {back_top, 3.4}, {back_low, 3.4}));
  Solid s = joined(std::move(parts), 3.0);
  s.hu = frame.hu_of(150.0);
  s.shell_hu = kCortexHu - 150.0;
  s.shell_mm = kProcessShellMm;
  return s;
}

/// Fluid and the fat round it, along the posterior walls.
void add_canal(const Frame& frame, Solids& out) {
  std::vector<Vec> points;
  std::vector<double> fluid, fat;
  for (const Body& b : frame.spine.bodies)
    for (const bool superior : {true, false}) {
      const bool sacral = b.id == 0;
      if (sacral && !superior) continue;
      points.push_back(b.corner(false, superior) + (sacral ? -6.0 : -9.5) * b.anterior);
      fluid.push_back(sacral ? 4.0 : 7.6);
      fat.push_back(sacral ? 6.0 : 10.5);
    }
  out.push_back(tube(points, fat, -40.0));
  out.push_back(tube(points, fluid, kFluidHu));
}

void add_ribs(const Frame& frame, const Body& b, Solids& out) {
  const double a = 0.5 * b.lr_mm, h = 0.5 * b.ap_mm;
  for (const double m : {-1.0, 1.0}) {
    const Vec start = b.world({m * (a + 3), -h + 3, 5});
    const double w = frame.params.body.width_scale;
    std::vector<Vec> points{
        start, {m * (a + 22), start.y + 16, start.z - 2}, {m * 75 * w, start.y + 18, start.z - 22}};
    std::vector<double> radii{4.5, 5.0, 4.6};
    if (b.id < 19) {
      points.insert(points.end(),
                    {{m * 112 * w, start.y - 8, start.z - 45}, {m * 128 * w, start.y - 42, start.z - 62}});
      radii.insert(radii.end(), {4.6, 4.2});
    }
    Solid rib = tube(points, radii, frame.hu_of(90.0));
    rib.shell_hu = kCortexHu - 250.0;
    rib.shell_mm = 1.0;
    out.push_back(std::move(rib));
  }
}

}  // namespace

double body_distance_mm(const Body& b, const Vec& p) {
  const Local q = b.local(p);
  const double d = b.distance_mm(q);
  // A groove of 1.5 mm along the middle of the posterior wall makes it a kidney.
  constexpr double kGrooveMm = 24.0;
  const double behind = q.v + 0.5 * b.ap_mm - 1.5 + kGrooveMm;
  return std::max(d, kGrooveMm - std::hypot(q.u, behind));
}

void add_vertebrae(const Frame& frame, Solids& out) {
  const auto& bodies = frame.spine.bodies;
  const std::size_t s1 = frame.spine.t8 + phantom::kFromT8ToS1;
  add_canal(frame, out);
  for (std::size_t k = 0; k < s1; ++k) out.push_back(disc(bodies[k], bodies[k + 1]));
  for (std::size_t k = 0; k < s1; ++k) {
    if (bodies[k].id >= 15 && thoracic(bodies[k])) add_ribs(frame, bodies[k], out);
    out.push_back(arch(frame, bodies[k]));
  }
  for (std::size_t k = 0; k <= s1; ++k) out.push_back(body_solid(frame, k));
  for (std::size_t k = 0; k < s1; ++k) out.push_back(vein(bodies[k]));
}

}  // namespace ledd::torso_phantom
