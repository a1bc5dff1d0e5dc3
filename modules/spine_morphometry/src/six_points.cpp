#include "six_points.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "vec.h"

namespace ledd::spine {
namespace {

constexpr double kContourPart = 0.90;    // of the half depth: rims and spurs beyond are left out
constexpr double kWallPart = 0.70;       // of the half height
constexpr double kWallSlabFactor = 2.0;  // walls are taken from a wider slab, with its curvature modelled
constexpr double kScaleW = 0.2;          // 1 / 5 mm: keeps the terms of a fit of like size
constexpr double kMaxFlare = 1.25;       // corners lie at most so far out, in half depths

/// A body's half sizes; the centre of the frame is the origin.
struct Half {
  double height = 0.0;
  double depth = 0.0;
};

/// A boundary as a function: u is along the curve for a contour, z for a wall; both in half sizes.
Terms contour_terms(double x, double w) {
  return {1.0, x, x * x, x * x * x, w * kScaleW};
}
Terms wall_terms(double y, double w) {
  return {1.0, y, y * y, w * kScaleW, w * w * kScaleW * kScaleW};
}

/// The outlines of a body near its mid-sagittal plane.
struct Outline {
  Half half;
  Fit superior, inferior, front, back;
  double contour_z(const Fit& fit, double u) const {
    return continued(
        u / half.depth, kContourPart, [&](double x) { return dot(fit.beta, contour_terms(x, 0.0)); });
  }
  double wall_u(const Fit& fit, double z) const {
    return continued(z / half.height, kWallPart, [&](double y) { return dot(fit.beta, wall_terms(y, 0.0)); });
  }

  /// The curve within the range it was fitted in; its tangent beyond, where a polynomial would run wild.
  template <class Curve>
  static double continued(double t, double limit, const Curve& curve) {
    constexpr double kStep = 1e-3;
    if (std::abs(t) <= limit) return curve(t);
    const double end = std::copysign(limit, t);
    const double slope = (curve(end + kStep) - curve(end - kStep)) / (2.0 * kStep);
    return curve(end) + slope * (t - end);
  }
};

struct Corner {
  double u = 0.0, z = 0.0;
};

/// Where a contour and a wall meet.
Corner meet(const Outline& o, const Fit& contour, const Fit& wall, double z_start) {
  constexpr int kIterations = 12;
  const double limit = kMaxFlare * o.half.depth;
  Corner corner{0.0, z_start};
  for (int i = 0; i < kIterations; ++i) {
    corner.u = std::clamp(o.wall_u(wall, corner.z), -limit, limit);
    corner.z = o.contour_z(contour, corner.u);
  }
  return corner;
}

/// Which points a fit may use.
struct Slab {
  double half_width_mm = 0.0;
  bool holds(const LocalPoint& p) const { return !p.across && std::abs(p.w_mm) <= half_width_mm; }
};

Fit fit_contour(
    const std::vector<LocalPoint>& points, const Half& half, double sign, const Slab& slab, double floor_mm) {
  std::vector<Sample> samples;
  for (const LocalPoint& p : points) {
    if (!slab.holds(p) || !(sign * p.outward[2] > 0.0) || !(sign * p.z_mm > 0.2 * half.height)) continue;
    if (std::abs(p.u_mm) > kContourPart * half.depth) continue;
    samples.push_back({contour_terms(p.u_mm / half.depth, p.w_mm), p.z_mm});
  }
  return huber_fit(samples, {0.0, 0.0, 0.0, 10.0, 1.0}, floor_mm);
}

Fit fit_wall(
    const std::vector<LocalPoint>& points, const Half& half, double sign, const Slab& slab, double floor_mm) {
  std::vector<Sample> samples;
  for (const LocalPoint& p : points) {
    if (!slab.holds(p) || !(sign * p.outward[0] > 0.0) || !(sign * p.u_mm > 0.2 * half.depth)) continue;
    if (std::abs(p.z_mm) > kWallPart * half.height) continue;
    samples.push_back({wall_terms(p.z_mm / half.height, p.w_mm), p.u_mm});
  }
  return huber_fit(samples, {0.0, 0.0, 1.0, 1.0, 1.0}, floor_mm);
}

std::optional<Outline> outline(const std::vector<LocalPoint>& points,
                               const Half& half,
                               double half_slab_mm,
                               double floor_mm) {
  const Slab narrow{half_slab_mm};
  const Slab wide{kWallSlabFactor * half_slab_mm};
  Outline o;
  o.half = half;
  o.superior = fit_contour(points, half, 1.0, narrow, floor_mm);
  o.inferior = fit_contour(points, half, -1.0, narrow, floor_mm);
  o.front = fit_wall(points, half, -1.0, wide, floor_mm);
  o.back = fit_wall(points, half, 1.0, wide, floor_mm);
  if (!o.superior.ok || !o.inferior.ok || !o.front.ok || !o.back.ok) return std::nullopt;
  return o;
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

double sd(const std::vector<double>& values) {
  if (values.size() < 2) return 0.0;
  double mean = 0.0;
  for (const double v : values) mean += v / static_cast<double>(values.size());
  double squares = 0.0;
  for (const double v : values) squares += (v - mean) * (v - mean);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

/// How one slice's boundary departs from the fit of all, as a straight line; nothing if it is hardly in the
/// slab.
class SliceDeparture {
 public:
  SliceDeparture(const std::vector<LocalPoint>& points,
                 const Outline& all,
                 double half_slab_mm,
                 double floor_mm)
      : points_(points), all_(all), half_slab_mm_(half_slab_mm), floor_mm_(floor_mm) {}

  std::optional<Terms> contour(int slice, double sign) const {
    const Fit& fit = sign > 0 ? all_.superior : all_.inferior;
    return line(slice, [&](const LocalPoint& p) -> std::optional<std::array<double, 2>> {
      const double x = p.u_mm / all_.half.depth;
      if (!(sign * p.outward[2] > 0.0) || !(sign * p.z_mm > 0.2 * all_.half.height) ||
          std::abs(x) > kContourPart)
        return std::nullopt;
      return std::array<double, 2>{x, p.z_mm - dot(fit.beta, contour_terms(x, 0.0))};
    });
  }

  std::optional<Terms> wall(int slice, double sign) const {
    const Fit& fit = sign > 0 ? all_.back : all_.front;
    return line(slice, [&](const LocalPoint& p) -> std::optional<std::array<double, 2>> {
      const double y = p.z_mm / all_.half.height;
      if (!(sign * p.outward[0] > 0.0) || !(sign * p.u_mm > 0.2 * all_.half.depth) || std::abs(y) > kWallPart)
        return std::nullopt;
      return std::array<double, 2>{y, p.u_mm - dot(fit.beta, wall_terms(y, 0.0))};
    });
  }

 private:
  template <class Read>
  std::optional<Terms> line(int slice, const Read& read) const {
    std::vector<Sample> samples;
    double low = 1.0;
    double high = -1.0;
    for (const LocalPoint& p : points_) {
      if (p.slice != slice || p.across || std::abs(p.w_mm) > half_slab_mm_) continue;
      const auto found = read(p);
      if (!found) continue;
      samples.push_back({{1.0, (*found)[0]}, (*found)[1]});
      low = std::min(low, (*found)[0]);
      high = std::max(high, (*found)[0]);
    }
    if (high - low < 1.0) return std::nullopt;  // less than half of the contour
    const Fit fit = huber_fit(samples, {0.0, 1.0}, floor_mm_);
    return fit.ok ? std::optional(fit.beta) : std::nullopt;
  }

  const std::vector<LocalPoint>& points_;
  const Outline& all_;
  double half_slab_mm_, floor_mm_;
};

/// SDs over slices of the heights and the depth.
void set_slice_sds(const SliceDeparture& departure, const std::set<int>& slices, SpineResult::Body& body) {
  std::array<std::vector<double>, 4> values;
  for (const int slice : slices) {
    const auto top = departure.contour(slice, 1.0);
    const auto bottom = departure.contour(slice, -1.0);
    if (top && bottom)
      for (std::size_t i = 0; i < 3; ++i) {
        const double x = static_cast<double>(i) - 1.0;  // anterior, middle, posterior
        values[i].push_back((*top)[0] - (*bottom)[0] + x * ((*top)[1] - (*bottom)[1]));
      }
    const auto front = departure.wall(slice, -1.0);
    const auto back = departure.wall(slice, 1.0);
    if (front && back) values[3].push_back((*back)[0] - (*front)[0]);
  }
  body.ha.slice_sd_mm = sd(values[0]);
  body.hm.slice_sd_mm = sd(values[1]);
  body.hp.slice_sd_mm = sd(values[2]);
  body.depth.slice_sd_mm = sd(values[3]);
}

/// The slices that cross the middle of the slab.
std::set<int> central_slices(const std::vector<LocalPoint>& points, const Half& half, double half_slab_mm) {
  std::set<int> slices;
  for (const LocalPoint& p : points)
    if (!p.across && std::abs(p.w_mm) <= half_slab_mm && std::abs(p.u_mm) <= 0.3 * half.depth)
      slices.insert(p.slice);
  return slices;
}

SpineResult::Endplate endplate(const Outline& o,
                               const Fit& contour,
                               const Fit& plane,
                               const BodyFrame& body,
                               const std::array<Corner, 2>& ends) {
  constexpr int kContourPoints = 17;
  SpineResult::Endplate e;
  e.measured = true;
  const Frame& f = body.frame;
  e.normal = unit(add(add(f.superior, f.posterior, -plane.beta[1]), f.left, -plane.beta[2]));
  const auto on_plane = [&](double u) { return to_lps(f, u, 0.0, plane.beta[0] + plane.beta[1] * u); };
  e.anterior_lps_mm = on_plane(ends[0].u);
  e.posterior_lps_mm = on_plane(ends[1].u);
  for (int i = 0; i < kContourPoints; ++i) {
    const double u = ends[0].u + (ends[1].u - ends[0].u) * i / (kContourPoints - 1.0);
    e.contour_lps_mm.push_back(to_lps(f, u, 0.0, o.contour_z(contour, u)));
  }
  e.residual_mm = contour.rms;
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
  const double floor_mm = 0.3 * in_plane_mm;
  const auto whole = outline(points, half, params.half_slab_mm, floor_mm);
  const auto slices = central_slices(points, half, params.half_slab_mm);
  body.slices = static_cast<int>(slices.size());
  if (!whole) return "too few boundary points near the mid-sagittal plane for a contour";
  const SixPoints pooled = read(*whole);
  store(pooled, frame.frame, body);
  body.superior = endplate(*whole, whole->superior, frame.superior, frame, {pooled.as, pooled.ps});
  body.inferior = endplate(*whole, whole->inferior, frame.inferior, frame, {pooled.ai, pooled.pi});
  body.residual_mm = std::max({whole->superior.rms, whole->inferior.rms, whole->front.rms, whole->back.rms});
  set_slice_sds(SliceDeparture(points, *whole, params.half_slab_mm, floor_mm), slices, body);
  return "";
}

std::string measure_superior_endplate(const Surface& surface,
                                      const BodyFrame& frame,
                                      const SpineMorphometry::Params& params,
                                      double in_plane_mm,
                                      SpineResult::Body& body) {
  const auto points = to_local(surface.points, frame.frame);
  const double top_mm = frame.superior.beta[0];
  // The origin of the frame lies somewhere in S1; contour terms need no more than a sign and the half depth.
  const Half half{std::max(top_mm, 1.0), 0.5 * frame.depth_mm};
  const Slab slab{params.half_slab_mm};
  Outline o;
  o.half = half;
  o.superior = fit_contour(points, half, 1.0, slab, 0.3 * in_plane_mm);
  body.slices = static_cast<int>(central_slices(points, half, params.half_slab_mm).size());
  if (!o.superior.ok) return "too few boundary points on the superior endplate for a contour";
  const Corner front{-half.depth, 0.0};
  const Corner back{half.depth, 0.0};
  body.superior = endplate(o, o.superior, frame.superior, frame, {front, back});
  body.residual_mm = o.superior.rms;
  return "";
}

}  // namespace ledd::spine
