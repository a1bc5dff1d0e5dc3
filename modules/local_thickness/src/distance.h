#pragma once
#include <cstdint>
#include <vector>

#include "field.h"

namespace ledd::thickness {

/// Which crossing is nearest to a voxel: the axis of its edge, and where the edge's first voxel lies from
/// here.
struct Nearest {
  static constexpr int kBias = 512;
  static constexpr int kReach =
      kBias - 2;  ///< A surface farther away along an axis, in voxels, is not found.
  static constexpr std::uint32_t kNone = 0xFFFFFFFFU;

  static std::uint32_t pack(unsigned axis, const std::array<int, 3>& by) {
    return axis << 30U | static_cast<std::uint32_t>(by[0] + kBias) << 20U |
           static_cast<std::uint32_t>(by[1] + kBias) << 10U | static_cast<std::uint32_t>(by[2] + kBias);
  }
  static std::uint32_t on_line(unsigned axis, int by) {
    std::array<int, 3> offset{};
    offset[axis] = by;
    return pack(axis, offset);
  }
  /// The same crossing seen from a voxel `by` steps back along an axis.
  static std::uint32_t moved(std::uint32_t code, unsigned axis, int by) {
    return code + (static_cast<std::uint32_t>(by) << (20U - 10U * axis));
  }
  static unsigned axis(std::uint32_t code) { return code >> 30U; }
  static std::array<int, 3> offset(std::uint32_t code) {
    const auto part = [code](unsigned by) { return static_cast<int>(code >> by & 1023U) - kBias; };
    return {part(20), part(10), part(0)};
  }
};

/// The distance, in mm, of every voxel centre inside to the nearest point where the surface cuts the lattice
/// of voxel centres, and which point that is. Outside 0; infinite and kNone where there is none.
///
/// The transform is exact and goes axis by axis. A voxel looks along a line no farther than to where the
/// surface cuts it, since what lies behind is farther away than this point.
void distances(const Grid& grid, const Field& field, float* distance_mm, std::vector<std::uint32_t>& nearest);

}  // namespace ledd::thickness
