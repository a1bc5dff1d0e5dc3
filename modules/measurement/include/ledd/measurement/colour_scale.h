#pragma once
#include <string>

namespace ledd {

/// What the colours of a picture stand for; beyond `low` and `high` the colour stays that of the end, and the
/// bar says so.
struct ColourScale {
  enum class Kind {
    kAmount,  ///< From dark (low) to bright (high).
    kChange,  ///< From blue (low) over white (half way) to red (high): no change is white when low = -high.
  };
  std::string quantity;  ///< "thickness".
  std::string unit;      ///< "mm".
  double low = 0.0, high = 1.0;
  Kind kind = Kind::kAmount;
};

}  // namespace ledd
