#include "lattice.h"

namespace ledd::plane_view {
namespace {

Point index_of(const itk::ImageBase<3>& image, const Point& p_lps_mm) {
  itk::Point<double, 3> point;
  std::copy(p_lps_mm.begin(), p_lps_mm.end(), point.Begin());
  itk::ContinuousIndex<double, 3> index;
  static_cast<void>(image.TransformPhysicalPointToContinuousIndex(point, index));
  return {index[0], index[1], index[2]};
}

/// The one axis along which `step` goes; -1 when there are several.
int only_axis(const Point& step, int pixels) {
  int found = -1;
  for (int axis = 0; axis < 3; ++axis) {
    if (std::abs(step[static_cast<unsigned>(axis)]) * pixels < 1e-5) continue;
    if (found >= 0) return -1;
    found = axis;
  }
  return found;
}

}  // namespace

Lattice::Lattice(const itk::ImageBase<3>& image, const Plane& plane) {
  origin_ = index_of(image, at_pixel(plane, 0, 0));
  const auto right = index_of(image, at_pixel(plane, 1, 0)), down = index_of(image, at_pixel(plane, 0, 1));
  for (unsigned k = 0; k < 3; ++k) {
    right_[k] = right[k] - origin_[k];
    down_[k] = down[k] - origin_[k];
    size_[k] = static_cast<long>(image.GetLargestPossibleRegion().GetSize()[k]);
  }
  across_ = only_axis(right_, plane.width_px);
  along_ = only_axis(down_, plane.height_px);
  if (across_ < 0 || along_ < 0 || across_ == along_) across_ = along_ = -1;
  if (across_ < 0) return;
  // What is left of the others is rounding: a row is a row.
  for (int k = 0; k < 3; ++k) {
    if (k != across_) right_[static_cast<unsigned>(k)] = 0.0;
    if (k != along_) down_[static_cast<unsigned>(k)] = 0.0;
  }
}

}  // namespace ledd::plane_view
