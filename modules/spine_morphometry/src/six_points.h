#pragma once
#include "ledd/spine_morphometry/spine_morphometry.h"

#include "body_frame.h"

namespace ledd::spine {

/// Fills points, lengths, endplates, slices and residual of `body` from its surface in its frame.
/// Returns what is missing, in words; empty when all was measured.
std::string measure_six_points(const Surface& surface,
                               const BodyFrame& frame,
                               const SpineMorphometry::Params& params,
                               double in_plane_mm,
                               SpineResult::Body& body);

/// The same for S1: its superior endplate alone.
std::string measure_superior_endplate(const Surface& surface,
                                      const BodyFrame& frame,
                                      const SpineMorphometry::Params& params,
                                      double in_plane_mm,
                                      SpineResult::Body& body);

}  // namespace ledd::spine
