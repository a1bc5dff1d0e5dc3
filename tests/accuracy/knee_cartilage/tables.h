#pragma once
#include <filesystem>

namespace ledd::accuracy {

/// Thickness of layers of known thickness on hard labels and on partial volumes.
void print_shells();
/// Thickness between published surfaces against the published values.
void print_mesh_pairs(const std::filesystem::path& folder);

}  // namespace ledd::accuracy
