#include "palette.h"

#include <opencv2/imgproc.hpp>

#include <cmath>

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

const std::vector<plane_view::Rgb>& blue_to_red() {
  static const std::vector<plane_view::Rgb> palette = [] {
    constexpr std::array<double, 3> kFall{33, 102, 172}, kNone{247, 247, 247}, kGain{178, 24, 43};
    std::vector<plane_view::Rgb> rgb(256);
    for (std::size_t n = 0; n < rgb.size(); ++n) {
      const double t = (static_cast<double>(n) - 127.5) / 127.5;
      for (std::size_t k = 0; k < 3; ++k)
        rgb[n][k] = static_cast<std::uint8_t>(
            std::lround(kNone[k] * (1.0 - std::abs(t)) + (t < 0.0 ? kFall : kGain)[k] * std::abs(t)));
    }
    return rgb;
  }();
  return palette;
}

const std::vector<plane_view::Rgb>& palette_of(ColourScale::Kind kind) {
  return kind == ColourScale::Kind::kChange ? blue_to_red() : viridis();
}

}  // namespace ledd::viewer
