#pragma once
#include <optional>
#include <vector>

#include "ledd/vertebra_levels/vertebra_levels.h"

namespace ledd::levels {

/// One way to count: `last` is the place of the last lumbar body in the row. Values of bodies.size() and more
/// mean that it lies 1, 2, ... places below the lowest body in view.
struct Hypothesis {
  std::size_t last = 0;
  double probability = 0.0;
};

/// All ways to count, with probabilities that sum to 1, the most probable first.
std::vector<Hypothesis> count_hypotheses(const std::vector<VertebraLevels::Seen>& bodies,
                                         const std::optional<Point>& s1_lps_mm,
                                         double max_spacing_mm);

double distance_mm(const Point& a, const Point& b);

}  // namespace ledd::levels
