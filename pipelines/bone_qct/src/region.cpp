#include "region.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ledd/image/sampled.h"

namespace ledd::bone_qct {
namespace {

std::size_t offset(const itk::ImageBase<3>& grid, long x, long y, long z) {
  const auto size = grid.GetLargestPossibleRegion().GetSize();
  return (static_cast<std::size_t>(z) * size[1] + static_cast<std::size_t>(y)) * size[0] +
         static_cast<std::size_t>(x);
}

template <class Image>
typename Image::Pointer cut(const Image& image, const Region& region) {
  auto part = Image::New();
  typename Image::SizeType size;
  typename Image::IndexType first;
  for (unsigned a = 0; a < 3; ++a) {
    first[a] = region.first[a];
    size[a] = static_cast<itk::SizeValueType>(region.last[a] - region.first[a]);
  }
  typename Image::PointType origin;
  image.TransformIndexToPhysicalPoint(first, origin);
  part->SetRegions(size);
  part->SetSpacing(image.GetSpacing());
  part->SetDirection(image.GetDirection());
  part->SetOrigin(origin);
  part->Allocate();
  tbb::parallel_for(0L, static_cast<long>(size[2]), [&](long z) {
    for (long y = 0; y < static_cast<long>(size[1]); ++y)
      std::copy_n(
          image.GetBufferPointer() + offset(image, region.first[0], region.first[1] + y, region.first[2] + z),
          size[0],
          part->GetBufferPointer() + offset(*part, 0, y, z));
  });
  return part;
}

}  // namespace

Region around(const Labels& labels, const itk::ImageBase<3>& grid, double margin_mm) {
  const auto size = labels.GetLargestPossibleRegion().GetSize();
  const auto wanted = grid.GetLargestPossibleRegion().GetSize();
  // The box of the labelled voxels in their own grid; its corners, in the other one.
  std::array<double, 3> low{}, high{};
  low.fill(std::numeric_limits<double>::infinity());
  high.fill(-std::numeric_limits<double>::infinity());
  std::size_t n = 0;
  for (std::size_t z = 0; z < size[2]; ++z)
    for (std::size_t y = 0; y < size[1]; ++y)
      for (std::size_t x = 0; x < size[0]; ++x, ++n) {
        if (labels.GetBufferPointer()[n] == 0) continue;
        const std::array<double, 3> p{static_cast<double>(x), static_cast<double>(y), static_cast<double>(z)};
        for (unsigned a = 0; a < 3; ++a) low[a] = std::min(low[a], p[a]), high[a] = std::max(high[a], p[a]);
      }
  Region region;
  for (unsigned a = 0; a < 3; ++a) region.last[a] = static_cast<long>(wanted[a]);
  if (low[0] > high[0]) return region;
  std::array<double, 3> first{}, last{};
  first.fill(std::numeric_limits<double>::infinity());
  last.fill(-std::numeric_limits<double>::infinity());
  for (unsigned corner = 0; corner < 8; ++corner) {
    itk::ContinuousIndex<double, 3> at;
    for (unsigned a = 0; a < 3; ++a) at[a] = (corner >> a & 1U) != 0 ? high[a] : low[a];
    Labels::PointType p;
    labels.TransformContinuousIndexToPhysicalPoint(at, p);
    const auto q = grid.TransformPhysicalPointToContinuousIndex<double>(p);
    for (unsigned a = 0; a < 3; ++a) first[a] = std::min(first[a], q[a]), last[a] = std::max(last[a], q[a]);
  }
  for (unsigned a = 0; a < 3; ++a) {
    const double margin = margin_mm / grid.GetSpacing()[a];
    const long end = static_cast<long>(wanted[a]);
    region.first[a] = std::clamp(static_cast<long>(std::floor(first[a] - margin)), 0L, end - 1);
    region.last[a] = std::clamp(static_cast<long>(std::ceil(last[a] + margin)) + 1, region.first[a] + 1, end);
  }
  return region;
}

Volume::Pointer cut_out(const Volume& volume, const Region& region) {
  return cut(volume, region);
}
Labels::Pointer cut_out(const Labels& labels, const Region& region) {
  return cut(labels, region);
}

void put_back(const Labels& part, const Region& region, Labels& whole) {
  const auto size = part.GetLargestPossibleRegion().GetSize();
  for (long z = 0; z < static_cast<long>(size[2]); ++z)
    for (long y = 0; y < static_cast<long>(size[1]); ++y) {
      const std::uint16_t* from = part.GetBufferPointer() + offset(part, 0, y, z);
      std::uint16_t* to =
          whole.GetBufferPointer() + offset(whole, region.first[0], region.first[1] + y, region.first[2] + z);
      for (std::size_t x = 0; x < size[0]; ++x)
        if (from[x] != 0) to[x] = from[x];
    }
}

Labels::Pointer no_labels(const itk::ImageBase<3>& grid) {
  auto labels = Labels::New();
  labels->CopyInformation(&grid);
  labels->SetRegions(grid.GetLargestPossibleRegion());
  labels->Allocate(true);
  return labels;
}

}  // namespace ledd::bone_qct
