#pragma once
#include "geometry.h"
#include "straight.h"

namespace ledd::canal {

/// The network's sac, cleaned: 0 outside the band behind the bodies and outside the largest part above 0.5
/// (with one pixel around it); holes in it are filled. All 0 when nothing is above 0.5 in the band.
std::vector<float> cleaned(const float* probability, const Stack& stack, const Feet& feet);

}  // namespace ledd::canal
