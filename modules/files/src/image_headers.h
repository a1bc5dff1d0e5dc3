#pragma once
#include <itkImageIOBase.h>

#include <filesystem>
#include <string>

namespace ledd::files {

struct KeptVoxels;

enum class Format { kNifti, kNrrd, kMeta, kOther };

/// From the name, in any case: ".nii.gz", ".mha", ...; "" for a name of none of the formats.
std::string extension_of(const std::filesystem::path& path);
Format format_of(const std::filesystem::path& path);

/// The reader or writer of one format. No factory is asked: which one ITK takes must not depend on what else
/// a program has linked.
itk::ImageIOBase::Pointer io_for(Format format);

/// Reads the header and refuses what this suite must not guess. @throws Error{kFormat, kUnsupported}
/// @param keep  as check_nifti() has it; of other formats nothing is kept.
void check_header(itk::ImageIOBase& io, const std::filesystem::path& path, KeptVoxels* keep = nullptr);

}  // namespace ledd::files
