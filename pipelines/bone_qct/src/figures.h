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

/// For a viewer: the cylinder of every vertebra.
std::vector<Polyline> spine_drawings(const BoneQct::Spine& spine);
/// For a viewer: every rod as rings, at most 4 mm apart, where it was read.
std::vector<Polyline> rod_drawings(const CalibrationFinding& finding);

/// Paints the rods that were read, ids from 231 in order of density.
void paint_rods(const CalibrationFinding& finding, Labels& labels);

}  // namespace ledd::bone_qct
