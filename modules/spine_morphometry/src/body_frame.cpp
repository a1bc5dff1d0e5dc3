#include "body_frame.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ledd/spine_morphometry/vec.h"

namespace ledd::spine {
namespace {

constexpr double kEndplateDepthPart = 0.35;  // half of the central 70 % of the depth
constexpr double kEndplateWidthPart = 0.30;
constexpr double kWallHeightPart = 0.35;
constexpr double kWallWidthPart = 0.25;
constexpr double kCoreMm = 5.0;           // half width of the probe that first finds the size
constexpr double kS1WallTopMm = 3.0;      // S1: walls are taken from this far below the endplate ...
constexpr double kS1WallBottomMm = 12.0;  // ... to this far
constexpr int kRounds = 6;

/// Median of `value` over the points that pass.
template <class Keep, class Value>
double median_of(const std::vector<LocalPoint>& points, Keep keep, Value value) {
  std::vector<double> found;
  for (const LocalPoint& p : points)
    if (keep(p)) found.push_back(value(p));
  return median(std::move(found));
}

/// Where a straight probe from the centre leaves the body, on each side.
struct Extent {
  double front = 0.0, back = 0.0, low = 0.0, high = 0.0, right = 0.0, left = 0.0;
  double wall_low = 0.0, wall_high = 0.0;  ///< Heights between which walls are taken.
  bool ok() const {
    return front < back && low < high && right < left;  // false for NaN
  }
};

Extent probe(const std::vector<LocalPoint>& points, Shape shape) {
  const auto z = [](const LocalPoint& p) { return p.z_mm; };
  const auto u = [](const LocalPoint& p) { return p.u_mm; };
  const auto w = [](const LocalPoint& p) { return p.w_mm; };
  const auto core = [](double a, double b) { return std::abs(a) <= kCoreMm && std::abs(b) <= kCoreMm; };
  // On a surface that leans, half of the voxel faces look along the other image axis, and so a little to the
  // wrong side. The origin lies within a body; of S1, which may be a whole sacrum, that is not sure.
  const auto beyond = [&](double from_centre) { return shape == Shape::kSuperiorOnly || from_centre > 0.0; };
  Extent e;
  const auto end = [&](double sign) {
    return median_of(
        points,
        [&](const LocalPoint& p) {
          return core(p.u_mm, p.w_mm) && sign * p.outward[2] > 0.1 && beyond(sign * p.z_mm) && !p.across;
        },
        z);
  };
  e.high = end(1.0);
  e.low = end(-1.0);
  const double middle = shape == Shape::kSuperiorOnly ? e.high - 0.5 * (kS1WallTopMm + kS1WallBottomMm) : 0.0;
  const auto wall = [&](double sign) {
    return median_of(
        points,
        [&](const LocalPoint& p) {
          return core(p.z_mm - middle, p.w_mm) && sign * p.outward[0] > 0.1 && beyond(sign * p.u_mm) &&
                 !p.across;
        },
        u);
  };
  e.back = wall(1.0);
  e.front = wall(-1.0);
  const auto side = [&](double sign) {
    const auto in_core = [&](const LocalPoint& p) { return core(p.u_mm, p.z_mm - middle); };
    const double found = median_of(
        points, [&](const LocalPoint& p) { return in_core(p) && sign * p.outward[1] > 0.5; }, w);
    if (std::isfinite(found)) return found;
    double extreme = 0.0;  // the body goes on beyond the last slice: as far as it was seen
    for (const LocalPoint& p : points) extreme = std::max(extreme, sign * p.w_mm);
    return sign * extreme;
  };
  e.left = side(1.0);
  e.right = side(-1.0);
  if (shape == Shape::kSuperiorOnly) {
    e.wall_high = e.high - kS1WallTopMm;
    e.wall_low = e.high - kS1WallBottomMm;
    e.low = e.wall_low;  // its lower end is not looked at: it may be cut, or be the whole sacrum
  } else {
    const double centre = 0.5 * (e.high + e.low);
    e.wall_high = centre + kWallHeightPart * (e.high - e.low);
    e.wall_low = centre - kWallHeightPart * (e.high - e.low);
  }
  return e;
}

Fit endplate_plane(const std::vector<LocalPoint>& points, const Extent& e, double sign, double floor_mm) {
  const double middle_u = 0.5 * (e.front + e.back);
  const double middle_z = 0.5 * (e.low + e.high);
  std::vector<Sample> samples;
  for (const LocalPoint& p : points) {
    if (p.across || !(sign * p.outward[2] > 0.0) || !(sign * (p.z_mm - middle_z) > 0.2 * (e.high - e.low)))
      continue;
    if (std::abs(p.u_mm - middle_u) > kEndplateDepthPart * (e.back - e.front)) continue;
    if (std::abs(p.w_mm) > kEndplateWidthPart * (e.left - e.right)) continue;
    samples.push_back({{1.0, p.u_mm, p.w_mm}, p.z_mm, p.terrace});
  }
  return huber_fit(samples, {0.0, 1e-3, 1e-3}, floor_mm);
}

Fit wall_plane(const std::vector<LocalPoint>& points, const Extent& e, double sign, double floor_mm) {
  const double middle_u = 0.5 * (e.front + e.back);
  std::vector<Sample> samples;
  for (const LocalPoint& p : points) {
    if (p.across || !(sign * p.outward[0] > 0.0) || !(sign * (p.u_mm - middle_u) > 0.2 * (e.back - e.front)))
      continue;
    if (p.z_mm > e.wall_high || p.z_mm < e.wall_low) continue;
    if (std::abs(p.w_mm) > kWallWidthPart * (e.left - e.right)) continue;
    samples.push_back({{1.0, p.z_mm, p.w_mm, p.w_mm * p.w_mm}, p.u_mm, p.terrace});
  }
  return huber_fit(samples, {0.0, 1e-3, 1e-3, 1e-3}, floor_mm);
}

/// The frame turned so that endplates have no mean slope and walls no mean turn about the long axis.
Frame turned(const Frame& frame, double slope_u, double slope_w, double wall_turn) {
  Frame next = frame;
  next.superior = unit(add(add(frame.superior, frame.posterior, -slope_u), frame.left, -slope_w));
  const Point posterior = add(frame.posterior, frame.left, -wall_turn);
  next.posterior = unit(add(posterior, next.superior, -dot(posterior, next.superior)));
  next.left = cross(next.posterior, next.superior);
  return next;
}

/// One round; false when a part of the surface is missing.
bool improve(BodyFrame& body, const Surface& surface, Shape shape, double floor_mm) {
  const auto points = to_local(surface.points, body.frame);
  const Extent e = probe(points, shape);
  if (!e.ok()) return false;
  body.superior = endplate_plane(points, e, 1.0, floor_mm);
  body.inferior = shape == Shape::kTwoEndplates ? endplate_plane(points, e, -1.0, floor_mm) : body.superior;
  const Fit front = wall_plane(points, e, -1.0, floor_mm);
  const Fit back = wall_plane(points, e, 1.0, floor_mm);
  if (!body.superior.ok || !body.inferior.ok || !front.ok || !back.ok) return false;
  body.height_mm = e.high - e.low;
  body.depth_mm = e.back - e.front;
  body.width_mm = e.left - e.right;
  // The centroid is a better middle than two slice edges when slices are thick.
  const double middle_z = shape == Shape::kTwoEndplates ? 0.5 * (e.low + e.high) : 0.0;
  const Point middle = to_lps(body.frame, 0.5 * (e.front + e.back), 0.0, middle_z);
  const Point toward_centroid = sub(surface.centroid_lps_mm, middle);
  body.frame = turned(body.frame,
                      0.5 * (body.superior.beta[1] + body.inferior.beta[1]),
                      0.5 * (body.superior.beta[2] + body.inferior.beta[2]),
                      0.5 * (front.beta[2] + back.beta[2]));
  body.frame.centre_lps_mm = add(middle, body.frame.left, dot(toward_centroid, body.frame.left));
  return true;
}

}  // namespace

std::vector<LocalPoint> to_local(const std::vector<BoundaryPoint>& points, const Frame& frame) {
  std::vector<LocalPoint> local;
  local.reserve(points.size());
  for (const BoundaryPoint& p : points) {
    const Point from = sub(p.at_lps_mm, frame.centre_lps_mm);
    local.push_back(
        {dot(from, frame.posterior),
         dot(from, frame.left),
         dot(from, frame.superior),
         {dot(p.outward, frame.posterior), dot(p.outward, frame.left), dot(p.outward, frame.superior)},
         p.slice,
         p.terrace,
         p.across});
  }
  return local;
}

Point to_lps(const Frame& frame, double u_mm, double w_mm, double z_mm) {
  return add(add(add(frame.centre_lps_mm, frame.posterior, u_mm), frame.left, w_mm), frame.superior, z_mm);
}

BodyFrame refine_frame(const Surface& surface, const Frame& guess, Shape shape, double in_plane_mm) {
  BodyFrame body;
  body.frame = guess;
  const double floor_mm = 0.3 * in_plane_mm;
  for (int round = 0; round < kRounds; ++round)
    if (!improve(body, surface, shape, floor_mm)) return body;
  // Once more for the planes alone: those of the last round belong to the frame before its last turn.
  const auto points = to_local(surface.points, body.frame);
  const Extent e = probe(points, shape);
  if (!e.ok()) return body;
  body.superior = endplate_plane(points, e, 1.0, floor_mm);
  if (shape == Shape::kTwoEndplates) body.inferior = endplate_plane(points, e, -1.0, floor_mm);
  body.ok = body.superior.ok && (shape == Shape::kSuperiorOnly || body.inferior.ok);
  return body;
}

}  // namespace ledd::spine
