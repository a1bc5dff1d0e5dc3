#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "fields.h"

namespace ledd::knee {

/// What cleaning saw on its way.
struct Cleaned {
  std::vector<std::uint8_t> classes;
  std::array<double, kClasses> second_share{};  ///< Of bones: the second largest part over the largest.
};

/// The largest part of each bone, its holes filled slice by slice; of each cartilage the parts that come
/// within two voxels of their bone (menisci: of cartilage), none smaller than a least volume. Parts are
/// joined through faces. As evaluate.clean of tools/train/knee.
Cleaned cleaned(const Grid& grid);

/// Numbers 1.. of the parts of a mask joined through faces, in order of their first voxel, and their sizes.
struct Parts {
  std::vector<std::uint32_t> number;  ///< 0 outside.
  std::vector<std::size_t> sizes;     ///< [0] is 0.
};
Parts parts_of(const Grid& grid, const std::vector<std::uint8_t>& mask);

}  // namespace ledd::knee
