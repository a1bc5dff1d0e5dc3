#pragma once
#include <vector>

#include "scale.h"

namespace ledd::registration {

/// How alike densities are where both scans show them.
struct Likeness {
  double correlation = -1.0;
  double seen = 0.0;  ///< Share of the samples.
};
Likeness likeness(const std::vector<Sample>& samples, const Scale& second, const GridMotion& motion);

struct Climbed {
  GridMotion motion;
  double step_mm = 1e9;  ///< By how much the last step moved the rim.
};

/// @param still_mm  It ends when the rim, `rim_mm` from the centre, moves by less.
Climbed climb(const std::vector<Sample>& samples,
              const Scale& second,
              const GridMotion& start,
              double rim_mm,
              double still_mm);

}  // namespace ledd::registration
