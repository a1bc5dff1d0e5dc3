#pragma once
#include <array>

#include "ledd/image/image.h"

namespace ledd {

/// A rotation about a centre, then a shift: p' = rotation (p - centre) + centre + shift. Places are mm from
/// the centre of a grid's first voxel along the grid's own axes: what a file says of the patient's
/// coordinates is no part of it.
struct GridMotion {
  std::array<std::array<double, 3>, 3> rotation{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
  Point centre_mm{};
  Point shift_mm{};

  Point operator()(const Point& p_mm) const;
  GridMotion inverse() const;
  double turn_deg() const;  ///< Angle of the rotation, 0..180.
};

/// The rotation by this vector: its direction is the axis, its length the angle.
std::array<std::array<double, 3>, 3> rotation_by(const Point& turn_rad);

}  // namespace ledd
