#include <algorithm>
#include <cmath>

#include "anatomy_parts.h"

namespace ledd::torso_phantom {
namespace {

using phantom::Body;

constexpr double kJointMm = 3.0;

/// From lateral, posterior, superior of a femoral head's centre.
struct Hip {
  Vec head;
  double side = 1.0;  ///< LPS x of lateral.
  Vec at(double lateral, double posterior, double up) const {
    return head + Vec{side * lateral, posterior, up};
  }
  Vec axis(double lateral, double posterior, double up) const { return {side * lateral, posterior, up}; }
};

Hip hip_of(const Frame& frame, bool right) {
  return {right ? frame.head_right : frame.head_left, right ? -1.0 : 1.0};
}

std::vector<Part> wing(const Hip& hip) {
  const Vec roof = hip.at(-2, 4, 33), spine_low = hip.at(4, -30, 44), spine = hip.at(28, -52, 88),
            crest = hip.at(30, 2, 136), back = hip.at(-24, 80, 108), joint = hip.at(-30, 60, 58),
            notch = hip.at(-20, 36, 36), middle = hip.at(4, 16, 84);
  std::vector<Part> parts{plate({middle, 3.4}, {roof, 9}, {spine_low, 7}),
                          plate({middle, 3.4}, {spine_low, 7}, {spine, 5}),
                          plate({middle, 3.4}, {spine, 5}, {crest, 5.5}),
                          plate({middle, 3.4}, {crest, 5.5}, {back, 7}),
                          plate({middle, 3.4}, {back, 7}, {joint, 7}),
                          plate({middle, 3.4}, {joint, 7}, {notch, 9}),
                          plate({middle, 3.4}, {notch, 9}, {roof, 9}),
                          plate({hip.at(6, 2, 33), 6}, {hip.at(-24, 4, 26), 6}, {hip.at(2, 12, 72), 5})};
  const Vec tuber = hip.at(-20, 34, -62), pubis = {hip.side * 9, hip.head.y - 42, hip.head.z - 30};
  parts.push_back(cone(hip.at(-14, 26, -12), 13, tuber, 12));
  parts.push_back(cone(hip.at(-24, 10, 0), 10, hip.at(-20, 26, 0), 11));
  parts.push_back(cone(hip.at(-18, -24, 8), 9, pubis, 8));
  parts.push_back(cone(pubis, 8, pubis + Vec{0, 6, -14}, 7));
  parts.push_back(cone(pubis + Vec{0, 6, -14}, 5.5, tuber, 6));
  return parts;
}

/// Wing, socket, ischium and pubis of one side.
Solid hip_bone(const Frame& frame, bool right) {
  const Hip hip = hip_of(frame, right);
  Solid wings = joined(wing(hip), 4.0);
  Solid s;
  s.box = wings.box;
  s.box.add(hip.head, 40.0);
  const Vec open = unit(hip.axis(0.74, -0.28, -0.61));
  s.distance_mm = [wings, hip, open](const Vec& p) {
    const Vec q = p - hip.head;
    const double r = norm(q);
    const double cup = std::max(std::fabs(r - kHeadRadiusMm - kJointMm - 3.0) - 3.0, dot(q, open) - 7.0);
    return std::max(soft_min(wings.distance_mm(p), cup, 5.0), kHeadRadiusMm + kJointMm - r);
  };
  s.hu = frame.hu_of(0.55 * frame.params.body.hip_vbmd_mg_cm3 + 10.0);
  s.shell_hu = kCortexHu - 100.0;
  s.shell_mm = 1.1;
  s.textured = true;
  return s;
}

Solid sacrum(const Frame& frame) {
  const Body &a = frame.s1(), &b = frame.body(phantom::kFromT8ToS1 + 1),
             &c = frame.body(phantom::kFromT8ToS1 + 2), &d = frame.body(phantom::kFromT8ToS1 + 3);
  std::vector<Part> parts{cone(a.centre, 11, b.centre, 9.5),
                          cone(b.centre, 9.5, c.centre, 7.5),
                          cone(c.centre, 7.5, d.centre, 6),
                          cone(d.centre, 6, d.centre + (-18.0) * d.superior, 4)};
  for (const double m : {-1.0, 1.0}) {
    const Vec near = a.world({m * 18, -2, 2}), far = a.world({m * 52, -15, 0}),
              low = c.world({m * 17, -3, 0});
    parts.push_back(plate({near, 11}, {far, 10}, {low, 6}));
    parts.push_back(plate({a.world({m * 16, 0, 2}), 9}, {b.world({m * 12, 0, 0}), 8}, {low, 6}));
    parts.push_back(
        plate({a.world({m * 22, -26, -2}), 3}, {a.world({0, -36, -4}), 3}, {c.world({0, -24, 0}), 2.6}));
    parts.push_back(
        plate({a.world({m * 24, -24, -2}), 3}, {c.world({m * 12, -16, 0}), 3}, {c.world({0, -24, 0}), 2.6}));
    parts.push_back(cone(far, 7, a.world({m * 24, -24, -2}), 4));
  }
  parts.push_back(
      plate({a.world({0, -38, 2}), 2.6}, {a.world({0, -46, -6}), 3}, {c.world({0, -26, 0}), 2.6}));
  Solid s = joined(std::move(parts), 4.0);
  s.hu = frame.hu_of(0.6 * frame.params.body.hip_vbmd_mg_cm3 + 5.0);
  s.shell_hu = kCortexHu - 250.0;
  s.shell_mm = 1.1;
  s.textured = true;
  return s;
}

struct Axes {
  Vec neck;  ///< Where the axes of neck and shaft meet.
  Vec down;  ///< Along the shaft.
  double metal_mm = 0.0;
};
constexpr double kLesserMm = 46.0, kShaftMm = 150.0;

Axes axes_of(const Hip& hip) {
  return {hip.at(41, 9, -31), unit(hip.axis(-0.07, -0.03, -1.0)), 0.0};
}

std::vector<Part> femur_parts(const Hip& hip, const Axes& axes) {
  const Vec n = axes.neck, mid = 0.5 * (hip.head + n);
  const auto from_neck = [&](double lateral, double posterior, double up) {
    return n + hip.axis(lateral, posterior, up);
  };
  return {ball(hip.head, kHeadRadiusMm),
          cone(hip.head, 17, mid, 15.5),
          cone(mid, 15.5, n, 19),
          cone(n, 19.5, n + 45.0 * axes.down, 17),
          cone(n + 45.0 * axes.down, 17, n + kShaftMm * axes.down, 14.5),
          cone(from_neck(9, 6, -12), 15, from_neck(12, 9, 15), 9.5),
          cone(from_neck(-8, 8, -kLesserMm + 8), 10, from_neck(-14, 14, -kLesserMm), 5.5)};
}

Solid cup_of(const Hip& hip) {
  Solid s;
  s.box.add(hip.head, 32.0);
  const Vec open = unit(hip.axis(0.74, -0.28, -0.61));
  s.distance_mm = [hip, open](const Vec& p) {
    const Vec q = p - hip.head;
    return std::max(std::fabs(norm(q) - 25.0) - 1.8, dot(q, open) - 4.0);
  };
  s.hu = 3071.0;
  return s;
}

}  // namespace

void add_pelvis(const Frame& frame, Solids& out) {
  for (const bool right : {true, false}) out.push_back(hip_bone(frame, right));
  out.push_back(sacrum(frame));
}

Solid femur(const Frame& frame, bool right) {
  const Hip hip = hip_of(frame, right);
  const Axes axes = axes_of(hip);
  const bool metal = frame.params.body.metal_hip == (right ? Side::kRight : Side::kLeft);
  Solid s = joined(femur_parts(hip, axes), 5.0);
  const Vec along_neck = unit(hip.head - axes.neck);
  if (metal)  // the head is cut off
    s.distance_mm = [whole = s.distance_mm, axes, along_neck](const Vec& p) {
      return std::max(whole(p), dot(p - axes.neck, along_neck) - 16.0);
    };
  const double neck_hu = frame.hu_of(frame.params.body.hip_vbmd_mg_cm3);
  const double head_hu = frame.hu_of(1.6 * frame.params.body.hip_vbmd_mg_cm3);
  s.hu_at = [=](const Vec& p) {
    const double down = dot(p - axes.neck, axes.down);
    const double shaft = phantom::smooth_step(30.0, 65.0, down);
    const double head = 1.0 - phantom::smooth_step(19.0, 25.0, norm(p - hip.head));
    return (1.0 - shaft) * (neck_hu + head * (head_hu - neck_hu)) + shaft * -70.0;
  };
  s.shell_hu = kCortexHu + 100.0;
  s.shell_mm_at = [=](const Vec& p) {
    const double down = dot(p - axes.neck, axes.down);
    return 0.8 + 5.4 * phantom::smooth_step(15.0, 75.0, down) +
           1.2 * (1.0 - phantom::smooth_step(10.0, 26.0, norm(p - 0.5 * (hip.head + axes.neck))));
  };
  s.textured = true;
  return s;
}

void add_femur(const Frame& frame, bool right, Solids& out) {
  const Hip hip = hip_of(frame, right);
  Solid gap;  // cartilage and fluid
  gap.box.add(hip.head, 30.0);
  gap.hu = 70.0;
  gap.distance_mm = [hip](const Vec& p) { return norm(p - hip.head) - kHeadRadiusMm - kJointMm; };
  out.push_back(std::move(gap));
  out.push_back(femur(frame, right));
}

FemurTruth femur_truth(const Frame& frame, bool right) {
  const Hip hip = hip_of(frame, right);
  const Axes axes = axes_of(hip);
  FemurTruth t;
  t.id = right ? 211 : 212;
  t.head_lps_mm = phantom::as_array(hip.head);
  t.neck_lps_mm = phantom::as_array(axes.neck);
  t.shaft_lps = phantom::as_array(axes.down);
  t.lesser_lps_mm = phantom::as_array(axes.neck + hip.axis(-17, 18, -kLesserMm));
  t.head_radius_mm = kHeadRadiusMm;
  t.neck_shaft_deg = std::acos(dot(unit(hip.head - axes.neck), axes.down)) / phantom::kRadPerDeg;
  t.neck_vbmd_mg_cm3 = frame.params.body.hip_vbmd_mg_cm3;
  t.head_vbmd_mg_cm3 = 1.6 * t.neck_vbmd_mg_cm3;
  t.metal = frame.params.body.metal_hip == (right ? Side::kRight : Side::kLeft);
  return t;
}

std::vector<Metal> metal_of(const Frame& frame) {
  std::vector<Metal> all;
  if (frame.params.body.metal_hip != Side::kNone) {
    const Hip hip = hip_of(frame, frame.params.body.metal_hip == Side::kRight);
    const Axes axes = axes_of(hip);
    const Vec end = axes.neck + 110.0 * axes.down;
    Solid neck = joined({ball(hip.head, 16), cone(hip.head, 7, axes.neck, 8)}, 4.0);
    Solid stem = joined({cone(axes.neck, 9, end, 5)}, 1.0);
    neck.hu = stem.hu = 3071.0;
    all.push_back({std::move(neck), hip.head, axes.neck});
    all.push_back({std::move(stem), axes.neck, end});
    all.push_back({cup_of(hip), hip.head, hip.head});
  }
  if (frame.params.body.screws)
    for (const std::size_t k : {phantom::kFromT8ToL4, phantom::kFromT8ToL5})
      for (const double m : {-1.0, 1.0}) {
        const Body& b = frame.body(k);
        const double u = 13.0 + 0.45 * (b.lr_mm - 44.0), h = 0.5 * b.ap_mm;
        const Vec tip = b.world({m * (u - 8), 4, 4}), end = b.world({m * (u + 4), -h - 28, 6});
        Solid screw = joined({cone(tip, 2.8, end, 3.2), ball(end, 6.5)}, 1.0);
        screw.hu = 3071.0;
        all.push_back({std::move(screw), tip, end});
      }
  return all;
}  // NOLINT(clang-analyzer-cplusplus.NewDeleteLeaks): the analyzer loses std::function

}  // namespace ledd::torso_phantom
