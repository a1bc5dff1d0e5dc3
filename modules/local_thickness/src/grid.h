#pragma once
#include <array>
#include <cstddef>

#include "ledd/image/image.h"

namespace ledd::thickness {

using Vec = std::array<float, 3>;

/// Size, spacing and memory layout of an image; distances are taken along its own axes, so its position and
/// direction do not matter.
struct Grid {
  std::array<int, 3> size{};
  Vec spacing_mm{};
  std::array<std::ptrdiff_t, 3> step{};  ///< In voxels of the buffer.
  std::size_t voxels = 0;

  explicit Grid(const itk::ImageBase<3>& image) {
    std::ptrdiff_t run = 1;
    for (unsigned a = 0; a < 3; ++a) {
      size[a] = static_cast<int>(image.GetLargestPossibleRegion().GetSize(a));
      spacing_mm[a] = static_cast<float>(image.GetSpacing()[a]);
      step[a] = run;
      run *= size[a];
    }
    voxels = static_cast<std::size_t>(run);
  }
  std::size_t at(int x, int y, int z) const {
    return static_cast<std::size_t>(x + y * step[1] + z * step[2]);
  }
  bool holds(int x, int y, int z) const {
    return x >= 0 && x < size[0] && y >= 0 && y < size[1] && z >= 0 && z < size[2];
  }
  float coarsest_mm() const {
    float most = 0.0F;
    for (const float s : spacing_mm) most = s > most ? s : most;
    return most;
  }
  float finest_mm() const {
    float least = spacing_mm[0];
    for (const float s : spacing_mm) least = s < least ? s : least;
    return least;
  }
};

}  // namespace ledd::thickness
