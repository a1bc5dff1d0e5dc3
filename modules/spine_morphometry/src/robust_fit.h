#pragma once
#include <array>
#include <cstddef>
#include <vector>

namespace ledd::spine {

inline constexpr std::size_t kTerms = 5;
using Terms = std::array<double, kTerms>;  ///< One row of a design matrix; unused terms are 0.

/// Sum of beta[i] * terms[i].
double dot(const Terms& beta, const Terms& terms);

struct Sample {
  Terms terms{};
  double value = 0.0;
};

struct Fit {
  bool ok = false;  ///< False with too few samples or a singular system.
  Terms beta{};
  double rms = 0.0;  ///< Of all samples, without weights.
};

/// Linear regression with Huber weights (k = 1.345, scale from the median absolute residual, not below
/// `scale_floor`); `ridge` is the weight, in samples, that draws each term to 0. Terms that are 0 in every
/// sample get the coefficient 0. Source: Huber, Ann Math Stat 35:73, 1964; iteration by reweighting, Holland
/// and Welsch 1977.
Fit huber_fit(const std::vector<Sample>& samples, const Terms& ridge, double scale_floor);

/// Middle value; of an even number the mean of the two. NaN for none.
double median(std::vector<double> values);

}  // namespace ledd::spine
