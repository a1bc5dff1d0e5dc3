#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>

#include "ledd/cases/frozen_plan.h"
#include "ledd/cases/overview.h"
#include "ledd/core/error.h"
#include "ledd/files/files.h"

#include "cli.h"
#include "own_program.h"
#include "run_record.h"
#include "signals.h"
#include "slurm_job.h"
#include "slurm_run.h"
#include "talk.h"

namespace ledd::cli {
namespace {

namespace fs = std::filesystem;

struct RetryArguments {
  std::string out, work, executor;
  bool all = false, wait = false;
};

/// One retry of a job at a time: two at once would submit the same cases twice.
class RetryLock {
 public:
  explicit RetryLock(const fs::path& folder)
      : descriptor_(::open((folder / "plan").c_str(), O_RDONLY | O_CLOEXEC)) {
    require(descriptor_ >= 0 && ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0,
            Errc::kCancelled,
            fmt::format("{}: another `ledd retry` is at work", folder.string()));
  }
  ~RetryLock() { ::close(descriptor_); }
  RetryLock(const RetryLock&) = delete;
  RetryLock& operator=(const RetryLock&) = delete;

 private:
  int descriptor_;
};

struct Session {
  const RetryArguments& arguments;
  const Program& program;
  Talk& talk;
  cases::Stop& stop;
};

std::size_t cases_in(const std::vector<Resubmission>& groups) {
  std::size_t count = 0;
  for (const auto& group : groups) count += group.cases.size();
  return count;
}

/// The chunk of the first array; the memory of a group that ran out of it.
Array array_for(const Resubmission& group, const Array& first, bool all) {
  std::size_t chunk = 1;
  for (const auto& task : first.tasks) chunk = std::max(chunk, task.size());
  Array array;
  array.launcher = first.launcher;
  array.wishes = first.wishes;
  array.doublings = group.doublings;
  array.all = all;
  // What ran out of memory does so alone, not as one of many.
  array.tasks = in_chunks(group.cases, group.doublings > 0 ? 1 : chunk);
  if (group.memory_mb) array.wishes.memory_mb = group.memory_mb;
  return array;
}

void tell(const Session& session, const JobFolder& folder, const Array& array, std::size_t cases) {
  print_line(session.program.common.json
                 ? fmt::format(
                       R"({{"type":"job","run_id":"{}","job_id":"{}","cases":{},"tasks":{},"doublings":{}}})",
                       folder.run_id(),
                       array.job_id,
                       cases,
                       array.tasks.size(),
                       array.doublings)
                 : fmt::format("batch {}: {} cases again in {} tasks as SLURM job {}{}",
                               folder.run_id(),
                               cases,
                               array.tasks.size(),
                               array.job_id,
                               array.doublings == 0
                                   ? ""
                                   : fmt::format(", with {} MB each", *array.wishes.memory_mb)));
}

/// As one array on the cluster for each amount of memory. @return 0; of --wait the batch's status.
int retry_on_cluster(const Session& session, const JobFolder& folder) {
  const RetryLock lock(folder.path());
  const slurm::Controller controller;
  const auto plan = folder.plan();
  const auto arrays = folder.arrays();
  JobNow now = look(plan, arrays, controller);
  const auto held = queued_cases(folder.path().parent_path().parent_path(), plan.out);
  for (CaseNow& one : now.cases) one.queued = one.queued || held.contains(one.id);
  require(now.answered,
          Errc::kCancelled,
          fmt::format("the controller does not answer ({}), so what is still queued is not known; try later, "
                      "or finish here with --executor local",
                      plain(now.said)));
  const auto groups = choose(now, session.arguments.all);
  require(groups.empty() || plan.version == cases::version(),
          Errc::kUnsupported,
          fmt::format("batch {} was planned with Ledd {}, this is {}: give its command again",
                      folder.run_id(),
                      plan.version,
                      cases::version()));
  for (const Resubmission& group : groups)
    tell(session,
         folder,
         folder.submit(array_for(group, arrays.front(), session.arguments.all), controller),
         group.cases.size());
  if (groups.empty() && !session.program.common.json)
    print_line(fmt::format("batch {}: nothing to take up again", folder.run_id()));
  if (session.arguments.wait) return wait_for(folder, session.program.common, session.talk, session.stop);
  return groups.empty() ? exit_of(now) : 0;
}

/// Here, by the program's own hidden verb, so that one way of working on a frozen plan is all there is.
int retry_here(const Session& session, const JobFolder& folder) {
  const RetryLock lock(folder.path());
  const auto plan = folder.plan();
  JobNow now = look(plan, folder.arrays(), slurm::Controller());
  // A silent controller is no reason to wait: the locks keep a task that comes to life after all off a case.
  for (CaseNow& one : now.cases)
    if (one.standing == Standing::kUnknown) one.standing = Standing::kLost;
  const auto groups = choose(now, session.arguments.all);
  if (groups.empty()) {
    print_line(fmt::format("batch {}: nothing to take up again", folder.run_id()));
    return exit_of(now);
  }
  std::vector<std::string> words{"work", folder.path().string(), "--cases"};
  for (const auto& group : groups) words.insert(words.end(), group.cases.begin(), group.cases.end());
  if (session.arguments.all) words.emplace_back("--all");
  session.talk.info(fmt::format("batch {}: {} cases here", folder.run_id(), cases_in(groups)));
  OwnProgram worker(words, false);
  while (!worker.ended() && !session.stop.requested()) ::usleep(50'000);
  worker.terminate();
  return worker.wait();
}

/// A batch that this version cannot take up is no reason to leave the others.
int retry_job(const Session& session, const JobFolder& folder) {
  try {
    return session.arguments.executor == "local" ? retry_here(session, folder)
                                                 : retry_on_cluster(session, folder);
  } catch (const Error& e) {
    if (e.code() != Errc::kFormat && e.code() != Errc::kUnsupported) throw;
    session.talk.warn(e.what());
    return exit_status(e.code());
  }
}

/// The same command again, but for what was set aside for a reason that stays. @return its exit status.
int retry_run(const Session& session, const RunRecord& record) {
  RunRequest request = record.request;
  request.arguments.force = false;  // what is done is done
  request.keep_refused = !session.arguments.all;
  if (!session.arguments.executor.empty()) request.arguments.executor = session.arguments.executor;
  request.arguments.cluster.wait = session.arguments.wait;
  return run(request, session.program);
}

/// Several runs into one folder with the same words are one.
std::vector<RunRecord> distinct(const std::vector<RunRecord>& records) {
  std::map<std::string, RunRecord> newest;
  for (const RunRecord& record : records) {
    RunRecord words = record;
    words.run_id.clear();
    words.started_utc.clear();
    words.version.clear();
    words.exit.reset();
    newest[print(words)] = record;
  }
  std::vector<RunRecord> kept;
  for (const RunRecord& record : records)
    for (const auto& [words, one] : newest)
      if (one.run_id == record.run_id) kept.push_back(record);
  return kept;
}

/// The worst of several: stopped early before failures before success.
int worst(const std::vector<int>& exits) {
  const auto rank = [](int exit) { return exit == 0 ? 0 : exit == 8 ? 1 : exit == 75 ? 3 : 2; };
  return *std::max_element(exits.begin(), exits.end(), [&](int a, int b) { return rank(a) < rank(b); });
}

int retry(const RetryArguments& given, const Program& program) {
  require(given.executor.empty() || given.executor == "local" || given.executor == "slurm",
          Errc::kParam,
          fmt::format("--executor {}: there are local and slurm", given.executor));
  const fs::path service = service_folder(given.out, given.work);
  const auto jobs = jobs_of(service, given.out);
  const auto records = distinct(read_run_records(service, given.out));
  require(
      !jobs.empty() || !records.empty(),
      Errc::kNotFound,
      fmt::format("{}: nothing tells what was asked for; give the command again, it takes up where the last "
                  "one ended (runs with --key are on record only with --work DIR)",
                  service.string()));
  std::vector<int> exits;
  {
    Talk talk(program.common);
    cases::Stop stop;
    const SignalWatch signals(stop);
    const Session session{given, program, talk, stop};
    for (const JobFolder& folder : jobs) {
      exits.push_back(retry_job(session, folder));
      if (stop.requested()) return exit_status(Errc::kCancelled);
    }
  }
  Talk talk(program.common);
  cases::Stop stop;
  for (const RunRecord& record : records) {
    const bool is_done = record.exit == 0 && !given.all;
    exits.push_back(is_done ? 0 : retry_run({given, program, talk, stop}, record));
  }
  return worst(exits);
}

}  // namespace

void add_retry(CLI::App& app, Program& program) {
  CLI::App* verb = add_verb(app, program, "retry", "Work again on what a batch left undone");
  const auto given = std::make_shared<RetryArguments>();
  verb->add_option("OUT", given->out, "Folder that `ledd run` wrote to")->required();
  verb->add_flag(
      "--all", given->all, "Also cases that were set aside for their data or an implausible result");
  verb->add_option("--executor", given->executor, "Where to work: local or slurm (default: as before)")
      ->type_name("NAME");
  verb->add_option("--work", given->work, "The folder that `ledd run --work` named")->type_name("DIR");
  verb->add_flag("--wait", given->wait, "Stay until a batch on the cluster has ended");
  verb->callback(
      [given, &program] { program.action = [given, &program] { return retry(*given, program); }; });
}

}  // namespace ledd::cli
