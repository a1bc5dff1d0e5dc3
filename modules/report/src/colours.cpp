#include "colours.h"

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include <cmath>

#include "ledd/core/error.h"

#include "drawing.h"

namespace ledd::report {

namespace {

/// 256 colours of ColourScale::Kind::kChange, blue, green, red.
cv::Mat_<cv::Vec3b> change_colours() {
  const cv::Vec3d fall(172, 102, 33), none(247, 247, 247), gain(43, 24, 178);
  cv::Mat_<cv::Vec3b> table(256, 1);
  for (int n = 0; n < 256; ++n) {
    const double t = (n - 127.5) / 127.5;
    table(n, 0) = cv::Vec3b(none * (1.0 - std::abs(t)) + (t < 0.0 ? fall : gain) * std::abs(t));
  }
  return table;
}

}  // namespace

cv::Mat_<cv::Vec3b> coloured(const cv::Mat_<float>& values, const ColourScale& scale) {
  require(scale.high > scale.low,
          Errc::kInput,
          fmt::format("the colours of {} run from {} to {}: the second must be greater",
                      scale.quantity,
                      scale.low,
                      scale.high));
  cv::Mat_<std::uint8_t> steps(values.size());
  for (int row = 0; row < values.rows; ++row)
    for (int column = 0; column < values.cols; ++column) {
      const double share = (static_cast<double>(values(row, column)) - scale.low) / (scale.high - scale.low);
      steps(row, column) =
          share >= 0.0 ? static_cast<std::uint8_t>(std::lround(std::min(share, 1.0) * 255)) : 0;
    }
  cv::Mat_<cv::Vec3b> out;
  if (scale.kind == ColourScale::Kind::kChange)
    cv::applyColorMap(steps, out, change_colours());
  else
    cv::applyColorMap(steps, out, cv::COLORMAP_VIRIDIS);
  for (int row = 0; row < values.rows; ++row)
    for (int column = 0; column < values.cols; ++column)
      if (!std::isfinite(values(row, column))) out(row, column) = {0, 0, 0};
  return out;
}

cv::Mat colour_bar(const ColourScale& scale, int width) {
  constexpr int kHeight = 52;
  constexpr int kBar = 14;
  constexpr int kMargin = 40;
  cv::Mat picture(kHeight, width, CV_8UC3, cv::Scalar(0, 0, 0));
  const int length = std::max(2, std::min(width - 2 * kMargin, 420));
  const int left = (width - length) / 2;
  cv::Mat_<float> ramp(kBar, length);
  for (int column = 0; column < length; ++column)
    ramp.col(column) = static_cast<float>(scale.low + (scale.high - scale.low) * column / (length - 1));
  coloured(ramp, scale).copyTo(picture(cv::Rect(left, 4, length, kBar)));
  const auto number = [&](double share, const char* sign) {
    const double value = scale.low + share * (scale.high - scale.low);
    draw_text(picture,
              fmt::format("{}{:.4g}", sign, value),
              {left + share * length, 26.0},
              {255, 255, 255},
              Anchor::kCentre);
  };
  number(0.0, "<=");
  number(0.5, "");
  number(1.0, ">=");
  draw_text(picture,
            fmt::format("{} ({})", scale.quantity, scale.unit),
            {width / 2.0, 42.0},
            {255, 255, 255},
            Anchor::kCentre);
  return picture;
}

}  // namespace ledd::report
