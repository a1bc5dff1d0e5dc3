#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "ledd/image/image.h"

#include "file.h"

namespace ledd::dicom_results {

/// What a file says of a segment.
struct SegmentHeader {
  unsigned number = 0;
  std::string label, tracking_id, tracking_uid, algorithm_type;
  ReadCode category, type, region;
  std::vector<ReadCode> modifiers;                 ///< Of type and region together.
  std::optional<std::array<std::uint8_t, 3>> rgb;  ///< RecommendedDisplayCIELabValue.
};

/// What it says of a frame.
struct FrameHeader {
  unsigned segment = 0;  ///< Of a label map: 0.
  std::optional<Point> position_lps_mm;
  Point row_lps{}, column_lps{};
  std::array<double, 2> pixel_spacing_mm{};  ///< Along a row, along a column.
  std::optional<double> slice_spacing_mm, slice_thickness_mm;
  std::string source_uid;     ///< Empty when there is no source image, or several.
  unsigned source_frame = 0;  ///< From 1; 0 when it is not given.
};

/// A DICOM Segmentation, its attributes checked against each other and against the number of its bytes.
struct SegmentationFile {
  std::filesystem::path path;
  std::string sop_instance_uid, frame_of_reference_uid;
  std::vector<std::string> series_uids;  ///< Of the referenced series.
  unsigned rows = 0, columns = 0;
  bool label_map = false;   ///< Else one bit for each pixel.
  unsigned bits = 1;        ///< 1, 8, 16.
  unsigned background = 0;  ///< Of a label map: the number that stands for nothing.
  std::vector<SegmentHeader> segments;
  std::vector<FrameHeader> frames;
  std::vector<std::uint8_t> pixels;  ///< All that the frames need, and no less.

  /// Number stored for a pixel: of a binary frame 0 or 1.
  unsigned stored(std::size_t pixel) const {
    if (bits == 1) return pixels[pixel / 8] >> (pixel % 8) & 1U;
    return bits == 8 ? pixels[pixel] : pixels[2 * pixel] | unsigned{pixels[2 * pixel + 1]} << 8U;
  }
};

/// @throws Error{kNotFound, kPermission, kFormat, kUnsupported}
SegmentationFile read_segmentation_file(const std::filesystem::path& path);

}  // namespace ledd::dicom_results
