#pragma once
#include <array>
#include <cstddef>
#include <vector>

#include "ledd/relaxometry/relaxometry.h"

namespace ledd::relaxation {

/// Offsets of the voxels to work on. @throws Error{kInput}  the mask is empty or on another grid.
std::vector<std::size_t> voxels_of(const itk::ImageBase<3>& grid, const Mask* mask);

/// A map of NaN; a code map of FitQuality::kOutside.
Volume::Pointer blank_map(const itk::ImageBase<3>& grid);
Mask::Pointer blank_codes(const itk::ImageBase<3>& grid);

std::array<std::size_t, kFitQualities> counts(const Mask& codes);

}  // namespace ledd::relaxation
