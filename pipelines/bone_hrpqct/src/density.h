#pragma once
#include "ledd/bone_hrpqct/bone_hrpqct.h"

namespace ledd::bone_hrpqct {

/// The equation in force. @throws Error{kInput}  there is none.
DensityEquation equation_of(const BoneHrpqct::Study& study, const BoneHrpqct::Params& params);

/// mg HA/cm3. @throws Error{kInput}  nothing in it is as dense as bone, or too much is denser than any bone:
/// the equation is not that of these numbers.
Volume::Pointer density_of(const Volume& scan, const DensityEquation& equation);

/// @throws Error{kInput}  voxels that are no cubes, or too coarse for trabeculae.
void require_fine_cubes(const itk::ImageBase<3>& scan);

/// What a reader must know of voxels and slices.
std::vector<std::string> notes_on_grid(const itk::ImageBase<3>& scan);

}  // namespace ledd::bone_hrpqct
