#pragma once
#include <cmath>
#include <numbers>
#include <vector>

#include "ledd/anatomy/knee.h"
#include "ledd/mesh/mesh.h"
#include "ledd/mesh/vectors.h"

#include "shape_model.h"

/// A bone with one answer to where it lies: a body without any symmetry, of known shape.
namespace ledd::testing {

inline constexpr double kPi = std::numbers::pi;

/// How far the surface lies from the middle; `a` and `b` are how much of two modes it has.
inline double radius_mm(const Point& u, double a, double b) {
  const auto bump = [&u](const Point& to, double width) {
    return std::exp((vec::dot(u, vec::unit(to)) - 1.0) / width);
  };
  return 24.0 + 6.0 * u[0] * u[0] + 9.0 * bump({1, 0.3, 0.5}, 0.1) - 5.0 * bump({-0.4, 1, -0.2}, 0.15) +
         6.0 * bump({-0.2, -0.6, 1}, 0.08) + a * 2.0 * bump({0.2, 1, 0.6}, 0.2) +
         b * 1.5 * (bump({-1, -0.3, 0.2}, 0.2) - bump({0.3, -0.5, -1}, 0.2));
}

inline Point direction(double polar, double round) {
  return {std::sin(polar) * std::cos(round), std::sin(polar) * std::sin(round), std::cos(polar)};
}

/// The surface with the modes a and b, before it is placed.
inline TriangleMesh potato(double a, double b) {
  constexpr std::uint32_t kRings = 120, kSteps = 240;
  TriangleMesh mesh;
  for (std::uint32_t i = 0; i <= kRings; ++i)
    for (std::uint32_t j = 0; j < kSteps; ++j) {
      const Point u = direction(kPi * (0.003 + 0.994 * i / kRings), 2.0 * kPi * j / kSteps);
      mesh.points_lps_mm.push_back(vec::scaled(u, radius_mm(u, a, b)));
    }
  for (std::uint32_t i = 0; i < kRings; ++i)
    for (std::uint32_t j = 0; j < kSteps; ++j) {
      const std::uint32_t k = (j + 1) % kSteps, p = i * kSteps;
      mesh.triangles.push_back({p + j, p + kSteps + j, p + kSteps + k});
      mesh.triangles.push_back({p + j, p + kSteps + k, p + k});
    }
  return mesh;
}

/// Where cartilage stands on the mean potato: a cap of 40 degrees towards the front.
inline bool has_plate(const Point& u) {
  return u[1] < -std::cos(40.0 * kPi / 180.0);
}

/// A patella's model: mean, two modes, one plate; 900 places on a spiral.
inline ShapeBone potato_model() {
  constexpr std::size_t kPlaces = 900;
  ShapeBone bone;
  bone.id = anatomy::kPatella;
  bone.modes_mm.resize(2);
  ShapePlate plate{anatomy::kPatellarCartilage, {}, 2.0, 0.3};
  for (std::size_t n = 0; n < kPlaces; ++n) {
    const double height = 1.0 - 2.0 * (static_cast<double>(n) + 0.5) / kPlaces;
    const double polar = std::acos(height), round = static_cast<double>(n) * kPi * (3.0 - std::sqrt(5.0));
    const Point u = direction(polar, round);
    const double r = radius_mm(u, 0, 0);
    bone.places_mm.push_back(vec::scaled(u, r));
    const auto at = [](double p, double q) {
      const Point v = direction(p, q);
      return vec::scaled(v, radius_mm(v, 0, 0));
    };
    constexpr double kStep = 1e-4;
    bone.normals.push_back(
        vec::unit(vec::cross(vec::sub(at(polar + kStep, round), at(polar - kStep, round)),
                             vec::sub(at(polar, round + kStep), at(polar, round - kStep)))));
    bone.modes_mm[0].push_back(vec::scaled(u, radius_mm(u, 1, 0) - r));
    bone.modes_mm[1].push_back(vec::scaled(u, radius_mm(u, 0, 1) - r));
    plate.probability.push_back(has_plate(u) ? 1.0 : 0.0);
  }
  bone.plates.push_back(plate);
  return bone;
}

struct Place {
  double size = 1.0, turn_deg = 0.0;
  Point axis{0.3, -0.5, 0.8}, shift_mm{};
  Point operator()(const Point& p) const {
    const Point k = vec::unit(axis);
    const double t = turn_deg * kPi / 180.0;
    Point r = vec::scaled(p, std::cos(t));
    r = vec::along(r, std::sin(t), vec::cross(k, p));
    r = vec::along(r, vec::dot(k, p) * (1.0 - std::cos(t)), k);
    return vec::along(shift_mm, size, r);
  }
};

inline TriangleMesh placed(TriangleMesh mesh, const Place& place) {
  for (Point& p : mesh.points_lps_mm) p = place(p);
  return mesh;
}

inline TriangleMesh mirrored(TriangleMesh mesh) {
  for (Point& p : mesh.points_lps_mm) p[0] = -p[0];
  for (auto& t : mesh.triangles) std::swap(t[1], t[2]);
  return mesh;
}

}  // namespace ledd::testing
