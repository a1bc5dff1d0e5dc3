#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ledd/core/context.h"
#include "ledd/dicom_results/origin.h"
#include "ledd/image/image.h"

namespace ledd::dicom_results {

/// A segment by which a DICOM SEG names a structure.
struct Segment {
  unsigned number = 0;   ///< From 1.
  std::uint16_t id = 0;  ///< Of anatomy::structures(); 0 of a segment that is left out.
  std::string label, tracking_id, tracking_uid;
  std::optional<std::array<std::uint8_t, 3>> rgb{};  ///< Of a file, where it recommends a colour.
};

/// A DICOM file, and what others need to refer to it.
struct Segmentation {
  std::string bytes;  ///< Of the whole file: explicit VR, little endian.
  std::string sop_instance_uid, series_uid;
  std::vector<Segment> segments;
};

/// Labels as a DICOM Segmentation of type BINARY: a segment for each id that occurs, in ascending order; a
/// frame for each segment and slice that has a voxel.
///
/// Source   PS3.3 A.51 and C.8.20; what is written where: docs/dicom-results.md.
/// @param labels  On the grid of `origin.source`; ids of anatomy::structures().
/// @throws Error{kInput}  another grid, an id that is in no table, or no label at all; or the source has no
///                        Study, Series or SOP Instance UID.
Segmentation segmentation(const Labels& labels, const Origin& origin);

/// What the caller knows of segments: by number ("3") or by label, the id of the structure; 0 leaves a
/// segment out.
using SegmentIds = std::map<std::string, std::uint16_t>;

/// What becomes of a segment that fits no structure, or several.
enum class Strangers {
  kRefuse,
  /// It gets an id that is no structure's: its number, or one above 40000 where that is taken. To look at.
  kKeep,
};

struct ReadSegmentation {
  Labels::Pointer labels;
  Maker maker = Maker::kAutomatic;  ///< Semiautomatic when segments differ.
  std::string sop_instance_uid, frame_of_reference_uid;
  std::vector<Segment> segments;   ///< As in the file.
  std::vector<std::string> notes;  ///< How segments were recognised, where not by Ledd's own marks.
};

/// Reads a DICOM SEG of any maker: BINARY, or a label map (Label Map Segmentation Storage).
///
/// Method   A segment's id is what `ids` says; else the one that its tracking UID is made for, else the one
///          whose label it has, else the one whose codes it has (side and order do not matter). A frame's
///          pixels go where its plane lies; its source image decides where a plane has no position, and must
///          agree with it where it has one. Flipped or permuted axes are resolved; nothing is resampled.
/// @param onto  The stack that was segmented, whose grid the labels get; null: the grid of the file's own
///              frames, slices that no frame lies in being empty.
/// @throws Error{kNotFound, kPermission}
/// @throws Error{kFormat}       no sound DICOM file, or attributes are missing, contradictory or too small.
/// @throws Error{kUnsupported}  FRACTIONAL, or pixels that cannot be decoded, or no segmentation at all.
/// @throws Error{kInput}        a segment fits no structure or two; a frame fits not the grid; two segments
///                              share voxels. Names number, label, frame.
///                              Or the child process that reads it failed.
ReadSegmentation read_segmentation(const std::filesystem::path& path,
                                   const dicom::Stack* onto,
                                   const SegmentIds& ids,
                                   const Context& context,
                                   Strangers strangers = Strangers::kRefuse);

/// The SeriesInstanceUID of each series that a SEG refers to. @throws Error  as read_segmentation().
std::vector<std::string> read_segmentation_series(const std::filesystem::path& path, const Context& context);

/// The same within this process: for the child, and for files that this program wrote.
ReadSegmentation parse_segmentation(const std::filesystem::path& path,
                                    const dicom::Stack* onto = nullptr,
                                    const SegmentIds& ids = {},
                                    Strangers strangers = Strangers::kRefuse);
std::vector<std::string> parse_segmentation_series(const std::filesystem::path& path);

}  // namespace ledd::dicom_results
