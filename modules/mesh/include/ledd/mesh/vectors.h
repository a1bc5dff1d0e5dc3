#pragma once
#include <array>
#include <cmath>

/// Arithmetic of positions and directions.
namespace ledd::vec {

using V = std::array<double, 3>;

inline V add(const V& a, const V& b) {
  return {a[0] + b[0], a[1] + b[1], a[2] + b[2]};
}
inline V sub(const V& a, const V& b) {
  return {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
}
inline V scaled(const V& a, double s) {
  return {a[0] * s, a[1] * s, a[2] * s};
}
/// a + s b
inline V along(const V& a, double s, const V& b) {
  return {a[0] + s * b[0], a[1] + s * b[1], a[2] + s * b[2]};
}
inline double dot(const V& a, const V& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
inline V cross(const V& a, const V& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}
inline double norm(const V& a) {
  return std::sqrt(dot(a, a));
}
inline double distance(const V& a, const V& b) {
  return norm(sub(a, b));
}
/// Of length 1; a vector without length stays as it is.
inline V unit(const V& a) {
  const double n = norm(a);
  return n > 0.0 ? scaled(a, 1.0 / n) : a;
}
/// `a` without its part along the unit vector `n`.
inline V across(const V& a, const V& n) {
  return along(a, -dot(a, n), n);
}

}  // namespace ledd::vec
