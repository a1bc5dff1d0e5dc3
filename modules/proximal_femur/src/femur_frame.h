#pragma once
#include "ledd/proximal_femur/femur_regions.h"

#include "working_grid.h"

namespace ledd::hip {

/// A mask as a smooth field: 1 inside, 0 outside, one half at its surface.
Volume::Pointer field_of(const Mask& femur);

/// The ball of the head; radius 0 when none fits.
void find_head(const Volume& field, anatomy::Side side, FemurRegions::Frame& frame);

/// Neck axis and narrowest section.
void find_neck(const Sampler& field, anatomy::Side side, FemurRegions::Frame& frame);

/// Shaft axis and the lower end of the lesser trochanter. @param lowest_mm  where the mask ends, set.
void find_shaft(const Volume& field,
                const FemurRegions::Params& params,
                FemurRegions::Frame& frame,
                double& lowest_mm);

}  // namespace ledd::hip
