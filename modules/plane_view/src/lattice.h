#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "ledd/plane_view/plane_view.h"

namespace ledd::plane_view {

/// Continuous voxel index of a plane's pixels: an affine map. Every answer is a function of the pixel alone,
/// so that a part of a picture is the same as that part of the whole.
class Lattice {
 public:
  Lattice(const itk::ImageBase<3>& image, const Plane& plane);

  Point at(int x, int y) const {
    Point p{};
    for (unsigned k = 0; k < 3; ++k) p[k] = origin_[k] + x * right_[k] + y * down_[k];
    return p;
  }
  /// Offset of the nearest voxel; -1 outside.
  std::ptrdiff_t nearest(int x, int y) const {
    const Point p = at(x, y);
    std::array<long, 3> voxel{};
    for (unsigned k = 0; k < 3; ++k) {
      if (!holds(k, p[k])) return -1;
      voxel[k] = std::min(static_cast<long>(p[k] + 0.5), size_[k] - 1);
    }
    return (voxel[2] * size_[1] + voxel[1]) * size_[0] + voxel[0];
  }
  /// Whether the image reaches a coordinate along an axis: half a voxel beyond the centres at its ends.
  bool holds(unsigned axis, double index) const {
    return index >= -0.5 && index < static_cast<double>(size_[axis]) - 0.5;
  }
  const std::array<long, 3>& size() const { return size_; }

  /// The axes of the image along which rows and columns of pixels run; both -1 unless each runs along one
  /// alone, to a hundred-thousandth of a voxel across the picture.
  int across() const { return across_; }
  int along() const { return along_; }
  double right(unsigned axis) const { return right_[axis]; }
  double down(unsigned axis) const { return down_[axis]; }
  double origin(unsigned axis) const { return origin_[axis]; }

 private:
  Point origin_{}, right_{}, down_{};
  std::array<long, 3> size_{};
  int across_ = -1, along_ = -1;
};

/// Where between two neighbouring voxels a coordinate lies; the border voxels reach half a voxel further.
struct Between {
  long low = 0, high = 0;
  float part = 0.0F;
};

inline Between between(double index, long size) {
  const double inside = std::clamp(index, 0.0, static_cast<double>(size - 1));
  const auto low = static_cast<long>(inside);
  auto part = static_cast<float>(inside - static_cast<double>(low));
  // Planes along the scan's own axes go through the middle of voxels but for rounding: no second slice then.
  if (part < 1e-5F) part = 0.0F;
  return {low, part > 0.0F ? std::min(low + 1, size - 1) : low, part};
}

}  // namespace ledd::plane_view
