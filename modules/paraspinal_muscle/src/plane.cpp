#include "plane.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>

namespace ledd::paraspinal {
namespace {

/// Distance of every pixel to the nearest one that `mask` marks.
Plane distance_to(const Flags& mask) {
  Plane distance;
  if (cv::countNonZero(mask) == 0) return Plane(mask.rows, mask.cols, 1e9F);
  cv::distanceTransform(255 - mask, distance, cv::DIST_L2, cv::DIST_MASK_PRECISE);
  return distance;
}

/// With a frame of `margin` pixels that are not marked, so that the border is no obstacle.
Flags framed(const Flags& mask, int margin) {
  Flags out;
  cv::copyMakeBorder(mask, out, margin, margin, margin, margin, cv::BORDER_CONSTANT, 0);
  return out;
}

Flags unframed(const Flags& mask, int margin) {
  return mask(cv::Rect(margin, margin, mask.cols - 2 * margin, mask.rows - 2 * margin)).clone();
}

}  // namespace

int Grid::column(double x_mm) const {
  return std::clamp(static_cast<int>(std::lround((x_mm - x0_mm) / step_mm)), 0, nx - 1);
}

int Grid::row(double y_mm) const {
  return std::clamp(static_cast<int>(std::lround((y_mm - y0_mm) / step_mm)), 0, ny - 1);
}

Plane smoothed(const Plane& values, const Flags& where, double sigma_px) {
  Plane weight, sum(Plane::zeros(values.size())), out(Plane::zeros(values.size()));
  where.convertTo(weight, CV_32F, 1.0 / 255.0);
  values.copyTo(sum, where);
  cv::GaussianBlur(sum, sum, {0, 0}, sigma_px, sigma_px, cv::BORDER_CONSTANT);
  cv::GaussianBlur(weight, weight, {0, 0}, sigma_px, sigma_px, cv::BORDER_CONSTANT);
  const Flags some(weight > 1e-3F);
  cv::divide(sum, weight, sum);
  sum.copyTo(out, some);
  return out;
}

Flags grown(const Flags& mask, double radius_px) {
  return Flags(distance_to(mask) <= radius_px);
}

Flags shrunk(const Flags& mask, double radius_px) {
  return Flags(distance_to(Flags(255 - mask)) > radius_px);
}

Flags opened(const Flags& mask, double radius_px) {
  return grown(shrunk(mask, radius_px), radius_px);
}

Flags closed(const Flags& mask, double radius_px) {
  const int margin = static_cast<int>(std::ceil(radius_px)) + 1;
  return unframed(shrunk(grown(framed(mask, margin), radius_px), radius_px), margin);
}

Plane thin_lines(const Plane& values, double radius_px) {
  const int size = 2 * static_cast<int>(std::lround(radius_px)) + 1;
  Plane out;
  cv::morphologyEx(values, out, cv::MORPH_TOPHAT, cv::getStructuringElement(cv::MORPH_ELLIPSE, {size, size}));
  return out;
}

Flags without_holes(const Flags& mask) {
  std::vector<std::vector<cv::Point>> contours;
  cv::findContours(mask, contours, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_NONE);
  Flags out(Flags::zeros(mask.size()));
  cv::drawContours(out, contours, -1, 255, cv::FILLED);
  return out;
}

Flags large_parts(const Flags& mask, int least_px) {
  cv::Mat_<int> part, stats;
  cv::Mat_<double> centres;
  const int n = cv::connectedComponentsWithStats(mask, part, stats, centres, 8, CV_32S);
  Flags out(Flags::zeros(mask.size()));
  for (int i = 1; i < n; ++i)
    if (stats(i, cv::CC_STAT_AREA) >= least_px) out.setTo(255, part == i);
  return out;
}

Flags part_near(const Flags& mask, cv::Point2d place_px, double reach_px) {
  cv::Mat_<int> part;
  cv::connectedComponents(mask, part, 8, CV_32S);
  int chosen = 0;
  double least = reach_px;
  for (int j = 0; j < mask.rows; ++j)
    for (int i = 0; i < mask.cols; ++i)
      if (const double d = std::hypot(i - place_px.x, j - place_px.y); mask(j, i) != 0 && d < least)
        least = d, chosen = part(j, i);
  Flags out(Flags::zeros(mask.size()));
  if (chosen != 0) out.setTo(255, part == chosen);
  return out;
}

std::vector<cv::Point2d> outline(const Flags& mask) {
  constexpr int kFiner = 3;  // so that the line runs along the pixels' edges, not through their centres
  Plane soft;
  mask.convertTo(soft, CV_32F, 1.0 / 255.0);
  cv::GaussianBlur(soft, soft, {0, 0}, 0.7, 0.7, cv::BORDER_CONSTANT);
  cv::resize(soft, soft, {}, kFiner, kFiner, cv::INTER_LINEAR);
  std::vector<std::vector<cv::Point>> contours;
  cv::findContours(Flags(soft >= 0.5F), contours, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_NONE);
  std::vector<cv::Point2d> line;
  std::size_t best = 0;
  for (std::size_t c = 1; c < contours.size(); ++c)
    if (contours[c].size() > contours[best].size()) best = c;
  if (contours.empty()) return line;
  for (std::size_t n = 0; n < contours[best].size(); n += 2) {
    const cv::Point& p = contours[best][n];
    line.emplace_back((p.x + 0.5) / kFiner - 0.5, (p.y + 0.5) / kFiner - 0.5);
  }
  line.push_back(line.front());
  return line;
}

double perimeter_px(const Flags& mask) {
  const auto line = outline(mask);
  double sum = 0;
  for (std::size_t n = 1; n < line.size(); ++n) sum += cv::norm(line[n] - line[n - 1]);
  return sum;
}

std::vector<int> best_path(const Plane& score, double bend, int reach) {
  const int rows = score.rows, columns = score.cols;
  cv::Mat_<double> sum(rows, columns, 0.0);
  cv::Mat_<int> from(rows, columns, 0);
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < columns; ++c) {
      double best = r == 0 ? 0.0 : sum(r - 1, c);
      from(r, c) = c;
      for (int other = std::max(0, c - reach); r > 0 && other <= std::min(columns - 1, c + reach); ++other)
        if (const double here = sum(r - 1, other) - bend * std::abs(other - c); here > best)
          best = here, from(r, c) = other;
      sum(r, c) = best + static_cast<double>(score(r, c));
    }
  std::vector<int> path(static_cast<std::size_t>(rows), 0);
  if (rows == 0) return path;
  const double* last = sum[rows - 1];
  path.back() = static_cast<int>(std::max_element(last, last + columns) - last);
  for (int r = rows - 1; r > 0; --r)
    path[static_cast<std::size_t>(r - 1)] = from(r, path[static_cast<std::size_t>(r)]);
  return path;
}

}  // namespace ledd::paraspinal
