#pragma once
#include <cstdint>
#include <vector>

#include "grid.h"

namespace ledd::thickness {

/// How far each voxel lies above the value that the surface has: positive inside, negative outside, never 0.
/// Between voxels the field is linear, so it says where the surface cuts the lattice.
using Field = std::vector<std::int16_t>;

/// How far a mask is filtered: the terraces of a large surface want more than a small body bears.
enum class Roughness { kFine, kCoarse, kCoarsest };

/// The surface of a mask below the size of its voxels.
void field_of(const Mask& mask, Roughness roughness, Field& field);
/// The surface on which the trilinear field has the value `threshold`; at or above it is inside.
Field field_of(const Volume& volume, float threshold);

/// Where on the edge from a voxel to the next one the surface lies; only between inside and outside.
inline float crossing(std::int16_t here, std::int16_t there) {
  return static_cast<float>(here) / static_cast<float>(here - there);
}

}  // namespace ledd::thickness
