#include "ledd/density_calibration/density_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ledd/core/error.h"

namespace ledd {
namespace {

// A solution of K2HPO4 holds 999.6 - 0.2174 rho mg of water in a cm3 (QCT PRO User's Guide).
constexpr double kDisplacedWater = 0.2174, kPureWater = 999.6;

/// y = intercept + slope x by least squares.
struct Regression {
  double slope = 0, intercept = 0, correlation = 0;
  double mean_x = 0, spread_x = 0;  ///< Sum of squares about the mean.
  std::vector<double> residuals;
};

Regression regress(const std::vector<double>& x, const std::vector<double>& y) {
  Regression r;
  const auto n = static_cast<double>(x.size());
  double mean_y = 0, xy = 0, yy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    r.mean_x += x[i] / n;
    mean_y += y[i] / n;
  }
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double dx = x[i] - r.mean_x, dy = y[i] - mean_y;
    r.spread_x += dx * dx;
    xy += dx * dy;
    yy += dy * dy;
  }
  r.slope = xy / r.spread_x;
  r.intercept = mean_y - r.slope * r.mean_x;
  r.correlation = yy > 0.0 ? xy / std::sqrt(r.spread_x * yy) : 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) r.residuals.push_back(y[i] - r.intercept - r.slope * x[i]);
  return r;
}

void check(const CalibrationPhantom& phantom, const std::vector<RodReading>& readings) {
  require(
      readings.size() == phantom.rods.size() && readings.size() >= 2,
      Errc::kInput,
      fmt::format(
          "{} has {} rods, but {} readings were given", phantom.name, phantom.rods.size(), readings.size()));
  for (std::size_t n = 0; n < readings.size(); ++n)
    require(std::isfinite(readings[n].hu) && readings[n].se_hu >= 0.0,
            Errc::kInput,
            fmt::format("{}: rod {} reads {} HU with a standard error of {} HU",
                        phantom.name,
                        n + 1,
                        readings[n].hu,
                        readings[n].se_hu));
}

DensityLine line_of(const CalibrationPhantom& phantom,
                    const std::vector<RodReading>& readings,
                    const Regression& fit) {
  DensityLine line;
  line.source = phantom.name;
  line.mineral = phantom.mineral;
  line.points = static_cast<int>(readings.size());
  line.correlation = fit.correlation;
  line.sigma_hu = fit.slope;
  line.beta_hu = fit.intercept;
  if (phantom.has_water()) {
    line.sigma_ref = fit.slope;
    line.beta_ref = fit.intercept;
    line.sigma_hu = fit.slope - kDisplacedWater;
    line.beta_hu = fit.intercept + kPureWater;
  }
  const auto n = static_cast<double>(readings.size());
  double own = 0, squares = 0;
  for (const RodReading& reading : readings) own += reading.se_hu * reading.se_hu / n;
  own += std::pow(fit.slope * phantom.density_sd_mg_cm3, 2);
  for (const double residual : fit.residuals) squares += residual * residual;
  if (readings.size() > 2) line.residual_sd_hu = std::sqrt(squares / (n - 2.0));
  const double variance = std::max(own, line.residual_sd_hu * line.residual_sd_hu);
  line.var_sigma = variance / fit.spread_x;
  line.var_beta = variance * (1.0 / n + fit.mean_x * fit.mean_x / fit.spread_x);
  line.covariance = -variance * fit.mean_x / fit.spread_x;
  return line;
}

std::string worst_rod(const std::vector<double>& residuals, double limit_hu) {
  const auto worst = std::max_element(
      residuals.begin(), residuals.end(), [](double a, double b) { return std::fabs(a) < std::fabs(b); });
  if (std::fabs(*worst) <= limit_hu) return {};
  return fmt::format("rod {} is {:+.1f} HU off the line, more than {:.1f} HU",
                     worst - residuals.begin() + 1,
                     *worst,
                     limit_hu);
}

}  // namespace

double DensityLine::density_se_mg_cm3(double hu, double hu_se) const {
  const double density = density_mg_cm3(hu);
  const double variance = hu_se * hu_se + field_se_hu * field_se_hu + var_beta +
                          density * density * var_sigma + 2.0 * density * covariance;
  return std::sqrt(std::max(0.0, variance)) / std::fabs(sigma_hu);
}

DensityLine converted(const DensityLine& line, Mineral mineral) {
  if (line.mineral == mineral) return line;
  const double offset = convert_density_mg_cm3(0.0, line.mineral, mineral);
  const double slope = convert_density_mg_cm3(1.0, line.mineral, mineral) - offset;
  DensityLine other = line;
  other.mineral = mineral;
  other.sigma_hu = line.sigma_hu / slope;
  other.beta_hu = line.beta_hu - other.sigma_hu * offset;
  // beta' = beta - (offset / slope) sigma
  const double k = offset / slope;
  other.var_sigma = line.var_sigma / (slope * slope);
  other.var_beta = line.var_beta + k * k * line.var_sigma - 2.0 * k * line.covariance;
  other.covariance = (line.covariance - k * line.var_sigma) / slope;
  other.sigma_ref.reset();
  other.beta_ref.reset();
  return other;
}

const ParamTable<FitDensityLine::Params>& FitDensityLine::Params::table() {
  static const auto table =
      ParamTable<Params>()
          .add(&Params::max_residual_hu,
               "max_residual_hu",
               "HU",
               "A rod may be this far off the line.",
               {1, 100})
          .add(&Params::max_residual_percent,
               "max_residual_percent",
               "%",
               "Or this share of the range of the rods' HU, whichever is more.",
               {0, 20})
          .add(&Params::min_correlation,
               "min_correlation",
               "1",
               "Least correlation of the regression.",
               {0.5, 1})
          .add(&Params::min_sigma_hu, "min_sigma_hu", "HU/(mg/cm3)", "Least slope.", {0.1, 5})
          .add(&Params::max_sigma_hu, "max_sigma_hu", "HU/(mg/cm3)", "Greatest slope.", {0.1, 5})
          .add(&Params::max_beta_hu, "max_beta_hu", "HU", "Greatest size of the intercept.", {1, 500});
  return table;
}

FitDensityLine::FitDensityLine(const Params& params) : params_(params) {
  Params::table().validate(params_);
  require(
      params_.min_sigma_hu < params_.max_sigma_hu, Errc::kParam, "min_sigma_hu must be below max_sigma_hu");
}

FitDensityLine::Result FitDensityLine::operator()(const CalibrationPhantom& phantom,
                                                  const std::vector<RodReading>& readings) const {
  check(phantom, readings);
  std::vector<double> x, y, hu;
  for (std::size_t n = 0; n < readings.size(); ++n) {
    x.push_back(phantom.rods[n].density_mg_cm3);
    y.push_back(readings[n].hu - phantom.rods[n].water_mg_cm3);
    hu.push_back(readings[n].hu);
  }
  const Regression fit = regress(x, y);
  const DensityLine line = line_of(phantom, readings, fit);
  const double range_hu = *std::max_element(hu.begin(), hu.end()) - *std::min_element(hu.begin(), hu.end());
  const double limit_hu = std::max(params_.max_residual_hu, params_.max_residual_percent / 100.0 * range_hu);

  Result result;
  result.residuals_hu = fit.residuals;
  if (!(line.sigma_hu >= params_.min_sigma_hu && line.sigma_hu <= params_.max_sigma_hu))
    result.refusal = fmt::format("the slope is {:.3f} HU per mg/cm3 of {}, not in {}..{}",
                                 line.sigma_hu,
                                 name_of(phantom.mineral),
                                 params_.min_sigma_hu,
                                 params_.max_sigma_hu);
  else if (!(std::fabs(line.beta_hu) <= params_.max_beta_hu))
    result.refusal = fmt::format(
        "no mineral would be {:.1f} HU, more than {:.0f} HU from water", line.beta_hu, params_.max_beta_hu);
  else
    result.refusal = worst_rod(fit.residuals, limit_hu);
  if (result.refusal.empty() && !(fit.correlation >= params_.min_correlation))
    result.refusal =
        fmt::format("the correlation is {:.4f}, below {}", fit.correlation, params_.min_correlation);
  if (result.refusal.empty())
    result.line = line;
  else
    result.refusal = fmt::format("{}: {}", phantom.name, result.refusal);
  return result;
}

}  // namespace ledd
