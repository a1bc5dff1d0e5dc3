#pragma once
#include <filesystem>

namespace ledd::accuracy {

/// Scenes of known energy, and what other choices of tissue would make of 150 HU.
void print_tissues();
/// The tissues of a scan, and the line they give; `vessel` may be empty.
void print_patient(const std::filesystem::path& scan, const std::filesystem::path& vessel);

}  // namespace ledd::accuracy
