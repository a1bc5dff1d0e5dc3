#pragma once
#include <cstddef>
#include <vector>

#include "ledd/core/context.h"
#include "ledd/core/params.h"
#include "ledd/image/image.h"

namespace ledd {

/// What the values of a map are, over its voxels that have one (above 0).
struct ThicknessStatistics {
  double mean_mm = 0.0, sd_mm = 0.0, max_mm = 0.0;
  std::size_t voxels = 0;   ///< With a value; 0: the others mean nothing.
  std::size_t without = 0;  ///< Asked for (`where`), and without one.
};
/// @param where  Null: all voxels; else on the same grid, those above 0.
/// @throws Error{kInput}  the grids differ.
ThicknessStatistics statistics_of(const Volume& thickness_mm, const Mask* where);

/// A sphere of the mid-axis.
struct MidAxisBall {
  Point centre_vox{};  ///< Index of the image, between voxels.
  double radius_mm = 0.0;
  /// Length of the mean of the unit vectors to where it touches: 0 in the middle of a plate or a rod, towards
  /// 1 at a blunt edge.
  double lean = 0.0;
};

/// Local thickness: at each voxel of a body, the diameter of the largest sphere that lies in the body and
/// contains the voxel.
///
/// Method   The surface is known below the size of a voxel: where the linear field crosses the threshold, or,
///          for a mask, where the mask filtered without shrinking it crosses one half. A distance
///          transform measures to where it cuts the lattice of voxel centres. From the voxels of its ridge
///          spheres grow until they are held from all sides, and settle, by least squares, on the mean of the
///          tangent planes that they touch: the innermost of many rough points would make every sphere too
///          small. Spheres within others are dropped. See docs/local-thickness.md.
/// Border   Beyond the image's border nothing is known: the border is no surface, and a plate that it cuts
///          keeps its thickness (Border::kCut). With Border::kComplete only spheres that lie wholly within
///          the image count, and voxels that none of them reaches have no value.
/// Source   Hildebrand and Rueegsegger, J Microsc 185:67, 1997.
/// Limits   A mask does not tell a ball of two voxels from one of one or three. Values in corners
///          that no sphere reaches are those of the spheres beside.
class LocalThickness {
 public:
  enum class Border { kCut, kComplete };
  struct Params {
    Border border = Border::kCut;
    double beyond_vox = 0.4;  ///< A sphere counts for voxels whose centre lies so far outside it.
    static const ParamTable<Params>& table();
  };
  struct Result {
    Volume::Pointer thickness_mm;  ///< 0 outside and where there is no value.
    ThicknessStatistics all;       ///< `without`: voxels of the body without a value.
    std::vector<MidAxisBall> mid_axis;
  };

  explicit LocalThickness(const Params& params);  ///< @throws Error{kParam}
  LocalThickness() : LocalThickness(Params{}) {}

  /// @param mask  Not 0 inside; any spacing.
  /// @throws Error{kInput}    nothing is inside, or nothing outside: there is no surface.
  /// @throws Error{kNumeric}  no sphere was found: a body of single voxels at the border.
  /// @throws Error{kUnsupported}  more than 1.43e9 voxels.
  Result operator()(const Mask& mask, Context& context) const;
  /// The better input: the surface lies where the linear field crosses `threshold`; at or above it is inside.
  /// @throws Error{kInput}  as above, or a value is not finite.
  Result operator()(const Volume& volume, double threshold, Context& context) const;

 private:
  Params params_;
};

/// Distance between mid-axes: the local thickness of what is left of the image without the mid-axes, counting
/// only spheres that lie wholly within the image. Trabecular number is 1 / its mean.
///
/// @param image     The grid that `mid_axis` was measured on.
/// @param max_lean  Balls that lean more are edges of one structure and not its mid-axis.
/// @return          In mm; 0 where no complete sphere reaches.
/// @throws Error{kInput}  there is no ball.
Volume::Pointer mid_axis_spacing(const itk::ImageBase<3>& image,
                                 const std::vector<MidAxisBall>& mid_axis,
                                 Context& context,
                                 double max_lean = 0.5);

}  // namespace ledd
