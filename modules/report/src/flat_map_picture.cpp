#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>

#include "ledd/core/error.h"
#include "ledd/report/report.h"

#include "colours.h"
#include "drawing.h"
#include "encode.h"

namespace ledd::report {
namespace {

constexpr double kLongestPx = 620.0;
constexpr int kMarginPx = 70;  // room for the names of the borders
const Rgb kWhite{255, 255, 255};

void draw_borders(cv::Mat& picture, const std::array<std::string, 4>& names) {
  const double middle_x = picture.cols / 2.0;
  const double middle_y = picture.rows / 2.0;
  draw_text(picture, names[0], {4.0, middle_y}, kWhite, Anchor::kLeft);
  draw_text(picture, names[1], {picture.cols - kMarginPx / 2.0, middle_y}, kWhite, Anchor::kCentre);
  draw_text(picture, names[2], {middle_x, 14.0}, kWhite, Anchor::kCentre);
  draw_text(picture, names[3], {middle_x, picture.rows - 14.0}, kWhite, Anchor::kCentre);
}

void draw_map_lines(cv::Mat& picture, const FlatMapFigure& figure, double gain) {
  for (const auto& line : figure.lines) {
    std::vector<cv::Point2d> points;
    cv::Point2d middle(0, 0);
    for (const auto& p : line.points_px) {
      points.emplace_back((p[0] + 0.5) * gain - 0.5 + kMarginPx, (p[1] + 0.5) * gain - 0.5 + kMarginPx);
      middle += points.back() / static_cast<double>(line.points_px.size());
    }
    draw_line(picture, points, kWhite);
    if (!points.empty()) draw_text(picture, line.text, middle, kWhite, Anchor::kCentre);
  }
}

}  // namespace

std::string render_png(const FlatMapFigure& figure) {
  require(figure.columns > 0 && figure.rows > 0 && figure.values.size() == figure.columns * figure.rows,
          Errc::kInput,
          fmt::format("figure {}: {} values for {} x {} pixels",
                      figure.name,
                      figure.values.size(),
                      figure.columns,
                      figure.rows));
  cv::Mat_<float> values(static_cast<int>(figure.rows), static_cast<int>(figure.columns));
  std::copy(figure.values.begin(), figure.values.end(), values.begin());
  const double gain = std::max(1.0, kLongestPx / std::max(values.rows, values.cols));
  const cv::Size size(static_cast<int>(std::lround(values.cols * gain)),
                      static_cast<int>(std::lround(values.rows * gain)));
  cv::Mat map;
  cv::resize(
      coloured(values, figure.scale), map, size, 0, 0, cv::INTER_NEAREST);  // no colour that is no value
  cv::Mat picture;
  cv::copyMakeBorder(
      map, picture, kMarginPx, kMarginPx, kMarginPx, kMarginPx, cv::BORDER_CONSTANT, cv::Scalar(0, 0, 0));
  draw_map_lines(picture, figure, gain);
  draw_borders(picture, figure.borders);
  draw_scale_bar(picture, gain / figure.mm_per_pixel);
  cv::vconcat(picture, colour_bar(figure.scale, picture.cols), picture);
  return encoded_png(picture);
}

}  // namespace ledd::report
