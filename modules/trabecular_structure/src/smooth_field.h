#pragma once
#include <vector>

#include "box.h"

namespace ledd::trabeculae {

/// Above 0 in bone, below 0 outside; its sign is that of the mask, and its surface smooth.
struct SmoothField {
  Size image{};  ///< The grid's size.
  Box box{};     ///< Of the values.
  std::vector<float> values;
};

/// Right within `wanted` and two voxels around.
SmoothField smooth_field(const Mask& bone, const Box& wanted);

}  // namespace ledd::trabeculae
