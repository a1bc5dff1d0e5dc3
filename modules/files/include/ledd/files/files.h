#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "ledd/image/image.h"

/// Image files (NIfTI, NRRD, MetaImage) and writing that is either complete or absent.
namespace ledd::files {

/// .nii .nii.gz .nrrd .nhdr .mha .mhd
bool is_image_file(const std::filesystem::path& path);

/// @throws Error{kNotFound, kPermission, kFormat, kUnsupported}; kFormat also for non-finite voxels, spacing
/// or direction.
Volume::Pointer read_volume(const std::filesystem::path& path);
/// @throws as read_volume, and Error{kFormat} when a voxel is negative, fractional or above 65535.
Labels::Pointer read_labels(const std::filesystem::path& path);

/// Writes beside `path` under a temporary name, reads it back and compares every voxel and the geometry,
/// syncs, renames.
/// @throws Error{kCreate}      the folder cannot be written to.
/// @throws Error{kIo}          the disk is full, or what was read back differs. Nothing is left behind.
/// @throws Error{kPermission}
void write_volume(const Volume& volume, const std::filesystem::path& path);
void write_labels(const Labels& labels, const std::filesystem::path& path);

/// The same for bytes.
void write_bytes(std::string_view bytes, const std::filesystem::path& path);

/// The whole file. @throws Error{kNotFound, kPermission, kIo}
std::string read_bytes(const std::filesystem::path& path);

/// Lower-case hexadecimal SHA-256.
std::string sha256(std::string_view bytes);
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace ledd::files
