#pragma once
#include <optional>
#include <string>
#include <vector>

#include "ledd/core/params.h"
#include "ledd/density_calibration/calibration_phantom.h"

namespace ledd {

/// HU to mineral density: HU = beta_hu + sigma_hu * density.
struct DensityLine {
  std::string source;  ///< Name of the phantom, or "internal".
  Mineral mineral = Mineral::kK2HPO4;
  double sigma_hu = 0.0;  ///< HU per mg/cm3.
  double beta_hu = 0.0;
  double var_sigma = 0.0, var_beta = 0.0, covariance = 0.0;  ///< Of sigma_hu and beta_hu.
  double residual_sd_hu = 0.0;                               ///< 0 where two rods leave no residual.
  double correlation = 1.0;                                  ///< Of the regression.
  int points = 0;
  double field_se_hu =
      0.0;  ///< What HU may differ between the phantom's place and the bone's; 0: not looked at.
  /// Mindways alone: slope and intercept of (HU - water equivalent) against density.
  std::optional<double> sigma_ref, beta_ref;

  /// mg/cm3 of `mineral`.
  double density_mg_cm3(double hu) const { return (hu - beta_hu) / sigma_hu; }
  /// Standard error of density_mg_cm3(hu): the line's own, the field's, and that of the HU.
  double density_se_mg_cm3(double hu, double hu_se = 0.0) const;
};

/// The same line for the other mineral, by convert_density_mg_cm3.
DensityLine converted(const DensityLine& line, Mineral mineral);

/// What was measured in a rod.
struct RodReading {
  double hu = 0.0;
  double se_hu = 0.0;
};

/// Regression of the rods of a phantom, and the judgement whether it is one.
///
/// Method   Least squares, every rod with the same weight: HU against density; for a phantom with water
///          equivalents HU - water against density, then sigma = sigma_ref - 0.2174 and beta = beta_ref +
///          999.6 (what a solution of K2HPO4 displaces of the water). Variance of a rod: that of the
///          residuals, or, where that is more, of the readings' and the stated densities' own errors. So two
///          rods, which leave no residual, have an error as well; it holds no more than those two errors.
/// Source   Mindways Software, QCT PRO User's Guide.
class FitDensityLine {
 public:
  struct Params {
    double max_residual_hu = 15.0;      ///< Of any rod,
    double max_residual_percent = 3.0;  ///< or this share of the range of HU, whichever is more.
    double min_correlation = 0.98;
    double min_sigma_hu = 0.9;  ///< HU per mg/cm3: the minerals at 95 keV,
    double max_sigma_hu = 2.6;  ///< and at 45 keV.
    double max_beta_hu = 80.0;  ///< |HU| at no mineral.
    static const ParamTable<Params>& table();
  };

  struct Result {
    std::optional<DensityLine> line;
    std::string refusal;  ///< Why there is no line; empty when there is one. HU may still be reported.
    std::vector<double> residuals_hu;  ///< By rod; also when refused.
  };

  /// @throws Error{kParam}
  explicit FitDensityLine(const Params& params);
  FitDensityLine() : FitDensityLine(Params{}) {}

  /// @param readings  In the order of the phantom's rods.
  /// @throws Error{kInput}  another number of readings, a value that is not finite or an error below 0.
  Result operator()(const CalibrationPhantom& phantom, const std::vector<RodReading>& readings) const;

 private:
  Params params_;
};

}  // namespace ledd
