#pragma once
#include <array>
#include <map>
#include <vector>

#include "column.h"
#include "slices.h"

namespace ledd::classical {

inline constexpr std::size_t kRays = 72;      ///< From along the endplates to the back, turning downwards.
inline constexpr double kHalfMiddleMm = 5.0;  ///< Of the slab in which a body is outlined first.
using Radii = std::array<double, kRays>;      ///< mm, one a ray.

/// One body: a closed curve around its centre on every slice that it reaches.
struct Outline {
  double x_mm = 0.0, y_mm = 0.0, z_mm = 0.0;
  double tilt_deg = 0.0;
  Radii middle{};                      ///< On the mean of its middle slices.
  std::map<std::size_t, Radii> rings;  ///< By slice.
};

/// Outlines of all boxes of the column.
/// @param width_to_depth  Of a body: left to right over front to back.
std::vector<Outline> outline_bodies(const Slices& slices, const Column& column, double width_to_depth);

/// Mean contrast across the endplates where the middle outline has them, 1 mm either way allowed; + where the
/// body has the polarity.
double endplate_contrast(const cv::Mat& image, const Outline& o, Polarity polarity);

/// Radius in any direction, linear between rays.
double radius_at(const Radii& radii, double angle);

}  // namespace ledd::classical
