#include "metal.h"

#include <tbb/parallel_for.h>

namespace ledd::hip {

double Metal::volume_mm3(const Box& box) const {
  double sum = 0.0;
  for (const Point& p : places_lps_mm) {
    bool within = true;
    for (unsigned a = 0; a < 3; ++a)
      within = within && p[a] >= box.low_lps_mm[a] && p[a] <= box.high_lps_mm[a];
    sum += within ? each_mm3 : 0.0;
  }
  return sum;
}

Metal find_metal(const Volume& hu, double metal_hu) {
  const auto size = hu.GetLargestPossibleRegion().GetSize();
  const std::size_t slice = size[0] * size[1];
  const auto least = static_cast<float>(metal_hu);
  std::vector<std::vector<Point>> found(size[2]);
  tbb::parallel_for(std::size_t{0}, std::size_t{size[2]}, [&](std::size_t z) {
    for (std::size_t n = z * slice; n < (z + 1) * slice; ++n) {
      if (!(hu.GetBufferPointer()[n] >= least)) continue;
      Volume::PointType p;
      hu.TransformIndexToPhysicalPoint(hu.ComputeIndex(static_cast<long>(n)), p);
      found[z].push_back({p[0], p[1], p[2]});
    }
  });
  Metal metal;
  metal.each_mm3 = hu.GetSpacing()[0] * hu.GetSpacing()[1] * hu.GetSpacing()[2];
  for (const auto& part : found)
    metal.places_lps_mm.insert(metal.places_lps_mm.end(), part.begin(), part.end());
  return metal;
}

}  // namespace ledd::hip
