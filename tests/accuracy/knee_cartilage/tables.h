#pragma once
#include <filesystem>

namespace ledd::accuracy {

/// Thickness of layers of known thickness on hard labels and on partial volumes.
void print_shells();
/// Thickness between published surfaces against the published values.
void print_mesh_pairs(const std::filesystem::path& folder);

/// Every label volume of a folder; pictures of every eighth knee where a folder is named.
void print_knees(const std::filesystem::path& folder, const std::filesystem::path& pictures);

}  // namespace ledd::accuracy
