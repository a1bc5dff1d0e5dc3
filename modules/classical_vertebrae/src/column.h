#pragma once
#include <vector>

#include "box_search.h"
#include "slices.h"

namespace ledd::classical {

/// A row of boxes from top to bottom.
struct Column {
  std::vector<Box> boxes;
  Polarity polarity = Polarity::kBrighter;
  double total = 0.0;     ///< What the search made as large as it could.
  double score = 0.0;     ///< Mean of the boxes' scores.
  double likeness = 0.0;  ///< Mean correlation of neighbours.
};

/// Of neighbours; 0 for less than two boxes.
double mean_likeness(const std::vector<Box>& boxes);

/// The best row of boxes in the stack; empty when there is not one box.
Column find_column(const Slices& slices);

}  // namespace ledd::classical
