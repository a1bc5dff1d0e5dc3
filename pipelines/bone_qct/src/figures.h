#pragma once
#include <vector>

#include "ledd/bone_qct/bone_qct.h"

#include "calibrate.h"

namespace ledd::bone_qct {

/// Mid-sagittal with heights, mid-sagittal and coronal with outlines and cylinders, an axial slice of each of
/// L1 to L3 or of what is there.
std::vector<Figure> spine_figures(const BoneQct::Spine& spine, const itk::ImageBase<3>& scan);

/// The rods where they were found; nothing without a phantom.
std::vector<Figure> rod_figures(const CalibrationFinding& finding, const itk::ImageBase<3>& scan);

/// Paints the rods that were read, ids from 231 in order of density.
void paint_rods(const CalibrationFinding& finding, Labels& labels);

}  // namespace ledd::bone_qct
