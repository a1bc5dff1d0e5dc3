#pragma once
#include "ledd/image/image.h"

namespace ledd {

/// Euler number of bone whose voxels join by faces, edges and corners: what of it lies in a compartment.
///
/// Method   Bone is the union of its voxels as closed cubes: points - edges + faces - cubes. Each place where
///          eight voxels meet holds a point, the halves of six edges, the quarters of twelve faces and the
///          eighths of eight cubes; its share of the Euler number is known from its eight voxels. It belongs
///          to the compartment by the share of these that lie in it, so compartments that lie side by side
///          add up to the whole. Places at the border of the image, of which only a part is known, are left
///          out. For a box that is the correction of its border, chi - faces/2 + edges/4 - corners/8.
/// Source   Odgaard, Gundersen, Bone 14:173, 1993.
///
/// @param bone    Not 0 inside.
/// @param within  The compartment, on the same grid.
/// @return  chi + delta chi: 1 for a ball, 0 for a ring, 2 for a hollow ball; not whole where the
///          compartment's border cuts bone.
/// @throws Error{kInput}  the grids differ.
double euler_number(const Mask& bone, const Mask& within);

}  // namespace ledd
