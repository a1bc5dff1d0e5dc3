#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledd/core/context.h"
#include "ledd/core/params.h"
#include "ledd/dicom/dicom.h"
#include "ledd/files/scanco.h"
#include "ledd/files/tiff.h"
#include "ledd/image/image.h"
#include "ledd/measurement/outcome.h"
#include "ledd/mr_weighting/mr_weighting.h"

namespace ledd::cases {

/// Where the files that come with Ledd lie: `share/ledd`, with `models/` and `pipelines/` below it.
struct Resources {
  std::filesystem::path share;
};

/// Whether a pipeline takes a series, and if not, why.
struct Match {
  bool accepted = false;
  std::string reason;  ///< Empty exactly when accepted.
};

/// What a series is to a case.
enum class SeriesRole {
  kPrimary,   ///< The case is named after it, and its grid is that of the results.
  kContrast,  ///< The same region in another weighting.
  kCounting,  ///< Reaches further up or down, so that vertebrae can be counted on it.
  kAxial,     ///< Cuts the same region across.
  kEcho,      ///< A later echo of the primary's series.
  kAnatomy,   ///< Segmented for the case; a case of its own for another pipeline. Echoes in ascending order.
};
/// "primary", "contrast", "counting", "axial", "echo", "anatomy"
std::string_view name_of(SeriesRole role) noexcept;

/// Another series of the same study in the same patient coordinates, on its own grid. Not registered: the
/// patient may have moved between the series. Of kAnatomy the header may not state the coordinates.
struct CompanionInput {
  const Volume* scan = nullptr;  ///< Never null.
  SeriesRole role = SeriesRole::kContrast;
  MrWeighting weighting;               ///< From the header.
  double above_mm = 0, below_mm = 0;   ///< How far it reaches beyond the primary; negative: falls short.
  std::string series_id, description;  ///< Series::id and describe(Series).
  const dicom::Stack* header = nullptr;
};

/// What a pipeline works on. Pointers are not owned; both are on one grid where both are given.
struct CaseInput {
  const Volume* scan = nullptr;              ///< Null when only a segmentation is given.
  const Labels* labels = nullptr;            ///< Ledd's ids; null when the pipeline is to segment by itself.
  MrWeighting weighting{};                   ///< Of `scan`, from the header; unknown for an image file.
  std::vector<CompanionInput> companions{};  ///< kContrast first, of these one at most of each weighting.
  const dicom::Stack* header = nullptr;      ///< Of `scan`; null for an image file.
  std::string no_anatomy{};  ///< Why there is no kAnatomy; empty where there is one, or none is wanted.
  const files::ScancoHeader* scanco = nullptr;  ///< Of `scan`; null unless it is an AIM or ISQ.
  bool from_tiff = false;  ///< `scan` is a stack of TIFF: its axes say nothing of the patient.
};

/// How a pipeline uses the series of one study together.
struct JoinRule {
  struct Slot {
    MrContrast contrast = MrContrast::kUnknown;
    bool fat_suppressed = false;
    bool operator==(const Slot&) const = default;
  };
  std::vector<Slot> primaries;  ///< A case's primary is the first of these that is there; others come last.
  std::function<Match(const dicom::Stack&)> match_counting;  ///< What may serve for counting, localizers too.
  std::function<Match(const dicom::Stack&)>
      match_axial{};  ///< What may be used across; never a case of its own.
};

/// How a pipeline takes another series of the study to segment, where its own is not fit for that.
struct AnatomyRule {
  /// Whether a case with these echoes, in ascending order, wants one.
  std::function<bool(const std::vector<MrWeighting>& echoes)> wanted;
  /// What may be segmented for the case of a primary; both are of one study.
  std::function<Match(const dicom::Stack& stack, const dicom::Stack& primary)> match;
};

/// What becomes of the stacks of one series that differ in echo time.
enum class Echoes {
  kApart,     ///< Each is a series of its own.
  kTogether,  ///< One case: the shortest is its primary, the others come as kEcho in ascending order.
  kSeveral,   ///< Likewise, and a series with one echo time is not accepted.
};

struct Parameter {
  FieldInfo info;
  Value standard;  ///< The value in force when nobody says otherwise.
};

/// A pipeline with legal parameters. `run` may be called from many threads, each with its own Context.
struct Prepared {
  ValueMap effective;  ///< Every parameter in force, defaults included.
  std::function<Outcome(const CaseInput&, Context&)> run;
  std::vector<SeriesRole> unused{};  ///< Roles that these parameters leave without use.
  std::optional<double> voxel_mm{};  ///< Of a TIFF stack, which states none: without it none is taken.
};

/// One visit of a subject, as a finished case holds it.
struct VisitInput {
  const Labels* labels = nullptr;    ///< Never null.
  std::vector<std::string> sides{};  ///< "R", "L": those its rows name; empty when the case does not know.
  const Volume* map = nullptr;       ///< ChangeRule::map, on the labels' grid; null where none is named.
};

/// The comparison of two visits with legal parameters; from many threads as Prepared.
struct PreparedChange {
  ValueMap effective;
  /// `only`: the sides to compare; empty: all that both visits show.
  std::function<Outcome(
      const VisitInput& baseline, const VisitInput& followup, const std::vector<std::string>& only, Context&)>
      run;
};

/// How a pipeline compares two visits of one subject.
struct ChangeRule {
  std::vector<Parameter> parameters;
  std::vector<EndpointDefinition> definitions;
  bool has_sides = false;  ///< Its joints are right or left ones: a case without a side cannot be paired.
  /// @throws Error{kParam}
  std::function<PreparedChange(const ValueMap&)> prepare;
  /// The map of a finished case that is loaded with its labels, and the baseline's drawn below the figures;
  /// empty: label maps are enough.
  std::string map{};
};

/// The memory that a case takes at most: what the program needs anyway, and what grows with the scan.
struct MemoryNeed {
  double base_mb = 300.0;
  double bytes_per_voxel = 40.0;  ///< Of the primary series.
};

/// All that the case runner and the command line know of a pipeline.
struct Pipeline {
  std::string name;                 ///< As people type it: "spine-mri".
  std::string summary;              ///< One line.
  std::string accepts;              ///< What input it takes, in one or two sentences.
  bool labels_alone = false;        ///< Something can be measured from a segmentation without its scan.
  bool labels_on_any_grid = false;  ///< A given segmentation may stand on another grid than the scan.
  Echoes echoes = Echoes::kApart;
  std::vector<std::string> steps;
  std::vector<Parameter> parameters;
  std::vector<EndpointDefinition> definitions;
  std::vector<std::filesystem::path> models;  ///< Network weights; their digests go into the provenance.
  std::function<Match(const dicom::Stack&)> match_stack;
  std::function<Match(const itk::ImageBase<3>&)> match_image;       ///< A plain image file: geometry only.
  std::function<Match(const files::ScancoHeader&)> match_scanco{};  ///< An AIM or ISQ; null: none is taken.
  std::function<Match(const files::TiffHeader&)> match_tiff{};      ///< A stack of TIFF; null: none is taken.
  std::optional<ChangeRule> change;    ///< Nullopt: visits are compared by their endpoints alone.
  std::optional<JoinRule> join;        ///< Nullopt: every accepted series is a case of its own.
  std::optional<AnatomyRule> anatomy;  ///< Only where `echoes` is not kApart.
  /// @throws Error{kParam}  an unknown name or an illegal value, before any file is read.
  std::function<Prepared(const ValueMap&)> prepare;
  MemoryNeed memory{};
};

/// Sorted by name.
using Registry = std::vector<Pipeline>;

/// Where the files that came with this program lie: $LEDD_SHARE, else ../share/ledd from the program.
Resources installed_resources();

/// The pipelines of this version, with the memory that share/ledd/memory.toml gives them.
/// @throws Error{kParam}  that file is there, and malformed.
Registry builtin_pipelines(const Resources& resources);

/// @throws Error{kParam}  there is no such pipeline; names the nearest.
const Pipeline& find_pipeline(const Registry& registry, const std::string& name);

/// The parameters of a table with their defaults, for Pipeline::parameters.
template <class P>
std::vector<Parameter> parameters_of(const ParamTable<P>& table) {
  std::vector<Parameter> all;
  for (const auto& field : table.fields()) all.push_back({field.info, field.get(P{})});
  return all;
}

/// Whether a stack of MR slices lies within 30 degrees of the sagittal plane, with at least `slices` slices.
Match match_sagittal_mr(const dicom::Stack& stack, std::size_t slices, const std::string& pipeline);
/// Whether vertebrae can be counted on it: sagittal to 30 degrees, two slices or more; a localizer may be.
Match match_counting_mr(const dicom::Stack& stack, const std::string& pipeline);
/// Whether muscles and canal can be measured on it: axial to 45 degrees, no localizer.
Match match_axial_mr(const dicom::Stack& stack, const std::string& pipeline);
/// The same as match_sagittal_mr() for an image file, whose axis of the widest spacing is taken for the
/// stack's normal.
Match match_sagittal_image(const itk::ImageBase<3>& image, std::size_t slices, const std::string& pipeline);

}  // namespace ledd::cases
