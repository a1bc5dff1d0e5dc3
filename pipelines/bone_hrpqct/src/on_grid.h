#pragma once
#include <tbb/parallel_for.h>

#include <cstddef>

#include "ledd/image/image.h"

namespace ledd::bone_hrpqct {

/// A new image on a grid; rule(n) gives the voxel of index n.
template <class Image, class Rule>
typename Image::Pointer where(const itk::ImageBase<3>& grid, const Rule& rule) {
  auto image = Image::New();
  image->CopyInformation(&grid);
  image->SetRegions(grid.GetLargestPossibleRegion());
  image->Allocate();
  auto* const out = image->GetBufferPointer();
  const auto size = grid.GetLargestPossibleRegion().GetSize();
  const std::size_t slice = size[0] * size[1];
  tbb::parallel_for(std::size_t{0}, std::size_t{size[2]}, [&](std::size_t z) {
    for (std::size_t n = z * slice; n < (z + 1) * slice; ++n) out[n] = rule(n);
  });
  return image;
}

}  // namespace ledd::bone_hrpqct
