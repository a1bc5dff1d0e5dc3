#pragma once
#include <opencv2/core.hpp>

#include <vector>

#include "ledd/measurement/surface_figure.h"

namespace ledd::report {

/// BGR of each value on the scale (viridis: even to the eye, readable to the colour-blind and in grey).
/// Values that are not finite become black.
cv::Mat_<cv::Vec3b> coloured(const cv::Mat_<float>& values, const ColourScale& scale);

/// A picture as wide as `width` with the scale's colours, its ends, its middle, what it shows and its unit.
cv::Mat colour_bar(const ColourScale& scale, int width);

}  // namespace ledd::report
