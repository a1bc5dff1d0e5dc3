#pragma once
#include <array>
#include <vector>

#include "ledd/density_registration/density_registration.h"

namespace ledd::registration {

/// A scan at one scale: block means, smoothed. Places are in mm of the scan's own grid.
struct Scale {
  Volume::Pointer density;                ///< The grid's spacing is that of the scale.
  double voxel_mm = 0.0, first_mm = 0.0;  ///< Edge, and where the first voxel's centre lies along each axis.
  std::array<long, 3> size{};

  std::size_t index(long x, long y, long z) const {
    return static_cast<std::size_t>((z * size[1] + y) * size[0] + x);
  }
  /// Trilinear; false when any of the eight voxels lies outside.
  bool at(const Point& p_mm, float& value) const;
};

/// Scales from the scan's own voxels (first) up to blocks of at most half a millimetre, but at least two
/// scales.
std::vector<Scale> scales_of(const Volume& density);

/// Where the scans are compared: density and its derivative in the first scan.
struct Sample {
  Point at_mm;
  float density;
  std::array<float, 3> slope_per_mm;
};

/// Points in and at the bone, evenly spread, at most `most`.
std::vector<Sample> samples_of(const Scale& scale, const Mask& periosteal, std::size_t most);

/// Nearest voxel of a mask at a place; 0 outside.
bool inside(const Mask& mask, const Point& p_mm);

}  // namespace ledd::registration
