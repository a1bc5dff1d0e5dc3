#pragma once
#include <filesystem>

namespace ledd::files {

/// Reads a NIfTI-1 file (.nii, .nii.gz) byte by byte, since the library behind ITK mends in silence what must
/// be refused: missing bytes and voxels that are not finite become 0, a spacing of 0 becomes 1, and a matrix
/// that is not finite ends the program.
/// @throws Error{kFormat, kUnsupported}
void check_nifti(const std::filesystem::path& path);

/// The same for MetaImage (.mha, .mhd), whose library fills missing or damaged data with whatever was in
/// memory. @throws Error{kFormat, kUnsupported}
void check_meta(const std::filesystem::path& path);

}  // namespace ledd::files
