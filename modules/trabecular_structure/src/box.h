#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include "ledd/image/image.h"

namespace ledd::trabeculae {

using Size = std::array<int, 3>;

/// From `lo` to `hi`, both of the box.
struct Box {
  std::array<int, 3> lo{}, hi{};
  Size size() const { return {hi[0] - lo[0] + 1, hi[1] - lo[1] + 1, hi[2] - lo[2] + 1}; }
  std::size_t voxels() const {
    const Size n = size();
    return static_cast<std::size_t>(n[0]) * static_cast<std::size_t>(n[1]) * static_cast<std::size_t>(n[2]);
  }
};

inline Size size_of(const itk::ImageBase<3>& image) {
  const auto size = image.GetLargestPossibleRegion().GetSize();
  return {static_cast<int>(size[0]), static_cast<int>(size[1]), static_cast<int>(size[2])};
}

inline std::size_t offset(const Size& size, int x, int y, int z) {
  return (static_cast<std::size_t>(z) * static_cast<std::size_t>(size[1]) + static_cast<std::size_t>(y)) *
             static_cast<std::size_t>(size[0]) +
         static_cast<std::size_t>(x);
}

/// What holds all that is set; empty when nothing is.
std::optional<Box> box_of(const Mask& mask);

inline Box grown(Box box, int by, const Size& size) {
  for (unsigned a = 0; a < 3; ++a) {
    box.lo[a] = std::max(box.lo[a] - by, 0);
    box.hi[a] = std::min(box.hi[a] + by, size[a] - 1);
  }
  return box;
}

}  // namespace ledd::trabeculae
