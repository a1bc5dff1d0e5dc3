#pragma once
#include "ledd/density_registration/density_registration.h"
#include "ledd/image/image.h"

namespace ledd::bone_hrpqct {

/// What both scans show of a bone, on the grid of each.
struct CommonRegion {
  Mask::Pointer baseline, followup;
  long first = 0, last = -1;  ///< Slices of the baseline; none when last < first.
  double length_mm = 0.0;
  double percent = 0.0;  ///< Of the baseline's bone.
};

/// @param rim_mm  How far a voxel may lie outside the other visit's outline.
CommonRegion common_region(const Mask& baseline,
                           const Mask& followup,
                           const GridMotion& followup_from_baseline,
                           double rim_mm);

}  // namespace ledd::bone_hrpqct
