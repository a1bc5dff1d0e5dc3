#pragma once
#include <opencv2/core.hpp>

#include "ledd/axial_levels/axial_levels.h"

namespace ledd::paraspinal {

using Plane = cv::Mat_<float>;
using Flags = cv::Mat_<std::uint8_t>;  ///< 0 or 255.

/// A section's geometry with pixels instead of millimetres.
struct Grid {
  explicit Grid(const axial::Section& section)
      : step_mm(section.step_mm),
        x0_mm(section.x0_mm),
        y0_mm(section.y0_mm),
        nx(static_cast<int>(section.nx)),
        ny(static_cast<int>(section.ny)) {}
  double step_mm, x0_mm, y0_mm;
  int nx, ny;
  double x_mm(int i) const { return x0_mm + step_mm * i; }
  double y_mm(int j) const { return y0_mm + step_mm * j; }
  int column(double x_mm) const;  ///< The nearest, within the grid.
  int row(double y_mm) const;
};

/// Gaussian mean over the pixels that `where` marks; 0 where there are none.
Plane smoothed(const Plane& values, const Flags& where, double sigma_px);
Flags opened(const Flags& mask, double radius_px);
Flags closed(const Flags& mask, double radius_px);
Flags grown(const Flags& mask, double radius_px);
Flags shrunk(const Flags& mask, double radius_px);
/// How much brighter a pixel is than what is left when all that is thinner than twice the radius is taken
/// away (white top-hat).
Plane thin_lines(const Plane& values, double radius_px);
Flags without_holes(const Flags& mask);
/// The parts (8-neighbours) of at least `least_px` pixels.
Flags large_parts(const Flags& mask, int least_px);
/// The part that holds the pixel of `mask` nearest to a place; empty when that is further than `reach_px`.
Flags part_near(const Flags& mask, cv::Point2d place_px, double reach_px);
/// The outline of the largest part, in continuous pixels; closed.
std::vector<cv::Point2d> outline(const Flags& mask);
double perimeter_px(const Flags& mask);

/// The path of largest sum through a score, one place in every row, neighbours at most `reach` columns apart
/// at a price of `bend` for each column.
std::vector<int> best_path(const Plane& score, double bend, int reach);

}  // namespace ledd::paraspinal
