#pragma once
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "ledd/image/image.h"

/// Slices as TIFF: one file of many pages, or one file for each slice. What such files say of the size of
/// their pixels is left unread: programs that write stacks put anything there.
namespace ledd::files {

/// .tif .tiff in any case.
bool is_tiff_file(const std::filesystem::path& path);

/// Files that make one volume, in the order of their slices.
struct TiffStack {
  std::vector<std::filesystem::path> files;
  std::string problem;  ///< Why they make none: numbers that are missing or twice. Empty when they do.
};

/// Files of one folder whose names differ in nothing but their last number are one stack, ordered by that
/// number (slice9 before slice10); any other file is a stack of its own.
std::vector<TiffStack> tiff_stacks(const std::vector<std::filesystem::path>& files);

struct TiffHeader {
  std::size_t columns = 0, rows = 0, slices = 0;
  unsigned bits = 0;
  bool is_float = false, is_signed = false;
  bool operator==(const TiffHeader&) const = default;
};

/// Of all pages, without decoding them.
/// @throws Error{kNotFound, kPermission}
/// @throws Error{kFormat}       no TIFF, or cut off; pages of different sizes or kinds; several files of
///                              which one has more than one page. The message names the file.
/// @throws Error{kUnsupported}  colour, palette, inverted grey, tiles, other bits than 8, 16 or 32 whole
///                              or 32 float.
TiffHeader read_tiff_header(const std::vector<std::filesystem::path>& files);

/// The grey values as they stand there; columns, rows and slices along the axes, voxels of `voxel_mm`.
/// @throws as read_tiff_header, and Error{kFormat} when a page cannot be decoded or a voxel is not finite.
Volume::Pointer read_tiff(const std::vector<std::filesystem::path>& files, double voxel_mm);

}  // namespace ledd::files
