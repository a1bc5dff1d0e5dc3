#include "outline.h"

#include <algorithm>
#include <cmath>

namespace ledd::spine {
namespace {

constexpr double kWallSlabFactor = 2.0;  // walls are taken from a wider slab, with its curvature modelled
constexpr double kScaleW = 0.2;          // 1 / 5 mm: keeps the terms of a fit of like size
constexpr double kCubicRidge = 10.0;     // samples: draws an endplate that is hardly seen to a parabola
constexpr double kWallRidge = 0.3;       // samples: more would straighten a waisted wall and deepen the body
constexpr double kFacing = 0.5;          // cosine: a voxel face that looks along the body
constexpr double kEndplateFrom = 0.5;    // of the half height at mid-depth
constexpr int kRangeRounds = 3;
constexpr double kMaxFlare = 1.35;  // corners lie at most so far out, in half depths

template <class Curve>
Terms continued(double t, double limit, const Curve& curve) {
  constexpr double kStep = 1e-3;
  if (std::abs(t) <= limit) return curve(t);
  const double end = std::copysign(limit, t);
  const Terms at_end = curve(end);
  const Terms after = curve(end + kStep);
  const Terms before = curve(end - kStep);
  Terms terms{};
  for (std::size_t i = 0; i < kTerms; ++i)
    terms[i] = at_end[i] + (after[i] - before[i]) / (2.0 * kStep) * (t - end);
  return terms;
}

/// Which points a fit may use.
struct Slab {
  double half_width_mm = 0.0;
  bool holds(const LocalPoint& p) const { return !p.across && std::abs(p.w_mm) <= half_width_mm; }
};

Contour fit_contour(
    const std::vector<LocalPoint>& points, const Outline& o, double sign, const Slab& slab, double floor_mm) {
  const Range& range = sign > 0.0 ? o.superior.range : o.inferior.range;
  std::vector<Sample> samples;
  for (const LocalPoint& p : points)
    if (slab.holds(p) && on_endplate(p, o.half, range, sign))
      samples.push_back({contour_terms(range.x(p.u_mm), p.w_mm), p.z_mm, p.terrace});
  return {huber_fit(samples, {0.0, 0.0, 0.0, kCubicRidge, 1.0}, floor_mm), range};
}

Fit fit_wall(
    const std::vector<LocalPoint>& points, const Half& half, double sign, const Slab& slab, double floor_mm) {
  std::vector<Sample> samples;
  for (const LocalPoint& p : points)
    if (slab.holds(p) && on_wall(p, half, sign))
      samples.push_back({wall_terms(p.z_mm / half.height, p.w_mm), p.u_mm, p.terrace});
  return huber_fit(samples, {0.0, 0.0, kWallRidge, 1.0, 1.0}, floor_mm);
}

/// Weight of a place on an endplate: a half at kPlanePart. A sharp end would tilt the plane with every voxel
/// that comes in or drops out.
double fades(double x) {
  constexpr double kHalfFade = 0.2;
  return std::clamp(0.5 + 0.5 * (kPlanePart - std::abs(x)) / kHalfFade, 0.0, 1.0);
}

/// From wall to wall along an endplate.
Range range_of(const Outline& o, const Contour& contour, double z_start) {
  const Corner front = meet(o, contour, o.front, z_start);
  const Corner back = meet(o, contour, o.back, z_start);
  return {0.5 * (front.u + back.u), 0.5 * (back.u - front.u)};
}

/// The superior (sign 1) or inferior (-1) endplate of `o` and how far it reaches, in turns: its ends are
/// where it meets the walls. False where too few points show it.
bool settle_contour(
    const std::vector<LocalPoint>& points, Outline& o, double sign, const Slab& slab, double floor_mm) {
  Contour& contour = sign > 0.0 ? o.superior : o.inferior;
  contour.range = {0.0, o.half.depth};
  for (int round = 0; round < kRangeRounds; ++round) {
    if (round > 0) contour.range = range_of(o, contour, sign * o.half.height);
    contour = fit_contour(points, o, sign, slab, floor_mm);
    if (!contour.fit.ok) return false;
  }
  return true;
}

}  // namespace

Terms contour_terms(double x, double w) {
  return {1.0, x, x * x, x * x * x, w * kScaleW};
}
Terms wall_terms(double y, double w) {
  return {1.0, y, y * y, w * kScaleW, w * w * kScaleW * kScaleW};
}

Terms continued_contour(double x) {
  return continued(x, kContourPart, [](double t) { return contour_terms(t, 0.0); });
}
Terms continued_wall(double y) {
  return continued(y, kWallPart, [](double t) { return wall_terms(t, 0.0); });
}

Corner meet(const Outline& o, const Contour& contour, const Fit& wall, double z_start) {
  constexpr int kIterations = 12;
  const double limit = kMaxFlare * o.half.depth;
  Corner corner{0.0, z_start};
  for (int i = 0; i < kIterations; ++i) {
    corner.u = std::clamp(o.wall_u(wall, corner.z), -limit, limit);
    corner.z = o.contour_z(contour, corner.u);
  }
  return corner;
}

bool on_endplate(const LocalPoint& p, const Half& half, const Range& range, double sign) {
  return !p.across && sign * p.outward[2] > kFacing && sign * p.z_mm > kEndplateFrom * half.height &&
         std::abs(range.x(p.u_mm)) <= kContourPart;
}

bool on_wall(const LocalPoint& p, const Half& half, double sign) {
  return sign * p.outward[0] > 0.0 && sign * p.u_mm > 0.2 * half.depth &&
         std::abs(p.z_mm) <= kWallPart * half.height;
}

std::optional<Outline> s1_outline(const std::vector<LocalPoint>& points,
                                  const Half& half,
                                  double half_slab_mm,
                                  double floor_mm) {
  const Slab wide{kWallSlabFactor * half_slab_mm};
  Outline o;
  o.half = half;
  o.front = fit_wall(points, half, -1.0, wide, floor_mm);
  o.back = fit_wall(points, half, 1.0, wide, floor_mm);
  if (!o.front.ok || !o.back.ok || !settle_contour(points, o, 1.0, {half_slab_mm}, floor_mm))
    return std::nullopt;
  return o;
}

std::optional<Outline> outline_of(const std::vector<LocalPoint>& points,
                                  const Half& half,
                                  double half_slab_mm,
                                  double floor_mm) {
  auto o = s1_outline(points, half, half_slab_mm, floor_mm);
  if (o && !settle_contour(points, *o, -1.0, {half_slab_mm}, floor_mm)) return std::nullopt;
  return o;
}

Fit endplate_plane(const std::vector<LocalPoint>& points,
                   const Outline& o,
                   double sign,
                   double half_width_mm,
                   double floor_mm) {
  const Range& range = sign > 0.0 ? o.superior.range : o.inferior.range;
  std::vector<Sample> samples;
  for (const LocalPoint& p : points)
    if (!p.across && sign * p.outward[2] > 0.0 && sign * p.z_mm > kEndplateFrom * o.half.height &&
        std::abs(p.w_mm) <= half_width_mm && fades(range.x(p.u_mm)) > 0.0)
      samples.push_back({{1.0, p.u_mm, p.w_mm}, p.z_mm, p.terrace, fades(range.x(p.u_mm))});
  return huber_fit(samples, {0.0, 1e-3, 1e-3}, floor_mm);
}

}  // namespace ledd::spine
