#pragma once
#include <array>

#include "ledd/image/image.h"

namespace ledd::bone_qct {

/// A part of a grid: first and one past the last index along each axis.
struct Region {
  std::array<long, 3> first{}, last{};
};

/// All voxels within `margin_mm` of a labelled one; the whole grid when none is.
Region around(const Labels& labels, const itk::ImageBase<3>& grid, double margin_mm);

/// The voxels of a region as an image of their own, at the same places.
Volume::Pointer cut_out(const Volume& volume, const Region& region);
Labels::Pointer cut_out(const Labels& labels, const Region& region);

/// Puts what is not 0 back where it was cut out.
void put_back(const Labels& part, const Region& region, Labels& whole);

Labels::Pointer no_labels(const itk::ImageBase<3>& grid);

}  // namespace ledd::bone_qct
