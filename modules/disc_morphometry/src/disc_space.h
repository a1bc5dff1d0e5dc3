#pragma once
#include "ledd/disc_morphometry/disc_morphometry.h"

namespace ledd::disc {

/// Heights, depth, area, angle, slip and contours of the space between two bodies, with quality and reason.
void measure_space(const SpineResult::Body& upper,
                   const SpineResult::Body& lower,
                   const DiscMorphometry::Params& params,
                   DiscResult::Disc& disc);

}  // namespace ledd::disc
