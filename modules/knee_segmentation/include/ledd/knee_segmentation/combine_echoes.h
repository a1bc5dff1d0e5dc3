#pragma once
#include <vector>

#include "ledd/image/image.h"

namespace ledd {

/// The echoes of one series as one image: root of the mean of their squares, voxel by voxel.
/// @throws Error{kInput}  there is none, or the grids differ.
Volume::Pointer root_mean_square(const std::vector<const Volume*>& echoes);

}  // namespace ledd
