#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace ledd::label_agreement {

/// A box of voxels; the first axis runs fastest.
struct Box {
  std::array<std::size_t, 3> size{};
  std::array<double, 3> spacing_mm{};

  std::size_t voxels() const noexcept { return size[0] * size[1] * size[2]; }
};

/// From the centre of every voxel to the nearest seed's, in mm2; infinite where there is none.
/// @param seeds  Not 0: a seed; one of each voxel.
std::vector<float> squared_distances(const std::vector<std::uint8_t>& seeds, const Box& box);

}  // namespace ledd::label_agreement
