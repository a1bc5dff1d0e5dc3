#include "density_map.h"

#include <algorithm>
#include <limits>

namespace ledd::bone_qct {

Volume::Pointer density_map(const Volume& scan, const Labels& bones, const DensityLine& line) {
  auto map = Volume::New();
  map->CopyInformation(&scan);
  map->SetRegions(scan.GetLargestPossibleRegion());
  map->Allocate();
  const float* const hu = scan.GetBufferPointer();
  const std::size_t count = scan.GetLargestPossibleRegion().GetNumberOfPixels();
  std::transform(hu, hu + count, bones.GetBufferPointer(), map->GetBufferPointer(), [&](float v, auto id) {
    return id == 0 ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(line.density_mg_cm3(v));
  });
  return map;
}

}  // namespace ledd::bone_qct
