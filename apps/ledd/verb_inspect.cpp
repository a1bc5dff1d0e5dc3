#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "ledd/cases/survey.h"
#include "ledd/core/error.h"

#include "cli.h"
#include "contents.h"
#include "talk.h"

namespace ledd::cli {
namespace {

namespace fs = std::filesystem;

std::string or_missing(const std::string& text) {
  return text.empty() ? "not stated" : plain(text);
}

void print_study_heading(const cases::Series& series, std::string& last) {
  const auto* stack = series.stack ? &*series.stack : nullptr;
  const std::string heading = stack == nullptr ? "image files"
                                               : fmt::format("subject {}, study {} {}",
                                                             or_missing(stack->patient_id),
                                                             or_missing(stack->study_date),
                                                             plain(stack->study_description));
  if (heading != last) print_line(heading);
  last = heading;
}

/// "yes: primary (T2) of case 3f2a91c07d44".
std::string describe_uses(const cases::Series& series, const Plans& plans, const std::string& pipeline) {
  const auto plan = plans.find(pipeline);
  std::string text;
  if (plan != plans.end())
    for (const auto& use : cases::uses_of(series.id, plan->second))
      text += fmt::format("{}{} ({}) of case {}{}",
                          text.empty() ? "" : ", ",
                          cases::name_of(use.role),
                          use.weighting,
                          use.case_id,
                          use.apart.empty() ? "" : "; " + plain(use.apart));
  return text;
}

std::string describe_verdict(const cases::Series& series, const cases::Verdict& verdict, const Plans& plans) {
  const std::string uses = describe_uses(series, plans, verdict.pipeline);
  if (!verdict.match.accepted)
    return "no, " + plain(verdict.match.reason) + (uses.empty() ? "" : "; but " + uses);
  if (!series.problem.empty()) return "set aside for its problem";
  return uses.empty() ? "yes" : "yes, " + uses;
}

void print_series(const cases::Series& series, const Plans& plans) {
  print_line(fmt::format("  {}  {}{}  [{}]",
                         series.id,
                         series.stack ? or_missing(series.stack->modality) + " " : "",
                         plain(cases::describe(series)),
                         series.geometry));
  if (!series.problem.empty()) print_line("      problem: " + plain(series.problem));
  for (const auto& verdict : series.verdicts)
    print_line(fmt::format("      {}: {}", verdict.pipeline, describe_verdict(series, verdict, plans)));
}

void print_survey(const cases::Survey& survey, const Plans& plans) {
  std::string last;
  for (const auto& series : survey.series) {
    print_study_heading(series, last);
    print_series(series, plans);
  }
  std::size_t used = 0;
  for (const auto& file : survey.files)
    if (file.decision == dicom::Decision::kUsed)
      ++used;
    else
      print_line(fmt::format(
          "{}: {}: {}", dicom::name_of(file.decision), plain(file.path.string()), plain(file.reason)));
  print_line(fmt::format("{} files, {} used, {} series", survey.files.size(), used, survey.series.size()));
}

/// 0 when some series can be read, 65 when there is only what cannot, 66 when there is no image.
int status_of(const cases::Survey& survey) {
  const bool readable = std::any_of(
      survey.series.begin(), survey.series.end(), [](const auto& series) { return series.problem.empty(); });
  if (readable) return 0;
  const bool refused = std::any_of(survey.files.begin(), survey.files.end(), [](const auto& file) {
    return file.decision == dicom::Decision::kRefused;
  });
  return exit_status(refused || !survey.series.empty() ? Errc::kInput : Errc::kNotFound);
}

/// What each pipeline would make of it with nothing else said.
Plans plans_of(const cases::Survey& survey, const cases::Registry& registry) {
  Plans plans;
  for (const auto& pipeline : registry) try {
      plans[pipeline.name] = cases::plan(survey, pipeline, {});
    } catch (const Error&) {  // it accepts nothing here, which each series' verdict says
    }
  return plans;
}

int inspect(const std::vector<std::string>& inputs, bool contents, const Program& program) {
  Talk talk(program.common);
  Context context(talk.sink(), static_cast<int>(std::max(1U, std::thread::hardware_concurrency())));
  const auto registry = program.registry();
  const auto survey = cases::survey({inputs.begin(), inputs.end()}, fs::path(), registry, context);
  const Plans plans = plans_of(survey, registry);
  const int status = status_of(survey);
  if (!program.common.json) print_survey(survey, plans);
  if (program.common.json) print_survey_json(survey, plans);
  if (contents) print_contents(survey, program.common.json, context);
  if (program.common.json)
    print_line(fmt::format(R"({{"type":"summary","files":{},"series":{},"exit":{}}})",
                           survey.files.size(),
                           survey.series.size(),
                           status));
  if (status == exit_status(Errc::kNotFound))
    talk.error("no DICOM image and no NIfTI, NRRD or MHA file is there");
  if (status == exit_status(Errc::kInput)) talk.error("nothing that is there can be read as a volume");
  return status;
}

}  // namespace

void add_inspect(CLI::App& app, Program& program) {
  CLI::App* verb =
      add_verb(app, program, "inspect", "Show what an input holds and what each pipeline would take of it");
  const auto inputs = std::make_shared<std::vector<std::string>>();
  verb->add_option("INPUT", *inputs, "DICOM folders or files, or NIfTI, NRRD, MHA files")->required();
  const auto contents = std::make_shared<bool>(false);
  verb->add_flag("--contents", *contents, "Also print what DICOM segmentations and reports hold");
  verb->callback([inputs, contents, &program] {
    program.action = [inputs, contents, &program] { return inspect(*inputs, *contents, program); };
  });
}

}  // namespace ledd::cli
