#pragma once
#include <cstddef>
#include <vector>

#include "geometry.h"
#include "wall_curve.h"

namespace ledd::canal {

inline constexpr double kFrontEndMm = -4.0;  ///< t of the first column: before the posterior wall.
inline constexpr double kBackEndMm = 30.0;
inline constexpr std::size_t kColumns = static_cast<std::size_t>((kBackEndMm - kFrontEndMm) / kStepMm) + 1;

inline double t_mm(std::size_t column) {
  return kFrontEndMm + kStepMm * static_cast<double>(column);
}
inline std::size_t column_of(double t) {
  return static_cast<std::size_t>(std::lround((t - kFrontEndMm) / kStepMm));
}

/// The wall curve as it runs through the slices of a stack.
struct Track {
  struct Station {
    double u_mm = 0, v_mm = 0;
    double du = 0, dv = 0;  ///< Unit tangent in the slice's plane.
    double pu = 0, pv = 0;  ///< Unit normal in the slice's plane, to the back.
    double middle = 0;      ///< Slice (continuous index) of the bodies' mid-sagittal plane.
  };
  std::vector<Station> stations;
};
Track track_of(const Curve& curve, const Stack& stack);

/// Every slice, straightened along the curve. Samples outside the image repeat the nearest one inside it.
std::vector<Sheet> straighten(const float* values, const Stack& stack, const Track& track);

/// For every pixel of a slice the row of its foot on the curve (-1: beyond an end) and its distance behind
/// it.
struct Feet {
  std::vector<int> row;
  std::vector<float> t;
};
Feet feet_of(const Stack& stack, const Track& track);

}  // namespace ledd::canal
