#pragma once
#include "working_grid.h"

namespace ledd::hip {

/// Voxels of metal, as places that stand for one voxel or more each.
struct Metal {
  std::vector<Point> places_lps_mm;
  double each_mm3 = 0.0;

  double volume_mm3(const Box& box) const;
};

Metal find_metal(const Volume& hu, double metal_hu);

}  // namespace ledd::hip
