#pragma once
#include <itkImageBase.h>

#include "ledd/dicom/dicom.h"

namespace ledd::dicom {

/// Gives an image, which has no voxels yet, the grid of a stack: size, spacing in mm, origin and directions
/// in LPS (axis i along a row, j along a column, k along the normal).
/// @param stack  Of one slice or more.
void set_grid(const Stack& stack, itk::ImageBase<3>& image);

}  // namespace ledd::dicom
