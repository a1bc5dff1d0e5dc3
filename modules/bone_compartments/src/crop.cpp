#include "crop.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <vector>

namespace ledd::compartments {
namespace {

struct Extent {
  std::size_t low[2] = {~std::size_t{0}, ~std::size_t{0}}, high[2] = {0, 0};
  void add(std::size_t x, std::size_t y) {
    low[0] = std::min(low[0], x);
    high[0] = std::max(high[0], x + 1);
    low[1] = std::min(low[1], y);
    high[1] = std::max(high[1], y + 1);
  }
};

/// Calls `copy` with the first voxel in box and image, and the length, of every row that both share.
template <class Copy>
void for_common_rows(const Box& box, const itk::ImageBase<3>& whole, const Copy& copy) {
  const auto& region = whole.GetLargestPossibleRegion();
  Box common = box;
  if (!common.Crop(region)) return;
  const auto place = [](const Box& of, const itk::Index<3>& at) {
    std::size_t n = 0;
    for (unsigned axis = 3; axis-- > 0;)
      n = n * of.GetSize(axis) + static_cast<std::size_t>(at[axis] - of.GetIndex(axis));
    return n;
  };
  tbb::parallel_for(std::size_t{0}, std::size_t{common.GetSize(2)}, [&](std::size_t z) {
    itk::Index<3> at = common.GetIndex();
    at[2] += static_cast<long>(z);
    for (std::size_t y = 0; y < common.GetSize(1); ++y, ++at[1])
      copy(place(box, at), place(region, at), std::size_t{common.GetSize(0)});
  });
}

}  // namespace

Box box_above(const Volume& image, float threshold, long margin) {
  const auto size = image.GetLargestPossibleRegion().GetSize();
  std::vector<Extent> found(size[2]);
  tbb::parallel_for(std::size_t{0}, std::size_t{size[2]}, [&](std::size_t z) {
    const float* value = image.GetBufferPointer() + z * size[0] * size[1];
    for (std::size_t y = 0; y < size[1]; ++y)
      for (std::size_t x = 0; x < size[0]; ++x)
        if (*value++ >= threshold) found[z].add(x, y);
  });
  Extent all;
  for (const Extent& slice : found)
    for (unsigned axis = 0; axis < 2; ++axis) {
      all.low[axis] = std::min(all.low[axis], slice.low[axis]);
      all.high[axis] = std::max(all.high[axis], slice.high[axis]);
    }
  Box box;
  if (all.high[0] == 0) return box;
  for (unsigned axis = 0; axis < 2; ++axis) {
    box.SetIndex(axis, static_cast<long>(all.low[axis]) - margin);
    box.SetSize(axis, all.high[axis] - all.low[axis] + 2 * static_cast<std::size_t>(margin));
  }
  box.SetIndex(2, 0);
  box.SetSize(2, size[2]);
  return box;
}

Volume::Pointer cut(const Volume& image, const Box& box) {
  auto part = Volume::New();
  part->SetRegions(box.GetSize());
  part->SetSpacing(image.GetSpacing());
  part->SetDirection(image.GetDirection());
  Volume::PointType origin;
  image.TransformIndexToPhysicalPoint(box.GetIndex(), origin);
  part->SetOrigin(origin);
  part->Allocate(true);
  for_common_rows(box, image, [&](std::size_t in_part, std::size_t in_whole, std::size_t length) {
    std::copy_n(image.GetBufferPointer() + in_whole, length, part->GetBufferPointer() + in_part);
  });
  return part;
}

Mask::Pointer paste(const Mask& part, const Box& box, const itk::ImageBase<3>& whole) {
  auto mask = Mask::New();
  mask->CopyInformation(&whole);
  mask->SetRegions(whole.GetLargestPossibleRegion());
  mask->Allocate(true);
  for_common_rows(box, whole, [&](std::size_t in_part, std::size_t in_whole, std::size_t length) {
    std::copy_n(part.GetBufferPointer() + in_part, length, mask->GetBufferPointer() + in_whole);
  });
  return mask;
}

}  // namespace ledd::compartments
