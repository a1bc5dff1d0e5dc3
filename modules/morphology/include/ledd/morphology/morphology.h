#pragma once
#include <cstddef>
#include <vector>

#include "ledd/image/image.h"

/// Shapes of masks in physical units: exact Euclidean distances, balls, connected parts, holes. All grids are
/// legal, also with voxels that are not cubes; results are new and lie on the grid of the input. Parallel,
/// the same for any number of threads.
namespace ledd::morphology {

/// Distance in mm from each voxel's centre to the centre of the nearest voxel that is set; 0 in these.
/// Infinite everywhere when none is.
///
/// Source   Felzenszwalb, Huttenlocher, Theory of Computing 8:415, 2012 (lower envelope of parabolas).
Volume::Pointer distance_mm(const Mask& mask);

/// What is beyond the border of the image.
enum class Beyond {
  kOutside,    ///< Not of the shape: erosion eats the border away.
  kContinues,  ///< The shape goes on, as of a bone that the scan cuts.
};

Mask::Pointer dilate(const Mask& mask, double radius_mm);
Mask::Pointer erode(const Mask& mask, double radius_mm, Beyond beyond);
/// Fills what a ball of this radius, rolling outside, cannot reach.
Mask::Pointer close(const Mask& mask, double radius_mm);
/// Removes what a ball of this radius, rolling inside, cannot reach.
Mask::Pointer open(const Mask& mask, double radius_mm, Beyond beyond);

enum class Neighbours { kFaces, kAll };  ///< 6 or 26.

/// Connected parts, numbered from 1 in the order of their first voxel.
struct Parts {
  std::vector<std::uint32_t> part_of;  ///< Of each voxel; 0 outside the mask.
  std::vector<std::size_t> voxels;     ///< Of part n at n; of 0: none.
  std::size_t count() const { return voxels.size() - 1; }
  std::uint32_t largest() const;  ///< The first of equals; 0 when there is no part.
};
Parts parts(const Mask& mask, Neighbours neighbours);
/// All zero for an empty mask.
Mask::Pointer largest_part(const Mask& mask, Neighbours neighbours);

/// Sets background that cannot be reached from the image's border through faces.
Mask::Pointer fill_holes(const Mask& mask);
/// The same slice by slice across the third axis.
Mask::Pointer fill_holes_in_slices(const Mask& mask);

Mask::Pointer empty_like(const itk::ImageBase<3>& image);
std::size_t count(const Mask& mask);

}  // namespace ledd::morphology
