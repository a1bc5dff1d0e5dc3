#include "alignment.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ledd/anatomy/anatomy.h"
#include "ledd/spine_morphometry/spine_morphometry.h"
#include "ledd/spine_morphometry/vec.h"

namespace ledd::spine {
namespace {

using Body = SpineResult::Body;
using Endplate = SpineResult::Endplate;

const Body* find(const std::vector<Body>& bodies, std::uint16_t id) {
  const auto found = std::find_if(bodies.begin(), bodies.end(), [&](const Body& b) { return b.id == id; });
  return found == bodies.end() ? nullptr : &*found;
}

/// What is said of an angle of which `body` is one end: nothing, a doubt, or that it cannot be measured.
std::string doubt(const Body& body) {
  return body.reason.empty() ? "" : fmt::format("{}: {}", anatomy::short_name(body.id), body.reason);
}

SpineResult::Angle between(const Body& upper,
                           const Body& lower,
                           const Endplate& bottom,
                           const SpineResult::Frame& axes) {
  SpineResult::Angle angle;
  const std::string first = doubt(upper);
  const std::string second = doubt(lower);
  angle.reason = first.empty() || second.empty() ? first + second : first + "; " + second;
  if (!upper.superior.measured || !bottom.measured) return angle;
  angle.value_deg = tilt_deg(axes, upper.superior.normal) - tilt_deg(axes, bottom.normal);
  angle.se_deg = std::hypot(upper.superior.direction_se_deg, bottom.direction_se_deg);
  angle.quality = angle.reason.empty() ? Quality::kGood : Quality::kUncertain;
  return angle;
}

SpineResult::Angle lordosis(const std::vector<Body>& bodies,
                            std::uint16_t lower_id,
                            const SpineResult::Frame& axes) {
  const Body* const l1 = find(bodies, anatomy::kL1);
  const Body* const lower = find(bodies, lower_id);
  SpineResult::Angle angle;
  if (l1 != nullptr && lower != nullptr)
    angle = between(*l1, *lower, lower_id == anatomy::kS1 ? lower->superior : lower->inferior, axes);
  else
    angle.reason =
        fmt::format("{} is not labelled", anatomy::short_name(l1 == nullptr ? anatomy::kL1 : lower_id));
  const std::string name = anatomy::short_name(lower_id);
  angle.endpoint = "LL_L1_" + name;
  angle.region = "L1-" + name;
  return angle;
}

}  // namespace

int rank_of(std::uint16_t id) {
  if (id == anatomy::kT13) return 2 * anatomy::kT12 + 1;
  return id >= anatomy::kT1 && id <= anatomy::kS1 ? 2 * id : -1;
}

std::vector<SpineResult::Frame> guess_frames(const std::vector<Surface>& surfaces) {
  std::vector<SpineResult::Frame> frames(surfaces.size());
  const auto n = surfaces.size();
  std::vector<Point> steps;  // from a body to the one above it, as unit vectors
  for (std::size_t i = 0; i + 1 < n; ++i)
    steps.push_back(unit(sub(surfaces[i].centroid_lps_mm, surfaces[i + 1].centroid_lps_mm)));
  for (std::size_t i = 0; i < n; ++i) {
    Point up{0, 0, 1};
    if (n > 2 && i == 0)
      up = unit(add(add({}, steps[0], 1.5), steps[1], -0.5));  // the curve bends on as it did
    else if (n > 2 && i == n - 1)
      up = unit(add(add({}, steps[n - 2], 1.5), steps[n - 3], -0.5));
    else if (n > 2)
      up = unit(add(steps[i - 1], steps[i]));
    else if (n == 2)
      up = steps[0];
    const Point left{1, 0, 0};
    frames[i].centre_lps_mm = surfaces[i].centroid_lps_mm;
    frames[i].superior = up;
    frames[i].left = unit(add(left, up, -dot(left, up)));
    frames[i].posterior = cross(up, frames[i].left);
  }
  return frames;
}

SpineResult::Frame spine_axes(const std::vector<SpineResult::Body>& bodies) {
  Point left{};
  for (const Body& body : bodies)
    if (body.superior.measured) left = add(left, body.frame.left);
  if (!(norm(left) > 0.5)) left = {1, 0, 0};
  SpineResult::Frame axes;
  axes.left = unit(left);
  const Point head{0, 0, 1};
  axes.superior = unit(add(head, axes.left, -dot(head, axes.left)));
  axes.posterior = cross(axes.superior, axes.left);
  return axes;
}

double tilt_deg(const SpineResult::Frame& axes, const Point& normal) {
  return std::atan2(dot(normal, axes.posterior), dot(normal, axes.superior)) * 180.0 / M_PI;
}

std::vector<SpineResult::Angle> angles_of(const std::vector<Body>& bodies, const SpineResult::Frame& axes) {
  std::vector<SpineResult::Angle> angles;
  angles.push_back(lordosis(bodies, anatomy::kS1, axes));
  angles.push_back(lordosis(bodies, anatomy::kL5, axes));
  for (std::size_t i = 0; i + 1 < bodies.size(); ++i) {
    const Body& upper = bodies[i];
    const Body& lower = bodies[i + 1];
    if (!are_neighbours(upper.id, lower.id)) continue;
    auto angle = between(upper, lower, lower.superior, axes);
    angle.endpoint = "SL";
    angle.region = fmt::format("{}-{}", anatomy::short_name(upper.id), anatomy::short_name(lower.id));
    angles.push_back(std::move(angle));
  }
  return angles;
}

}  // namespace ledd::spine

namespace ledd {

bool are_neighbours(std::uint16_t upper, std::uint16_t lower) {
  if (anatomy::vertebra_below(upper) == lower) return true;
  return (upper == anatomy::kT12 && lower == anatomy::kT13) ||
         (upper == anatomy::kT13 && lower == anatomy::kL1) ||
         (upper == anatomy::kL5 && lower == anatomy::kL6) || (upper == anatomy::kL6 && lower == anatomy::kS1);
}

}  // namespace ledd
