#pragma once
#include <filesystem>

namespace ledd::accuracy {

/// Thickness of layers of known thickness on hard labels and on partial volumes.
void print_shells();
/// The same along normals on hard labels, over twelve positions of the grid.
void print_poses();
/// Thickness between published surfaces against the published values.
void print_mesh_pairs(const std::filesystem::path& folder);

/// Regions over the first volume of each person of a folder, and what failed in all; pictures of every eighth
/// knee where a folder is named.
void print_knees(const std::filesystem::path& folder, const std::filesystem::path& pictures);

}  // namespace ledd::accuracy
