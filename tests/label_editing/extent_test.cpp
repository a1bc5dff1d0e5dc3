#include "ledd/label_editing/extent.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include "phantom.h"

namespace {

using ledd::Labels;
using ledd::label_editing::boxes_of;
using ledd::label_editing::middles_of;

struct Plain {
  double at[3] = {0, 0, 0};
  double voxels = 0;
  long low[3] = {1000, 1000, 1000}, high[3] = {-1, -1, -1};
};

/// Voxel by voxel.
std::map<std::uint16_t, Plain> plain(const Labels& labels) {
  std::map<std::uint16_t, Plain> all;
  const auto size = labels.GetLargestPossibleRegion().GetSize();
  Labels::IndexType at{};
  for (at[2] = 0; at[2] < static_cast<long>(size[2]); ++at[2])
    for (at[1] = 0; at[1] < static_cast<long>(size[1]); ++at[1])
      for (at[0] = 0; at[0] < static_cast<long>(size[0]); ++at[0]) {
        const auto id = labels.GetPixel(at);
        if (id == 0) continue;
        Plain& one = all[id];
        ++one.voxels;
        for (unsigned axis = 0; axis < 3; ++axis) {
          one.at[axis] += static_cast<double>(at[axis]);
          one.low[axis] = std::min(one.low[axis], at[axis]);
          one.high[axis] = std::max(one.high[axis], at[axis]);
        }
      }
  return all;
}

RC_GTEST_PROP(Extent, BoxesAndMiddlesAreThoseOfVoxelByVoxel, ()) {
  const ledd::phantom::Size size{*rc::gen::inRange<std::size_t>(1, 7),
                                 *rc::gen::inRange<std::size_t>(1, 7),
                                 *rc::gen::inRange<std::size_t>(1, 5)};
  const auto labels = ledd::phantom::blank<Labels>(size, {1.0, 1.0, 1.0}, 0);
  for (std::size_t n = 0; n < size[0] * size[1] * size[2]; ++n)
    labels->GetBufferPointer()[n] = *rc::gen::element<std::uint16_t>(0, 0, 20, 20, 65535);
  const auto wanted = plain(*labels);
  const auto boxes = boxes_of(*labels);
  const auto middles = middles_of(*labels);
  RC_ASSERT(boxes.size() == wanted.size());
  RC_ASSERT(middles.size() == wanted.size());
  for (const auto& [id, one] : wanted) {
    RC_ASSERT(static_cast<double>(middles.at(id).voxels) == one.voxels);
    for (unsigned axis = 0; axis < 3; ++axis) {
      RC_ASSERT(std::abs(middles.at(id).index[axis] - one.at[axis] / one.voxels) < 1e-9);
      RC_ASSERT(boxes.at(id).GetIndex(axis) == one.low[axis]);
      RC_ASSERT(static_cast<long>(boxes.at(id).GetSize(axis)) == one.high[axis] - one.low[axis] + 1);
    }
  }
}

}  // namespace
