#pragma once
#include <cmath>

#include "ledd/core/context.h"
#include "ledd/knee_phantom/knee_phantom.h"

#include "painted_knee.h"

namespace ledd::testing {

/// The cartilage in which the knees of one person differ.
struct TwoKnees {
  double right_medial_mm = 1.8, left_medial_mm = 1.2;
  double right_lateral_mm = 1.7, left_lateral_mm = 2.3;
};

/// A stack with both knees, 55 mm beside the table's middle each; as coarse as the network's slices.
inline knee_phantom::Params view_of_both(double pixel_mm, double slice_mm) {
  knee_phantom::Params params = knee_for_the_network(anatomy::Side::kRight);
  params.knee.both = true;
  params.knee.beside_table_mm = 55.0;
  params.stack.pixel_mm = pixel_mm;
  params.stack.columns = static_cast<int>(std::ceil(117.0 / pixel_mm));
  params.stack.rows = static_cast<int>(std::ceil(148.0 / pixel_mm));
  params.stack.slices = static_cast<int>(std::ceil(210.0 / slice_mm));
  params.stack.pitch_mm = params.stack.thickness_mm = slice_mm;
  return params;
}

/// Calls each(voxel, LPS x of its centre).
template <class Each>
void for_x(const Labels& labels, const Each& each) {
  for (std::size_t n = 0; n < labels.GetLargestPossibleRegion().GetNumberOfPixels(); ++n) {
    Labels::PointType p;
    labels.TransformIndexToPhysicalPoint(labels.ComputeIndex(static_cast<long>(n)), p);
    each(n, p[0]);
  }
}

/// A right and a left knee side by side: the left half of the image is of a person whose plates are others.
inline Labels::Pointer two_knees(knee_phantom::Params params, const TwoKnees& knees) {
  Context context({}, 2);
  params.knee.medial_mm = knees.right_medial_mm;
  params.knee.lateral_mm = knees.right_lateral_mm;
  const auto right = KneePhantom(params).draw(context).labels;
  params.knee.medial_mm = knees.left_medial_mm;
  params.knee.lateral_mm = knees.left_lateral_mm;
  const auto left = KneePhantom(params).draw(context).labels;
  for_x(*right, [&](std::size_t n, double x_mm) {
    if (x_mm > 0.0) right->GetBufferPointer()[n] = left->GetBufferPointer()[n];
  });
  return right;
}

/// Only what lies on one side of the table's middle.
inline void keep_side(Labels& labels, anatomy::Side side) {
  for_x(labels, [&](std::size_t n, double x_mm) {
    if ((x_mm > 0.0) != (side == anatomy::Side::kLeft)) labels.GetBufferPointer()[n] = 0;
  });
}

}  // namespace ledd::testing
