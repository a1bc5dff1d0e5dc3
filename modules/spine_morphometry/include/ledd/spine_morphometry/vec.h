#pragma once
#include <cmath>

#include "ledd/image/image.h"

/// Vectors of three, for the modules that measure spines.
namespace ledd::spine {

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
  const double length = norm(a);
  return {a[0] / length, a[1] / length, a[2] / length};
}

}  // namespace ledd::spine
