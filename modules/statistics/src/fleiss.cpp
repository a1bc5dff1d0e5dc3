#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "ledd/core/error.h"
#include "ledd/statistics/agreement.h"

#include "quantiles.h"

namespace ledd::statistics {
namespace {

using Counts = std::vector<std::vector<std::size_t>>;

/// What kappa is made of, so that a case can be taken out again.
struct Sums {
  double cases = 0.0, agreement = 0.0;  ///< `agreement`: of all cases together.
  std::vector<double> ratings;          ///< Of each grade.

  void add(const std::vector<std::size_t>& row, double sign) {
    const double readers = static_cast<double>(std::accumulate(row.begin(), row.end(), std::size_t{0}));
    double pairs = 0.0;
    for (std::size_t j = 0; j < row.size(); ++j) {
      const double n = static_cast<double>(row[j]);
      pairs += n * (n - 1.0);
      ratings[j] += sign * n;
    }
    agreement += sign * pairs / (readers * (readers - 1.0));
    cases += sign;
  }
  double expected() const {
    const double all = std::accumulate(ratings.begin(), ratings.end(), 0.0);
    double sum = 0.0;
    for (const double n : ratings) sum += n / all * (n / all);
    return sum;
  }
  /// Nothing where chance explains all.
  std::optional<double> kappa() const {
    const double room = 1.0 - expected();
    if (!(room > 1e-12)) return std::nullopt;
    return (agreement / cases - expected()) / room;
  }
};

void require_legal(const Counts& counts) {
  require(!counts.empty(), Errc::kInput, "no case was rated");
  const auto readers_of = [](const auto& row) {
    return std::accumulate(row.begin(), row.end(), std::size_t{0});
  };
  const std::size_t grades = counts[0].size(), readers = readers_of(counts[0]);
  require(grades >= 2 && readers >= 2,
          Errc::kInput,
          fmt::format("{} grades and {} readers: two of each are needed", grades, readers));
  for (const auto& row : counts)
    require(row.size() == grades && readers_of(row) == readers,
            Errc::kInput,
            fmt::format("a case with {} ratings of {} grades among cases with {} of {}",
                        readers_of(row),
                        row.size(),
                        readers,
                        grades));
}

/// 0 where it cannot be known.
double jackknife_se(const Counts& counts, Sums sums) {
  if (counts.size() < 3) return 0.0;
  std::vector<double> without;
  for (const auto& row : counts) {
    sums.add(row, -1.0);
    const auto kappa = sums.kappa();
    sums.add(row, 1.0);
    if (!kappa) return 0.0;
    without.push_back(*kappa);
  }
  const double n = static_cast<double>(without.size());
  const double mean = std::accumulate(without.begin(), without.end(), 0.0) / n;
  double squares = 0.0;
  for (const double kappa : without) squares += (kappa - mean) * (kappa - mean);
  return std::sqrt((n - 1.0) / n * squares);
}

}  // namespace

Kappa fleiss_kappa(const Counts& counts, double confidence) {
  require_confidence(confidence);
  require_legal(counts);
  Sums sums;
  sums.ratings.resize(counts[0].size());
  for (const auto& row : counts) sums.add(row, 1.0);
  const auto value = sums.kappa();
  require(value.has_value(), Errc::kNumeric, "all readers gave one grade throughout: kappa does not exist");
  Kappa kappa;
  kappa.ratings = counts.size();
  kappa.observed = sums.agreement / sums.cases;
  kappa.expected = sums.expected();
  kappa.value = *value;
  kappa.se = jackknife_se(counts, sums);
  const double z = normal_quantile(0.5 + confidence / 2.0);
  kappa.range = {std::max(-1.0, kappa.value - z * kappa.se), std::min(1.0, kappa.value + z * kappa.se)};
  return kappa;
}

}  // namespace ledd::statistics
