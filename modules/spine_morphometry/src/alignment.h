#pragma once
#include <vector>

#include "ledd/spine_morphometry/spine_result.h"

#include "boundary.h"

namespace ledd::spine {

/// Place of a vertebra from head to foot, T13 between T12 and L1; -1 for what is no body this module
/// measures.
int rank_of(std::uint16_t id);

/// First guesses from the curve of centroids: superior is its tangent, left the scanner's left square to it.
/// `surfaces` run from head to foot.
std::vector<SpineResult::Frame> guess_frames(const std::vector<Surface>& surfaces);

/// The spine's sagittal plane: its normal is the mean left axis of the measured bodies; superior is the
/// scanner's head direction in that plane.
SpineResult::Frame spine_axes(const std::vector<SpineResult::Body>& bodies);

/// Angle of a superior-pointing normal in the plane of `axes`, degrees; + when it leans to posterior, which
/// puts the anterior edge of the endplate higher.
double tilt_deg(const SpineResult::Frame& axes, const Point& normal);

/// Lordosis and segment angles of the bodies, `axes` being those of the spine.
std::vector<SpineResult::Angle> angles_of(const std::vector<SpineResult::Body>& bodies,
                                          const SpineResult::Frame& axes);

}  // namespace ledd::spine
