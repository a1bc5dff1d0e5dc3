#pragma once
#include <map>
#include <string>
#include <vector>

#include "ledd/spine_morphometry/spine_result.h"

namespace ledd::accuracy {

/// By endpoint: found minus true, mm, one value a body.
using Differences = std::map<std::string, std::vector<double>>;

/// Heights and depth of one body found beside those of the same body as drawn; nothing when either of them
/// could not be measured.
void add_differences(const SpineResult::Body& found, const SpineResult::Body& truth, Differences& all_mm);

/// One line an endpoint: mean, SD and mean absolute difference.
void print(const std::string& set, const Differences& all_mm);

double mean(const std::vector<double>& values);  ///< 0 for none.
double sd(const std::vector<double>& values);    ///< 0 for less than two.

}  // namespace ledd::accuracy
