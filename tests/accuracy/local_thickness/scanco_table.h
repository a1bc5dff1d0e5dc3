#pragma once
#include <filesystem>

namespace ledd::accuracy {

/// Published results of two programs on balls, rods and plates that everybody can draw, beside ours.
/// @param folder  Holds the tables (`F_SPH_JSW_THICKNESS_IPL.csv`, ...).
void print_scanco(const std::filesystem::path& folder);

}  // namespace ledd::accuracy
