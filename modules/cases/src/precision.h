#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ledd/store/repeatability.h"

namespace ledd::cases {

/// What is known of the error of endpoints: rows of a repeatability.csv.
class Precision {
 public:
  /// @param source  "repeatability.csv of the pilot study": stands in the tables beside each figure.
  Precision(const std::vector<store::RepeatabilityRow>& rows, std::string source);
  Precision() = default;

  struct Wanted {
    std::string pipeline, endpoint, region, side, statistic, unit, method;
  };
  struct Found {
    std::optional<double> sdc;  ///< Above 0.
    std::string source;         ///< Where it comes from and what it rests on; empty without `sdc`.
    std::string reason;         ///< Why there is none, or why not to lean on it; may be empty.
  };
  /// The row of the same pipeline, endpoint, region, statistic and method: of the side, else of both
  /// together.
  Found find(const Wanted& wanted) const;

 private:
  std::map<std::string, std::vector<store::RepeatabilityRow>> rows_;  // by all but side and method
  std::string source_;
};

}  // namespace ledd::cases
