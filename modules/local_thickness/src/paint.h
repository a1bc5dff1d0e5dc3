#pragma once
#include <vector>

#include "ridge.h"

namespace ledd::thickness {

/// Gives every voxel the diameter of the largest ball that reaches it, 0 where none does. A ball reaches
/// `beyond_mm` farther than its radius.
void paint(const Grid& grid, const std::vector<Ball>& balls, float beyond_mm, float* thickness_mm);

}  // namespace ledd::thickness
