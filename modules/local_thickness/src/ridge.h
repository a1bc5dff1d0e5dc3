#pragma once
#include <vector>

#include "distance.h"

namespace ledd::thickness {

/// A largest inscribed sphere. Its centre is in millimetres along the image's axes from the first voxel.
struct Ball {
  Vec centre_mm{};
  float radius_mm = 0.0F;
  std::uint32_t voxel = 0;
};

/// The spheres that no other one contains, with centres between the voxels.
std::vector<Ball> inscribed_balls(const Grid& grid,
                                  const Field& field,
                                  const float* distance_mm,
                                  std::vector<std::uint32_t>& nearest);

}  // namespace ledd::thickness
