#include "ledd/knee_segmentation/combine_echoes.h"

#include <cmath>

namespace ledd {

Volume::Pointer root_mean_square(const Volume& first, const Volume& second) {
  require_same_grid(first, second, "the two echoes");
  auto out = Volume::New();
  out->CopyInformation(&first);
  out->SetRegions(first.GetLargestPossibleRegion());
  out->Allocate();
  const std::size_t n = first.GetLargestPossibleRegion().GetNumberOfPixels();
  const float *a = first.GetBufferPointer(), *b = second.GetBufferPointer();
  for (std::size_t q = 0; q < n; ++q)
    out->GetBufferPointer()[q] = std::sqrt(0.5F * (a[q] * a[q] + b[q] * b[q]));
  return out;
}

}  // namespace ledd
