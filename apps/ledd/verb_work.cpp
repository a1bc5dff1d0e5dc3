#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <thread>

#include "ledd/cases/batch.h"
#include "ledd/cases/frozen_plan.h"
#include "ledd/cases/overview.h"
#include "ledd/core/error.h"
#include "ledd/deidentification/subject_key.h"
#include "ledd/files/files.h"

#include "audit_trail.h"
#include "cli.h"
#include "signals.h"
#include "slurm_job.h"
#include "supervisor.h"
#include "talk.h"

namespace ledd::cli {
namespace {

struct WorkArguments {
  std::string folder;
  std::optional<std::size_t> task;
  unsigned array = 1;
  std::vector<std::string> cases;  ///< In place of a task: these, for `ledd retry --executor local`.
  bool all = false;
};

/// What this process is to work on.
struct Portion {
  std::string name;
  std::vector<std::string> ids;
  bool all = false;  ///< Also what was set aside for a reason that stays.
};

/// The number that the cluster put into a variable; nullopt where there is none.
std::optional<std::size_t> number_in(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr || *text == '\0') return std::nullopt;
  char* end = nullptr;
  const unsigned long value = std::strtoul(text, &end, 10);
  require(*end == '\0', Errc::kParam, fmt::format("{}={} is no number", variable, text));
  return value;
}

/// Whatever differs between the program that planned and this one would make results of two kinds.
void require_same_program(const cases::FrozenPlan& plan,
                          const cases::Pipeline& pipeline,
                          const cases::Prepared& prepared) {
  const std::string again = "; run again with the program that is installed now";
  require(plan.version == cases::version(),
          Errc::kUnsupported,
          fmt::format("planned with Ledd {}, this is {}{}", plan.version, cases::version(), again));
  require(plan.program_sha256 == files::sha256_of_file("/proc/self/exe"),
          Errc::kUnsupported,
          fmt::format("planned with another build of Ledd {} than this one{}", plan.version, again));
  require(plan.models == cases::models_of(pipeline),
          Errc::kUnsupported,
          "planned with other models than those beside this program" + again);
  require(plan.effective == prepared.effective,
          Errc::kUnsupported,
          "planned with other default parameters than those of this program" + again);
}

Portion portion_of(const WorkArguments& given, const JobFolder& folder) {
  if (!given.cases.empty()) return {"these cases", given.cases, given.all};
  const auto number = given.task ? given.task : number_in("SLURM_ARRAY_TASK_ID");
  require(number.has_value(), Errc::kParam, "--task is missing, and SLURM_ARRAY_TASK_ID is not set");
  const Array array = folder.array(given.array);
  require(*number < array.tasks.size(),
          Errc::kParam,
          fmt::format("there is no task {}: array {} has {}", *number, array.number, array.tasks.size()));
  return {fmt::format("task {}", *number), array.tasks[*number], array.all};
}

/// The cases of a task that have not ended yet, or whose failure may pass; those whose files changed with the
/// problem that sets them aside.
std::vector<cases::PlannedCase> open_cases(const cases::FrozenPlan& plan, const Portion& portion) {
  std::map<std::string, const cases::FrozenCase*> by_id;
  for (const auto& one : plan.cases) by_id[one.planned.id] = &one;
  std::vector<cases::PlannedCase> open;
  for (const std::string& id : portion.ids) {
    const auto it = by_id.find(id);
    require(it != by_id.end(), Errc::kFormat, fmt::format("the frozen plan has no case {}", id));
    const cases::CaseEnd end = cases::end_of(*it->second, plan.out);
    if (end.state == cases::State::kDone) continue;
    if (end.state && !portion.all && !cases::may_pass(end.code)) continue;
    cases::PlannedCase planned = it->second->planned;
    if (const auto why = cases::changed_since(*it->second); !why.empty() && planned.problem.empty())
      planned.problem = fmt::format("planned with other files: {}; run again", why);
    open.push_back(std::move(planned));
  }
  return open;
}

cases::Listener listener_to(Talk& talk, const Journal& journal) {
  cases::Listener listener;
  listener.started = [&](const cases::PlannedCase& planned) {
    journal.begun(planned.id);
    talk.info(planned.id + " begins");
  };
  listener.log = [&](const std::string& id, Context::Level level, std::string_view text) {
    if (level == Context::Level::kWarn) talk.warn(fmt::format("{}: {}", id, plain(text)));
  };
  listener.finished = [&](const cases::CaseReport& report) {
    journal.ended(report);
    talk.info(fmt::format("{} {} ({:.1f} s, {:.0f} MB){}{}",
                          report.case_id,
                          cases::name_of(report.state),
                          report.seconds,
                          report.peak_mb,
                          report.reason.empty() ? "" : ": ",
                          plain(report.reason)));
  };
  return listener;
}

/// What the cluster gave this task.
int threads() {
  for (const char* variable : {"SLURM_CPUS_PER_TASK", "SLURM_CPUS_ON_NODE"})
    if (const auto number = number_in(variable); number && *number > 0) return static_cast<int>(*number);
  return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

/// What all attempts of one process share.
struct Task {
  const Portion& portion;
  const cases::FrozenPlan& plan;
  const std::vector<cases::PlannedCase>& open;
  const cases::PreparedPipeline& job;
  const Common& common;
  const std::string& run_id;
};

int work_on(const Task& task, const cases::Rescue& rescue, const Journal& journal) {
  const cases::FrozenPlan& plan = task.plan;
  Talk talk(task.common);
  cases::Stop stop;
  const SignalWatch signals(stop);
  talk.info(fmt::format("{}: {} cases, {} of them to be done, SLURM job {}, restart {}",
                        task.portion.name,
                        task.portion.ids.size(),
                        task.open.size(),
                        std::getenv("SLURM_JOB_ID") != nullptr ? std::getenv("SLURM_JOB_ID") : "none",
                        number_in("SLURM_RESTART_COUNT").value_or(0)));
  std::optional<deidentification::SubjectKey> key;
  if (!plan.key.empty()) key = deidentification::SubjectKey::read(plan.key);
  cases::BatchOptions options;
  options.out = plan.out;
  options.labels = plan.labels;
  options.force = plan.force;
  options.jobs = 0;
  options.threads = threads();
  options.key = key ? &*key : nullptr;
  options.tables = cases::Tables::kLater;
  options.rescue = rescue;
  options.run_id = task.run_id;
  int exit = 0;
  if (!task.open.empty()) {
    AuditTrail trail(plan.out, plan.pipeline, task.open.size(), stop);
    auto summary =
        cases::run_batch(task.open, task.job, options, trail.watched(listener_to(talk, journal)), stop);
    trail.end(summary);
    exit = summary.exit;
  }
  if (!stop.requested()) cases::finish(plan);
  talk.info(fmt::format("{} ended with {}", task.portion.name, exit));
  return exit;
}

int work(const WorkArguments& given, const Program& program) {
  const JobFolder folder(given.folder);
  const Portion portion = portion_of(given, folder);
  const cases::FrozenPlan plan = folder.plan();
  const auto registry = program.registry();
  const auto& pipeline = cases::find_pipeline(registry, plan.pipeline);
  const auto prepared = pipeline.prepare(plan.given);
  require_same_program(plan, pipeline, prepared);
  const std::string run_id = cases::new_run_id();
  const auto open = open_cases(plan, portion);
  const Task task{portion, plan, open, {pipeline, prepared}, program.common, run_id};
  return supervise(
      [&](const cases::Rescue& rescue, const Journal& journal) { return work_on(task, rescue, journal); });
}

}  // namespace

void add_work(CLI::App& app, Program& program) {
  CLI::App* verb = add_verb(app, program, "work", "One task of a batch on a cluster");
  verb->group("");  // for batch scripts, not for people
  const auto given = std::make_shared<WorkArguments>();
  verb->add_option("JOBDIR", given->folder, "Folder of the batch")->required();
  verb->add_option("--array", given->array, "Number of the array")->type_name("N");
  verb->add_option("--task", given->task, "Number of the task (default: SLURM_ARRAY_TASK_ID)")
      ->type_name("N");
  verb->add_option("--cases", given->cases, "Ids of cases, in place of a task")->type_name("ID");
  verb->add_flag("--all", given->all, "Also those that were set aside for a reason that stays");
  verb->callback([given, &program] { program.action = [given, &program] { return work(*given, program); }; });
}

}  // namespace ledd::cli
