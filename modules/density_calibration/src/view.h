#pragma once
#include <array>
#include <cstddef>

#include "ledd/image/image.h"

namespace ledd::calibration {

/// Position in the frame of a view: mm along its axes from the first voxel.
using Spot = std::array<double, 2>;  ///< u, v

/// A volume with its axes in another order: u and v across, w through the slices.
struct View {
  View(const Volume& volume, unsigned slice_axis);

  float at(std::size_t u, std::size_t v, std::size_t w) const {
    return data[u * stride[0] + v * stride[1] + w * stride[2]];
  }
  /// Bilinear within slice w; the edge's value outside.
  double at(const Spot& p_mm, std::size_t w) const;
  Point lps_mm(const Spot& p_mm, double w_mm) const;
  Point lps_direction(const Spot& slope) const;  ///< Unit vector, of slope mm per mm along w; upward.

  const Volume* image = nullptr;
  const float* data = nullptr;
  std::array<unsigned, 3> axis{};  ///< Of the image.
  std::array<std::size_t, 3> size{}, stride{};
  std::array<double, 3> step_mm{};
};

/// Image axes by how near they run to head-foot, nearest first.
std::array<unsigned, 3> axes_from_head_foot(const Volume& volume);

}  // namespace ledd::calibration
