#pragma once
#include <vector>

#include "straight.h"

namespace ledd::canal {

/// The sac's middle at every station: slice and column.
struct Path {
  std::vector<long> slice;
  std::vector<double> t;
};

/// The brightest connected way from top to bottom near the bodies' middle, behind their walls.
/// @param bright  Straightened slices in which the sac is bright.
Path find_path(const std::vector<Sheet>& bright, const Track& track, double slice_mm);

/// Brightness of the fluid and of the darkest tissue beside it, slowly varying along the curve.
struct BrightnessLevels {
  std::vector<double> fluid, dark;
};
BrightnessLevels levels_of(const std::vector<Sheet>& bright, const Path& path);

}  // namespace ledd::canal
