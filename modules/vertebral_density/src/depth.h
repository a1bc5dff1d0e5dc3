#pragma once
#include <cstdint>

#include "ledd/image/image.h"

namespace ledd::vertebral_density {

/// First and one past the last index along each axis.
struct Box {
  std::array<long, 3> first{}, last{};
};

/// Depth in mm below the surface of one label, negative nowhere: 0 outside. On a grid of 1 mm along the axes
/// of the labels that covers `box` and 3 mm around it.
/// @param inside  Null: the surface lies half-way between voxels of the label and others.
Volume::Pointer depth_mm(const Labels& labels, const Volume* inside, std::uint16_t id, const Box& box);

/// 1 where a voxel of the depth's grid is at least `least_mm` deep, in the largest connected part of such
/// that holds a ball of 4 mm: what is left of pedicles does not.
Mask::Pointer largest_deep_part(const Volume& depth_mm, double least_mm);

}  // namespace ledd::vertebral_density
