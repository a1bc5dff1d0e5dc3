#pragma once
#include <opencv2/core.hpp>

#include <vector>

namespace ledd::classical {

/// A box of the size of a vertebral body on a slab. Places and lengths in mm of the work frame: x posterior,
/// y inferior, z across.
struct Box {
  double x_mm = 0.0, y_mm = 0.0, z_mm = 0.0;
  double tilt_deg = 0.0;                   ///< Of its endplates; + anterior up.
  double depth_mm = 0.0, height_mm = 0.0;  ///< Along and between the endplates.
  double score = 0.0;                      ///< Gradient across its border, in local mean gradients.
  cv::Mat look;                            ///< What is in and around it, turned upright.
};

/// Whether bodies are brighter or darker than what surrounds them.
enum class Polarity : int { kBrighter = 1, kDarker = -1 };

/// A box and its surroundings, columns along and rows across its endplates, 2 mm apart; mean 0, length 1, so
/// that the dot product of two is their correlation.
/// @param slab  Pixels of kSeekMm.
cv::Mat look_of(const cv::Mat& slab, const Box& box);

/// The best boxes of a slab (pixels of kSeekMm) for one polarity, best first.
std::vector<Box> find_boxes(const cv::Mat& slab, double z_mm, Polarity polarity);

}  // namespace ledd::classical
