#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "ledd/image/image.h"

/// Image files (NIfTI, NRRD, MetaImage, Scanco's AIM and ISQ) and writing that is either complete or absent.
namespace ledd::files {

/// .nii .nii.gz .nrrd .nhdr .mha .mhd, .aim .isq (scanco.h), in any case.
bool is_image_file(const std::filesystem::path& path);

/// One scalar image of three dimensions, whatever number type the file holds, as float in LPS millimetres; of
/// an AIM or ISQ in millimetres along the scanner's axes.
/// @throws Error{kNotFound}     there is no such file.
/// @throws Error{kPermission}   it may not be read.
/// @throws Error{kFormat}       it is cut off or malformed; a voxel, the spacing or the direction is not
///                              finite; a spacing is not positive; a NIfTI file says nothing of its
///                              orientation (positions would be invented); a voxel is beyond float.
/// @throws Error{kUnsupported}  another kind of file, colour or complex voxels, more or fewer than three
///                              dimensions, NIfTI lengths that are not millimetres, axes that are not
///                              perpendicular.
Volume::Pointer read_volume(const std::filesystem::path& path);
/// @throws as read_volume, and Error{kFormat} when a voxel is negative, fractional or above 65535.
Labels::Pointer read_labels(const std::filesystem::path& path);

/// Writes beside `path` under a temporary name, reads it back and compares every voxel and the geometry,
/// syncs, renames. The format follows the name: .nii .nii.gz .nrrd .mha, the last two compressed inside.
/// Same image, same bytes. Geometry survives to 1e-4 mm at every corner, in NIfTI to the precision of its
/// 32-bit numbers where that is coarser (coordinates beyond 400 mm).
/// @throws Error{kCreate}       the folder cannot be written to.
/// @throws Error{kIo}           the disk is full, or what was read back differs. Nothing is left behind.
/// @throws Error{kPermission}   the system denied access.
/// @throws Error{kInput}        the volume is empty or holds a voxel that is not finite.
/// @throws Error{kUnsupported}  a name of another format, or of one that needs two files (.nhdr .mhd).
void write_volume(const Volume& volume, const std::filesystem::path& path);
void write_labels(const Labels& labels, const std::filesystem::path& path);

/// The same for bytes: `path` holds all of them, or what it held before. @throws as write_volume.
void write_bytes(std::string_view bytes, const std::filesystem::path& path);

/// The whole file. @throws Error{kNotFound, kPermission, kIo}
std::string read_bytes(const std::filesystem::path& path);

/// Lower-case hexadecimal SHA-256.
std::string sha256(std::string_view bytes);
/// The same of a file's content, read in pieces. @throws Error{kNotFound, kPermission, kIo}
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace ledd::files
