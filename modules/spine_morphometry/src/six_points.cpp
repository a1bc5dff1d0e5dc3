#include "six_points.h"

#include <algorithm>
#include <cmath>

#include "ledd/spine_morphometry/vec.h"

#include "outline.h"
#include "slice_spread.h"

namespace ledd::spine {
namespace {

constexpr int kCurvePoints = 17;
constexpr double kRoundingPart = 0.3;     // of a voxel: SD of rounding, 1 / sqrt(12)
constexpr double kPlaneWidthPart = 0.30;  // either way of the middle: central 60 % of the width
// What rounding and scatter do not tell: rims are rounded, walls and endplates no polynomials. Set on
// phantoms.
constexpr double kCornerSeMm = 0.10;
constexpr double kCurveSeMm = 0.03;
constexpr double kPlaneSeDeg = 0.15;
constexpr double kS1HeightToDepth = 0.3;  // its walls are taken from 3 to 17 mm below an endplate of 33 mm

double squared(double x) {
  return x * x;
}

/// Corners, mid-points and lengths of one outline.
struct SixPoints {
  Corner as, ms, ps, ai, mi, pi;
  double ha = 0.0, hm = 0.0, hp = 0.0, depth = 0.0;
};

SixPoints read(const Outline& o) {
  SixPoints s;
  s.as = meet(o, o.superior, o.front, o.half.height);
  s.ps = meet(o, o.superior, o.back, o.half.height);
  s.ai = meet(o, o.inferior, o.front, -o.half.height);
  s.pi = meet(o, o.inferior, o.back, -o.half.height);
  const double front = o.wall_u(o.front, 0.0);
  const double back = o.wall_u(o.back, 0.0);
  s.depth = back - front;
  const double middle = 0.5 * (front + back);
  s.ms = {middle, o.contour_z(o.superior, middle)};
  s.mi = {middle, o.contour_z(o.inferior, middle)};
  s.ha = std::hypot(s.as.u - s.ai.u, s.as.z - s.ai.z);
  s.hm = s.ms.z - s.mi.z;
  s.hp = std::hypot(s.ps.u - s.pi.u, s.ps.z - s.pi.z);
  return s;
}

/// Standard errors of the places on an outline, from those of its fits.
class Errors {
 public:
  explicit Errors(const Outline& o) : o_(o) {}

  /// Of the contour's height over a place on it; beyond the part it was fitted in there is the rim.
  double height(const Contour& c, double u) const {
    const double x = c.range.x(u);
    return std::hypot(standard_error(c.fit, continued_contour(x)),
                      std::abs(x) > kContourPart ? kCornerSeMm : kCurveSeMm);
  }
  double mean_height(const Contour& c) const {
    return std::hypot(standard_error(c.fit, {1.0, 0.0, 1.0 / 3.0, 0.0, 0.0}), kCurveSeMm);
  }
  double wall(const Fit& fit, double z) const {
    const double y = z / o_.half.height;
    return std::hypot(standard_error(fit, continued_wall(y)),
                      std::abs(y) > kWallPart ? kCornerSeMm : kCurveSeMm);
  }
  /// Of the distance of two corners on one wall: an error of the wall moves both along their contours.
  double between(const Corner& top, const Corner& bottom, const Fit& wall_fit) const {
    const double slide = o_.contour_slope(o_.superior, top.u) - o_.contour_slope(o_.inferior, bottom.u);
    return std::sqrt(squared(height(o_.superior, top.u)) + squared(height(o_.inferior, bottom.u)) +
                     squared(slide * wall(wall_fit, 0.5 * (top.z + bottom.z))));
  }

 private:
  const Outline& o_;
};

void set_errors(const Outline& o, const SixPoints& s, SpineResult::Body& body) {
  const Errors errors(o);
  body.ha.se_mm = errors.between(s.as, s.ai, o.front);
  body.hp.se_mm = errors.between(s.ps, s.pi, o.back);
  body.hm.se_mm = std::hypot(errors.height(o.superior, s.ms.u), errors.height(o.inferior, s.mi.u));
  body.depth.se_mm = std::hypot(errors.wall(o.front, 0.0), errors.wall(o.back, 0.0));
  const double top = s.depth * errors.mean_height(o.superior);
  const double bottom = s.depth * errors.mean_height(o.inferior);
  body.area_se_mm2 = std::sqrt(squared(top) + squared(bottom) + squared(s.hm * body.depth.se_mm));
  body.tilt_se_deg = 0.5 * std::hypot(body.superior.direction_se_deg, body.inferior.direction_se_deg);
}

/// From front to back along a contour.
std::vector<Corner> curve(const Outline& o, const Contour& contour, const std::array<Corner, 2>& ends) {
  std::vector<Corner> points;
  for (int i = 0; i < kCurvePoints; ++i) {
    const double u = ends[0].u + (ends[1].u - ends[0].u) * i / (kCurvePoints - 1.0);
    points.push_back({u, o.contour_z(contour, u)});
  }
  return points;
}

/// Between both contours and both walls.
double area_mm2(const Outline& o, const SixPoints& s) {
  std::vector<Corner> ring = curve(o, o.superior, {s.as, s.ps});
  const auto down = [&](const Fit& wall, double from, double to) {
    for (int i = 1; i + 1 < kCurvePoints; ++i) {
      const double z = from + (to - from) * i / (kCurvePoints - 1.0);
      ring.push_back({o.wall_u(wall, z), z});
    }
  };
  down(o.back, s.ps.z, s.pi.z);
  const auto bottom = curve(o, o.inferior, {s.ai, s.pi});
  ring.insert(ring.end(), bottom.rbegin(), bottom.rend());
  down(o.front, s.ai.z, s.as.z);
  double twice = 0.0;
  for (std::size_t i = 0; i < ring.size(); ++i) {
    const Corner& p = ring[i];
    const Corner& q = ring[(i + 1) % ring.size()];
    twice += p.u * q.z - q.u * p.z;
  }
  return 0.5 * std::abs(twice);
}

/// An endplate in space. `plane` is the one its direction comes from, in `frame` like the outline.
SpineResult::Endplate endplate(const Outline& o,
                               const Contour& contour,
                               const Fit& plane,
                               const Frame& f,
                               const std::array<Corner, 2>& ends) {
  SpineResult::Endplate e;
  e.measured = true;
  e.normal = unit(add(add(f.superior, f.posterior, -plane.beta[1]), f.left, -plane.beta[2]));
  const auto on_plane = [&](double u) { return to_lps(f, u, 0.0, plane.beta[0] + plane.beta[1] * u); };
  e.anterior_lps_mm = on_plane(ends[0].u);
  e.posterior_lps_mm = on_plane(ends[1].u);
  for (const Corner& p : curve(o, contour, ends)) e.contour_lps_mm.push_back(to_lps(f, p.u, 0.0, p.z));
  e.residual_mm = contour.fit.rms;
  const Errors errors(o);
  e.end_se_mm = {errors.wall(o.front, ends[0].z), errors.wall(o.back, ends[1].z)};
  const auto at_end = [&](std::size_t i) {
    const double rise = o.contour_slope(contour, ends[i].u) - plane.beta[1];
    return std::hypot(errors.height(contour, ends[i].u), rise * e.end_se_mm[i]);
  };
  e.across_se_mm = {at_end(0), errors.height(contour, 0.5 * (ends[0].u + ends[1].u)), at_end(1)};
  e.mean_across_se_mm = errors.mean_height(contour);
  // As the height of one end of the plane over its distance from the middle: what is rounded is a height.
  const double arm_mm = kPlanePart * contour.range.half;
  Fit scattered = plane;
  scattered.rms = contour.fit.rms;  // the plane's own residual is mostly the hollow of the endplate
  const double slope_se = standard_error(scattered, {0.0, arm_mm}) / arm_mm;
  e.direction_se_deg = std::hypot(slope_se * 180.0 / M_PI, kPlaneSeDeg);
  return e;
}

void store(const SixPoints& s, const Frame& f, SpineResult::Body& body) {
  const auto lps = [&](const Corner& c) { return to_lps(f, c.u, 0.0, c.z); };
  body.as_lps_mm = lps(s.as);
  body.ms_lps_mm = lps(s.ms);
  body.ps_lps_mm = lps(s.ps);
  body.ai_lps_mm = lps(s.ai);
  body.mi_lps_mm = lps(s.mi);
  body.pi_lps_mm = lps(s.pi);
  body.ha.value_mm = s.ha;
  body.hm.value_mm = s.hm;
  body.hp.value_mm = s.hp;
  body.depth.value_mm = s.depth;
}

}  // namespace

std::string measure_six_points(const Surface& surface,
                               const BodyFrame& frame,
                               const SpineMorphometry::Params& params,
                               double in_plane_mm,
                               SpineResult::Body& body) {
  const auto points = to_local(surface.points, frame.frame);
  const Half half{0.5 * frame.height_mm, 0.5 * frame.depth_mm};
  const double floor_mm = kRoundingPart * in_plane_mm;
  const auto whole = outline_of(points, half, params.half_slab_mm, floor_mm);
  body.slices = static_cast<int>(central_slices(points, half, params.half_slab_mm).size());
  if (!whole) return "too few boundary points near the mid-sagittal plane for a contour";
  const SixPoints six = read(*whole);
  store(six, frame.frame, body);
  body.area_mm2 = area_mm2(*whole, six);
  const double half_width_mm = kPlaneWidthPart * frame.width_mm;
  const Fit top = endplate_plane(points, *whole, 1.0, half_width_mm, floor_mm);
  const Fit bottom = endplate_plane(points, *whole, -1.0, half_width_mm, floor_mm);
  if (!top.ok || !bottom.ok) return "too few boundary points on an endplate for its plane";
  body.superior = endplate(*whole, whole->superior, top, frame.frame, {six.as, six.ps});
  body.inferior = endplate(*whole, whole->inferior, bottom, frame.frame, {six.ai, six.pi});
  body.residual_mm =
      std::max({whole->superior.fit.rms, whole->inferior.fit.rms, whole->front.rms, whole->back.rms});
  set_errors(*whole, six, body);
  set_slice_sds(points, *whole, params.half_slab_mm, floor_mm, body);
  return "";
}

std::string measure_superior_endplate(const Surface& surface,
                                      const BodyFrame& frame,
                                      const SpineMorphometry::Params& params,
                                      double in_plane_mm,
                                      SpineResult::Body& body) {
  // S1 has no lower end to be sure of: the body that its outline is taken from is given a height.
  const Half half{kS1HeightToDepth * frame.depth_mm, 0.5 * frame.depth_mm};
  Frame centred = frame.frame;
  centred.centre_lps_mm = to_lps(frame.frame, 0.0, 0.0, frame.superior.beta[0] - half.height);
  const auto points = to_local(surface.points, centred);
  const double floor_mm = kRoundingPart * in_plane_mm;
  const auto o = s1_outline(points, half, params.half_slab_mm, floor_mm);
  body.slices = static_cast<int>(central_slices(points, half, params.half_slab_mm).size());
  if (!o) return "too few boundary points on the superior endplate and the walls below it for a contour";
  const Fit plane = endplate_plane(points, *o, 1.0, kPlaneWidthPart * frame.width_mm, floor_mm);
  if (!plane.ok) return "too few boundary points on the superior endplate for its plane";
  const Corner as = meet(*o, o->superior, o->front, half.height);
  const Corner ps = meet(*o, o->superior, o->back, half.height);
  const double middle = 0.5 * (as.u + ps.u);
  body.as_lps_mm = to_lps(centred, as.u, 0.0, as.z);
  body.ps_lps_mm = to_lps(centred, ps.u, 0.0, ps.z);
  body.ms_lps_mm = to_lps(centred, middle, 0.0, o->contour_z(o->superior, middle));
  body.superior = endplate(*o, o->superior, plane, centred, {as, ps});
  body.tilt_se_deg = body.superior.direction_se_deg;
  body.residual_mm = std::max({o->superior.fit.rms, o->front.rms, o->back.rms});
  return "";
}

}  // namespace ledd::spine
