#pragma once
#include <cmath>

#include "ledd/image/image.h"

/// Vectors of three, for this module alone.
namespace ledd::alignment {

inline constexpr double kDegPerRad = 180.0 / 3.14159265358979323846;

inline Point add(const Point& a, const Point& b, double scale = 1.0) {
  return {a[0] + scale * b[0], a[1] + scale * b[1], a[2] + scale * b[2]};
}
inline Point sub(const Point& a, const Point& b) {
  return add(a, b, -1.0);
}
inline double dot(const Point& a, const Point& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
inline Point cross(const Point& a, const Point& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}
inline double norm(const Point& a) {
  return std::sqrt(dot(a, a));
}
inline Point unit(const Point& a) {
  return add({}, a, 1.0 / norm(a));
}

}  // namespace ledd::alignment
