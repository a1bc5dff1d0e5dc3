#pragma once
#include <cstddef>
#include <vector>

#include "ledd/dicom/dicom.h"
#include "ledd/image/image.h"

#include "segmentation_file.h"

namespace ledd::dicom_results {

/// Where the pixels of a frame go: voxel = first + column * per_column + row * per_row.
struct Place {
  std::ptrdiff_t first = 0, per_column = 0, per_row = 0;
};

/// An empty image: the grid of `onto`, or when that is null the regular grid that the frames themselves span.
/// @throws Error{kInput}  the frames are not parallel or not on one grid, or it would be beyond any scan.
Labels::Pointer empty_labels(const SegmentationFile& file, const dicom::Stack* onto);

/// One for each frame; every voxel of it is inside the image.
/// @throws Error{kInput}  a frame is not on the grid; says which and why.
std::vector<Place> place_frames(const SegmentationFile& file, const dicom::Stack* onto, const Labels& image);

}  // namespace ledd::dicom_results
