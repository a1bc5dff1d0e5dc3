#pragma once
#include <string>

namespace ledd {

/// What the colours of a picture stand for: `low` is the dark end, `high` the bright one; beyond them the
/// colour stays that of the end, and the bar says so.
struct ColourScale {
  std::string quantity;  ///< "thickness".
  std::string unit;      ///< "mm".
  double low = 0.0, high = 1.0;
};

}  // namespace ledd
