#pragma once
#include <vector>

#include "ledd/measurement/measurement.h"
#include "ledd/spine_alignment/spine_alignment.h"

namespace ledd::spine_mri {

/// Marks the angles, tilts and slips of the sagittal plane that a lateral curve runs through: bodies turned
/// against each other have no plane in common.
void add_scoliosis(std::vector<Measurement>& measurements, const SpineAlignment::Result& alignment);

}  // namespace ledd::spine_mri
