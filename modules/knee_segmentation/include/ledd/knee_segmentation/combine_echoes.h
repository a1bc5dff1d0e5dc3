#pragma once
#include "ledd/image/image.h"

namespace ledd {

/// The two echoes of one double-echo steady state as one image: root of the mean of their squares, voxel by
/// voxel.
/// @throws Error{kInput}  the grids differ.
Volume::Pointer root_mean_square(const Volume& first, const Volume& second);

}  // namespace ledd
