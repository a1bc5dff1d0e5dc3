#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "ledd/bone_qct/bone_qct.h"

namespace ledd::bone_qct {

/// Why a vertebra's density is not that of its level: graded fractures, bodies cut by the border or of which
/// little surface was seen, dense foci, and outliers among their neighbours.
///
/// Method   Outlier: the cylinder's HU differ by more than 40 and by more than a third from the mean of the
///          nearest bodies above and below, as in sclerosis, a haemangioma or a healed fracture.
std::map<std::uint16_t, std::string> doubtful_vertebrae(const BoneQct::Spine& spine);

/// Marks the densities and HU of these vertebrae.
void add_doubts(const std::map<std::uint16_t, std::string>& doubts, std::vector<Measurement>& rows);

/// Leaves of the rows of form what a density needs beside it (heights, depth, width, grade), and marks as
/// inherent what nobody can mend: bodies cut by the border, heights on slices more than 2 mm apart.
std::vector<Measurement> rows_of_form(const BoneQct::Spine& spine, double slice_mm);

/// Marks as inherent what the border of the scan takes from a vertebra.
void mark_out_of_view(const BoneQct::Spine& spine, std::vector<Measurement>& rows);

/// Marks every density and HU of bone; `inherent`: nobody can mend it.
void doubt_bone(const std::string& reason, bool inherent, std::vector<Measurement>& rows);
/// Marks the HU alone.
void doubt_hu(const std::string& reason, std::vector<Measurement>& rows);
/// Marks the densities alone.
void doubt_density(const std::string& reason, std::vector<Measurement>& rows);

}  // namespace ledd::bone_qct
