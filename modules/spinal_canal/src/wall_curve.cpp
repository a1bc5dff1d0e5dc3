#include "wall_curve.h"

#include <algorithm>

#include "ledd/anatomy/anatomy.h"

#include "geometry.h"

namespace ledd::canal {
namespace {

constexpr double kInsideCorner = 0.2;  // part of the wall at both ends that is left out: rims and spurs
constexpr double kBeyondMm = 4.0;      // the curve goes on so far beyond the outermost corners
constexpr double kS1WallMm = 15.0;
constexpr double kSmoothMm = 5.0;

struct Knots {
  std::vector<Point> at, left;
  void push(const Point& p, const Point& l) {
    at.push_back(p);
    left.push_back(l);
  }
};

Knots knots_of(const SpineResult& spine) {
  Knots knots;
  Point end{}, last_left{};
  for (const auto& body : spine.bodies) {
    const bool is_s1 = body.id == anatomy::kS1;
    if (is_s1 ? !body.superior.measured : body.quality == Quality::kFailed) continue;
    const Point top = is_s1 ? body.superior.posterior_lps_mm : body.ps_lps_mm;
    const Point bottom = is_s1 ? add(top, body.superior.normal, -kS1WallMm) : body.pi_lps_mm;
    const Point wall = sub(bottom, top);
    if (knots.at.empty()) knots.push(add(top, unit(wall), -kBeyondMm), body.frame.left);
    for (const double part : {kInsideCorner, 1.0 - kInsideCorner})
      knots.push(add(top, wall, part), body.frame.left);
    end = add(bottom, unit(wall), kBeyondMm);
    last_left = body.frame.left;
  }
  if (!knots.at.empty()) knots.push(end, last_left);
  return knots;
}

/// Points every kStepMm on the polyline, and what goes with them.
Knots resampled(const Knots& knots) {
  Knots out;
  double rest = 0.0;
  for (std::size_t i = 0; i + 1 < knots.at.size(); ++i) {
    const Point step = sub(knots.at[i + 1], knots.at[i]);
    const double length = norm(step);
    double at = rest;
    for (; at < length; at += kStepMm)
      out.push(add(knots.at[i], step, at / length),
               add(knots.left[i], sub(knots.left[i + 1], knots.left[i]), at / length));
    rest = at - length;
  }
  return out;
}

std::vector<Point> smoothed(const std::vector<Point>& points, double sigma_mm) {
  const long n = static_cast<long>(points.size());
  const long reach = std::min(static_cast<long>(4.0 * sigma_mm / kStepMm), n - 1);
  const auto at = [&](long i) {
    if (i < 0) return sub(add(points.front(), points.front()), points[static_cast<std::size_t>(-i)]);
    if (i >= n)
      return sub(add(points.back(), points.back()), points[static_cast<std::size_t>(2 * n - 2 - i)]);
    return points[static_cast<std::size_t>(i)];
  };
  std::vector<Point> out(points.size());
  for (long i = 0; i < n; ++i) {
    Point sum{};
    double total = 0.0;
    for (long d = -reach; d <= reach; ++d) {
      const double x = static_cast<double>(d) * kStepMm / sigma_mm;
      const double w = std::exp(-0.5 * x * x);
      sum = add(sum, at(i + d), w);
      total += w;
    }
    out[static_cast<std::size_t>(i)] = add({}, sum, 1.0 / total);
  }
  return out;
}

}  // namespace

Curve curve_through(const std::vector<Point>& points_lps_mm,
                    const std::vector<Point>& left,
                    double sigma_mm) {
  Curve curve;
  const Knots even = resampled({points_lps_mm, left});
  if (even.at.size() < 3) return curve;
  const auto points = smoothed(even.at, sigma_mm);
  for (std::size_t i = 0; i < points.size(); ++i) {
    Curve::Station station;
    station.at_lps_mm = points[i];
    station.down = unit(sub(points[std::min(i + 1, points.size() - 1)], points[i == 0 ? 0 : i - 1]));
    station.left = unit(add(even.left[i], station.down, -dot(even.left[i], station.down)));
    station.posterior = cross(station.left, station.down);  // left x inferior = posterior in LPS
    curve.stations.push_back(station);
  }
  return curve;
}

Curve wall_curve(const SpineResult& spine) {
  const Knots knots = knots_of(spine);
  Curve curve;
  if (knots.at.size() < 6) {
    curve.reason = "fewer than two vertebral bodies were measured: the posterior walls are not known";
    return curve;
  }
  curve = curve_through(knots.at, knots.left, kSmoothMm);
  return curve;
}

}  // namespace ledd::canal
