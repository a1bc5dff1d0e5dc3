#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ledd/dicom/dicom.h"
#include "ledd/dicom/structure.h"

namespace ledd::dicom {

constexpr unsigned kMaxSide =
    8192;  ///< Far above any scanner; keeps a lying header from asking for gigabytes.
constexpr unsigned kMaxFrames = 20000;

/// One image plane of a file.
struct Frame {
  Point position_lps_mm{}, row_lps{}, column_lps{};
  std::array<double, 2> pixel_spacing_mm{};  ///< Along a row, along a column.
  double rescale_slope = 1.0, rescale_intercept = 0.0;
  std::optional<double> echo_time_ms;
  std::vector<std::string> type;  ///< FrameType of an enhanced object; else empty: ImageType speaks.
  std::string contrast;  ///< What separates stacks whatever the positions: echo, image type, stack id.
  /// What separates stacks only when positions repeat (time point, b-value, ...): name and value, "" if
  /// absent. Same names in the same order in every frame.
  std::vector<std::pair<std::string, std::string>> repeats;
};

/// How the pixels of a file are stored.
struct PixelFormat {
  std::string transfer_syntax;
  unsigned rows = 0, columns = 0, frames = 1;
  unsigned bits_allocated = 0, bits_stored = 0, high_bit = 0;
  bool is_signed = false;
};

/// What a header says, checked.
struct Facts {
  std::filesystem::path path;
  std::string sop_instance_uid, sop_class_uid;
  std::uint64_t dataset_offset = 0;
  Stack common;  ///< The descriptive fields; no id, geometry or slices.
  PixelFormat pixels;
  std::vector<Frame> frames;  ///< Empty when `defect` is about geometry.
  std::string defect;         ///< First reason why this file cannot be part of a volume; empty when sound.
  bool cut_off = false;       ///< Ends too early: what is read last may be another value's beginning.
  bool without_geometry =
      false;  ///< Neither position nor orientation nor spacing: maybe never an image plane.
};

/// A file and what is known of it. `facts` is there for MR and CT images, sound or not.
struct Scanned {
  FileEntry entry;
  std::optional<Facts> facts;
  SeriesHint hint;
  bool passing = false;  ///< Why it is refused may be gone the next time: no memory, a disk that fails.
};

/// Walks the structure of a file, then reads its header. Never throws for what is in the file.
Scanned scan(const std::filesystem::path& path);

}  // namespace ledd::dicom
