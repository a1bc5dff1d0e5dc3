#pragma once
#include <cstddef>

#include "ledd/image/image.h"

namespace ledd::cortex {

struct PoreRule {
  double largest_share = 0.05;  ///< Of a slice's background.
  std::size_t fewest_voxels = 5;
};

/// @see CorticalStructure
Mask::Pointer pores(const Mask& cortical, const Mask& bone, const PoreRule& rule);

}  // namespace ledd::cortex
