#pragma once
#include <optional>
#include <string>

#include "ledd/density_calibration/find_calibration_phantom.h"

#include "rows.h"

namespace ledd::calibration {

/// Axes at full resolution.
struct Axes {
  std::vector<Spot> at_zero_mm;  ///< Where each rod's axis crosses w = 0.
  Spot slope{};
  std::vector<double> radius_mm, rms_mm;

  Spot at(std::size_t rod, double w_mm) const {
    return {at_zero_mm[rod][0] + w_mm * slope[0], at_zero_mm[rod][1] + w_mm * slope[1]};
  }
};

/// Centres slice by slice, then one direction for all rods and an axis for each.
Axes refined(const View& view, const Track& track);

/// Mean and spread of what lies in one slice of a rod.
struct Slice {
  std::size_t w = 0;
  std::vector<double> mean, sum_squares;  ///< By rod; squares about the mean.
  std::vector<double> count;
  std::vector<std::array<double, 2>> tilt;  ///< Mean of one half minus the other's, along u and v.
};

/// What all rods read in slice w, `erosion_mm` within their edge; nothing where a rod leaves the field.
std::optional<Slice> read_slice(const View& view, const Axes& axes, std::size_t w, double erosion_mm);

/// The longest run of slices in which every rod reads the same.
std::vector<Slice> steady(const std::vector<Slice>& slices);

/// Mean between neighbouring rods, by gap; empty where they are too close.
std::vector<double> between(const View& view, const Axes& axes, const std::vector<Slice>& slices);

}  // namespace ledd::calibration
