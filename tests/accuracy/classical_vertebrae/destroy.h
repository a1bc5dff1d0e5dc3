#pragma once
#include "ledd/image/image.h"

/// What makes of a scan something unlike anything that a method was made for.
namespace ledd::accuracy {

/// What is bright becomes dark, the air as well.
void turn_over(Volume& scan);

/// The distance of each value from the median of what is brighter than the mean: bright and dark become
/// bright, what lies between dark. No weighting looks like it.
void fold_contrast(Volume& scan);

/// Rician noise twice as strong as the mean signal.
void drown(Volume& scan);

/// Head where the back was: bodies in the wrong place and turned by a right angle.
void lay_down(Volume& scan);

/// Noise with the same histogram.
void shuffle(Volume& scan);

}  // namespace ledd::accuracy
