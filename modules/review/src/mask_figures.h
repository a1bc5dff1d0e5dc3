#pragma once
#include <cstddef>
#include <optional>
#include <string>

#include "ledd/review/agreement.h"

namespace ledd::review {

/// What the cases of one structure say together. Distances are of the cases where both have it.
struct MaskFigures {
  std::size_t cases = 0, only_first = 0, only_second = 0;
  double dice_median = 0.0, dice_least = 0.0;  ///< 0 counts where only one has the structure.
  std::size_t measured = 0;                    ///< Cases with distances.
  double mean_mm = 0.0;                        ///< Median of the cases' mean surface distances.
  double p95_mm = 0.0, p95_greatest_mm = 0.0;  ///< Of the 95 % Hausdorff distances: median and greatest.
};
MaskFigures figures_of(const MaskAgreement& mask);

}  // namespace ledd::review
