#pragma once
#include <vector>

#include "ledd/spine_mri/spine_mri.h"

namespace ledd::spine_mri {

/// The mid-sagittal slice with heights, with discs and slips, with the sac's diameters, with the endplates
/// of lordosis and sacral slope, and as it came; one slice on either side; the curves of a scoliosis.
std::vector<Figure> geometry_figures(const SpineMri::Geometry& geometry, const itk::ImageBase<3>& grid);

}  // namespace ledd::spine_mri
