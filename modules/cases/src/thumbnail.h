#pragma once
#include <string>

namespace ledd::cases {

/// The same picture as PNG, at most 160 pixels wide or high; "" when the bytes are no picture.
std::string thumbnail(const std::string& png);

}  // namespace ledd::cases
