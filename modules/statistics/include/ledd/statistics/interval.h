#pragma once

namespace ledd::statistics {

/// A confidence interval, or any other range.
struct Interval {
  double low = 0.0, high = 0.0;
  bool operator==(const Interval&) const = default;
};

}  // namespace ledd::statistics
