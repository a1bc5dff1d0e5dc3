#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ledd {

/// The one of `known` that needs the fewest letters changed, added or left out to become `word` (Levenshtein
/// distance; the first of equals): what a person who mistyped a name probably meant. Empty when `known` is.
/// The result is a view into `known`.
std::string_view nearest_name(std::string_view word, const std::vector<std::string>& known);

}  // namespace ledd
