#pragma once
#include <string>
#include <vector>

#include "ledd/image/image.h"
#include "ledd/spine_morphometry/spine_result.h"

namespace ledd::canal {

inline constexpr double kStepMm = 0.5;  ///< Along curves and across them.

/// The posterior walls of the measured bodies as one smooth curve, from head to foot, every kStepMm.
struct Curve {
  struct Station {
    Point at_lps_mm{};
    Point down{};       ///< Unit tangent.
    Point left{};       ///< Unit; of the bodies, square to `down`.
    Point posterior{};  ///< Unit; square to both.
  };
  std::vector<Station> stations;
  std::string reason;  ///< Why there is none.
};

/// Runs from the upper end of the first measured body's wall to the lower end of the last one's (S1: 15 mm of
/// wall, taken square to its endplate), and a little beyond.
Curve wall_curve(const SpineResult& spine);

/// Smooths the points along the curve (Gaussian, ends kept by point reflection) and puts stations on it.
Curve curve_through(const std::vector<Point>& points_lps_mm, const std::vector<Point>& left, double sigma_mm);

}  // namespace ledd::canal
