#pragma once
#include <string>
#include <vector>

#include "ledd/knee_orientation/knee_orientation.h"
#include "ledd/knee_orientation/knee_side.h"
#include "ledd/knee_segmentation/knee_segmentation.h"
#include "ledd/measurement/measurement.h"

namespace ledd::knee_mri {

/// What makes everything measured on a knee uncertain; empty when nothing does.
std::string doubt_of(const KneeOrientation::Result& orientation,
                     const KneeSegmentation::Result& found,
                     const SideDecision& side);

/// Marks all as uncertain, for a reason that a reader can settle.
void doubt_all(std::vector<Measurement>& measurements, const std::string& reason);

/// Marks all as limited by how far apart the slices are, when that is more than `max_mm`.
void limit_by_slices(std::vector<Measurement>& measurements, double slice_mm, double max_mm);

}  // namespace ledd::knee_mri
