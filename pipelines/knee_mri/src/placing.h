#pragma once
#include "ledd/image/image.h"

/// Between a part of a grid, with axes permuted or flipped, and the whole of it.
namespace ledd::knee_mri {

/// A volume or label map of zeros on the grid of `like`.
Labels::Pointer empty_labels(const itk::ImageBase<3>& like);
Volume::Pointer empty_volume(const itk::ImageBase<3>& like);

/// Puts what is not 0 in `part` where it lies in `whole`; the voxels of both coincide.
void place(const Labels& part, Labels& whole);
void place(const Volume& part, Volume& whole);

/// The label map as numbers, for a map file.
Volume::Pointer as_volume(const Labels& labels);

}  // namespace ledd::knee_mri
