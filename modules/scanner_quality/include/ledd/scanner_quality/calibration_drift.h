#pragma once
#include <vector>

namespace ledd {

/// A calibration: HU = intercept + slope * density.
struct CalibrationReading {
  double slope_hu = 0.0;  ///< HU per mg/cm3.
  double intercept_hu = 0.0;
};

/// By how much a density is misread when a scan of today is read by the calibration of the baseline.
///
/// Method   What `density_mg_cm3` reads today, by the mean slope and intercept of the baseline, less itself.
/// Limits   Of the phantom; a body has scatter and hardening of its own.
/// @throws Error{kInput}  the baseline is empty, or its mean slope is not above 0.
std::vector<double> calibration_drift_mg_cm3(const std::vector<CalibrationReading>& runs,
                                             const std::vector<bool>& in_baseline,
                                             double density_mg_cm3);

}  // namespace ledd
