#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "ledd/image/image.h"
#include "ledd/vertebral_deformity/vertebral_deformity.h"

namespace ledd::deformity {

/// Voxels of every body that was measured, slice by slice.
class BodyVoxels {
 public:
  /// One voxel centre: in-slice index, and position in the body's own frame.
  struct Voxel {
    long column = 0, row = 0;
    double u_mm = 0.0, w_mm = 0.0, z_mm = 0.0;  ///< Toward posterior, left, head from the body's centre.
  };
  using Slice = std::vector<Voxel>;

  BodyVoxels(const SpineResult& spine, const Labels& labels);

  const std::map<long, Slice>& slices_of(std::uint16_t id) const;
  /// Length of a voxel along a direction within the slices.
  double voxel_mm(const Point& direction) const;

 private:
  std::map<std::uint16_t, std::map<long, Slice>> slices_;
  std::vector<Point> steps_lps_mm_;  // of the two in-slice axes
};

/// Heights as the level norms were read: in each slice within `half_slab_mm` of the body's mid-sagittal
/// plane, the outermost superior minus the outermost inferior voxel edge in 8-22, 42-58 and 78-92 % of the
/// depth, along the body's own superior axis; mean over the slices. Only the largest connected part of a
/// slice counts.
DeformityResult::BandHeights band_heights(const BodyVoxels& voxels,
                                          const SpineResult::Body& body,
                                          double half_slab_mm);

}  // namespace ledd::deformity
