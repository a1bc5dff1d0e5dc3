#pragma once
#include <filesystem>

namespace ledd::testing {

/// The window as readers have it: what passes from the key that accepts a case, signed and kept, to the next
/// one on the screen, which was opened meanwhile. Prints one line. The folder holds two cases.
void print_accepting(const std::filesystem::path& out, int times);

}  // namespace ledd::testing
