#pragma once
#include <cstddef>
#include <string>

#include "ledd/image/image.h"

namespace ledd {

/// Noise of a magnitude image, read from the air around the body.
struct BackgroundNoise {
  double sigma = 0.0;      ///< SD of each of the two channels, in the image's units; 0 when refused.
  std::size_t voxels = 0;  ///< It was read from.
  std::string refusal;     ///< Why there is no answer; empty when there is one.
};

/// Method   Squares of 16 x 16 voxels within slices are air when the ratio of mean and SD is that of
///          Rayleigh's distribution (1.913, within 12 %) and their level is within 30 % of the lowest such
///          square's; sigma = sqrt(mean(M^2) / 2) over all of them. At least eight squares are needed.
/// Source   Rayleigh's second moment; Henkelman, Med Phys 12:232, 1985.
/// Limits   Refused where the background was set to zero or filtered. Parallel imaging makes noise vary over
///          the image: this is that of the air, not of the joint.
BackgroundNoise background_noise(const Volume& image);

}  // namespace ledd
