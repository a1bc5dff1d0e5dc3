#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <thread>

#include "ledd/cases/batch.h"
#include "ledd/cases/label_scheme.h"
#include "ledd/cases/survey.h"
#include "ledd/core/config.h"
#include "ledd/core/error.h"
#include "ledd/deidentification/subject_key.h"
#include "ledd/files/files.h"

#include "cli.h"
#include "run_arguments.h"
#include "run_record.h"
#include "signals.h"
#include "slurm_run.h"
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
    require(it != values.end() && std::holds_alternative<std::string>(it->second),
            Errc::kParam,
            fmt::format("{}: it must say pipeline = \"name\"", name));
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

/// Tells people and programs how the run goes on.
class Narrator {
 public:
  Narrator(Talk& talk, const Journal& journal, bool json, std::size_t total, std::size_t ended)
      : talk_(talk), journal_(journal), json_(json), total_(total), ended_(ended) {}

  cases::Listener listener() {
    cases::Listener listener;
    listener.started = [this](const auto& planned) {
      journal_.begun(planned.id);
      bar(planned.id, "load");
    };
    listener.log = [this](const std::string& id, Context::Level level, std::string_view text) {
      const std::string said = fmt::format("{}: {}", id, plain(text));
      if (level == Context::Level::kWarn)
        talk_.warn(said);
      else
        talk_.debug(said);
      bar(id, text);
    };
    listener.finished = [this](const cases::CaseReport& report) {
      ++ended_;
      journal_.ended(report);
      if (json_) print_line(json_line(report));
      tell(report);
      bar("", "");
    };
    return listener;
  }

 private:
  void bar(std::string_view id, std::string_view doing) {
    talk_.progress(ended_, total_, fmt::format("{} {}", id, doing).substr(0, 60));
  }
  void tell(const cases::CaseReport& report) {
    const std::string head = fmt::format("[{}/{}] {} {} ({:.1f} s) {}",
                                         ended_,
                                         total_,
                                         report.case_id,
                                         cases::name_of(report.state),
                                         report.seconds,
                                         plain(report.series));
    if (report.reason.empty())
      talk_.info(head);
    else
      talk_.warn(head + ": " + plain(report.reason));
  }

  Talk& talk_;
  const Journal& journal_;
  bool json_;
  std::size_t total_, ended_;
};

void tell_survey(Talk& talk,
                 const cases::Survey& survey,
                 const std::string& pipeline,
                 const std::vector<cases::PlannedCase>& planned) {
  for (const auto& file : survey.files)
    if (file.decision == dicom::Decision::kRefused) talk.warn("refused: " + plain(file.reason));
  for (const auto& one : planned)
    if (!one.apart.empty())
      talk.info(
          fmt::format("{}: a case of its own: {}", plain(cases::describe(*one.series)), plain(one.apart)));
  for (const auto& series : survey.series)
    for (const auto& verdict : series.verdicts)
      if (verdict.pipeline == pipeline && !verdict.match.accepted &&
          cases::uses_of(series.id, planned).empty())
        talk.info(
            fmt::format("not taken: {}: {}", plain(cases::describe(series)), plain(verdict.match.reason)));
}

void print_preview(const cases::Preview& preview) {
  print_line(fmt::format("{}  {:9}  {}", preview.case_id, preview.action, plain(preview.why)));
  const auto print = [](const cases::Series& series, cases::SeriesRole role, const MrWeighting& weighting) {
    print_line(fmt::format("    {:8}  {}  {}  {}",
                           cases::name_of(role),
                           series.id,
                           short_name(weighting),
                           plain(cases::describe(series))));
  };
  const auto& planned = preview.planned;
  if (planned.series) print(*planned.series, cases::SeriesRole::kPrimary, planned.weighting);
  for (const auto& companion : planned.companions)
    print(companion.series, companion.role, companion.weighting);
  if (!planned.apart.empty()) print_line("    " + plain(planned.apart));
}

int print_plan(const std::vector<cases::Preview>& previews, bool json) {
  for (const auto& one : previews) {
    if (json)
      print_line(json_line(one));
    else
      print_preview(one);
  }
  return 0;
}

int print_end(const cases::Summary& summary, const fs::path& out, bool json, Talk& talk) {
  if (summary.output_error)
    talk.error(fmt::format("{}: {}", name_of(summary.output_error->code()), summary.output_error->what()));
  if (summary.stopped) talk.warn("stopped early; the same command takes up where this one ended");
  print_line(json ? json_line(summary)
                  : fmt::format("done {}, cached {}, failed {}, set aside {}: {}",
                                summary.done,
                                summary.cached,
                                summary.failed,
                                summary.quarantined,
                                (out / "index.html").string()));
  return summary.exit;
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
};

cases::Survey survey_of(const Session& session) {
  Context context(session.talk.sink(), session.arguments.threads);
  const cases::Stop::Watch watch(session.stop, context);
  const std::vector<fs::path> inputs(session.arguments.inputs.begin(), session.arguments.inputs.end());
  return cases::survey(inputs, session.arguments.out, session.registry, context);
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
                                    session.run_id};
  if (arguments.dry_run)
    return print_plan(cases::preview(planned, {session.pipeline, prepared}, options), session.common.json);
  if (arguments.executor == "slurm")
    return submit(
        {session.request, session.common, {session.pipeline, prepared}, options, session.talk, session.stop},
        std::move(planned));
  const auto record = begin_run_record(session.request, session.run_id);
  Narrator narrator(
      session.talk, *session.journal, session.common.json, planned.size(), session.rescue.ended.size());
  const auto summary =
      cases::run_batch(planned, {session.pipeline, prepared}, options, narrator.listener(), session.stop);
  if (!summary.output_error) end_run_record(record, summary.exit);
  return print_end(summary, arguments.out, session.common.json, session.talk);
}

int run_verb(const RunArguments& arguments, const Program& program) {
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

}  // namespace

int run(const RunRequest& asked, const Program& program) {
  RunRequest request = asked;
  RunArguments& arguments = request.arguments;
  require(arguments.executor == "local" || arguments.executor == "slurm",
          Errc::kParam,
          fmt::format("--executor {}: there are local and slurm", arguments.executor));
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
    return work({request, arguments, program.common, registry, pipeline, talk, stop, rescue, journal, run_id},
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

void add_run(CLI::App& app, Program& program) {
  CLI::App* verb = add_verb(app, program, "run", "Measure images: the main job");
  const auto given = std::make_shared<RunArguments>();
  verb->add_option("PIPELINE", given->pipeline, "Name of a pipeline, or a .toml file made from one")
      ->required();
  verb->add_option("INPUT", given->inputs, "DICOM folders or files, or NIfTI, NRRD, MHA files");
  verb->add_option("-o,--out", given->out, "Folder for the results")->required()->type_name("OUT");
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
  verb->add_flag("--force", given->force, "Work on finished cases again");
  verb->add_option(
          "--threads", given->threads, "Threads in all, shared by the cases (number, default all cores)")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  verb->add_option("--memory-mb",
                   given->memory_mb,
                   "Memory for all cases in hand (MB, default 80 % of what is available)")
      ->type_name("MB")
      ->check(CLI::Range(1.0, 1e9));
  verb->add_option("--executor", given->executor, "Where to work: local (default) or slurm")
      ->type_name("NAME");
  verb->add_option(
          "--work",
          given->work,
          "Folder for Ledd's own notes on the run, which hold paths and headers\n(default: OUT/.ledd)")
      ->type_name("DIR");
  add_cluster_options(verb, given->cluster);
  verb->footer(kFooter);
  verb->callback([given, verb, &program] {
    if (verb->get_option("--jobs")->count() > 0) given->jobs = program.common.jobs;
    program.action = [given, &program] { return run_verb(*given, program); };
  });
}

}  // namespace ledd::cli
