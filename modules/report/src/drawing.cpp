#include "drawing.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <array>
#include <cmath>

namespace ledd::report {
namespace {

constexpr int kFont = cv::FONT_HERSHEY_SIMPLEX;
constexpr double kFontScale = 0.45;
constexpr int kShift = 4;  // OpenCV's drawing takes sixteenths of a pixel as integers
const Rgb kWhite{255, 255, 255};

cv::Scalar bgr(const Rgb& rgb) {
  return {double(rgb[2]), double(rgb[1]), double(rgb[0])};
}

/// The fonts hold ASCII alone; what they lack is spelled out, and never dropped in silence.
std::string ascii(const std::string& text) {
  static const std::array<std::pair<std::string, std::string>, 4> spelled{
      {{"\u00B0", " deg"}, {"\u00B5", "u"}, {"\u2013", "-"}, {"\u2014", "-"}}};
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto known = std::find_if(spelled.begin(), spelled.end(), [&](const auto& pair) {
      return text.compare(at, pair.first.size(), pair.first) == 0;
    });
    const auto byte = static_cast<unsigned char>(text[at]);
    if (known != spelled.end()) {
      out += known->second;
      at += known->first.size();
    } else {
      if ((byte & 0xC0U) != 0x80U) out += byte >= 0x20 && byte < 0x7F ? static_cast<char>(byte) : '?';
      ++at;
    }
  }
  return out;
}

std::vector<cv::Point> sixteenths(const std::vector<cv::Point2d>& points) {
  std::vector<cv::Point> out;
  constexpr double kFarPx = 30000.0;  // a mistaken point must not overflow
  const auto fixed = [&](double v) {
    return static_cast<int>(std::lround(std::clamp(v, -kFarPx, kFarPx) * (1 << kShift)));
  };
  for (const auto& p : points) out.emplace_back(fixed(p.x), fixed(p.y));
  return out;
}

/// Draws with `draw` on a copy and lays it over the picture by half, so that the rim only dims what is below.
template <class Draw>
void draw_dimly(cv::Mat& picture, const Draw& draw) {
  cv::Mat copy = picture.clone();
  draw(copy);
  cv::addWeighted(copy, 0.5, picture, 0.5, 0.0, picture);
}

}  // namespace

void draw_text(cv::Mat& picture, const std::string& text, cv::Point2d at, const Rgb& rgb, Anchor anchor) {
  const std::string shown = ascii(text);
  if (shown.empty()) return;
  int below = 0;
  const cv::Size size = cv::getTextSize(shown, kFont, kFontScale, 1, &below);
  const int left = static_cast<int>(std::lround(anchor == Anchor::kCentre ? at.x - size.width / 2.0 : at.x));
  const int base = static_cast<int>(std::lround(at.y + size.height / 2.0));
  const int most_left = std::max(3, picture.cols - size.width - 3);
  const int most_low = std::max(size.height + 3, picture.rows - below - 1);
  const cv::Point corner(std::clamp(left, 3, most_left), std::clamp(base, size.height + 3, most_low));
  cv::putText(picture, shown, corner, kFont, kFontScale, cv::Scalar(0, 0, 0), 3, cv::LINE_AA);
  cv::putText(picture, shown, corner, kFont, kFontScale, bgr(rgb), 1, cv::LINE_AA);
}

void draw_line(cv::Mat& picture, const std::vector<cv::Point2d>& points, const Rgb& rgb) {
  if (points.empty()) return;
  const std::vector<std::vector<cv::Point>> line{sixteenths(points)};
  draw_dimly(picture, [&](cv::Mat& copy) {
    cv::polylines(copy, line, false, {0, 0, 0}, 3, cv::LINE_AA, kShift);
  });
  cv::polylines(picture, line, false, bgr(rgb), 1, cv::LINE_AA, kShift);
}

void draw_outline(cv::Mat& picture, const cv::Mat& mask, const Rgb& rgb) {
  std::vector<std::vector<cv::Point>> contours;
  cv::findContours(mask, contours, cv::RETR_CCOMP, cv::CHAIN_APPROX_NONE);
  cv::polylines(picture, contours, true, bgr(rgb), 1, cv::LINE_AA);
}

void draw_scale_bar(cv::Mat& picture, double pixels_per_mm) {
  struct Bar {
    double step_mm;
    int steps;
    const char* text;
  };
  constexpr std::array<Bar, 3> kBars{{{10.0, 5, "5 cm"}, {10.0, 1, "1 cm"}, {1.0, 1, "1 mm"}}};
  const auto fits = [&](const Bar& bar) {
    return 1.2 * bar.steps * bar.step_mm * pixels_per_mm < picture.cols * 0.7;
  };
  const auto* found = std::find_if(kBars.begin(), kBars.end(), fits);
  const Bar bar = found == kBars.end() ? kBars.back() : *found;
  const double y = picture.rows - 32.0;  // above the letter of the lower border
  const double left = 12.0;
  const auto x = [&](int step) { return left + step * bar.step_mm * pixels_per_mm; };
  for (int step = 0; step <= bar.steps; ++step)
    draw_line(picture, {{x(step), y - 4}, {x(step), y + 4}}, kWhite);
  draw_line(picture, {{left, y}, {x(bar.steps), y}}, kWhite);
  draw_text(picture, bar.text, {x(bar.steps) + 8, y}, kWhite, Anchor::kLeft);
}

void draw_letters(cv::Mat& picture, const std::array<char, 4>& letters) {
  const double middle_x = picture.cols / 2.0;
  const double middle_y = picture.rows / 2.0;
  const auto put = [&](char letter, double x, double y) {
    draw_text(picture, std::string(1, letter), {x, y}, kWhite, Anchor::kCentre);
  };
  put(letters[0], 10.0, middle_y);
  put(letters[1], picture.cols - 10.0, middle_y);
  put(letters[2], middle_x, 10.0);
  put(letters[3], middle_x, picture.rows - 14.0);
}

}  // namespace ledd::report
