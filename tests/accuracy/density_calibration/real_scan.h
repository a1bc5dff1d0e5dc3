#pragma once
#include <filesystem>

namespace ledd::accuracy {

/// The DICOM series of a cardiac phantom: its two large rods, found, and slices against one another.
void print_cardiac(const std::filesystem::path& folder);
/// What is found in any scan.
void print_scan(const std::filesystem::path& file);

}  // namespace ledd::accuracy
