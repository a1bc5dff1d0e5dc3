#include "ledd/cases/open_case.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>

#include "ledd/files/files.h"

#include "drawings.h"
#include "opening.h"
#include "record.h"
#include "scan_of_case.h"
#include "structures.h"

namespace ledd::cases {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLabelsFile = "labels.nii.gz";
constexpr const char* kMakeAnew = "run the pipeline again, which makes the case anew, or put the file back";

double voxel_mm_of(const Provenance& made) {
  const auto given = made.parameters.find("voxel_mm");
  const auto* size = given == made.parameters.end() ? nullptr : std::get_if<double>(&given->second);
  return size == nullptr ? 0.0 : *size;
}

void open_scan_of(const Provenance& made,
                  const std::vector<fs::path>& look_in,
                  Context& context,
                  OpenCase& opened) {
  noting(opened.problems, [&] {
    const Survey found = survey_of_case(made, look_in, {}, context);
    load_series(primary_of_case(made, found), voxel_mm_of(made), context, opened);
  });
}

/// @throws Error{kNotFound, kFormat}  an output is gone, or not as the pipeline wrote it.
void require_as_written(const fs::path& folder, const FileDigest& output) {
  require(fs::exists(folder / output.name),
          Errc::kNotFound,
          fmt::format("{} is missing in {}; {}", output.name, folder.string(), kMakeAnew));
  require(files::sha256_of_file(folder / output.name) == output.sha256,
          Errc::kFormat,
          fmt::format("{} in {} was damaged or changed after the pipeline wrote it, and is not shown; {}",
                      output.name,
                      folder.string(),
                      kMakeAnew));
}

struct LabelsRead {
  Labels::Pointer labels;
  Structures structures;
};

/// Null where the case has none. @throws as require_as_written, files::read_labels
LabelsRead read_labels_of(const fs::path& folder, const Provenance& made) {
  const auto output = std::find_if(made.outputs.begin(), made.outputs.end(), [](const FileDigest& one) {
    return one.name == kLabelsFile;
  });
  if (output == made.outputs.end()) return {};
  require_as_written(folder, *output);
  LabelsRead read{files::read_labels(folder / output->name), {}};
  read.structures = structures_in(*read.labels, {});
  return read;
}

void open_labels(LabelsRead read, OpenCase& opened) {
  if (!stands_on_scan(*read.labels, kLabelsFile, opened)) return;
  opened.structures = std::move(read.structures);
  opened.labels = read.labels;
}

void open_drawings(const fs::path& file, OpenCase& opened) {
  Drawings drawings = parse_drawings(files::read_bytes(file));
  opened.lines = std::move(drawings.lines);
  opened.scales = std::move(drawings.scales);
}

void open_output(const fs::path& folder, const FileDigest& output, OpenCase& opened) {
  const fs::path name = output.name;
  const bool is_map = name.parent_path() == "maps";
  if (!is_map && name != kDrawingsFile) return;
  noting(opened.problems, [&] {
    require_as_written(folder, output);
    if (is_map)
      opened.maps[name.stem().stem().string()] = files::read_volume(folder / name);
    else
      open_drawings(folder / name, opened);
  });
}

}  // namespace

void load_series(const Series& series, double voxel_mm, Context& context, OpenCase& opened) {
  require(series.problem.empty(), Errc::kInput, series.problem);
  require(series.tiff.empty() || voxel_mm > 0.0,
          Errc::kUnsupported,
          "a stack of TIFF states no size of voxels: it can be shown once a pipeline has measured it");
  if (!series.tiff.empty())
    opened.scan = files::read_tiff(series.tiff, voxel_mm);
  else
    opened.scan = series.stack ? dicom::load(*series.stack, context) : files::read_volume(series.image);
  if (!series.stack) return;
  opened.modality = series.stack->modality;
  opened.rescale_type = series.stack->rescale_type;
  opened.study_uid = series.stack->study_uid;
  opened.frame_uid = series.stack->frame_of_reference_uid;
  opened.body = series.stack->body_part;
}

bool stands_on_scan(const Labels& labels, const std::string& name, OpenCase& opened) {
  if (!opened.scan) return true;
  try {
    require_same_grid(*opened.scan, labels, "the scan and " + name);
    return true;
  } catch (const Error& e) {
    opened.problems.push_back(
        fmt::format("{} is not shown, since it would be drawn in the wrong place: {}; give the segmentation "
                    "of this scan, on its grid",
                    name,
                    e.what()));
    return false;
  }
}

OpenCase open_case(const fs::path& folder,
                   const std::vector<fs::path>& look_in,
                   Context& context,
                   const std::function<void(Labels&)>& labels_read) {
  OpenCase opened;
  const std::string record = files::read_bytes(folder / "provenance.json");
  const Provenance made = parse_provenance(record);
  opened.result_sha256 = files::sha256(record);
  opened.series = made.series;
  for (const FileDigest& input : made.inputs) opened.inputs.emplace_back(input.name);
  opened.endpoints = store::parse_endpoints(files::read_bytes(folder / "endpoints.json"));
  // Inflating labels is one thread's work, so it goes on beside the scan's.
  auto labels = std::async(std::launch::async, [&] {
    auto read = read_labels_of(folder, made);
    if (labels_read && read.labels) labels_read(*read.labels);
    return read;
  });
  if (labels_read) labels.wait();
  open_scan_of(made, look_in, context, opened);
  noting(opened.problems, [&] {
    if (auto read = labels.get(); read.labels) open_labels(std::move(read), opened);
  });
  for (const FileDigest& output : made.outputs) open_output(folder, output, opened);
  return opened;
}

}  // namespace ledd::cases
