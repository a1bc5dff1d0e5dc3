#pragma once
#include <opencv2/core.hpp>

#include <vector>

#include "ledd/image/image.h"

namespace ledd::classical {

inline constexpr double kWorkMm = 1.0;  ///< Pixels of the outlines.
inline constexpr double kSeekMm = 2.0;  ///< Pixels of the search.

/// The slices of a volume whose axes run posterior, inferior and across, resampled in plane. The centre of
/// pixel (0, 0) is the centre of the volume's first voxel, so a pixel times its size is a place in mm.
struct Slices {
  std::vector<cv::Mat> pixels;  ///< Float.
  double spacing_mm = 0.0;      ///< From slice to slice.

  double width_mm() const { return static_cast<double>(pixels.front().cols - 1) * kWorkMm; }
  double height_mm() const { return static_cast<double>(pixels.front().rows - 1) * kWorkMm; }
  double last_mm() const { return static_cast<double>(pixels.size() - 1) * spacing_mm; }

  /// The mean of the slices within `half_mm` of `z_mm`, at least the nearest one.
  cv::Mat slab(double z_mm, double half_mm) const;
};

Slices slices_of(const Volume& turned);

/// Every second pixel of a work image, after averaging over its neighbours: pixels of kSeekMm.
cv::Mat halved(const cv::Mat& work);

/// Linear between pixels, the border's value beyond it. x and y in pixels.
float value_at(const cv::Mat& image, double x, double y);

}  // namespace ledd::classical
