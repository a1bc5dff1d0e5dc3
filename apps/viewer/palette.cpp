#include "palette.h"

#include <opencv2/imgproc.hpp>

namespace ledd::viewer {

const std::vector<plane_view::Rgb>& viridis() {
  static const std::vector<plane_view::Rgb> palette = [] {
    cv::Mat_<std::uint8_t> levels(1, 256);
    for (int n = 0; n < 256; ++n) levels(0, n) = static_cast<std::uint8_t>(n);
    cv::Mat_<cv::Vec3b> bgr;
    cv::applyColorMap(levels, bgr, cv::COLORMAP_VIRIDIS);
    std::vector<plane_view::Rgb> rgb;
    rgb.reserve(256);
    for (int n = 0; n < 256; ++n) rgb.push_back({bgr(0, n)[2], bgr(0, n)[1], bgr(0, n)[0]});
    return rgb;
  }();
  return palette;
}

}  // namespace ledd::viewer
