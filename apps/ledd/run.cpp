#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <thread>

#include "ledd/cases/batch.h"
#include "ledd/cases/frozen_plan.h"
#include "ledd/cases/label_scheme.h"
#include "ledd/cases/plan_cache.h"
#include "ledd/cases/survey.h"
#include "ledd/core/error.h"
#include "ledd/deidentification/subject_key.h"
#include "ledd/files/files.h"

#include "audit_trail.h"
#include "narrator.h"
#include "run_arguments.h"
#include "run_record.h"
#include "signals.h"
#include "slurm_run.h"
#include "supervisor.h"
#include "talk.h"

namespace ledd::cli {
namespace {

namespace fs = std::filesystem;

std::optional<cases::LabelRequest> label_request(const RunArguments& arguments) {
  if (arguments.labels.empty()) return std::nullopt;
  const fs::path file = arguments.labels;
  require(
      fs::exists(file), Errc::kNotFound, fmt::format("--labels {}: there is no such file", file.string()));
  if (fs::path(arguments.label_scheme).extension() == ".toml")
    cases::parse_scheme(files::read_bytes(arguments.label_scheme));
  else
    cases::known_scheme(arguments.label_scheme);
  return cases::LabelRequest{file, arguments.label_scheme};
}

/// A segmentation given as the only input, or as both, is measured without a scan.
bool is_labels_alone(const RunArguments& arguments) {
  if (arguments.labels.empty()) return false;
  return arguments.inputs.empty() || (arguments.inputs.size() == 1 && fs::exists(arguments.inputs.front()) &&
                                      fs::equivalent(arguments.inputs.front(), arguments.labels));
}

struct Session {
  const RunRequest& request;
  const RunArguments& arguments;
  const Common& common;
  const cases::Registry& registry;
  const cases::Pipeline& pipeline;
  Talk& talk;
  cases::Stop& stop;
  const cases::Rescue& rescue;
  const Journal* journal;  ///< Null where no case is worked on.
  const std::string& run_id;
  cases::PlanCache& known;
};

cases::Survey survey_of(const Session& session) {
  Context context(session.talk.sink(), session.arguments.threads);
  const cases::Stop::Watch watch(session.stop, context);
  const std::vector<fs::path> inputs(session.arguments.inputs.begin(), session.arguments.inputs.end());
  return cases::survey(inputs, session.arguments.out, session.registry, context, &session.known);
}

std::vector<cases::PlannedCase> plan_cases(const Session& session, const cases::PlanRequest& request) {
  if (request.labels_alone) return cases::plan({}, session.pipeline, request);
  const auto survey = survey_of(session);
  const auto tell = [&](const std::vector<cases::PlannedCase>& planned) {
    if (!session.rescue.empty()) return;  // it was told before the crash
    if (session.common.json) print_survey_json(survey, {{session.pipeline.name, planned}});
    tell_survey(session.talk, survey, session.pipeline.name, planned);
  };
  try {
    auto planned = cases::plan(survey, session.pipeline, request);
    tell(planned);
    return planned;
  } catch (const Error&) {
    tell({});
    throw;
  }
}

/// The key by which results name subjects; those that are new are written to it, but by a dry run.
std::optional<deidentification::SubjectKey> key_for(const RunArguments& arguments,
                                                    std::vector<cases::PlannedCase>& planned) {
  if (arguments.key.empty()) return std::nullopt;
  auto key = deidentification::SubjectKey::open(arguments.key);
  cases::name_cases(planned, key);
  if (!arguments.dry_run) key.save();
  return key;
}

int work(const Session& session, const cases::Prepared& prepared) {
  const RunArguments& arguments = session.arguments;
  const auto labels = label_request(arguments);
  Context context(session.talk.sink(), 1);
  const cases::PlanRequest request{
      labels,
      is_labels_alone(arguments),
      arguments.series,
      labels ? cases::series_of_labels(*labels, context) : std::vector<std::string>(),
      !arguments.no_companions,
      prepared.unused};
  auto planned = plan_cases(session, request);
  auto key = key_for(arguments, planned);
  if (session.request.keep_refused) leave_out_refused(planned, arguments.out);
  const cases::BatchOptions options{arguments.out,
                                    request.labels,
                                    arguments.force,
                                    arguments.jobs,
                                    arguments.threads,
                                    key ? &*key : nullptr,
                                    cases::Tables::kAfterRun,
                                    arguments.memory_mb,
                                    session.rescue,
                                    session.run_id,
                                    &session.known};
  if (arguments.dry_run)
    return print_plan(cases::preview(planned, {session.pipeline, prepared}, options), session.common.json);
  if (arguments.executor == "slurm")
    return submit(
        {session.request, session.common, {session.pipeline, prepared}, options, session.talk, session.stop},
        planned);
  session.known.save();
  const auto record = begin_run_record(session.request, session.run_id);
  Narrator narrator(
      session.talk, *session.journal, session.common.json, planned.size(), session.rescue.ended.size());
  AuditTrail trail(arguments.out, session.pipeline.name, planned.size(), session.stop);
  auto summary = cases::run_batch(
      planned, {session.pipeline, prepared}, options, trail.watched(narrator.listener()), session.stop);
  trail.end(summary);
  session.known.save();
  if (!summary.output_error) end_run_record(record, summary.exit);
  return print_end(summary, fs::path(arguments.out) / "index.html", session.common.json, session.talk);
}

}  // namespace

void require_known_executor(const RunArguments& arguments) {
  require(arguments.executor == "local" || arguments.executor == "slurm",
          Errc::kParam,
          fmt::format("--executor {}: there are local and slurm", arguments.executor));
}

int run(const RunRequest& asked, const Program& program) {
  RunRequest request = asked;
  RunArguments& arguments = request.arguments;
  require_known_executor(arguments);
  if (arguments.executor == "slurm") {
    require_private_place(arguments);
    arguments = absolute(arguments);
  }
  if (arguments.threads == 0)
    arguments.threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  const auto registry = program.registry();
  const auto& pipeline = cases::find_pipeline(registry, arguments.pipeline);
  const auto prepared = pipeline.prepare(request.values);

  const std::string run_id = cases::new_run_id();
  const auto work_on = [&](const cases::Rescue& rescue, const Journal* journal) {
    Talk talk(program.common);
    cases::Stop stop;
    const SignalWatch signals(stop);
    // With a key, results hold no names: then nothing of the input's headers is kept among them.
    cases::PlanCache known(
        {.out = arguments.out, .inputs = arguments.key.empty(), .trusted = !arguments.verify});
    return work(
        {request, arguments, program.common, registry, pipeline, talk, stop, rescue, journal, run_id, known},
        prepared);
  };
  if (arguments.dry_run) return work_on({}, nullptr);
  try {
    if (arguments.executor == "slurm") return work_on({}, nullptr);
    return supervise(
        [&](const cases::Rescue& rescue, const Journal& journal) { return work_on(rescue, &journal); });
  } catch (const Error& e) {
    if (!program.common.json) throw;
    cases::Summary summary;
    summary.run_id = run_id;
    summary.exit = exit_status(e.code());
    print_line(json_line(summary));
    throw;
  }
}

}  // namespace ledd::cli
