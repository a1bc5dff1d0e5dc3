#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <thread>

#include "ledd/cases/batch.h"
#include "ledd/cases/study_plan.h"
#include "ledd/core/config.h"
#include "ledd/core/error.h"
#include "ledd/files/files.h"
#include "ledd/study/study.h"

#include "audit_trail.h"
#include "cli.h"
#include "narrator.h"
#include "run_arguments.h"
#include "run_record.h"
#include "signals.h"
#include "slurm_run.h"
#include "study_talk.h"
#include "supervisor.h"
#include "talk.h"

namespace ledd::cli {
namespace {

namespace fs = std::filesystem;

ValueMap values_in(const fs::path& file) {
  const std::string text = files::read_bytes(file);
  try {
    return merge_config(text, {});
  } catch (const Error& e) {  // a user's configuration, not a scan: exit status 2
    throw Error(Errc::kParam, e.what()).within(file.string());
  }
}

void override_with(ValueMap& values, const ValueMap& later) {
  for (const auto& [name, value] : later) values.insert_or_assign(name, value);
}

/// The name of the pipeline and the parameters given for it: a pipeline file, then --config, then --set.
std::pair<std::string, ValueMap> recipe(const RunArguments& arguments) {
  std::string name = arguments.pipeline;
  ValueMap values;
  if (fs::path(name).extension() == ".toml") {
    values = values_in(name);
    const auto it = values.find("pipeline");
    require(
        it != values.end() && std::holds_alternative<std::string>(it->second),
        Errc::kParam,
        fmt::format("{}: a pipeline file must say pipeline = \"name\", a study file needs a table [study]",
                    name));
    name = std::get<std::string>(it->second);
    values.erase("pipeline");
  }
  if (!arguments.config.empty()) {
    auto config = values_in(arguments.config);
    if (const auto it = config.find("pipeline"); it != config.end()) {
      require(
          to_text(it->second) == name,
          Errc::kParam,
          fmt::format("--config {} is for pipeline {}, not {}", arguments.config, to_text(it->second), name));
      config.erase(it);
    }
    override_with(values, config);
  }
  override_with(values, merge_config("", arguments.set));
  return {name, values};
}

/// A study file says by itself what is measured from where; options that would say it again are refused.
bool is_study_file(const RunArguments& arguments) {
  if (fs::path(arguments.pipeline).extension() != ".toml") return false;
  if (!study::is_study(files::read_bytes(arguments.pipeline))) return false;
  const std::vector<std::pair<const char*, bool>> given{{"INPUT", !arguments.inputs.empty()},
                                                        {"--labels", !arguments.labels.empty()},
                                                        {"--config", !arguments.config.empty()},
                                                        {"--set", !arguments.set.empty()},
                                                        {"--series", !arguments.series.empty()},
                                                        {"--key", !arguments.key.empty()},
                                                        {"--no-companions", arguments.no_companions}};
  for (const auto& [name, is_given] : given)
    require(
        !is_given,
        Errc::kParam,
        fmt::format("{} has no place beside the study file {}, which says it all", name, arguments.pipeline));
  return true;
}

/// All jobs of a study, one after the other into one folder.
std::vector<cases::Summary> work_on_jobs(const cases::StudyPlan& plan,
                                         const cases::BatchOptions& options,
                                         Narrator& narrator,
                                         cases::Stop& stop) {
  const auto listener = cases::naming_listener(plan, narrator.listener());
  std::vector<cases::Summary> summaries;
  for (const auto& job : plan.jobs) {
    if (job.cases.empty()) continue;
    AuditTrail trail(options.out, job.pipeline->name, job.cases.size(), stop);
    summaries.push_back(
        cases::run_batch(job.cases, {*job.pipeline, job.prepared}, options, trail.watched(listener), stop));
    trail.end(summaries.back());
    if (summaries.back().stopped || summaries.back().output_error) break;
  }
  return summaries;
}

/// One array for each protocol. Their cases get the study's names by the run that follows.
struct StudySubmission {
  const RunArguments& arguments;
  const Common& common;
  Talk& talk;
  cases::Stop& stop;
};
std::vector<cases::Summary> submit_jobs(const StudySubmission& study,
                                        const cases::StudyPlan& plan,
                                        const cases::BatchOptions& options) {
  std::vector<cases::Summary> summaries;
  for (const auto& job : plan.jobs) {
    if (job.cases.empty()) continue;
    RunRequest request{study.arguments, job.prepared.effective};
    request.arguments.pipeline = job.pipeline->name;
    request.arguments.out = options.out.string();
    request.arguments.key = plan.file.key.string();
    request.arguments.inputs.assign(plan.file.inputs.begin(), plan.file.inputs.end());
    request.arguments = absolute(request.arguments);
    require_private_place(request.arguments);
    summaries.emplace_back().exit = submit(
        {request, study.common, {*job.pipeline, job.prepared}, options, study.talk, study.stop}, job.cases);
  }
  study.talk.info("when the jobs have ended, the same command without --executor names their cases");
  return summaries;
}

StudyRun study_run_of(const RunArguments& arguments) {
  StudyRun run;
  run.file = arguments.pipeline;
  run.out = arguments.out;
  run.dry_run = arguments.dry_run;
  run.force = arguments.force;
  run.verify = arguments.verify;
  run.threads = arguments.threads > 0 ? arguments.threads
                                      : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  run.jobs = arguments.jobs;
  run.memory_mb = arguments.memory_mb;
  run.run_id = cases::new_run_id();
  return run;
}

int run_study_verb(const RunArguments& arguments, const Program& program) {
  require_known_executor(arguments);
  const StudyRun asked = study_run_of(arguments);
  const auto work_on = [&](const cases::Rescue& rescue, const Journal* journal) {
    Talk talk(program.common);
    cases::Stop stop;
    const SignalWatch signals(stop);
    StudyRun run = asked;
    run.rescue = rescue;
    return run_study(run, program, talk, stop, [&](const auto& plan, const auto& options) {
      if (journal == nullptr) return submit_jobs({arguments, program.common, talk, stop}, plan, options);
      std::size_t total = 0;
      for (const auto& job : plan.jobs) total += job.cases.size();
      Narrator narrator(talk, *journal, program.common.json, total, rescue.ended.size());
      return work_on_jobs(plan, options, narrator, stop);
    });
  };
  if (arguments.dry_run || arguments.executor == "slurm") return work_on({}, nullptr);
  return supervise(
      [&](const cases::Rescue& rescue, const Journal& journal) { return work_on(rescue, &journal); });
}

int run_verb(const RunArguments& arguments, const Program& program) {
  if (is_study_file(arguments)) return run_study_verb(arguments, program);
  require(!arguments.out.empty(), Errc::kParam, "-o OUT is missing: the folder for the results");
  require(!arguments.inputs.empty() || !arguments.labels.empty(), Errc::kParam, "INPUT is missing");
  const auto [name, values] = recipe(arguments);
  RunRequest request{arguments, values};
  request.arguments.pipeline = name;
  return run(request, program);
}

constexpr const char* kFooter =
    "Parameters for --set: `ledd pipelines NAME` lists them with unit, default and range.\n"
    "Given again, the same command works only on cases that are new or whose input, version or\n"
    "parameters changed.";

/// Where to work, and with what.
void add_place_options(CLI::App* verb, RunArguments& given) {
  verb->add_option(
          "--threads", given.threads, "Threads in all, shared by the cases (number, default all cores)")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  verb->add_option("--memory-mb",
                   given.memory_mb,
                   "Memory for all cases in hand (MB, default 80 % of what is available)")
      ->type_name("MB")
      ->check(CLI::Range(1.0, 1e9));
  verb->add_option("--executor", given.executor, "Where to work: local (default) or slurm")
      ->type_name("NAME");
  verb->add_option(
          "--work",
          given.work,
          "Folder for Ledd's own notes on the run, which hold paths and headers\n(default: OUT/.ledd)")
      ->type_name("DIR");
}

}  // namespace

void add_run(CLI::App& app, Program& program) {
  CLI::App* verb = add_verb(app, program, "run", "Measure images: the main job");
  const auto given = std::make_shared<RunArguments>();
  verb->add_option("PIPELINE",
                   given->pipeline,
                   "Name of a pipeline, a .toml file made from one, or a study file\n(which says INPUT and "
                   "OUT by itself)")
      ->required();
  verb->add_option("INPUT", given->inputs, "DICOM folders or files, or NIfTI, NRRD, MHA files");
  verb->add_option("-o,--out", given->out, "Folder for the results")->type_name("OUT");
  verb->add_option("--labels",
                   given->labels,
                   "Measure this segmentation (NIfTI, NRRD, MHA or\nDICOM SEG) instead of making one")
      ->type_name("FILE");
  verb->add_option("--label-scheme",
                   given->label_scheme,
                   "Its ids: ledd (default), oai, totalsegmentator, totalspineseg, verse, or a .toml map\n"
                   "of ids, or of the segments of a DICOM SEG")
      ->type_name("NAME");
  const auto each = [](CLI::Option* option) { option->allow_extra_args(false)->take_all(); };
  each(verb->add_option(
               "--set", given->set, "Override a parameter, e.g. --set step.size_mm=3 (again and again)")
           ->type_name("NAME=VALUE"));
  each(verb->add_option(
               "--series", given->series, "Only cases of the series of this id, as `ledd inspect` shows it")
           ->type_name("ID"));
  verb->add_option("--config", given->config, "Parameters from a TOML file")->type_name("FILE");
  verb->add_flag("--no-companions",
                 given->no_companions,
                 "Every series is a case of its own; those of one study are not used together");
  verb->add_option(
          "--key",
          given->key,
          "Name subjects in all results by the pseudonyms of this key (made by\n`ledd deid --new-key`)")
      ->type_name("FILE");
  verb->add_flag("--dry-run", given->dry_run, "Print what would be done; write nothing");
  verb->add_flag("--verify",
                 given->verify,
                 "Read all input and results again, also what looks unchanged by size, times and place");
  verb->add_flag("--force", given->force, "Work on finished cases again");
  add_place_options(verb, *given);
  add_cluster_options(verb, given->cluster);
  verb->footer(kFooter);
  verb->callback([given, verb, &program] {
    if (verb->get_option("--jobs")->count() > 0) given->jobs = program.common.jobs;
    program.action = [given, &program] { return run_verb(*given, program); };
  });
}

}  // namespace ledd::cli
