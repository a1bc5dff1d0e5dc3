#pragma once
#include "ledd/image/image.h"

namespace ledd {

/// Convolution with a Gaussian, cut off at 4 standard deviations; beyond the border the weights of what lies
/// within are brought to a sum of one, so that a constant image stays as it is. A new volume on the same
/// grid; parallel, the same for any number of threads. Time goes with sigma: for a few voxels, not for
/// fields.
///
/// @param sigma_mm  0 or more; 0 copies.
Volume::Pointer gaussian(const Volume& image, double sigma_mm);

}  // namespace ledd
