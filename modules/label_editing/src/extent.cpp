#include "ledd/label_editing/extent.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <array>
#include <vector>

namespace ledd::label_editing {
namespace {

using Box = Labels::RegionType;
using Sums = std::array<std::uint64_t, 4>;  ///< Of i, j, k, and how many.

/// The boxes of what lies in one slice.
Boxes boxes_in(const std::uint16_t* voxel, const itk::Size<3>& size, std::size_t k) {
  Boxes boxes;
  for (std::size_t j = 0; j < size[1]; ++j)
    for (std::size_t i = 0; i < size[0];) {
      const std::uint16_t id = voxel[i + j * size[0]];
      const std::size_t first = i;
      while (i < size[0] && voxel[i + j * size[0]] == id) ++i;
      if (id == 0) continue;
      Box run;
      run.SetIndex({static_cast<long>(first), static_cast<long>(j), static_cast<long>(k)});
      run.SetSize({i - first, 1, 1});
      widen(boxes, id, run);
    }
  return boxes;
}

/// The sums of each structure in one slice. Whole numbers: in whatever order they are added, the same.
std::map<std::uint16_t, Sums> sums_in(const std::uint16_t* voxel, const itk::Size<3>& size, std::size_t k) {
  std::map<std::uint16_t, Sums> sums;
  for (std::size_t j = 0; j < size[1]; ++j, voxel += size[0])
    for (std::size_t i = 0; i < size[0];) {
      const std::size_t first = i;
      while (i < size[0] && voxel[i] == voxel[first]) ++i;
      if (voxel[first] == 0) continue;
      const std::uint64_t run = i - first;
      Sums& sum = sums[voxel[first]];
      sum[0] += run * (first + i - 1) / 2;  // of consecutive numbers: always whole
      sum[1] += run * j;
      sum[2] += run * k;
      sum[3] += run;
    }
  return sums;
}

}  // namespace

Boxes boxes_of(const Labels& labels) {
  const auto size = labels.GetLargestPossibleRegion().GetSize();
  std::vector<Boxes> slices(size[2]);
  tbb::parallel_for(std::size_t{0}, size[2], [&](std::size_t k) {
    slices[k] = boxes_in(labels.GetBufferPointer() + k * size[0] * size[1], size, k);
  });
  Boxes boxes;
  for (const auto& slice : slices)
    for (const auto& [id, box] : slice) widen(boxes, id, box);
  return boxes;
}

void widen(Boxes& boxes, std::uint16_t id, const Box& more) {
  const auto [at, is_new] = boxes.try_emplace(id, more);
  if (is_new) return;
  for (unsigned axis = 0; axis < 3; ++axis) {
    const auto low = std::min(at->second.GetIndex(axis), more.GetIndex(axis));
    const auto end = std::max(at->second.GetIndex(axis) + static_cast<long>(at->second.GetSize(axis)),
                              more.GetIndex(axis) + static_cast<long>(more.GetSize(axis)));
    at->second.SetIndex(axis, low);
    at->second.SetSize(axis, static_cast<std::size_t>(end - low));
  }
}

Middles middles_of(const Labels& labels) {
  const auto size = labels.GetLargestPossibleRegion().GetSize();
  std::vector<std::map<std::uint16_t, Sums>> slices(size[2]);
  tbb::parallel_for(std::size_t{0}, size[2], [&](std::size_t k) {
    slices[k] = sums_in(labels.GetBufferPointer() + k * size[0] * size[1], size, k);
  });
  std::map<std::uint16_t, Sums> all;
  for (const auto& slice : slices)
    for (const auto& [id, sums] : slice)
      for (std::size_t n = 0; n < sums.size(); ++n) all[id][n] += sums[n];
  Middles middles;
  for (const auto& [id, sums] : all) {
    Middle& middle = middles[id];
    middle.voxels = sums[3];
    for (unsigned axis = 0; axis < 3; ++axis)
      middle.index[axis] = static_cast<double>(sums[axis]) / static_cast<double>(sums[3]);
  }
  return middles;
}

}  // namespace ledd::label_editing
