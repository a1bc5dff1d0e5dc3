#pragma once
#include <array>
#include <string>
#include <vector>

#include "fat_map.h"

namespace ledd::paraspinal {

/// A muscle's pixels, or why there are none.
struct Region {
  Flags mask;
  std::string problem;  ///< Empty exactly when there is a mask.
  std::string doubt;    ///< What makes its border uncertain; may be empty.
};

/// The extensor muscles of one side.
struct Extensors {
  Region both, multifidus, erector_spinae;
};

/// Sizes that scale what is looked for where.
struct Build {
  double depth_mm = 34.0, width_mm = 50.0;  ///< Of the bodies.
  double min_septum = 0.10;
  double scale() const { return depth_mm / 34.0; }
};

/// For every column the last row before subcutaneous fat.
std::vector<int> fascia(const FatMap& map, const Grid& grid, const Build& build);

/// @param side  -1 right, 1 left.
Extensors extensors(
    const FatMap& map, const Grid& grid, const Build& build, const std::vector<int>& fascia_row, int side);

Region psoas(const FatMap& map, const Grid& grid, const Build& build, int side);

/// The problem or doubt of a region that the border of the image cuts; empty when it does not.
std::string cut_by_border(const Flags& mask, const FatMap& map);

/// Its pixels in a mirror of the section, so that one side is written as the other.
template <class Matrix>
Matrix one_side(const Matrix& in, int side) {
  Matrix out = in.clone();
  if (side < 0) cv::flip(in, out, 1);
  return out;
}

}  // namespace ledd::paraspinal
