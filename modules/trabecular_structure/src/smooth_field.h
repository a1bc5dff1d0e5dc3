#pragma once
#include <vector>

#include "box.h"

namespace ledd::trabeculae {

/// Above 0 in bone, below 0 outside; its sign is that of the mask, and its surface smooth.
struct SmoothField {
  Size image{};  ///< The grid's size.
  Box box{};     ///< Of the values.
  std::vector<float> values;
  /// Beyond the image's border it goes on as it ends there.
  float at(int x, int y, int z) const {
    return values[offset(box.size(),
                         std::clamp(x, box.lo[0], box.hi[0]) - box.lo[0],
                         std::clamp(y, box.lo[1], box.hi[1]) - box.lo[1],
                         std::clamp(z, box.lo[2], box.hi[2]) - box.lo[2])];
  }
};

/// Right within `wanted` and two voxels around.
SmoothField smooth_field(const Mask& bone, const Box& wanted);

}  // namespace ledd::trabeculae
