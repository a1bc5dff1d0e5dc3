#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ledd/cases/pipeline.h"
#include "ledd/core/context.h"
#include "ledd/dicom/dicom.h"

namespace ledd::cases {

class PlanCache;

/// What one pipeline says of one series.
struct Verdict {
  std::string pipeline;
  Match match;
};

/// One volume that the input holds: a DICOM stack, or an image file.
struct Series {
  std::string id;  ///< Ledd's own, from the content.
  std::optional<dicom::Stack> stack;
  std::filesystem::path image;                ///< The file, when it is not DICOM.
  std::optional<files::ScancoHeader> scanco;  ///< Of `image`, when that is an AIM or ISQ.
  /// The files of a stack of TIFF, in the order of slices; `image` is the first. Empty for anything else.
  std::vector<std::filesystem::path> tiff;
  std::string geometry;           ///< "512 x 512 x 15, 0.7 x 0.7 x 4.4 mm, sagittal".
  std::string problem;            ///< Why it cannot be read as a volume, or must not be; empty when it can.
  std::vector<Verdict> verdicts;  ///< One per pipeline, in the order of the registry.
};

/// Words for people: number and description of a DICOM series, or the name of an image file.
std::string describe(const Series& series);

struct Survey {
  std::vector<dicom::FileEntry> files;  ///< Every file found, sorted by path; `stack_id` is Series::id.
  std::vector<Series> series;
};

/// Finds all series below the given files and folders and asks every pipeline about each.
/// @param leave_out  a folder whose content is no input (where results are written); may be empty.
/// @param known      what earlier runs found out of files, so that those which did not change are not read
/// again;
///                   null: all are read. What is found out is kept there.
/// @throws Error{kNotFound, kPermission}  an input does not exist or cannot be listed.
Survey survey(const std::vector<std::filesystem::path>& inputs,
              const std::filesystem::path& leave_out,
              const Registry& registry,
              Context& context,
              PlanCache* known = nullptr);

/// A segmentation made elsewhere, to be measured instead of segmenting.
struct LabelRequest {
  std::filesystem::path file;
  std::string scheme = "ledd";  ///< Name of a known scheme, or the path of a .toml file.
};

/// The series (SeriesInstanceUID) that a DICOM SEG was drawn on; empty for an image file of labels.
/// @throws Error{kFormat, kUnsupported}  it is neither.
std::vector<std::string> series_of_labels(const LabelRequest& request, const Context& context);

/// Another series of the study that a case uses beside its primary one.
struct Companion {
  Series series;
  SeriesRole role = SeriesRole::kContrast;
  MrWeighting weighting;
  double above_mm = 0, below_mm = 0;  ///< How far it reaches beyond the primary; negative: falls short.
};

/// What is worked on together; it becomes one case folder, or one entry of the quarantine.
struct PlannedCase {
  /// 12 hexadecimal digits, from the pipeline's name and the content of `series`, not of the companions.
  std::string id;
  std::optional<Series> series;         ///< The primary one; empty when only a segmentation is measured.
  std::string problem;                  ///< It is set aside without being tried, and why.
  MrWeighting weighting{};              ///< Of `series`, from its header.
  std::vector<Companion> companions{};  ///< kContrast first, then by series number.
  std::string apart{};                  ///< Why it is no part of another case of its study; may be empty.
  std::vector<std::string> replaces{};  ///< Ids that its companions have when each is a case of its own.
  std::string no_anatomy{};             ///< CaseInput::no_anatomy, as far as headers tell.
};

/// Where a series is used.
struct SeriesUse {
  std::string case_id;
  SeriesRole role = SeriesRole::kPrimary;
  std::string weighting;  ///< short_name() of what its header states.
  std::string apart;      ///< PlannedCase::apart, of a primary.
};
std::vector<SeriesUse> uses_of(const std::string& series_id, const std::vector<PlannedCase>& cases);
/// The same of all series that are used, by Series::id.
std::map<std::string, std::vector<SeriesUse>> uses_of(const std::vector<PlannedCase>& cases);

/// "series 2 "T2 SAG" with series 1 "T1 SAG"", or "segmentation alone".
std::string describe(const PlannedCase& planned);

struct PlanRequest {
  std::optional<LabelRequest> labels;
  bool labels_alone = false;               ///< Measure the segmentation without a scan.
  std::vector<std::string> series;         ///< Only these as primaries, by Series::id; all when empty.
  std::vector<std::string> series_uids{};  ///< Only these as primaries, by SeriesInstanceUID; all when empty.
  bool join = true;                        ///< Use the series of a study together where the pipeline can.
  std::vector<SeriesRole> unused{};        ///< No companion of these roles is taken: Prepared::unused.
  bool forced = true;  ///< Each series wanted is a primary; false: it may join another one that is wanted.
};

/// The cases, sorted by id. A pipeline without a JoinRule gets one for each series that it accepts. With one:
///
/// Method   Series of one patient, study and frame of reference, whose normals differ by at most 15 degrees,
///          belong together. In the order of JoinRule::primaries, then series number, each series not yet
///          taken becomes the primary of a case. Of each other weighting that ranks behind the primary's, the
///          first series by number that covers at least half of the primary's extent in all three directions
///          joins it (kContrast). It has no case of its own then, unless it reaches more than 100 mm further
///          up or down. Any other series, or localizer, that reaches at least 40 mm further and overlaps by
///          20 mm joins for counting (kCounting) and keeps its own case. Every axial series that meets the
///          primary joins to be measured across (kAxial); it never is a case. What else cannot join is its
///          own case. A series wanted by id is always a primary, and weightings that rank before it may join
///          it.
///
/// A pipeline that joins echoes gets one case for each series with two or more echo times, with all its
/// stacks. One series is what has the same FrameOfReferenceUID and SeriesNumber, or, where one of them is not
/// stated, the same SeriesInstanceUID. It is set aside where two stacks have the same echo time, one states
/// none, or their geometry differs.
///
/// A pipeline with an AnatomyRule gives each case that wants it one series of the same study to be segmented
/// (kAnatomy), with all its echoes: of those that match, have no problem, are in no other frame of reference
/// and cover at least half of the primary's extent in all three directions, the one that states the primary's
/// frame of reference, then with the thinnest slices (0.01 mm), the smallest pixels (0.001 mm), the lowest
/// series number, the lowest id. It keeps the cases that it is of itself. None is taken where a segmentation
/// is given.
///
/// A series that it would accept but that has a problem is a case too: it is set aside with its reason.
/// @throws Error{kNotFound}  there is no image in the input, or no series of a wanted id.
/// @throws Error{kInput}     nothing in it is acceptable; the message gives each series' reason.
/// @throws Error{kParam}     a segmentation is given, and not exactly one series is accepted.
std::vector<PlannedCase> plan(const Survey& survey, const Pipeline& pipeline, const PlanRequest& request);

}  // namespace ledd::cases
