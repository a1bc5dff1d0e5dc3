#pragma once
#include <cstdint>
#include <vector>

#include "field.h"

namespace ledd::thickness {

/// Which crossing is nearest to a voxel: the axis of its edge, and where the edge's first voxel lies from here.
struct Nearest {
  static constexpr int kBias = 512;
  static constexpr int kReach = kBias - 2;  ///< A surface farther away, in voxels, is not found.
  static constexpr std::uint32_t kNone = 0xFFFFFFFFU;

  static std::uint32_t pack(unsigned axis, int dx, int dy, int dz) {
    return axis << 30U | static_cast<std::uint32_t>(dx + kBias) << 20U |
           static_cast<std::uint32_t>(dy + kBias) << 10U | static_cast<std::uint32_t>(dz + kBias);
  }
  static std::uint32_t on_line(unsigned axis, int by) {
    return pack(axis, axis == 0 ? by : 0, axis == 1 ? by : 0, axis == 2 ? by : 0);
  }
  static unsigned axis(std::uint32_t code) { return code >> 30U; }
  static std::array<int, 3> offset(std::uint32_t code) {
    const auto part = [code](unsigned by) { return static_cast<int>(code >> by & 1023U) - kBias; };
    return {part(20), part(10), part(0)};
  }
};

/// The exact distance, in mm, of every voxel centre inside to the nearest crossing, and which that is.
/// Outside 0; infinite where there is none.
void distances(const Grid& grid, const Field& field, float* distance_mm, std::vector<std::uint32_t>& nearest);

}  // namespace ledd::thickness
