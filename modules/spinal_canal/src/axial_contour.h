#pragma once
#include <string>
#include <vector>

#include "ledd/axial_levels/axial_levels.h"

namespace ledd::canal {

/// The sac's border in an axial section, as distances from a middle along rays all around.
struct AxialContour {
  double x_mm = 0.0, y_mm = 0.0;  ///< The middle.
  std::vector<double> radius_mm;  ///< Ray n runs toward 360 n / size degrees, 0 left, 90 back.
  double contrast = 0.0;          ///< Mean fall of brightness across the border; 1 is fluid to dark.
  std::string problem;            ///< Why there is none; empty when there is.

  std::size_t rays() const { return radius_mm.size(); }
  double x(std::size_t ray) const;
  double y(std::size_t ray) const;
  double area_mm2() const;
  double perimeter_mm() const;
  /// Mean extent along y over `width_mm` about the area's middle, and where the middle one begins and ends.
  struct Depth {
    double mean_mm = 0.0, x_mm = 0.0, front_mm = 0.0, back_mm = 0.0;
  };
  Depth depth(double width_mm) const;
  /// Of the area.
  double centroid_x() const;
  double centroid_y() const;
};

AxialContour find_contour(const axial::Section& section, double x_mm, double y_mm);

}  // namespace ledd::canal
