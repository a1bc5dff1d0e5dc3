#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "ledd/cases/pipeline.h"
#include "ledd/core/context.h"
#include "ledd/dicom/dicom.h"

namespace ledd::cases {

/// What one pipeline says of one series.
struct Verdict {
  std::string pipeline;
  Match match;
};

/// One volume that the input holds: a DICOM stack, or an image file.
struct Series {
  std::string id;  ///< Ledd's own, from the content.
  std::optional<dicom::Stack> stack;
  std::filesystem::path image;    ///< The file, when it is not DICOM.
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
/// @throws Error{kNotFound, kPermission}  an input does not exist or cannot be listed.
Survey survey(const std::vector<std::filesystem::path>& inputs,
              const std::filesystem::path& leave_out,
              const Registry& registry,
              Context& context);

/// A segmentation made elsewhere, to be measured instead of segmenting.
struct LabelRequest {
  std::filesystem::path file;
  std::string scheme = "ledd";  ///< Name of a known scheme, or the path of a .toml file.
};

/// One volume to be worked on; it becomes one case folder, or one entry of the quarantine.
struct PlannedCase {
  std::string id;                ///< 12 hexadecimal digits, from the content and the pipeline's name.
  std::optional<Series> series;  ///< Empty when only a segmentation is measured.
  std::string problem;           ///< It is set aside without being tried, and why.
};

struct PlanRequest {
  std::optional<LabelRequest> labels;
  bool labels_alone = false;        ///< Measure the segmentation without a scan.
  std::vector<std::string> series;  ///< Only these, by Series::id; all when empty.
};

/// One case for each series that the pipeline accepts, sorted by id.
/// A series that it would accept but that has a problem is a case too: it is set aside with its reason.
/// @throws Error{kNotFound}  there is no image in the input, or no series of a wanted id.
/// @throws Error{kInput}     nothing in it is acceptable; the message gives each series' reason.
/// @throws Error{kParam}     a segmentation is given, and not exactly one series is accepted.
std::vector<PlannedCase> plan(const Survey& survey, const Pipeline& pipeline, const PlanRequest& request);

}  // namespace ledd::cases
