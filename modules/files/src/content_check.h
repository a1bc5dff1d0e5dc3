#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>

namespace ledd::files {

/// Voxels of a file whose numbers are labels as they stand.
struct KeptVoxels {
  std::unique_ptr<std::uint16_t[]> voxels;  ///< Null when the numbers are of another kind.
  std::size_t count = 0;
};

/// Reads a NIfTI-1 file (.nii, .nii.gz) byte by byte, since the library behind ITK mends in silence what must
/// be refused: missing bytes and voxels that are not finite become 0, a spacing of 0 becomes 1, and a matrix
/// that is not finite ends the program.
/// @param keep  where given, gets unscaled unsigned integers of 8 or 16 bits, which need not be read again.
/// @throws Error{kFormat, kUnsupported}
void check_nifti(const std::filesystem::path& path, KeptVoxels* keep = nullptr);

/// The same for MetaImage (.mha, .mhd), whose library fills missing or damaged data with whatever was in
/// memory. @throws Error{kFormat, kUnsupported}
void check_meta(const std::filesystem::path& path);

}  // namespace ledd::files
