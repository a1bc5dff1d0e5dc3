#include "ledd/cases/open_case.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledd/cases/survey.h"
#include "ledd/core/error.h"
#include "ledd/dicom/dicom.h"
#include "ledd/files/files.h"

#include "drawings.h"
#include "earlier.h"
#include "record.h"

namespace ledd::cases {
namespace {

namespace fs = std::filesystem;

constexpr const char* kWhereToLook = "give the folder that holds it with --images";

/// Runs `body`; what it throws is told as a problem.
template <class Body>
void noting(std::vector<std::string>& problems, Body&& body) {
  try {
    std::forward<Body>(body)();
  } catch (const Error& e) {
    if (e.code() == Errc::kCancelled) throw;
    problems.emplace_back(e.what());
  }
}

/// The series of the provenance, among the files that it names or below `look_in`.
Series find_series(const Provenance& made, const std::vector<fs::path>& look_in, Context& context) {
  std::vector<fs::path> where = look_in;
  std::string missing;
  for (const FileDigest& input : made.inputs) {
    if (fs::exists(input.name))
      where.emplace_back(input.name);
    else if (missing.empty())
      missing = input.name;
  }
  require(!where.empty() && !made.used.empty(),
          Errc::kNotFound,
          fmt::format(
              "the scan is not there: {}; {}", missing.empty() ? "no file is named" : missing, kWhereToLook));
  const auto seen = survey(where, {}, {}, context);
  const auto at = std::find_if(seen.series.begin(), seen.series.end(), [&](const Series& series) {
    return series.id == made.used.front().series ||
           (!made.images.empty() && made.images == print_images(series));
  });
  require(at != seen.series.end(),
          Errc::kNotFound,
          fmt::format("the scan is not there{}; {}", missing.empty() ? "" : ": " + missing, kWhereToLook));
  return *at;
}

Volume::Pointer load_series(const Series& series, Context& context) {
  require(series.problem.empty(), Errc::kInput, series.problem);
  require(series.tiff.empty(),
          Errc::kUnsupported,
          "a stack of TIFF states no size of voxels: it cannot be shown");
  return series.stack ? dicom::load(*series.stack, context) : files::read_volume(series.image);
}

}  // namespace

OpenCase open_case(const fs::path& folder, const std::vector<fs::path>& look_in, Context& context) {
  OpenCase opened;
  const std::string record = files::read_bytes(folder / "provenance.json");
  const Provenance made = parse_provenance(record);
  opened.result_sha256 = files::sha256(record);
  opened.series = made.series;
  for (const FileDigest& input : made.inputs) opened.inputs.emplace_back(input.name);
  opened.endpoints = store::parse_endpoints(files::read_bytes(folder / "endpoints.json"));
  auto& problems = opened.problems;
  noting(problems, [&] {
    const Series series = find_series(made, look_in, context);
    if (series.stack) {
      opened.modality = series.stack->modality;
      opened.rescale_type = series.stack->rescale_type;
    }
    opened.scan = load_series(series, context);
  });
  for (const FileDigest& output : made.outputs) {
    const fs::path name = output.name;
    noting(problems, [&] {
      if (name == "labels.nii.gz") opened.labels = files::read_labels(folder / name);
      if (name.parent_path() == "maps")
        opened.maps[name.stem().stem().string()] = files::read_volume(folder / name);
      if (name == kDrawingsFile) {
        auto drawings = parse_drawings(files::read_bytes(folder / name));
        opened.lines = std::move(drawings.lines);
        opened.scales = std::move(drawings.scales);
      }
    });
  }
  return opened;
}

}  // namespace ledd::cases
