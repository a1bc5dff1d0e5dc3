#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace ledd::statistics {

/// [feature][sample]; NaN where a value is missing.
using Table = std::vector<std::vector<double>>;

/// A property of the samples whose effect is to stay in the values.
struct Covariate {
  std::string name;            ///< For messages.
  std::vector<double> values;  ///< One of each sample, finite; a category as columns of 0 and 1.
};

struct CombatOptions {
  bool empirical_bayes = true;             ///< Draw shifts and scales of a batch to their mean over features.
  std::optional<std::size_t> reference{};  ///< A batch that stays as it is; empty: all move to the middle.
  std::size_t least_samples = 2;           ///< Observed values a batch must have of a feature. At least 2.
  double tolerance = 1e-12;                ///< Relative change at which the iteration ends.
};

/// What was found of one batch in one feature, in units of the feature's pooled SD.
struct BatchEffect {
  std::size_t samples = 0;                     ///< Observed values.
  std::string reason;                          ///< Why it was not harmonised; empty exactly when it was.
  double shift = 0.0, shift_used = 0.0;        ///< gamma as found, and after the draw to the mean.
  double variance = 1.0, variance_used = 1.0;  ///< delta^2, likewise.
};

struct Combat {
  Table values;                                   ///< Harmonised; NaN where missing or not harmonised.
  std::vector<std::vector<BatchEffect>> effects;  ///< [feature][batch]
  std::vector<double> pooled_sd;                  ///< Of each feature; 0 where it was not harmonised.
};

/// Takes the shift and scale of batches (scanners, sites) out of features.
///
/// Method   Y = a + X b + g_batch + d_batch e for each feature, by least squares over its observed samples; a
///          is the mean of the batches by their samples, or the reference. Residuals in units of the pooled
///          SD (divisor n) give shift and variance of each batch (divisor n - 1); of these, over the
///          features, come a normal prior of the shifts and an inverse gamma prior of the variances by their
///          moments, and the posterior means are iterated to their fixed point. Value = sd (z - g) / d + a +
///          X b.
/// Source   Johnson, Li & Rabinovic, Biostatistics 8:118-127, 2007, section 3.2 and supplement; Fortin et
///          al., NeuroImage 167:104-120, 2018; reference batch: Stein et al., BMC Bioinformatics 16:63, 2015.
///          Missing values: each feature by itself, where R's sva 3.46 weighs the batches by all samples.
/// Limits   Additive and multiplicative effects only. Samples count as independent: visits or knees of one
///          person are not. Below some 10 samples a batch it takes out chance with the effect. Values from
///          different harmonisations do not compare.
/// @param values      [feature][sample].
/// @param batch       Of each sample, from 0 up; a number in between may be unused.
/// @param covariates  None, or each with one value of every sample.
/// @throws Error{kInput}    sizes differ; fewer than two batches; a covariate is constant or is told by the
///                          batches and the other covariates (they cannot be told apart); fewer than two
///                          features for empirical Bayes.
/// @throws Error{kParam}    the reference is no batch, or `least_samples` below 2.
/// @throws Error{kNumeric}  the iteration does not end.
Combat combat(const Table& values,
              const std::vector<std::size_t>& batch,
              const std::vector<Covariate>& covariates,
              const CombatOptions& options);

}  // namespace ledd::statistics
