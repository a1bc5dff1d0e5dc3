#pragma once
#include <vector>

#include "header.h"

namespace ledd::dicom {

/// One image plane: a frame of a file.
struct Plane {
  const Facts* file = nullptr;
  unsigned frame = 0;
  const Frame& geometry() const { return file->frames[frame]; }
};

/// Sorts the planes of sound files into stacks, checks each stack, and writes the decision and stack of every
/// file. Files with a defect make the stacks of their series unusable; a series of such files alone becomes a
/// stack with that problem. `files` is sorted by path; its entries are changed.
std::vector<Stack> group(std::vector<Scanned>& files);

}  // namespace ledd::dicom
