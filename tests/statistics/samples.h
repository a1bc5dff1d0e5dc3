#pragma once
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "ledd/statistics/combat.h"

namespace ledd::statistics {

/// The same numbers everywhere: x -> 1103515245 x + 12345 modulo 2^31.
class Numbers {
 public:
  explicit Numbers(std::uint64_t seed) : x_(seed) {}
  /// In [0, 1).
  double uniform() {
    x_ = (x_ * 1103515245U + 12345U) % 2147483648U;
    return static_cast<double>(x_) / 2147483648.0;
  }
  /// Near enough to normal, mean 0 and SD 1.
  double normal() {
    double sum = 0.0;
    for (int n = 0; n < 12; ++n) sum += uniform();
    return sum - 6.0;
  }

 private:
  std::uint64_t x_;
};

/// Features measured on three scanners, one of them high and noisy, one low and quiet.
struct ThreeScanners {
  std::vector<std::size_t> batch{0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2};
  std::vector<Covariate> covariates{{"age", {}}, {"sex", {}}};
  Table values;

  explicit ThreeScanners(std::uint64_t seed = 20240531) {
    Numbers numbers(seed);
    auto &age = covariates[0].values, &sex = covariates[1].values;
    for (std::size_t s = 0; s < batch.size(); ++s)
      age.push_back(30.0 + std::floor(160.0 * numbers.uniform()) / 4.0);
    for (std::size_t s = 0; s < batch.size(); ++s) sex.push_back(numbers.uniform() > 0.5 ? 1.0 : 0.0);
    const double shift[] = {0.0, 1.5, -1.0}, scale[] = {1.0, 1.4, 0.7};
    for (int f = 0; f < 6; ++f) {
      std::vector<double> row;
      for (std::size_t s = 0; s < batch.size(); ++s) {
        const double noise = numbers.normal();
        row.push_back(10.0 * (f + 1) + 0.05 * age[s] + 0.8 * sex[s] + shift[batch[s]] * (1.0 + 0.1 * f) +
                      scale[batch[s]] * noise);
      }
      values.push_back(row);
    }
  }
};

/// Peak expiratory flow of 17 people, litres a minute: twice by a Wright meter, twice by a mini Wright meter
/// (Bland & Altman, Lancet 327:307, 1986, table 1).
inline const std::vector<std::vector<double>>& peak_flow() {
  static const std::vector<std::vector<double>> table{{494, 490, 512, 525},
                                                      {395, 397, 430, 415},
                                                      {516, 512, 520, 508},
                                                      {434, 401, 428, 444},
                                                      {476, 470, 500, 500},
                                                      {557, 611, 600, 625},
                                                      {413, 415, 364, 460},
                                                      {442, 431, 380, 390},
                                                      {650, 638, 658, 642},
                                                      {433, 429, 445, 432},
                                                      {417, 420, 432, 420},
                                                      {656, 633, 626, 605},
                                                      {267, 275, 260, 227},
                                                      {478, 492, 477, 467},
                                                      {178, 165, 259, 268},
                                                      {423, 372, 350, 370},
                                                      {427, 421, 451, 443}};
  return table;
}

inline std::vector<double> column(const std::vector<std::vector<double>>& table, std::size_t n) {
  std::vector<double> values;
  values.reserve(table.size());
  for (const auto& row : table) values.push_back(row[n]);
  return values;
}

}  // namespace ledd::statistics
