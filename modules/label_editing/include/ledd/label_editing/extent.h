#pragma once
#include <cstdint>
#include <map>

#include "ledd/image/image.h"

/// Where the structures of a label map lie. One pass each, in parallel; the same answer for any number of
/// threads.
namespace ledd::label_editing {

using Boxes = std::map<std::uint16_t, Labels::RegionType>;

/// The smallest box of each structure that is there.
Boxes boxes_of(const Labels& labels);
/// The box of a structure becomes so large that it holds `more`, too.
void widen(Boxes& boxes, std::uint16_t id, const Labels::RegionType& more);

/// The mean of a structure's voxels, and how many these are.
struct Middle {
  itk::ContinuousIndex<double, 3> index{};
  std::uint64_t voxels = 0;
};
using Middles = std::map<std::uint16_t, Middle>;
Middles middles_of(const Labels& labels);

}  // namespace ledd::label_editing
