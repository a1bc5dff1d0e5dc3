#pragma once
#include <cstddef>
#include <vector>

#include "ledd/statistics/interval.h"

namespace ledd::statistics {

/// reference = offset + slope x scanner.
struct LinearMap {
  double offset = 0.0, slope = 1.0;
  double offset_se = 0.0, slope_se = 0.0, covariance = 0.0;
  double residual_sd = 0.0;  ///< n - 2 degrees of freedom.
  std::size_t points = 0;
  Interval scanned;  ///< Lowest and highest scanner value of the phantom: beyond it the line is a guess.

  double operator()(double value) const noexcept { return offset + slope * value; }
  /// Standard error of the line at a value, without the error of the value itself.
  double se_at(double value) const noexcept;
  bool extrapolates(double value) const noexcept { return value < scanned.low || value > scanned.high; }
};

/// The line that brings a scanner's values onto a reference, from what both say of the parts of a phantom.
///
/// Method   Ordinary least squares of the reference over the scanner's values; repeated scans of a part are
///          points of their own.
/// Source   Linear regression; for scanners Genant et al., J Bone Miner Res 9:1503-1514, 1994.
/// Limits   The scanner's noise flattens the slope by about var(noise) / var(values); with phantoms whose
///          parts span far more than the noise this is nothing. Repeats of one part are not independent of
///          its own error, which the standard errors leave out.
/// @throws Error{kInput}    fewer than three points, unequally many, a value that is not finite.
/// @throws Error{kNumeric}  all scanner values are the same, or the slope is not positive.
LinearMap cross_calibration(const std::vector<double>& scanner, const std::vector<double>& reference);

}  // namespace ledd::statistics
