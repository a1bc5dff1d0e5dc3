#pragma once
#include "ledd/measurement/outcome.h"

namespace ledd::bone_hrpqct {

/// Slices across the bone with the outlines of both compartments, and one along it.
std::vector<Figure> figures(const itk::ImageBase<3>& scan);

/// The middle slice with a map in colour.
Figure map_figure(const itk::ImageBase<3>& scan, const std::string& map, const ColourScale& scale);

/// Of a comparison, on the baseline's grid: "baseline", "followup", "difference", "difference-along".
std::vector<Figure> change_figures(long slice, const itk::ImageBase<3>& baseline);

}  // namespace ledd::bone_hrpqct
