#include <fmt/format.h>

#include <algorithm>

#include "ledd/anatomy/anatomy.h"
#include "ledd/cases/label_scheme.h"
#include "ledd/cases/open_case.h"
#include "ledd/dicom_results/segmentation.h"
#include "ledd/files/files.h"

#include "opening.h"
#include "structures.h"

namespace ledd::cases {
namespace {

namespace fs = std::filesystem;

using SeriesList = std::vector<const Series*>;

/// A segmentation ready to be laid over the scan.
struct OtherLabels {
  Labels::Pointer labels;
  Structures structures;  ///< Names that the file gives.
  bool on_own_grid = false;
};

SeriesChoice choice_of(const Series& series) {
  return {series.id, describe(series), series.geometry, series.problem};
}

/// The series that can be meant. @throws Error{kNotFound, kParam}
SeriesList meant(const Survey& found,
                 const ScanRequest& request,
                 const std::vector<std::string>& drawn_on,
                 std::vector<std::string>& problems) {
  SeriesList all;
  for (const Series& series : found.series)
    if (request.series.empty() || series.id == request.series) all.push_back(&series);
  require(!found.series.empty(), Errc::kNotFound, "there is no DICOM image and no image file in the input");
  require(
      !all.empty(),
      Errc::kParam,
      fmt::format("there is no series '{}' in the input; `ledd inspect` lists their ids", request.series));
  if (!request.series.empty() || drawn_on.empty()) return all;
  SeriesList named;
  for (const Series* series : all)
    if (series->stack &&
        std::find(drawn_on.begin(), drawn_on.end(), series->stack->series_uid) != drawn_on.end())
      named.push_back(series);
  if (!named.empty()) return named;
  problems.push_back(fmt::format("{} was drawn on series {}, which is not in the input; open that series",
                                 request.labels.string(),
                                 drawn_on.front()));
  return all;
}

/// One that is a volume goes before others that are none; nothing else is guessed.
const Series* only_one(const SeriesList& meant, OpenCase& opened) {
  SeriesList sound;
  for (const Series* series : meant)
    if (series->problem.empty()) sound.push_back(series);
  if (sound.size() == 1) return sound.front();
  if (meant.size() == 1) return meant.front();
  for (const Series* series : meant) opened.choices.push_back(choice_of(*series));
  return nullptr;
}

dicom_results::ReadSegmentation read_segments(const fs::path& file,
                                              const dicom::Stack* onto,
                                              const Context& context) {
  return dicom_results::read_segmentation(file, onto, {}, context, dicom_results::Strangers::kKeep);
}

/// On the scan's grid, or on its own where it says that this is in the same patient coordinates.
OtherLabels read_object(const fs::path& file, const dicom::Stack* scan, const Context& context) {
  OtherLabels other;
  dicom_results::ReadSegmentation read;
  try {
    read = read_segments(file, scan, context);
  } catch (const Error& e) {
    if (e.code() != Errc::kInput || scan == nullptr || scan->frame_of_reference_uid.empty()) throw;
    read = read_segments(file, nullptr, context);
    if (read.frame_of_reference_uid != scan->frame_of_reference_uid) throw;
    other.on_own_grid = true;
  }
  other.labels = read.labels;
  for (const auto& segment : read.segments)
    if (const auto* known = anatomy::find(segment.id); known != nullptr)
      other.structures[segment.id] = {known->short_name, known->rgb};
    else if (segment.id != 0)
      other.structures[segment.id] = {segment.label, segment.rgb.value_or(colour_of(segment.id))};
  return other;
}

/// What a scheme makes of the numbers that occur.
std::map<std::uint16_t, std::uint16_t> shown_as(const Labels& labels,
                                                const std::string& scheme,
                                                Structures& named) {
  std::map<std::uint16_t, std::uint16_t> ours;
  if (!scheme.empty())
    ours = (fs::path(scheme).extension() == ".toml" ? parse_scheme(files::read_bytes(scheme))
                                                    : known_scheme(scheme))
               .ledd_from_other;
  std::vector<std::uint16_t> strangers;
  for (const std::uint16_t id : ids_in(labels))
    if (const auto known = ours.find(id); known == ours.end())
      strangers.push_back(id);
    else if (const auto* structure = anatomy::find(known->second); structure != nullptr)
      named[known->second] = {structure->short_name, structure->rgb};
  for (const std::uint16_t id : strangers) {
    const std::uint16_t shown = is_free(id) && !named.contains(id) ? id : free_id(named);
    named[shown] = {fmt::format("label {}", id), colour_of(id)};
    ours[id] = shown;
  }
  return ours;
}

OtherLabels read_image(const ScanRequest& request) {
  OtherLabels other;
  other.labels = files::read_labels(request.labels);
  const auto ours = shown_as(*other.labels, request.scheme, other.structures);
  std::vector<std::uint16_t> table(65536);
  for (const auto& [theirs, id] : ours) table[theirs] = id;
  auto* voxel = other.labels->GetBufferPointer();
  const auto* end = voxel + other.labels->GetLargestPossibleRegion().GetNumberOfPixels();
  for (; voxel != end; ++voxel) *voxel = table[*voxel];
  return other;
}

void open_labels(const ScanRequest& request, const Series& series, Context& context, OpenCase& opened) {
  const std::string name = request.labels.filename().string();
  require(fs::exists(request.labels),
          Errc::kNotFound,
          fmt::format("{}: there is no such file; check its name", request.labels.string()));
  const bool is_image = files::is_image_file(request.labels);
  const OtherLabels other =
      is_image ? read_image(request)
               : read_object(request.labels, series.stack ? &*series.stack : nullptr, context);
  if (!other.on_own_grid && !stands_on_scan(*other.labels, name, opened)) return;
  if (other.on_own_grid)
    opened.problems.push_back(fmt::format(
        "{} stands on a grid of its own in the same patient coordinates: it is drawn where it says, but "
        "cannot be corrected on this scan",
        name));
  opened.labels = other.labels;
  opened.structures = structures_in(*other.labels, other.structures);
}

}  // namespace

OpenCase open_scan(const ScanRequest& request, Context& context) {
  OpenCase opened;
  const Survey found = survey(request.images, {}, {}, context);
  const bool is_object =
      !request.labels.empty() && fs::exists(request.labels) && !files::is_image_file(request.labels);
  std::vector<std::string> drawn_on;
  if (is_object && request.series.empty())
    noting(opened.problems, [&] { drawn_on = series_of_labels({request.labels, "ledd"}, context); });
  const Series* series = only_one(meant(found, request, drawn_on, opened.problems), opened);
  if (series == nullptr) return opened;
  opened.series = describe(*series);
  for (const auto& file : found.files)
    if (file.stack_id == series->id) opened.inputs.push_back(file.path);
  noting(opened.problems, [&] { load_series(*series, 0.0, context, opened); });
  if (!request.labels.empty() && opened.scan && opened.problems.empty())
    noting(opened.problems, [&] { open_labels(request, *series, context, opened); });
  return opened;
}

}  // namespace ledd::cases
