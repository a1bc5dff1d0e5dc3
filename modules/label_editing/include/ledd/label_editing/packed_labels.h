#pragma once
#include <cstdint>
#include <vector>

#include "ledd/image/image.h"

namespace ledd::label_editing {

/// Voxels in a row that have the same id.
struct Run {
  std::uint16_t id = 0;
  std::uint32_t count = 0;
};

/// The labels of one slice: as runs, or as they stand where runs would take more.
struct PackedSlice {
  std::vector<Run> runs;
  std::vector<std::uint16_t> plain;
};

/// A label map while nobody looks at it: a hundredth of its size, as segmentations are.
struct PackedLabels {
  Labels::ConstPointer grid;  ///< Without voxels.
  std::vector<PackedSlice> slices;
};

PackedSlice pack_slice(const std::uint16_t* first, std::size_t count);

PackedLabels pack(const Labels& labels);
/// The same labels on the same grid, voxel by voxel.
Labels::Pointer unpack(const PackedLabels& packed);

/// An image on the grid of `labels` that has no voxels.
Labels::Pointer grid_of(const Labels& labels);

/// The same labels once more.
Labels::Pointer copy_of(const Labels& labels);

}  // namespace ledd::label_editing
