#pragma once
#include "ledd/image/image.h"

/// Vectors of three, for this module alone.
namespace ledd::deformity {

inline Point sub(const Point& a, const Point& b) {
  return {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
}
inline double dot(const Point& a, const Point& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

}  // namespace ledd::deformity
