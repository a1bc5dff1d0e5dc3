#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "ledd/image/image.h"

namespace ledd::spine {

/// A place where the surface of a body crosses the line between two neighbouring voxel centres.
struct BoundaryPoint {
  Point at_lps_mm{};
  Point outward{};      ///< Unit vector along the image axis, from inside to outside.
  int slice = 0;        ///< Index of the inner voxel along the slice axis.
  long terrace = 0;     ///< The same for all points equally far along the same image axis.
  bool across = false;  ///< The two voxels lie in different slices, and slices are thick.
};

/// What a label map says of one body.
struct Surface {
  std::uint16_t id = 0;
  std::vector<BoundaryPoint> points;
  std::vector<Point> border_lps_mm;  ///< Voxels at the border of the image within its slices.
  Point centroid_lps_mm{};
  double volume_mm3 = 0.0;
  double volume_se_mm3 = 0.0;  ///< Of the rounding of its faces to voxels; no error of the label itself.
  double largest_part = 1.0;   ///< Of the voxels, those in the largest connected part; the rest is ignored.
  int slices = 0;              ///< Slices that hold voxels of the body.
  std::vector<Point> side_lps_mm;  ///< Voxels in the first or last slice of the image.
  double soft_fraction = 0.0;      ///< Of the boundary points, those placed by the probability.
};

/// How the voxels of an image lie.
struct Grid {
  unsigned slice_axis = 0;  ///< The image axis nearest to the patient's left-right.
  double slice_spacing_mm = 0.0;
  double in_plane_mm = 0.0;  ///< The larger of the other two spacings.
  bool thick = false;        ///< Slices are so thick that crossings between slices say little.
};
Grid grid_of(const itk::ImageBase<3>& image);

/// The smallest box of voxels that holds a label: first and last index.
struct Box {
  std::array<long, 3> first{};
  std::array<long, 3> last{};
};

/// Surface of the largest connected part of label `id` in `box`; holes inside it count as body.
Surface surface_of(const Labels& labels, const Volume* soft, std::uint16_t id, const Box& box);

}  // namespace ledd::spine
