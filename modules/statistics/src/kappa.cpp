#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ledd/core/error.h"
#include "ledd/statistics/agreement.h"

#include "quantiles.h"

namespace ledd::statistics {
namespace {

double weight(std::size_t row, std::size_t column, std::size_t grades, KappaWeights weights) {
  const double off =
      std::abs(static_cast<double>(row) - static_cast<double>(column)) / static_cast<double>(grades - 1);
  switch (weights) {
    case KappaWeights::kLinear: return 1.0 - off;
    case KappaWeights::kQuadratic: return 1.0 - off * off;
    default: return row == column ? 1.0 : 0.0;
  }
}

std::size_t count_all(const std::vector<std::vector<std::size_t>>& counts) {
  require(counts.size() >= 2, Errc::kInput, fmt::format("{} grades: two are needed", counts.size()));
  std::size_t all = 0;
  for (const auto& row : counts) {
    require(row.size() == counts.size(),
            Errc::kInput,
            fmt::format("a row of {} counts in a table of {} grades", row.size(), counts.size()));
    for (const std::size_t count : row) all += count;
  }
  require(all > 0, Errc::kInput, "the table holds no rating");
  return all;
}

}  // namespace

Kappa cohens_kappa(const std::vector<std::vector<std::size_t>>& counts,
                   KappaWeights weights,
                   double confidence) {
  require_confidence(confidence);
  Kappa kappa;
  kappa.ratings = count_all(counts);
  const std::size_t grades = counts.size();
  const double n = static_cast<double>(kappa.ratings);
  std::vector<double> rows(grades, 0.0), columns(grades, 0.0);
  for (std::size_t i = 0; i < grades; ++i)
    for (std::size_t j = 0; j < grades; ++j) {
      rows[i] += static_cast<double>(counts[i][j]) / n;
      columns[j] += static_cast<double>(counts[i][j]) / n;
    }
  std::vector<double> row_weight(grades, 0.0), column_weight(grades, 0.0);
  for (std::size_t i = 0; i < grades; ++i)
    for (std::size_t j = 0; j < grades; ++j) {
      const double w = weight(i, j, grades, weights);
      kappa.observed += w * static_cast<double>(counts[i][j]) / n;
      kappa.expected += w * rows[i] * columns[j];
      row_weight[i] += w * columns[j];
      column_weight[j] += w * rows[i];
    }
  const double room = 1.0 - kappa.expected;
  require(room > 1e-12, Errc::kNumeric, "both readers gave one grade throughout: kappa does not exist");
  kappa.value = (kappa.observed - kappa.expected) / room;
  double spread = 0.0;
  for (std::size_t i = 0; i < grades; ++i)
    for (std::size_t j = 0; j < grades; ++j) {
      const double off =
          weight(i, j, grades, weights) - (row_weight[i] + column_weight[j]) * (1.0 - kappa.value);
      spread += static_cast<double>(counts[i][j]) / n * off * off;
    }
  const double centre = kappa.value - kappa.expected * (1.0 - kappa.value);
  kappa.se = std::sqrt(std::max(0.0, spread - centre * centre) / n) / room;
  const double z = normal_quantile(0.5 + confidence / 2.0);
  kappa.range = {std::max(-1.0, kappa.value - z * kappa.se), std::min(1.0, kappa.value + z * kappa.se)};
  return kappa;
}

}  // namespace ledd::statistics
