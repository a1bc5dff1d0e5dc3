#include "thumbnail.h"

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <vector>

namespace ledd::cases {

std::string thumbnail(const std::string& png) {
  constexpr int kLongestSide = 160;
  if (png.empty()) return "";
  const std::vector<unsigned char> bytes(png.begin(), png.end());
  const cv::Mat picture = cv::imdecode(bytes, cv::IMREAD_COLOR);
  if (picture.empty()) return "";
  const double scale =
      std::min(1.0, kLongestSide / static_cast<double>(std::max(picture.cols, picture.rows)));
  cv::Mat small;
  cv::resize(picture, small, cv::Size(), scale, scale, cv::INTER_AREA);
  std::vector<unsigned char> out;
  cv::imencode(".png", small, out, {cv::IMWRITE_PNG_COMPRESSION, 9});
  return {out.begin(), out.end()};
}

}  // namespace ledd::cases
