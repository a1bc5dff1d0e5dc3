#pragma once
#include <cmath>

#include "grid.h"

namespace ledd::thickness {

inline Vec minus(const Vec& a, const Vec& b) {
  return {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
}
inline Vec along(const Vec& a, const Vec& u, float t) {
  return {a[0] + t * u[0], a[1] + t * u[1], a[2] + t * u[2]};
}
inline float dot(const Vec& a, const Vec& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
inline float length(const Vec& a) {
  return std::sqrt(dot(a, a));
}
inline Vec cross(const Vec& a, const Vec& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}
inline Vec unit(const Vec& a) {
  return along({}, a, 1.0F / length(a));
}
inline Vec scaled(const Grid& grid, const std::array<int, 3>& steps) {
  return {grid.spacing_mm[0] * static_cast<float>(steps[0]),
          grid.spacing_mm[1] * static_cast<float>(steps[1]),
          grid.spacing_mm[2] * static_cast<float>(steps[2])};
}

}  // namespace ledd::thickness
