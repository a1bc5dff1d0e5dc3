#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "ledd/cases/survey.h"
#include "ledd/core/error.h"
#include "ledd/files/files.h"

namespace ledd::cases {
namespace {

const Match& match_of(const Series& series, const std::string& pipeline) {
  // An image file that cannot be read is still a case that somebody gave: it must not vanish.
  static const Match unread{true, ""};
  for (const Verdict& verdict : series.verdicts)
    if (verdict.pipeline == pipeline) return verdict.match;
  return unread;
}

/// Never a header's value itself, and the same whatever the files are called.
std::string case_id(const std::string& pipeline, const Series& series) {
  std::string content = "ledd case/1\n" + pipeline + '\n';
  if (series.stack) {
    std::set<std::string> images;
    for (const auto& slice : series.stack->slices)
      images.insert(fmt::format("{}#{}\n", slice.sop_instance_uid, slice.frame));
    for (const auto& image : images) content += image;
  } else {
    content += "file " + (series.id.empty() ? series.image.string() : series.id) + '\n';
  }
  return files::sha256(content).substr(0, 12);
}

std::vector<const Series*> wanted_series(const Survey& survey, const std::vector<std::string>& ids) {
  std::vector<const Series*> wanted;
  for (const std::string& id : ids)
    require(
        std::any_of(survey.series.begin(), survey.series.end(), [&](const auto& s) { return s.id == id; }),
        Errc::kNotFound,
        fmt::format("there is no series '{}' in the input; `ledd inspect` lists their ids", id));
  for (const Series& series : survey.series)
    if (ids.empty() || std::find(ids.begin(), ids.end(), series.id) != ids.end()) wanted.push_back(&series);
  return wanted;
}

[[noreturn]] void nothing_to_do(const Survey& survey,
                                const std::vector<const Series*>& series,
                                const std::string& pipeline) {
  std::string refused;
  for (const auto& file : survey.files)
    if (refused.empty() && file.decision == dicom::Decision::kRefused) refused = file.reason;
  if (series.empty() && refused.empty())
    throw Error(Errc::kNotFound,
                survey.files.empty()
                    ? "the input holds no file"
                    : fmt::format("no DICOM image and no NIfTI, NRRD or MHA file among {} files",
                                  survey.files.size()));
  if (series.empty()) throw Error(Errc::kInput, "no file can be used: " + refused);
  std::string reasons;
  for (const Series* one : series)
    reasons += fmt::format(
        "\n  {}: {}", describe(*one), one->problem.empty() ? match_of(*one, pipeline).reason : one->problem);
  throw Error(Errc::kInput, fmt::format("{} accepts none of {} series:{}", pipeline, series.size(), reasons));
}

PlannedCase labels_alone(const LabelRequest& labels, const std::string& pipeline) {
  const std::string digest = files::sha256_of_file(labels.file);
  return {files::sha256("ledd case/1\n" + pipeline + "\nlabels " + digest + '\n').substr(0, 12),
          std::nullopt,
          ""};
}

}  // namespace

std::vector<PlannedCase> plan(const Survey& survey, const Pipeline& pipeline, const PlanRequest& request) {
  if (request.labels_alone) {
    require(pipeline.labels_alone,
            Errc::kParam,
            pipeline.name + " needs the scan as well as its segmentation: give it as INPUT");
    return {labels_alone(request.labels.value(), pipeline.name)};
  }
  const auto wanted = wanted_series(survey, request.series);
  std::vector<PlannedCase> cases;
  for (const Series* series : wanted)
    if (match_of(*series, pipeline.name).accepted)
      cases.push_back({case_id(pipeline.name, *series), *series, series->problem});
  if (cases.empty()) nothing_to_do(survey, wanted, pipeline.name);

  if (request.labels && cases.size() > 1) {
    std::string names;
    for (const auto& one : cases) names += fmt::format("\n  {}  {}", one.series->id, describe(*one.series));
    throw Error(
        Errc::kParam,
        fmt::format("--labels belongs to one scan, but {} accepts {} series; choose with --series ID:{}",
                    pipeline.name,
                    cases.size(),
                    names));
  }
  std::sort(cases.begin(), cases.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  // Two stacks of the same images would overwrite each other's folder.
  for (std::size_t i = 1; i < cases.size(); ++i)
    require(cases[i].id != cases[i - 1].id,
            Errc::kInput,
            fmt::format("{} and {} hold the same SOP instances",
                        describe(*cases[i - 1].series),
                        describe(*cases[i].series)));
  return cases;
}

}  // namespace ledd::cases
