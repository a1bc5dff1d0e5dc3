#include "ledd/density_registration/grid_motion.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace ledd {

Point GridMotion::operator()(const Point& p) const {
  const Point d{p[0] - centre_mm[0], p[1] - centre_mm[1], p[2] - centre_mm[2]};
  Point moved{};
  for (unsigned a = 0; a < 3; ++a)
    moved[a] =
        rotation[a][0] * d[0] + rotation[a][1] * d[1] + rotation[a][2] * d[2] + centre_mm[a] + shift_mm[a];
  return moved;
}

GridMotion GridMotion::inverse() const {
  GridMotion back;
  for (unsigned a = 0; a < 3; ++a) {
    back.centre_mm[a] = centre_mm[a] + shift_mm[a];
    back.shift_mm[a] = -shift_mm[a];
    for (unsigned b = 0; b < 3; ++b) back.rotation[a][b] = rotation[b][a];
  }
  return back;
}

double GridMotion::turn_deg() const {
  // by the antisymmetric part too: the trace alone loses small angles
  const double s = 0.5 * std::hypot(rotation[2][1] - rotation[1][2],
                                    rotation[0][2] - rotation[2][0],
                                    rotation[1][0] - rotation[0][1]);
  const double c = 0.5 * (rotation[0][0] + rotation[1][1] + rotation[2][2] - 1.0);
  return std::atan2(s, c) * 180.0 / std::numbers::pi;
}

std::array<std::array<double, 3>, 3> rotation_by(const Point& turn) {
  const double angle = std::hypot(turn[0], turn[1], turn[2]);
  std::array<std::array<double, 3>, 3> r{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
  if (!(angle > 0.0)) return r;
  const Point k{turn[0] / angle, turn[1] / angle, turn[2] / angle};
  const double s = std::sin(angle), c = std::cos(angle);
  const std::array<std::array<double, 3>, 3> cross{{{0, -k[2], k[1]}, {k[2], 0, -k[0]}, {-k[1], k[0], 0}}};
  for (unsigned a = 0; a < 3; ++a)  // Rodrigues
    for (unsigned b = 0; b < 3; ++b) r[a][b] = (a == b ? c : 0.0) + s * cross[a][b] + (1.0 - c) * k[a] * k[b];
  return r;
}

}  // namespace ledd
