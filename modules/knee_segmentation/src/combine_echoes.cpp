#include "ledd/knee_segmentation/combine_echoes.h"

#include <cmath>

#include "ledd/core/error.h"

namespace ledd {

Volume::Pointer root_mean_square(const std::vector<const Volume*>& echoes) {
  require(!echoes.empty(), Errc::kInput, "there is no echo to combine");
  const Volume& first = *echoes.front();
  auto out = Volume::New();
  out->CopyInformation(&first);
  out->SetRegions(first.GetLargestPossibleRegion());
  out->Allocate(true);
  const std::size_t n = first.GetLargestPossibleRegion().GetNumberOfPixels();
  float* const sum = out->GetBufferPointer();
  for (const Volume* echo : echoes) {
    require_same_grid(first, *echo, "the echoes");
    const float* const a = echo->GetBufferPointer();
    for (std::size_t q = 0; q < n; ++q) sum[q] += a[q] * a[q];
  }
  const float share = 1.0F / static_cast<float>(echoes.size());
  for (std::size_t q = 0; q < n; ++q) sum[q] = std::sqrt(sum[q] * share);
  return out;
}

}  // namespace ledd
