#pragma once
#include "ledd/density_calibration/density_line.h"
#include "ledd/image/image.h"

namespace ledd::bone_qct {

/// vBMD of every labelled voxel in mg/cm3 of the line's mineral; NaN elsewhere. On the grid of both.
Volume::Pointer density_map(const Volume& scan, const Labels& bones, const DensityLine& line);

}  // namespace ledd::bone_qct
