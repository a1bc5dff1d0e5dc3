#pragma once
#include <vector>

#include "ledd/spine_mri/spine_mri.h"

namespace ledd::spine_mri {

/// The mid-sagittal slice with heights, with discs, with the sac's diameters, and as it came; one slice on
/// either side.
std::vector<Figure> geometry_figures(const SpineMri::Geometry& geometry, const itk::ImageBase<3>& grid);

}  // namespace ledd::spine_mri
