#pragma once
#include <array>
#include <vector>

#include "ledd/density_calibration/calibration_phantom.h"
#include "ledd/image/image.h"
#include "ledd/phantom_base/vec.h"

namespace ledd::ct_phantom {

/// The calibration phantom under the body.
struct Pad {
  CalibrationPhantom phantom;  ///< Any; what is drawn has its densities, positions and diameter.
  double scale = 1.0;          ///< Of positions and diameter.
  double matrix_hu = 60.0;     ///< What the rods lie in.
  double length_mm = 400.0;
  double turn_deg = 0.0;         ///< About the head-foot axis.
  double tilt_deg = 0.0;         ///< About the left-right axis: rods leave the slices' normal.
  double yaw_deg = 0.0;          ///< About the front-back axis.
  double shift_left_mm = 0.0;    ///< Of the pad's middle from the table's middle.
  double shift_up_mm = 0.0;      ///< Of the pad's middle from LPS z = 0.
  bool reversed = false;         ///< Laid the other way round.
  std::array<int, 2> swapped{};  ///< Rods, from 1, in each other's place; {0, 0} for none.
};

/// The scanner's line: HU = beta + sigma density.
struct Line {
  double sigma_hu = 1.40, beta_hu = 5.0;
};

struct RodTruth {
  int number = 0;         ///< From 1, in the order of the phantom's table.
  Point point_lps_mm{};   ///< Of its axis, in the middle of the pad.
  Point direction_lps{};  ///< Unit vector, upward.
  double radius_mm = 0.0;
  double hu = 0.0;
};

inline constexpr double kBlurMm = 1.0;
inline constexpr double kBodyLeftMm = 165.0, kBodyBackMm = 105.0;  ///< Half width; where the back rests.

/// `value` gives way to `inside` where `distance_mm` is negative, over the blur.
inline double over(double value, double inside, double distance_mm, double blur_mm = kBlurMm) {
  return value + (inside - value) * (1.0 - phantom::smooth_step(-blur_mm, blur_mm, distance_mm));
}

/// About the distance to an upright elliptic cylinder: exact on its axes.
double ellipse(const phantom::Vec& p, const phantom::Vec& centre, double half_x_mm, double half_y_mm);

/// A pad with its rods in the space of the scan, touching the back.
class PadSolid {
 public:
  PadSolid(const Pad& pad, const Line& line);

  /// @param cupping_hu  What the middle of the body is too low; a third of it reaches the pad.
  double paint(const phantom::Vec& p, double hu, double cupping_hu) const;
  const std::vector<RodTruth>& rods() const { return rods_; }
  double half_height_mm() const { return half_height_mm_; }

 private:
  void set_rods(const Line& line);

  Pad pad_;
  phantom::Vec centre_, across_, through_, along_;
  double half_width_mm_ = 0.0, half_height_mm_ = 0.0;
  std::vector<RodTruth> rods_;
  std::vector<phantom::Vec> rod_in_pad_;
};

/// The table under the body and the pad.
double paint_couch(const phantom::Vec& p, double hu, double pad_half_height_mm);

}  // namespace ledd::ct_phantom
