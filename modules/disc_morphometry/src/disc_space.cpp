#include "disc_space.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ledd/anatomy/anatomy.h"
#include "ledd/spine_morphometry/vec.h"

namespace ledd::disc {
namespace {

using Body = SpineResult::Body;
using Disc = DiscResult::Disc;
using Endplate = SpineResult::Endplate;
using Number = DiscResult::Number;
using spine::add;
using spine::cross;
using spine::dot;
using spine::norm;
using spine::sub;
using spine::unit;

constexpr double kOverlapMm = 1.0;  // facing endplates that cross by more are no joint
constexpr double kDegPerRad = 180.0 / M_PI;

/// One of the two facing endplates, in the plane of the disc.
struct Face {
  const Endplate* endplate = nullptr;
  Point forward{};             // along the endplate's line
  Point normal{};              // toward the head, in the plane
  std::vector<Point> contour;  // from front to back
  const Point& front() const { return contour.front(); }
  const Point& middle() const { return contour[contour.size() / 2]; }
  const Point& back() const { return contour.back(); }
  double length() const { return norm(sub(front(), back())); }
};

/// The endplate cut by the plane through `origin` with normal `left`; its contour moves along the endplate.
Face face_in_plane(const Endplate& endplate, const Point& origin, const Point& left) {
  Face face;
  face.endplate = &endplate;
  face.normal = unit(add(endplate.normal, left, -dot(endplate.normal, left)));
  face.forward = cross(left, face.normal);
  const Point sideways = add(left, endplate.normal, -dot(left, endplate.normal));
  const double reach = dot(sideways, left);
  for (const Point& p : endplate.contour_lps_mm)
    face.contour.push_back(add(p, sideways, -dot(sub(p, origin), left) / reach));
  return face;
}

/// Axes of the disc space.
struct Space {
  Face upper, lower;
  Point forward{};  // bisector of both endplate lines
  Point normal{};   // toward the head
};

Space space_between(const Body& above, const Body& below) {
  const Point left = unit(add(above.frame.left, below.frame.left));
  const auto middle = [](const Endplate& e) { return e.contour_lps_mm[e.contour_lps_mm.size() / 2]; };
  const Point origin = add(add({}, middle(above.inferior), 0.5), middle(below.superior), 0.5);
  Space s;
  s.upper = face_in_plane(above.inferior, origin, left);
  s.lower = face_in_plane(below.superior, origin, left);
  s.forward = unit(add(s.upper.forward, s.lower.forward));
  s.normal = cross(s.forward, left);
  return s;
}

double area_mm2(const Space& s) {
  std::vector<Point> ring = s.upper.contour;
  ring.insert(ring.end(), s.lower.contour.rbegin(), s.lower.contour.rend());
  double twice = 0.0;
  for (std::size_t i = 0; i < ring.size(); ++i) {
    const Point p = sub(ring[i], ring[0]);
    const Point q = sub(ring[(i + 1) % ring.size()], ring[0]);
    twice += dot(p, s.normal) * dot(q, s.forward) - dot(p, s.forward) * dot(q, s.normal);
  }
  return -0.5 * twice;  // negative where the endplates cross
}

/// Along the normal, with the error of both contours there: 0 front, 1 middle, 2 back.
Number height(const Space& s, const Point& top, const Point& bottom, std::size_t place) {
  return {dot(sub(top, bottom), s.normal),
          std::hypot(s.upper.endplate->across_se_mm[place], s.lower.endplate->across_se_mm[place])};
}

void set_numbers(const Space& s, Disc& disc) {
  const Endplate& above = *s.upper.endplate;
  const Endplate& below = *s.lower.endplate;
  disc.ha_mm = height(s, s.upper.front(), s.lower.front(), 0);
  disc.hm_mm = height(s, s.upper.middle(), s.lower.middle(), 1);
  disc.hp_mm = height(s, s.upper.back(), s.lower.back(), 2);
  const Point front = add(s.upper.front(), s.lower.front());
  const Point back = add(s.upper.back(), s.lower.back());
  const double front_se = std::hypot(above.end_se_mm[0], below.end_se_mm[0]);
  const double back_se = std::hypot(above.end_se_mm[1], below.end_se_mm[1]);
  disc.ap_mm = {0.5 * dot(sub(front, back), s.forward), 0.5 * std::hypot(front_se, back_se)};
  const double mean_se = std::hypot(above.mean_across_se_mm, below.mean_across_se_mm);
  disc.area_mm2.value = area_mm2(s);
  disc.area_mm2.se =
      std::hypot(disc.ap_mm.value * mean_se, disc.area_mm2.value / disc.ap_mm.value * disc.ap_mm.se);
  disc.angle_deg = {
      std::atan2(dot(s.upper.forward, s.lower.normal), dot(s.upper.forward, s.lower.forward)) * kDegPerRad,
      std::hypot(above.direction_se_deg, below.direction_se_deg)};
  const Point step = sub(s.upper.back(), s.lower.back());
  const double lean_se = dot(step, s.lower.normal) * below.direction_se_deg / kDegPerRad;
  disc.slip_mm = {dot(step, s.lower.forward), std::hypot(above.end_se_mm[1], below.end_se_mm[1], lean_se)};
  const double percent = 100.0 / s.lower.length();
  const double length_se = std::hypot(below.end_se_mm[0], below.end_se_mm[1]);
  disc.slip_percent = {
      percent * disc.slip_mm.value,
      percent * std::hypot(disc.slip_mm.se, disc.slip_mm.value / s.lower.length() * length_se)};
}

void set_vertebra_height(const Body& upper, const Body& lower, Disc& disc) {
  disc.vertebra_mm = Number{upper.hm.value_mm, upper.hm.se_mm};
  if (lower.id == anatomy::kS1) return;
  disc.vertebra_mm =
      Number{0.5 * (upper.hm.value_mm + lower.hm.value_mm), 0.5 * std::hypot(upper.hm.se_mm, lower.hm.se_mm)};
}

/// Why the space between two bodies cannot be measured; empty if it can.
std::string missing(const Body& upper, const Body& lower) {
  std::string reason;
  for (const auto& [body, endplate, side] :
       {std::tuple(&upper, &upper.inferior, "inferior"), std::tuple(&lower, &lower.superior, "superior")}) {
    if (body->quality != Quality::kFailed && endplate->measured && endplate->contour_lps_mm.size() > 2)
      continue;
    reason += reason.empty() ? "" : "; ";
    reason += fmt::format("{}: {}",
                          anatomy::short_name(body->id),
                          body->reason.empty() ? fmt::format("no {} endplate", side) : body->reason);
  }
  return reason;
}

/// The worst quality and all reasons.
struct Verdict {
  Quality quality = Quality::kGood;
  std::string reason;
  void note(Quality worst, bool when, const std::string& why) {
    if (!when) return;
    quality = std::max(quality, worst);
    reason += (reason.empty() ? "" : "; ") + why;
  }
};

Verdict judge(const Body& upper, const Body& lower, const DiscMorphometry::Params& params, const Disc& d) {
  Verdict verdict;
  const auto [low, high] = std::minmax({d.ha_mm.value, d.hm_mm.value, d.hp_mm.value});
  verdict.note(
      Quality::kFailed,
      !(low >= -kOverlapMm && d.ap_mm.value > 0.0),
      fmt::format("the facing endplates cross by {:.1f} mm: the bodies are not one above the other", -low));
  for (const Body* body : {&upper, &lower})
    verdict.note(Quality::kUncertain,
                 !body->reason.empty(),
                 fmt::format("{}: {}", anatomy::short_name(body->id), body->reason));
  const double turn = std::acos(std::clamp(dot(upper.frame.left, lower.frame.left), -1.0, 1.0)) * kDegPerRad;
  verdict.note(Quality::kUncertain,
               !(turn <= params.max_turn_deg),
               fmt::format("the bodies are turned by {:.0f} degrees against each other", turn));
  verdict.note(
      Quality::kUncertain, d.collapsed, fmt::format("collapsed: mean height {:.1f} mm", d.mean_height_mm()));
  verdict.note(Quality::kUncertain,
               !(high <= params.max_height_mm),
               fmt::format("height of {:.1f} mm; at most {} mm is plausible", high, params.max_height_mm));
  const double se = std::max({d.ha_mm.se, d.hm_mm.se, d.hp_mm.se});
  verdict.note(
      Quality::kUncertain,
      !(se <= params.max_se_mm),
      fmt::format("standard error of a height {:.1f} mm; at most {} mm is good", se, params.max_se_mm));
  return verdict;
}

int meyerding_grade(double percent) {
  int grade = 1;
  for (const double limit : {25.0, 50.0, 75.0, 100.0})
    if (percent > limit) ++grade;
  return grade;
}

/// Whether a slip counts, and its grade; a number within two standard errors of the limit makes it uncertain.
void grade_slip(const DiscMorphometry::Params& params, Disc& disc) {
  const double mm = std::abs(disc.slip_mm.value);
  const double percent = std::abs(disc.slip_percent.value);
  const auto grade = [&](double more) {
    const double slid_mm = mm + more * disc.slip_mm.se;
    const double slid_percent = percent + more * disc.slip_percent.se;
    return slid_mm >= params.slip_mm || slid_percent >= params.slip_percent ? meyerding_grade(slid_percent)
                                                                            : 0;
  };
  disc.meyerding = grade(0.0);
  disc.meyerding_quality = disc.quality;
  disc.meyerding_reason = disc.reason;
  const int low = grade(-2.0);
  const int high = grade(2.0);
  if (low == high) return;
  disc.meyerding_quality = std::max(disc.meyerding_quality, Quality::kUncertain);
  disc.meyerding_reason += disc.meyerding_reason.empty() ? "" : "; ";
  disc.meyerding_reason += fmt::format(
      "slip {:.1f} +- {:.1f} mm may be grade {} to {}", disc.slip_mm.value, 2.0 * disc.slip_mm.se, low, high);
}

}  // namespace

void measure_space(const Body& upper, const Body& lower, const DiscMorphometry::Params& params, Disc& disc) {
  disc.reason = missing(upper, lower);
  disc.meyerding_reason = disc.vertebra_reason = disc.reason;
  if (!disc.reason.empty()) return;
  const Space space = space_between(upper, lower);
  set_numbers(space, disc);
  disc.collapsed = disc.mean_height_mm() < params.collapsed_mm;
  const Verdict verdict = judge(upper, lower, params, disc);
  disc.quality = verdict.quality;
  disc.reason = disc.meyerding_reason = disc.vertebra_reason = verdict.reason;
  if (disc.quality == Quality::kFailed) return;
  disc.upper_lps_mm = space.upper.contour;
  disc.lower_lps_mm = space.lower.contour;
  set_vertebra_height(upper, lower, disc);
  grade_slip(params, disc);
}

}  // namespace ledd::disc
