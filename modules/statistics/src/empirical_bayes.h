#pragma once
#include <vector>

#include "ledd/statistics/combat.h"

namespace ledd::statistics {

/// One feature in one batch: its residuals in units of the pooled SD, and where the result goes.
struct BatchResiduals {
  std::vector<double> residuals;
  BatchEffect* effect = nullptr;  ///< With shift and variance; gets shift_used and variance_used.
};

/// Draws shifts and variances of one batch to their mean over its features, two at least.
/// @throws Error{kNumeric}  the iteration does not end.
void draw_to_mean(const std::vector<BatchResiduals>& features, double tolerance);

}  // namespace ledd::statistics
