#pragma once
#include <string>
#include <string_view>

#include "ledd/deidentification/deidentification.h"

namespace ledd::deidentification {

/// The words of a text that are in the list, and lengths, times and voltages with their unit ("3mm"), in
/// their order, joined by blanks. Values between backslashes are cleaned apart.
std::string clean(std::string_view text, const Words& words);

}  // namespace ledd::deidentification
