#pragma once
#include <array>
#include <optional>
#include <vector>

#include "ledd/image/image.h"

namespace ledd {

/// The surface of bone in a compartment, summed up.
struct BoneSurface {
  double area_mm2 = 0.0;
  double growth_mm = 0.0;  ///< By how much the area grows (mm2) when the surface moves outwards by 1 mm.
  /// Area times normal along the patient's axes, one for each small range of directions, mm2; n and -n count
  /// as one direction.
  std::vector<Point> facets_lps_mm2;
};

/// Surface between bone and what is not bone.
///
/// Method   The mask, filtered along each axis by a binomial that has its curvature taken back, which leaves
///          planes and spheres where they are, crosses one half; the sign of every voxel stays that of the
///          mask. Marching tetrahedra cut the field; normals are its gradients. A piece between eight voxels
///          belongs to the compartment by the share of their bone that lies in it: the cuts through bone at
///          the compartment's border, or at the image's, are no surface.
/// Limits   A mask does not say where within a voxel the surface lies: see docs/trabecular-structure.md.
/// @throws Error{kInput}  the grids differ.
BoneSurface bone_surface(const Mask& bone, const Mask& within);

/// Mean intercept length as an ellipsoid.
struct Anisotropy {
  std::array<double, 3> mil_mm{};   ///< Half axes, the longest first.
  std::array<Point, 3> axes_lps{};  ///< Their directions, unit length.
  double degree() const { return mil_mm[0] / mil_mm[2]; }
};

/// Method   A line along d meets the surface, per length, as often as the sum of |area n . d| over the volume
///          says: the mean over all lines, and not over a sample. 1/MIL^2 = d' M d is fitted by least squares
///          to 512 directions that are evenly spread.
/// Source   Whitehouse, J Microsc 101:153, 1974; Harrigan, Mann, J Mater Sci 19:761, 1984.
/// @param volume_mm3  Of the compartment.
/// @return  Empty when there is no surface, or lines along one direction never meet it.
std::optional<Anisotropy> mean_intercept_length(const BoneSurface& surface, double volume_mm3);

}  // namespace ledd
