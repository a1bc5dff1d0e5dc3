#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "ledd/cases/survey.h"
#include "ledd/core/error.h"
#include "ledd/files/files.h"

#include "anatomy.h"
#include "echoes.h"
#include "join.h"

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

bool is_one_of(const std::vector<std::string>& wanted, const std::string& name) {
  return std::find(wanted.begin(), wanted.end(), name) != wanted.end();
}

/// @throws Error{kInput}  none of the series that a segmentation was drawn on is there.
void keep_series_of(const std::vector<std::string>& uids, std::vector<const Series*>& wanted) {
  if (uids.empty()) return;
  wanted.erase(std::remove_if(wanted.begin(),
                              wanted.end(),
                              [&](const Series* series) {
                                return !series->stack || !is_one_of(uids, series->stack->series_uid);
                              }),
               wanted.end());
  require(!wanted.empty(),
          Errc::kInput,
          fmt::format("--labels was drawn on series {}, which is not in the input", uids.front()));
}

std::vector<const Series*> wanted_series(const Survey& survey, const PlanRequest& request) {
  const std::vector<std::string>& ids = request.series;
  std::vector<const Series*> wanted;
  for (const std::string& id : ids)
    require(
        std::any_of(survey.series.begin(), survey.series.end(), [&](const auto& s) { return s.id == id; }),
        Errc::kNotFound,
        fmt::format("there is no series '{}' in the input; `ledd inspect` lists their ids", id));
  for (const Series& series : survey.series)
    if (ids.empty() || is_one_of(ids, series.id)) wanted.push_back(&series);
  if (ids.empty()) keep_series_of(request.series_uids, wanted);
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

bool is_counting_only(const Series& series, const Pipeline& pipeline) {
  return series.stack && series.problem.empty() && pipeline.join && pipeline.join->match_counting &&
         !match_of(series, pipeline.name).accepted && pipeline.join->match_counting(*series.stack).accepted;
}

bool is_axial_only(const Series& series, const Pipeline& pipeline) {
  return series.stack && series.problem.empty() && pipeline.join && pipeline.join->match_axial &&
         !match_of(series, pipeline.name).accepted && pipeline.join->match_axial(*series.stack).accepted;
}

/// Companions without a case of their own take that case's place: a finished one would be counted twice.
void note_replaced(std::vector<PlannedCase>& cases, const std::string& pipeline) {
  std::set<std::string> own;
  for (const PlannedCase& one : cases) own.insert(one.id);
  for (PlannedCase& one : cases)
    for (const Companion& companion : one.companions)
      if (const auto id = case_id(pipeline, companion.series); !own.contains(id)) one.replaces.push_back(id);
}

std::vector<PlannedCase> cases_of(const Survey& survey,
                                  const std::vector<const Series*>& wanted,
                                  const Pipeline& pipeline,
                                  const PlanRequest& request) {
  JoinInput input;
  input.forced = request.forced && (!request.series.empty() || !request.series_uids.empty());
  for (const Series* series : wanted)
    if (match_of(*series, pipeline.name).accepted) input.primaries.push_back(series);
  std::vector<PlannedCase> cases;
  if (pipeline.echoes != Echoes::kApart) {
    for (const Series& series : survey.series)
      if (match_of(series, pipeline.name).accepted) input.accepted.push_back(&series);
    cases = join_echoes(input, pipeline.echoes == Echoes::kSeveral);
  } else if (!pipeline.join || !request.join) {
    for (const Series* series : input.primaries)
      cases.push_back({"", *series, series->problem, weighting_of(*series)});
  } else {
    for (const Series& series : survey.series) {
      if (match_of(series, pipeline.name).accepted) input.accepted.push_back(&series);
      if (is_counting_only(series, pipeline)) input.counting.push_back(&series);
      if (is_axial_only(series, pipeline)) input.axial.push_back(&series);
    }
    cases = join(input, *pipeline.join);
  }
  for (PlannedCase& one : cases) one.id = case_id(pipeline.name, *one.series);
  if (!input.forced) note_replaced(cases, pipeline.name);
  const bool unused =
      std::find(request.unused.begin(), request.unused.end(), SeriesRole::kAnatomy) != request.unused.end();
  if (pipeline.anatomy && !unused && !request.labels)
    add_anatomy(survey, *pipeline.anatomy, request.join, cases);
  return cases;
}

/// @throws Error{kParam}  a segmentation is given for more than one case.
void require_one_scan(const std::vector<PlannedCase>& cases, const std::string& pipeline) {
  if (cases.size() <= 1) return;
  std::string names;
  for (const auto& one : cases) names += fmt::format("\n  {}  {}", one.series->id, describe(one));
  throw Error(Errc::kParam,
              fmt::format("--labels belongs to one scan, but {} makes {} cases; choose with --series ID:{}",
                          pipeline,
                          cases.size(),
                          names));
}

}  // namespace

std::string describe(const PlannedCase& planned) {
  if (!planned.series) return "segmentation alone";
  std::string text = describe(*planned.series);
  for (const Companion& companion : planned.companions)
    text += (&companion == &planned.companions.front() ? " with " : ", ") + describe(companion.series);
  return text;
}

std::map<std::string, std::vector<SeriesUse>> uses_of(const std::vector<PlannedCase>& cases) {
  std::map<std::string, std::vector<SeriesUse>> uses;
  for (const PlannedCase& one : cases) {
    if (one.series)
      uses[one.series->id].push_back({one.id, SeriesRole::kPrimary, short_name(one.weighting), one.apart});
    for (const Companion& companion : one.companions)
      uses[companion.series.id].push_back({one.id, companion.role, short_name(companion.weighting), ""});
  }
  return uses;
}

std::vector<SeriesUse> uses_of(const std::string& series_id, const std::vector<PlannedCase>& cases) {
  std::vector<SeriesUse> uses;
  for (const PlannedCase& one : cases) {
    if (one.series && one.series->id == series_id)
      uses.push_back({one.id, SeriesRole::kPrimary, short_name(one.weighting), one.apart});
    for (const Companion& companion : one.companions)
      if (companion.series.id == series_id)
        uses.push_back({one.id, companion.role, short_name(companion.weighting), ""});
  }
  return uses;
}

std::vector<PlannedCase> plan(const Survey& survey, const Pipeline& pipeline, const PlanRequest& request) {
  if (request.labels_alone) {
    require(pipeline.labels_alone,
            Errc::kParam,
            pipeline.name + " needs the scan as well as its segmentation: give it as INPUT");
    return {labels_alone(request.labels.value(), pipeline.name)};
  }
  const auto wanted = wanted_series(survey, request);
  std::vector<PlannedCase> cases = cases_of(survey, wanted, pipeline, request);
  if (cases.empty()) nothing_to_do(survey, wanted, pipeline.name);
  if (request.labels) require_one_scan(cases, pipeline.name);
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
