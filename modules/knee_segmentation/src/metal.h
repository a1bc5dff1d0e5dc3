#pragma once
#include "fields.h"

namespace ledd::knee {

/// The largest hole in the signal within the joint, mm3: voxels as dark as the air around the leg that do not
/// join it, within 15 mm of cartilage and off the border of the image; single dark voxels are smoothed away,
/// and what is nowhere 8 mm thick (a tendon) is left out.
double largest_void_mm3(const Volume& sagittal, const Grid& grid);

inline constexpr double kMetalMm3 = 600.0;  ///< A larger hole is taken for metal.

}  // namespace ledd::knee
