#pragma once
#include "ledd/image/image.h"

namespace ledd::compartments {

/// A box of voxels: [first, first + size).
using Box = itk::ImageRegion<3>;

/// The least box around all voxels of at least `threshold`, widened by `margin` voxels in the plane of
/// slices, also beyond the image: there is no bone that a ball could lean on. Along the third axis the whole
/// image, since the bone goes on. Empty when there is none.
Box box_above(const Volume& image, float threshold, long margin);

/// The part within the box, as an image of its own that begins at index 0; 0 beyond the image.
Volume::Pointer cut(const Volume& image, const Box& box);

/// Back into a grid of zeros.
Mask::Pointer paste(const Mask& part, const Box& box, const itk::ImageBase<3>& whole);

}  // namespace ledd::compartments
