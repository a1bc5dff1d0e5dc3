#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "ledd/core/context.h"
#include "ledd/image/image.h"
#include "ledd/measurement/measurement.h"

namespace ledd {

/// How much a long bone moved while an HR-pQCT scan was taken, from its outline.
///
/// Method   A bone that moves during the sweep blurs those parts of its outline that face the way it went, on
///          both sides. At every voxel of the outline: the steepest in-plane fall of the density (smoothed by
///          one voxel) within 4 voxels over the range of densities within 10, by the direction that the
///          outline faces. Of 12 directions and their opposites each has the sharper side's median, so that a
///          thin cortex on one side is no motion. The ratio of the bluntest to the sharpest direction gives
///          the grade: at least 0.93 is 1, 0.85 is 2, 0.72 is 3, 0.58 is 4, less is 5.
/// Source   Grades 1 (none) to 5 (severe) are those of readers: Pialat et al., Bone 50:111, 2012. The measure
///          and its limits are ours, set on drawn motion.
/// Limits   An estimate that was never compared with a reader's grades. Motion along the bone, and motion
/// that
///          blurs all directions alike, is not seen.
struct ScanMotion {
  double sharpness_ratio = 1.0;  ///< Bluntest over sharpest direction, 0..1.
  double bluntest_deg = 0.0;     ///< The way it faces: 0..180, from the first image axis to the second.
  int grade = 0;                 ///< 1..5; 0: not estimated, `reason`.
  std::string reason;            ///< Empty exactly when there is a grade.

  static const std::vector<EndpointDefinition>& definitions();
};

/// @param density     mg HA/cm3, the third axis along the bone.
/// @param periosteal  1 within the bone; same grid.
/// @throws Error{kInput}  the grids differ.
ScanMotion scan_motion(const Volume& density, const Mask& periosteal, Context& context);

std::vector<Measurement> measurements(const ScanMotion& motion);

}  // namespace ledd
