#include "ledd/statistics/cross_calibration.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ledd/core/error.h"

#include "quantiles.h"

namespace ledd::statistics {

double LinearMap::se_at(double value) const noexcept {
  const double variance =
      offset_se * offset_se + 2.0 * value * covariance + value * value * slope_se * slope_se;
  return std::sqrt(std::max(0.0, variance));
}

LinearMap cross_calibration(const std::vector<double>& scanner, const std::vector<double>& reference) {
  require(scanner.size() == reference.size(),
          Errc::kInput,
          fmt::format("{} scanner and {} reference values", scanner.size(), reference.size()));
  require(scanner.size() >= 3,
          Errc::kInput,
          fmt::format("{} phantom values: a line with its error needs three", scanner.size()));
  require_finite(scanner, "phantom values");
  require_finite(reference, "reference values");
  const double n = static_cast<double>(scanner.size());
  const double mean_x = mean_of(scanner), mean_y = mean_of(reference), squares = squares_of(scanner);
  require(squares > 1e-24 * n * mean_x * mean_x,
          Errc::kNumeric,
          "the scanner gave all parts of the phantom one value: no line follows");
  LinearMap map;
  map.points = scanner.size();
  double products = 0.0;
  for (std::size_t i = 0; i < scanner.size(); ++i)
    products += (scanner[i] - mean_x) * (reference[i] - mean_y);
  map.slope = products / squares;
  require(map.slope > 0.0,
          Errc::kNumeric,
          fmt::format("the slope is {:.4g}: scanner and reference do not rise together", map.slope));
  map.offset = mean_y - map.slope * mean_x;
  double rest = 0.0;
  for (std::size_t i = 0; i < scanner.size(); ++i) {
    const double off = reference[i] - mean_y - map.slope * (scanner[i] - mean_x);
    rest += off * off;
  }
  const double variance = rest / (n - 2.0);
  map.residual_sd = std::sqrt(variance);
  map.slope_se = std::sqrt(variance / squares);
  map.offset_se = std::sqrt(variance * (1.0 / n + mean_x * mean_x / squares));
  map.covariance = -mean_x * variance / squares;
  const auto [low, high] = std::minmax_element(scanner.begin(), scanner.end());
  map.scanned = {*low, *high};
  return map;
}

}  // namespace ledd::statistics
