#pragma once
#include <opencv2/core.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace ledd::report {

using Rgb = std::array<std::uint8_t, 3>;

enum class Anchor { kLeft, kCentre };

/// Smooth text with a dark rim, readable on bright and on dark; `at` is the middle of its height. Kept inside
/// the picture.
void draw_text(cv::Mat& picture, const std::string& text, cv::Point2d at, const Rgb& rgb, Anchor anchor);
/// A smooth line, one pixel wide, with a faint dark rim.
void draw_line(cv::Mat& picture, const std::vector<cv::Point2d>& points, const Rgb& rgb);
/// The border of a mask of the same size as the picture, one pixel wide.
void draw_outline(cv::Mat& picture, const cv::Mat& mask, const Rgb& rgb);
/// 5 cm with a tick at each, or 1 cm or 1 mm on a picture too small for that; below left.
void draw_scale_bar(cv::Mat& picture, double pixels_per_mm);
/// Left, right, upper and lower border.
void draw_letters(cv::Mat& picture, const std::array<char, 4>& letters);

}  // namespace ledd::report
