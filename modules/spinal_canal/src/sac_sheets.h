#pragma once
#include <vector>

#include "sac_edges.h"
#include "sac_path.h"

namespace ledd::canal {

/// The sac in every slice: front and back edge in mm behind the wall; NaN where there is none.
struct SacSurface {
  std::vector<std::vector<double>> front_mm, back_mm;  ///< [slice][station]
  std::vector<double> contrast;  ///< Per station, on the path's sheet: inside over both sides, relative.
  std::vector<double> inside;    ///< Per station, on the path's sheet: mean relative brightness.
};

/// @param bright  Straightened slices in which the sac is bright.
SacSurface find_surface(const std::vector<Sheet>& bright,
                        const Path& path,
                        double slice_mm,
                        const DepthRange& depth,
                        double half_width_mm);

}  // namespace ledd::canal
