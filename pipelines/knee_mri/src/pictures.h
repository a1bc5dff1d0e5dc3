#pragma once
#include <string>
#include <vector>

#include "ledd/cartilage_morphometry/cartilage_morphometry.h"
#include "ledd/knee_followup/knee_followup.h"
#include "ledd/measurement/outcome.h"

namespace ledd::knee_mri {

/// What the maps of thickness and of regions are.
void add_scales(Outcome& outcome);

/// Slices through the medial and the lateral plate and the patella.
/// @param labels  Of this knee alone, on the scan's grid.
/// @param prefix  Before the names and captions: "right knee", or "" when there is one knee.
std::vector<Figure> slices(const Labels& labels, const std::string& prefix);

/// Thickness on each bone's surface, and laid flat.
void add_thickness_pictures(const CartilageResult& result, const std::string& prefix, Outcome& outcome);

/// Change of thickness on each bone's surface of the baseline, and laid flat.
void add_change_pictures(const CartilageResult& baseline,
                         const KneeFollowup::Result& change,
                         const std::string& prefix,
                         Outcome& outcome);

}  // namespace ledd::knee_mri
