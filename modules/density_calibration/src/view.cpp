#include "view.h"

#include <algorithm>
#include <cmath>

namespace ledd::calibration {

View::View(const Volume& volume, unsigned slice_axis) : image(&volume), data(volume.GetBufferPointer()) {
  axis = {slice_axis == 0 ? 1U : 0U, slice_axis == 2 ? 1U : 2U, slice_axis};
  const auto whole = volume.GetLargestPossibleRegion().GetSize();
  const std::array<std::size_t, 3> strides{1, whole[0], whole[0] * whole[1]};
  for (std::size_t n = 0; n < 3; ++n) {
    size[n] = whole[axis[n]];
    stride[n] = strides[axis[n]];
    step_mm[n] = volume.GetSpacing()[axis[n]];
  }
}

double View::at(const Spot& p_mm, std::size_t w) const {
  std::array<std::size_t, 2> low{};
  std::array<double, 2> part{};
  for (std::size_t n = 0; n < 2; ++n) {
    const double x = std::clamp(p_mm[n] / step_mm[n], 0.0, static_cast<double>(size[n] - 1));
    low[n] = std::min(static_cast<std::size_t>(x), size[n] - 2);
    part[n] = x - static_cast<double>(low[n]);
  }
  const float* p = data + low[0] * stride[0] + low[1] * stride[1] + w * stride[2];
  const double near = (1 - part[0]) * static_cast<double>(p[0]) + part[0] * static_cast<double>(p[stride[0]]);
  p += stride[1];
  const double far = (1 - part[0]) * static_cast<double>(p[0]) + part[0] * static_cast<double>(p[stride[0]]);
  return (1 - part[1]) * near + part[1] * far;
}

Point View::lps_mm(const Spot& p_mm, double w_mm) const {
  itk::ContinuousIndex<double, 3> index;
  index[axis[0]] = p_mm[0] / step_mm[0];
  index[axis[1]] = p_mm[1] / step_mm[1];
  index[axis[2]] = w_mm / step_mm[2];
  Volume::PointType p;
  image->TransformContinuousIndexToPhysicalPoint(index, p);
  return {p[0], p[1], p[2]};
}

Point View::lps_direction(const Spot& slope) const {
  const Point a = lps_mm({0, 0}, 0), b = lps_mm(slope, 1.0);
  Point d{b[0] - a[0], b[1] - a[1], b[2] - a[2]};
  const double length = std::copysign(std::hypot(d[0], d[1], d[2]), d[2]);
  for (double& x : d) x /= length;
  return d;
}

std::array<unsigned, 3> axes_from_head_foot(const Volume& volume) {
  std::array<unsigned, 3> axes{0, 1, 2};
  const auto& direction = volume.GetDirection();
  std::stable_sort(axes.begin(), axes.end(), [&](unsigned a, unsigned b) {
    return std::fabs(direction[2][a]) > std::fabs(direction[2][b]);
  });
  return axes;
}

}  // namespace ledd::calibration
