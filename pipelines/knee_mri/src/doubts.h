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

/// How slices farther apart than `max_mm` limit what is measured; empty when they are not.
std::string limit_of_slices(double slice_mm, double max_mm);

/// Marks all as limited by the scan; nothing for an empty reason.
void limit_all(std::vector<Measurement>& measurements, const std::string& reason);

}  // namespace ledd::knee_mri
