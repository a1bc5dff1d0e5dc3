#pragma once
#include <cmath>

#include "phantom.h"

/// Shapes by the voxels whose centres lie in them; places in voxels from the middle of the image.
namespace ledd::solids {

inline constexpr double kVoxel_mm = 0.06;

struct Grid {
  phantom::Size size{};
  phantom::Spacing spacing_mm{kVoxel_mm, kVoxel_mm, kVoxel_mm};
  Point shift_vox{};  ///< So that no symmetry of the grid flatters a result.
};
inline Grid cubes(std::size_t side) {
  return {{side, side, side}};
}

template <class Rule>
Mask::Pointer drawn(const Grid& grid, const Rule& rule) {
  auto mask = phantom::blank<Mask>(grid.size, grid.spacing_mm, 0);
  std::uint8_t* out = mask->GetBufferPointer();
  for (std::size_t z = 0; z < grid.size[2]; ++z)
    for (std::size_t y = 0; y < grid.size[1]; ++y)
      for (std::size_t x = 0; x < grid.size[0]; ++x) {
        const std::array<std::size_t, 3> at{x, y, z};
        Point p{};
        for (unsigned a = 0; a < 3; ++a)
          p[a] = static_cast<double>(at[a]) - 0.5 * static_cast<double>(grid.size[a] - 1) - grid.shift_vox[a];
        *out++ = rule(p) ? 1 : 0;
      }
  return mask;
}

inline Mask::Pointer everywhere(const Mask& like) {
  auto mask = Mask::New();
  mask->CopyInformation(&like);
  mask->SetRegions(like.GetLargestPossibleRegion());
  mask->Allocate();
  mask->FillBuffer(1);
  return mask;
}

inline double length(const Point& p) {
  return std::hypot(p[0], p[1], p[2]);
}
inline double dot(const Point& a, const Point& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
inline Point unit(const Point& p) {
  return {p[0] / length(p), p[1] / length(p), p[2] / length(p)};
}
/// Distance from the line through the middle along the unit vector `axis`.
inline double off_axis(const Point& p, const Point& axis) {
  return std::sqrt(std::max(0.0, dot(p, p) - dot(p, axis) * dot(p, axis)));
}

}  // namespace ledd::solids
