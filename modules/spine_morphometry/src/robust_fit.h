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
  long terrace = 0;     ///< Samples of one terrace share their rounding to the voxels: see standard_error().
  double weight = 1.0;  ///< Times that of Huber.
};

using Matrix = std::array<Terms, kTerms>;

struct Fit {
  bool ok = false;  ///< False with too few samples or a singular system.
  Terms beta{};
  double rms = 0.0;          ///< Of all samples, without weights.
  Matrix inverse{};          ///< Of the normal matrix: the covariance of beta for samples of unit variance.
  double samples = 0.0;      ///< Sum of the weights.
  double terraces = 0.0;     ///< Number of different terraces: of samples that err independently.
  double rounding_mm = 0.0;  ///< SD of rounding to voxels: `scale_floor`.
};

/// Standard error of dot(beta, terms).
///
/// Method   Ordinary regression would take the samples as independent. They are not: labels round a surface
///          to the voxel rows, so all samples of one row (a terrace) err together. With R terraces and a
///          leverage l (1 for the mean, more toward the ends) a curve keeps l / (l + R - 1) of the rounding:
///          all of it where a face runs along a row (R = 1), less in proportion as it crosses more, since
///          rounding comes in regular steps. What the samples scatter beyond rounding is chance, and fades
///          with the root.
double standard_error(const Fit& fit, const Terms& terms);

/// Linear regression with Huber weights (k = 1.345, scale from the median absolute residual, not below
/// `scale_floor`); `ridge` is the weight, in samples, that draws each term to 0. Terms that are 0 in every
/// sample get the coefficient 0. `scale_floor` is the SD of rounding. Source: Huber, Ann Math Stat 35:73,
/// 1964; iteration by reweighting, Holland and Welsch 1977.
Fit huber_fit(const std::vector<Sample>& samples, const Terms& ridge, double scale_floor);

/// Middle value; of an even number the mean of the two. NaN for none.
double median(std::vector<double> values);

}  // namespace ledd::spine
