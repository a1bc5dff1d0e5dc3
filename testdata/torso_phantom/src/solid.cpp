#include "solid.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace ledd::torso_phantom {
namespace {

Vec cross(const Vec& a, const Vec& b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}

double cone_distance(const Vec& p, const Vec& a, double ra, const Vec& b, double rb) {
  const Vec d = b - a;
  const double length2 = dot(d, d);
  const double t = length2 < 1e-12 ? 0.0 : std::clamp(dot(p - a, d) / length2, 0.0, 1.0);
  return norm(p - (a + t * d)) - (ra + t * (rb - ra));
}

/// 1 inside, 0 outside, 0.5 on the surface.
double share(double distance_mm, double blur_mm) {
  return 1.0 - phantom::smooth_step(-blur_mm, blur_mm, distance_mm);
}

}  // namespace

double Part::distance_mm(const Vec& p) const {
  if (!plate) return cone_distance(p, a, ra, b, rb);
  const Vec ab = b - a, ac = c - a, n = cross(ab, ac), q = p - a;
  const double n2 = dot(n, n);
  const double v = dot(cross(q, ac), n) / n2, w = dot(cross(ab, q), n) / n2;
  if (v >= 0 && w >= 0 && v + w <= 1)
    return std::fabs(dot(q, n)) / std::sqrt(n2) - (ra + v * (rb - ra) + w * (rc - ra));
  return std::min(
      {cone_distance(p, a, ra, b, rb), cone_distance(p, b, rb, c, rc), cone_distance(p, c, rc, a, ra)});
}

Part cone(const Vec& a, double ra, const Vec& b, double rb) {
  return {a, b, b, ra, rb, rb, false};
}

Part ball(const Vec& a, double ra) {
  return {a, a, a, ra, ra, ra, false};
}

Part plate(const Corner& a, const Corner& b, const Corner& c) {
  return {a.at, b.at, c.at, a.half_mm, b.half_mm, c.half_mm, true};
}

double soft_min(double a, double b, double k) {
  const double h = std::max(k - std::fabs(a - b), 0.0) / k;
  return std::min(a, b) - h * h * k * 0.25;
}

void Box::add(const Vec& p, double radius_mm) {
  low = {
      std::min(low.x, p.x - radius_mm), std::min(low.y, p.y - radius_mm), std::min(low.z, p.z - radius_mm)};
  high = {std::max(high.x, p.x + radius_mm),
          std::max(high.y, p.y + radius_mm),
          std::max(high.z, p.z + radius_mm)};
}

double Solid::paint(const Vec& p, double below_hu, double blur_mm, double texture) const {
  const double d = distance_mm(p);
  if (d >= blur_mm) return below_hu;
  double inside = hu_at ? hu_at(p) : hu;
  if (textured) inside += std::fabs(inside) * texture;
  const double shell = shell_mm_at ? shell_mm_at(p) : shell_mm;
  const double whole = share(d, blur_mm), core = shell > 0.0 ? share(d + shell, blur_mm) : whole;
  return (1.0 - whole) * below_hu + (whole - core) * shell_hu + core * inside;
}

Solid joined(std::vector<Part> parts, double k) {
  Solid s;
  for (const Part& part : parts) {
    s.box.add(part.a, part.ra + k);
    s.box.add(part.b, part.rb + k);
    s.box.add(part.c, part.rc + k);
  }
  s.distance_mm = [parts = std::move(parts), k](const Vec& p) {
    double d = 1e9;
    for (const Part& part : parts) d = soft_min(d, part.distance_mm(p), k);
    return d;
  };
  return s;
}

Solid tube(const std::vector<Vec>& points, const std::vector<double>& radii_mm, double hu) {
  std::vector<Part> parts;
  parts.reserve(points.size());
  for (std::size_t i = 0; i + 1 < points.size(); ++i)
    parts.push_back(cone(points[i], radii_mm[i], points[i + 1], radii_mm[i + 1]));
  Solid s = joined(std::move(parts), 2.0);
  s.hu = hu;
  return s;
}

Solid ellipsoid(const Vec& centre, const Vec& half, double hu) {
  Solid s;
  s.hu = hu;
  s.box.low = centre - half;
  s.box.high = centre + half;
  s.distance_mm = [centre, half](const Vec& p) {
    const Vec q = p - centre;
    const Vec a{q.x / half.x, q.y / half.y, q.z / half.z};
    const Vec b{a.x / half.x, a.y / half.y, a.z / half.z};
    const double f = norm(a);
    return f < 1e-6 ? -std::min({half.x, half.y, half.z}) : f * (f - 1.0) / norm(b);
  };
  return s;
}

double texture_at(const Vec& p, std::uint64_t key) {
  constexpr double kCellMm = 1.5, kCellAlongMm = 3.0;
  const std::array<double, 3> q{p.x / kCellMm, p.y / kCellMm, p.z / kCellAlongMm};
  std::array<double, 3> low{}, t{};
  for (std::size_t a = 0; a < 3; ++a) {
    low[a] = std::floor(q[a]);
    t[a] = q[a] - low[a];
  }
  double sum = 0.0, square = 0.0;
  for (unsigned corner = 0; corner < 8; ++corner) {
    double weight = 1.0;
    std::uint64_t cell = 0;
    for (unsigned a = 0; a < 3; ++a) {
      const bool high = ((corner >> a) & 1U) != 0;
      weight *= high ? t[a] : 1.0 - t[a];
      cell = cell * 4096U +
             static_cast<std::uint64_t>(static_cast<std::int64_t>(low[a]) + (high ? 1 : 0) + 2048);
    }
    // Uniform with SD 1: cheaper than normal, and bounded.
    sum += weight * (phantom::uniform(key, cell) - 0.5) * 3.4641016151377544;
    square += weight * weight;
  }
  return sum / std::sqrt(square);
}

}  // namespace ledd::torso_phantom
