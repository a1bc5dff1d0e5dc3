#include <cmath>

#include "anatomy_parts.h"

namespace ledd::torso_phantom {
namespace {

using phantom::Body;

void add_vessels(const Frame& frame, Solids& out) {
  std::vector<Vec> aorta, cava;
  const std::size_t l4 = frame.spine.t8 + phantom::kFromT8ToL4;
  for (std::size_t k = 0; k <= l4; ++k) {
    const Body& b = frame.spine.bodies[k];
    aorta.push_back(b.world({12, 0.5 * b.ap_mm + 10.0, 0}));
    cava.push_back(b.world({-17, 0.5 * b.ap_mm + 8.0, 0}));
  }
  const double arterial = frame.soft(42.0, 300.0), venous = frame.soft(40.0, 160.0);
  for (const double m : {-1.0, 1.0}) {
    const Vec& head = m < 0 ? frame.head_right : frame.head_left;
    const Vec pelvis = head + Vec{-30.0 * m, -22, 80}, groin = head + Vec{-22.0 * m, -44, 8};
    const Vec leg = head + Vec{-14.0 * m, -40, -140};
    out.push_back(tube({aorta.back() + Vec{0, 0, -12}, pelvis, groin, leg}, {6, 5, 4.5, 4}, arterial));
    out.push_back(tube({cava.back() + Vec{0, 4, -16},
                        pelvis + Vec{-6 * m, 12, 0},
                        groin + Vec{-11 * m, 2, 0},
                        leg + Vec{-9 * m, 4, 0}},
                       {7, 6, 5.5, 5},
                       venous));
  }
  out.push_back(tube(aorta, std::vector<double>(aorta.size(), 8.5), arterial));
  out.push_back(tube(cava, std::vector<double>(cava.size(), 10.0), venous));
}

void add_psoas(const Frame& frame, Solids& out) {
  for (const double m : {-1.0, 1.0}) {
    const Vec& head = m < 0 ? frame.head_right : frame.head_left;
    std::vector<Vec> points;
    std::vector<double> radii;
    for (std::size_t k = phantom::kFromT8ToT12; k <= phantom::kFromT8ToL5; ++k) {
      const Body& b = frame.body(k);
      const auto down = static_cast<double>(k - phantom::kFromT8ToT12);
      points.push_back(b.world({m * (0.5 * b.lr_mm + 1.0 + 3.0 * down), -6.0 + 1.2 * down, 0}));
      radii.push_back(5.0 + 2.7 * down);
    }
    points.insert(points.end(),
                  {head + Vec{-26.0 * m, -14, 78}, head + Vec{-4.0 * m, -32, 30}, head + Vec{0, -34, -6}});
    radii.insert(radii.end(), {19, 16, 12});
    out.push_back(tube(points, radii, kMuscleHu));
    // Iliacus, on the inside of the wing.
    out.push_back(tube({head + Vec{14.0 * m, -8, 108}, head + Vec{-8.0 * m, -10, 60}}, {7, 13}, kMuscleHu));
    // Quadratus lumborum.
    out.push_back(tube({frame.body(phantom::kFromT8ToL1).world({m * 42, -14, 0}),
                        frame.body(phantom::kFromT8ToL4).world({m * 62, -14, 0})},
                       {8, 11},
                       kMuscleHu));
  }
}

/// Two columns of muscle behind the spine, in fat.
void add_back(const Frame& frame, Solids& out) {
  for (const double m : {-1.0, 1.0}) {
    std::vector<Vec> inner, outer;
    std::vector<double> inner_r, outer_r;
    for (std::size_t k = 0; k < frame.spine.t8 + phantom::kFromT8ToS1 + 2; ++k) {
      const Body& b = frame.spine.bodies[k];
      const double behind = 0.5 * b.ap_mm;
      const bool sacral = b.id == 26 || b.id == 0;
      inner.push_back(b.centre + Vec{m * 19.0, behind + (sacral ? 14.0 : 33.0), 0});
      outer.push_back(b.centre + Vec{m * (sacral ? 26.0 : 44.0), behind + (sacral ? 12.0 : 28.0), 0});
      inner_r.push_back(sacral ? 9.0 : 15.5);
      outer_r.push_back(sacral ? 7.0 : 17.0);
    }
    out.push_back(tube(outer, outer_r, kMuscleHu - 4.0));
    out.push_back(tube(inner, inner_r, kMuscleHu));
  }
}

void add_organs(const Frame& frame, Solids& out) {
  const double kidney = frame.soft(32.0, 170.0);
  const double w = frame.params.body.width_scale;
  out.push_back(ellipsoid({-78 * w, -26, 132}, {62 * w, 74, 88}, frame.soft(58.0, 105.0)));
  out.push_back(ellipsoid({-92 * w, -24, 62}, {36 * w, 44, 60}, frame.soft(58.0, 105.0)));
  out.push_back(ellipsoid({100 * w, 18, 118}, {26, 38, 48}, frame.soft(48.0, 115.0)));
  out.push_back(ellipsoid({44 * w, -60, 138}, {44, 34, 44}, 30.0));
  for (const double m : {-1.0, 1.0}) {
    const double up = m < 0 ? 52.0 : 66.0;
    out.push_back(ellipsoid({m * 66, 18, up}, {36, 32, 62}, kFatHu));
    out.push_back(ellipsoid({m * 66, 16, up}, {26, 24, 52}, kidney));
    out.push_back(ellipsoid({m * 56, 12, up}, {11, 9, 22}, kFatHu + 20.0));
  }
  out.push_back(
      ellipsoid({0, frame.head_right.y - 12, frame.head_right.z + 18}, {54, 44, 42}, 8.0));  // bladder
  out.push_back(
      ellipsoid({0, frame.head_right.y + 44, frame.head_right.z + 14}, {16, 14, 50}, 30.0));  // rectum
}

/// Loops with gas in their upper part.
void add_bowel(const Frame& frame, Solids& out) {
  const auto key = static_cast<std::uint64_t>(frame.params.spine.seed) + 77U;
  const auto draw = [&](std::uint64_t n, double low, double high) {
    return low + (high - low) * phantom::uniform(key, n);
  };
  for (std::uint64_t n = 0; n < 80; ++n) {
    const double z = draw(8 * n, -170, 70), span = z < -110 ? 55.0 : 90.0;
    const Vec centre{draw(8 * n + 1, -span, span) * frame.params.body.width_scale,
                     draw(8 * n + 2, z < -90 ? -58 : -82, -36),
                     z};
    const Vec half{draw(8 * n + 3, 10, 24), draw(8 * n + 4, 9, 16), draw(8 * n + 5, 10, 26)};
    out.push_back(ellipsoid(centre, half, draw(8 * n + 6, 8, 55)));
    if (draw(8 * n + 7, 0, 1) < 0.3)
      out.push_back(
          ellipsoid(centre + Vec{0, -0.3 * half.y, 0}, {0.8 * half.x, 0.55 * half.y, 0.8 * half.z}, -930.0));
  }
}

/// Fat between the muscles of the buttock and thigh.
void add_clefts(const Frame& frame, Solids& out) {
  for (const double m : {-1.0, 1.0}) {
    const Vec head = m < 0 ? frame.head_right : frame.head_left;
    Solid s;
    s.box.add(head + Vec{6.0 * m, 10, 20}, 75.0);
    s.hu = -70.0;
    s.distance_mm = [head, m](const Vec& p) {
      const Vec q = p - head - Vec{6.0 * m, 0, 10};
      const double wave = 5.0 * std::sin(0.09 * q.y) + 4.0 * std::sin(0.11 * q.z);
      const double shell = std::fabs(std::hypot(q.x, q.y, 0.6 * q.z) - 56.0 - wave) - 1.7;
      return std::max({shell, -q.y - 20.0, -m * q.x - 30.0});
    };
    out.push_back(std::move(s));
    Solid thigh;
    thigh.box.add(head + Vec{0, 0, -100}, 130.0);
    thigh.hu = -75.0;
    thigh.distance_mm = [head, m](const Vec& p) {
      const Vec q = p - head - Vec{20.0 * m, 6, 0};
      const double angle = std::atan2(q.y, m * q.x);
      const double radius = 44.0 + 6.0 * std::sin(3.0 * angle + 0.02 * q.z);
      const double tube = std::fabs(std::hypot(q.x, q.y) - radius) - 1.3;
      const double spoke =
          std::max(13.0 * std::fabs(std::sin(2.5 * angle)) - 1.0, 40.0 - std::hypot(q.x, q.y));
      return std::max({std::min(tube, spoke), q.z + 25.0, std::hypot(q.x, q.y) - 64.0});
    };
    out.push_back(std::move(thigh));
  }
}

}  // namespace

void add_soft_tissue(const Frame& frame, Solids& out) {
  add_bowel(frame, out);
  add_organs(frame, out);
  add_psoas(frame, out);
  add_vessels(frame, out);
  add_back(frame, out);
  add_clefts(frame, out);
}

}  // namespace ledd::torso_phantom
