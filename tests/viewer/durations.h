#pragma once
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

namespace ledd::testing {

/// Median and worst of some durations.
class Durations {
 public:
  void add(double seconds) { ms_.push_back(seconds * 1e3); }
  std::string text() {
    std::sort(ms_.begin(), ms_.end());
    const auto part = [&](double p) {
      return ms_[static_cast<std::size_t>(p * static_cast<double>(ms_.size() - 1))];
    };
    return fmt::format("median {:.1f} ms, 95 % {:.1f} ms, worst {:.1f} ms of {}",
                       part(0.5),
                       part(0.95),
                       ms_.back(),
                       ms_.size());
  }
  double median_ms() {
    std::sort(ms_.begin(), ms_.end());
    return ms_[ms_.size() / 2];
  }

 private:
  std::vector<double> ms_;
};

}  // namespace ledd::testing
