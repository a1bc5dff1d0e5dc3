#include "ledd/scanner_quality/calibration_drift.h"

#include "ledd/core/error.h"

namespace ledd {

std::vector<double> calibration_drift_mg_cm3(const std::vector<CalibrationReading>& runs,
                                             const std::vector<bool>& in_baseline,
                                             double density_mg_cm3) {
  require(runs.size() == in_baseline.size(), Errc::kInput, "as many marks as runs are needed");
  CalibrationReading mean;
  double count = 0.0;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (!in_baseline[i]) continue;
    mean.slope_hu += runs[i].slope_hu;
    mean.intercept_hu += runs[i].intercept_hu;
    ++count;
  }
  require(count > 0.0 && mean.slope_hu > 0.0, Errc::kInput, "the baseline has no slope to read a density by");
  mean.slope_hu /= count;
  mean.intercept_hu /= count;
  std::vector<double> drift;
  drift.reserve(runs.size());
  for (const CalibrationReading& run : runs) {
    const double hu = run.intercept_hu + run.slope_hu * density_mg_cm3;
    drift.push_back((hu - mean.intercept_hu) / mean.slope_hu - density_mg_cm3);
  }
  return drift;
}

}  // namespace ledd
