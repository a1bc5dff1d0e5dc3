#pragma once
#include <vector>

#include "ledd/spine_alignment/spine_alignment.h"

namespace ledd::alignment {

/// The largest curve first, whatever its size; then those above and below that reach `threshold_deg`.
/// `tilt_deg` are the bodies' sagittal tilts in the order of `coronal`, of which a turned plane would show a
/// part. Empty with fewer than two bodies that have slopes.
std::vector<AlignmentResult::Curve> curves_of(const std::vector<AlignmentResult::Coronal>& coronal,
                                              const std::vector<double>& tilt_deg,
                                              const SpineResult::Frame& axes,
                                              double plane_se_deg,
                                              double threshold_deg);

}  // namespace ledd::alignment
