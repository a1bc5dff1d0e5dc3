#pragma once
#include <cstdint>
#include <vector>

#include "field.h"

namespace ledd::thickness {

/// Which crossing is nearest to a voxel: three times the place in memory of its edge's first voxel, and the
/// axis of the edge.
struct Nearest {
  static constexpr std::uint32_t kNone = 0xFFFFFFFFU;
  /// More voxels have no code.
  static constexpr std::size_t kMostVoxels = kNone / 3;

  static std::uint32_t pack(unsigned axis, std::size_t first) {
    return static_cast<std::uint32_t>(3 * first + axis);
  }
  static unsigned axis(std::uint32_t code) { return code % 3; }
  static std::array<int, 3> first(std::uint32_t code, const Grid& grid) {
    const std::uint32_t voxel = code / 3, slice = static_cast<std::uint32_t>(grid.step[2]);
    const std::uint32_t row = static_cast<std::uint32_t>(grid.step[1]), rest = voxel % slice;
    return {static_cast<int>(rest % row), static_cast<int>(rest / row), static_cast<int>(voxel / slice)};
  }
};

/// The distance, in mm, of every voxel centre inside to the nearest point where the surface cuts the lattice
/// of voxel centres, and which point that is. Outside 0; infinite and kNone where there is none.
///
/// The transform goes axis by axis. A voxel looks along a line no farther than to where the
/// surface cuts it, since what lies behind is farther away than this point.
///
/// @throws Error{kUnsupported}  more than Nearest::kMostVoxels.
void distances(const Grid& grid, const Field& field, float* distance_mm, std::vector<std::uint32_t>& nearest);

}  // namespace ledd::thickness
