#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledd/core/context.h"
#include "ledd/image/image.h"

namespace ledd::dicom {

/// What became of an input file. Every file ends as exactly one of these; none is dropped without a row.
enum class Decision {
  kUsed,     ///< Belongs to a stack that can be read as a volume.
  kIgnored,  ///< Legal, but no image Ledd reads (a report, a text file, a localizer that is no volume);
             ///< `reason` says what it is.
  kRefused,  ///< Broken or contradictory; `reason` names file, tag, value and what would be right.
};
std::string_view name_of(Decision decision) noexcept;

struct FileEntry {
  std::filesystem::path path;
  Decision decision = Decision::kIgnored;
  std::string stack_id;  ///< Stack::id; empty when the file belongs to none; when the frames of a file
                         ///< fall into several stacks, the first that can be read.
  std::string reason;    ///< Empty exactly when used.
};

/// One image of a stack: a single-frame file, or one frame of a multi-frame file.
struct Slice {
  std::filesystem::path path;
  std::string sop_instance_uid;
  std::string sop_class_uid;
  unsigned frame = 0;
  Point position_lps_mm{};                              ///< Centre of the first pixel.
  double rescale_slope = 1.0, rescale_intercept = 0.0;  ///< Value = slope times stored number plus intercept.
};

/// What a Scanco scanner writes of its calibration, (0029,1000), (0029,1004) and (0029,1005): density in mg
/// HA/cm3 = slope * stored number / mu_scaling + intercept.
struct ScancoCalibration {
  double mu_scaling = 0.0, slope = 0.0, intercept = 0.0;
};

/// One attribute of a header by its tag, as UTF-8; several values are joined by backslashes.
struct HeaderValue {
  std::uint16_t group = 0, element = 0;
  std::string value;
};

/// Images of one series with one geometry, echo and matrix: what becomes one volume.
/// Values that the header lacks are empty or nullopt: never a default that somebody invented.
struct Stack {
  std::string
      id;  ///< Ledd's own, stable for the same content: a short digest of series UID and grouping key.
  std::string patient_id, study_uid, study_date, study_description;
  std::string series_uid, series_description, protocol, modality, body_part, frame_of_reference_uid;
  std::string manufacturer, model, station, institution, device_serial, software;
  std::vector<std::string> image_type;
  std::string scanning_sequence, sequence_name, laterality;
  std::string scan_options;  ///< ScanOptions; of enhanced objects SpectrallySelectedSuppression ("FAT").
  std::optional<int> series_number;
  std::optional<double> field_strength_t, repetition_time_ms, echo_time_ms, inversion_time_ms, flip_angle_deg;
  /// GE's private (0019,10B6) and (0019,10B7): area and duration of the spoiler between the echoes of a DESS.
  std::optional<double> spoiler_area_g_us_per_cm, spoiler_us;
  std::optional<double> kvp;
  std::optional<double> tube_current_ma, slice_thickness_mm, reconstruction_diameter_mm;
  std::string convolution_kernel, contrast_agent;
  /// When the first of its images was taken: ISO 8601, "2024-05-31T10:15:02", with the offset from UTC where
  /// it is stated, or a date alone. From AcquisitionDateTime, AcquisitionDate, ContentDate or SeriesDate, as
  /// `acquired_from` says; both empty where the header has none of them.
  std::string acquired, acquired_from;
  /// What objects made from this stack must repeat of its patient and study, in ascending order of tags:
  /// those that are present, values as they stand. Identifies a person: for DICOM objects, never for a page
  /// or a log.
  std::vector<HeaderValue> patient_study;
  std::string rescale_type;  ///< What values are, where the header says so: "HU", "mg HA/ccm".
  std::optional<ScancoCalibration> scanco;
  bool localizer = false;  ///< ImageType says so: made to plan other stacks with, not to be measured.
  unsigned columns = 0, rows = 0;
  std::array<double, 2>
      pixel_spacing_mm{};         ///< Along a row (between columns), along a column (between rows).
  double slice_spacing_mm = 0.0;  ///< From positions along the normal; 0 for a single slice.
  Point row_lps{}, column_lps{}, normal_lps{};  ///< Unit vectors; normal = row x column.
  std::vector<Slice> slices;                    ///< In ascending order of position along the normal.
  std::string problem;                          ///< Why it cannot be read as a volume; empty when it can.
};

struct Index {
  std::vector<FileEntry> files;  ///< Sorted by path.
  std::vector<Stack> stacks;     ///< Sorted by patient, study, series number, series UID, echo time, id. With
                                 ///< those that have a problem.
};

/// Where files are parsed.
enum class Isolation {
  kOn,   ///< In child processes with limits: a hostile file ends a child, not its reader.
  kOff,  ///< In this process. For measuring what isolation costs, and for fuzzing; nowhere else.
};

/// Finds and sorts all DICOM images below the given folders and files, headers only, in parallel.
/// Does not throw for bad files: they get a row. Does not follow symbolic links to folders.
/// @throws Error{kNotFound}    an input does not exist.
/// @throws Error{kPermission}  an input folder cannot be listed.
/// @throws Error{kInternal}    the program of the child processes is missing.
Index index(const std::vector<std::filesystem::path>& inputs,
            Context& context,
            Isolation isolation = Isolation::kOn);

/// Decodes a stack: stored values with rescale slope and intercept applied, on the stack's own grid
/// (axis i along a row, j along a column, k along the normal), LPS millimetres.
/// @throws Error{kInput}  Stack::problem is not empty, or pixel data are short, corrupt or not finite; names
/// file and tag.
/// @throws Error{kInternal}  the program of the child processes is missing.
Volume::Pointer load(const Stack& stack, Context& context, Isolation isolation = Isolation::kOn);

}  // namespace ledd::dicom
