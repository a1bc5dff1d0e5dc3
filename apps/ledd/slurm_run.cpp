#include "slurm_run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <set>
#include <sstream>
#include <thread>

#include "ledd/cases/frozen_plan.h"
#include "ledd/cases/overview.h"
#include "ledd/core/error.h"
#include "ledd/files/files.h"

#include "run_record.h"

namespace ledd::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::vector<std::string> words(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> all;
  for (std::string word; in >> word;) all.push_back(word);
  return all;
}

std::optional<unsigned> unless_zero(unsigned value) {
  return value == 0 ? std::nullopt : std::optional<unsigned>(value);
}

slurm::Wishes wishes_of(const ClusterArguments& c) {
  return {c.partition,
          c.account,
          unless_zero(c.minutes),
          unless_zero(c.memory_mb),
          unless_zero(c.cpus),
          c.max_running,
          c.options};
}

std::vector<fs::path> label_files(const cases::BatchOptions& options) {
  if (!options.labels) return {};
  std::vector<fs::path> paths{options.labels->file};
  if (fs::path(options.labels->scheme).extension() == ".toml") paths.emplace_back(options.labels->scheme);
  return paths;
}

struct Chosen {
  std::vector<cases::PlannedCase> cases;
  std::size_t cached = 0, queued = 0;
};

Chosen to_be_done(const ClusterRun& run,
                  const std::vector<cases::PlannedCase>& planned,
                  const fs::path& service) {
  Chosen chosen;
  const auto queued = queued_cases(service, run.request.arguments.out);
  for (auto& preview : cases::preview(planned, run.job, run.options)) {
    if (preview.action == "cached")
      ++chosen.cached;
    else if (queued.contains(preview.case_id))
      ++chosen.queued;
    else
      chosen.cases.push_back(std::move(preview.planned));
  }
  return chosen;
}

cases::FrozenPlan freeze(const ClusterRun& run, std::vector<cases::PlannedCase> planned) {
  const RunArguments& arguments = run.request.arguments;
  cases::FrozenPlan plan;
  plan.run_id = cases::new_run_id();
  plan.frozen_utc = cases::now_utc();
  plan.version = cases::version();
  plan.program_sha256 = files::sha256_of_file("/proc/self/exe");
  plan.pipeline = run.job.pipeline.name;
  plan.given = run.request.values;
  plan.effective = run.job.prepared.effective;
  plan.models = cases::models_of(run.job.pipeline);
  plan.labels = run.options.labels;
  plan.out = arguments.out;
  plan.key = arguments.key;
  plan.force = arguments.force;
  const auto also = label_files(run.options);
  for (auto& one : planned) plan.cases.push_back(cases::freeze(std::move(one), plan.out, also));
  return plan;
}

std::vector<std::string> ids_of(const cases::FrozenPlan& plan) {
  std::vector<std::string> ids;
  ids.reserve(plan.cases.size());
  for (const auto& one : plan.cases) ids.push_back(one.planned.id);
  return ids;
}

void tell_submitted(const ClusterRun& run,
                    const JobFolder& folder,
                    const Array& array,
                    const Chosen& chosen,
                    std::size_t cases) {
  if (run.common.json) {
    print_line(Json{{"type", "job"},
                    {"run_id", folder.run_id()},
                    {"job_id", array.job_id},
                    {"cases", cases},
                    {"tasks", array.tasks.size()},
                    {"cached", chosen.cached},
                    {"queued", chosen.queued},
                    {"folder", folder.path().string()}}
                   .dump());
    return;
  }
  print_line(fmt::format("submitted {} cases in {} tasks as SLURM job {}; cached {}, queued before {}",
                         cases,
                         array.tasks.size(),
                         array.job_id,
                         chosen.cached,
                         chosen.queued));
  print_line(fmt::format("script and logs: {}", folder.path().string()));
  const auto& a = run.request.arguments;
  print_line(
      fmt::format("`ledd status {}{}` says how it goes", a.out, a.work.empty() ? "" : " --work " + a.work));
}

int nothing_to_submit(const ClusterRun& run, const Chosen& chosen) {
  if (run.common.json)
    print_line(fmt::format(
        R"({{"type":"summary","run_id":"","done":0,"cached":{},"queued":{},"failed":0,"quarantined":0,"exit":0}})",
        chosen.cached,
        chosen.queued));
  else
    print_line(fmt::format("nothing to submit: cached {}, queued before {}", chosen.cached, chosen.queued));
  return 0;
}

void pause(double seconds, const cases::Stop& stop) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (!stop.requested() && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
}

std::string counts(const JobNow& now) {
  std::string text = fmt::format("done {}, running {}, waiting {}, failed {}, set aside {}, lost {}",
                                 now.count(Standing::kDone),
                                 now.count(Standing::kRunning),
                                 now.count(Standing::kWaiting),
                                 now.count(Standing::kFailed),
                                 now.count(Standing::kSetAside),
                                 now.count(Standing::kLost));
  if (const auto n = now.count(Standing::kUnknown); n > 0) text += fmt::format(", unknown {}", n);
  return text;
}

std::vector<std::string> job_ids(const std::vector<Array>& arrays) {
  std::vector<std::string> ids;
  ids.reserve(arrays.size());
  for (const Array& array : arrays) ids.push_back(array.job_id.empty() ? "not known" : array.job_id);
  return ids;
}

/// What the waiting ones wait for, in the controller's words; a held job waits for a person.
std::string waits_for(const JobNow& now, const std::vector<Array>& arrays) {
  std::map<std::string, std::size_t> count;
  bool held = false;
  for (const CaseNow& one : now.cases) {
    if (one.standing != Standing::kWaiting || one.reason.empty()) continue;
    ++count[one.reason];
    held =
        held || one.reason.find("Held") != std::string::npos || one.reason.find("held") != std::string::npos;
  }
  std::string text;
  for (const auto& [reason, n] : count)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", plain(reason), n);
  if (held)
    text += fmt::format("; held jobs wait for `scontrol release {}`", fmt::join(job_ids(arrays), ","));
  return text;
}

std::string bar(std::size_t done, std::size_t total) {
  constexpr std::size_t kWidth = 24;
  const std::size_t full = total == 0 ? kWidth : done * kWidth / total;
  return '[' + std::string(full, '#') + std::string(kWidth - full, '.') + ']';
}

void print_job_json(const JobFolder& folder,
                    const cases::FrozenPlan& plan,
                    const std::vector<Array>& arrays,
                    const JobNow& now) {
  for (const CaseNow& one : now.cases) {
    if (one.standing == Standing::kDone) continue;
    print_line(Json{{"type", "job_case"},
                    {"run_id", folder.run_id()},
                    {"case_id", one.id},
                    {"state", name_of(one.standing)},
                    {"queued", one.queued},
                    {"code", one.code},
                    {"reason", one.reason}}
                   .dump(-1, ' ', false, Json::error_handler_t::replace));
  }
  Json line{{"type", "job"},
            {"run_id", folder.run_id()},
            {"pipeline", plan.pipeline},
            {"job_ids", job_ids(arrays)},
            {"submitted_utc", plan.frozen_utc},
            {"controller", now.answered ? "answers" : "silent"},
            {"said", now.said},
            {"cases", now.cases.size()}};
  for (const Standing standing : {Standing::kDone,
                                  Standing::kRunning,
                                  Standing::kWaiting,
                                  Standing::kFailed,
                                  Standing::kSetAside,
                                  Standing::kLost,
                                  Standing::kUnknown})
    line[std::string(name_of(standing))] = now.count(standing);
  line["exit"] = exit_of(now);
  print_line(line.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace

void require_private_place(const RunArguments& arguments) {
  if (arguments.key.empty()) return;
  const std::string hint = "the list of cases names the subjects, so with --key it must lie outside OUT: ";
  require(!arguments.work.empty(), Errc::kParam, hint + "give a folder with --work DIR");
  const auto out = fs::weakly_canonical(arguments.out), work = fs::weakly_canonical(arguments.work);
  const auto [end, other] = std::mismatch(out.begin(), out.end(), work.begin(), work.end());
  require(end != out.end(), Errc::kParam, fmt::format("{}--work {} lies in it", hint, arguments.work));
}

void add_cluster_options(CLI::App* verb, ClusterArguments& cluster) {
  const char* group = "On a cluster (--executor slurm)";
  const auto number = [&](const char* name, auto& value, const char* help) {
    verb->add_option(name, value, help)->type_name("N")->check(CLI::PositiveNumber)->group(group);
  };
  const auto word = [&](const char* name, std::string& value, const char* help) {
    verb->add_option(name, value, help)->type_name("NAME")->group(group);
  };
  number(
      "--chunk", cluster.chunk, "Cases for each task (default: 1, or 10 to 50 of those that take seconds)");
  number("--max-running", cluster.max_running, "Tasks at the same time");
  number("--time", cluster.minutes, "Minutes for each task");
  number("--mem-mb", cluster.memory_mb, "Memory for each task");
  number("--cpus", cluster.cpus, "Processors for each task");
  word("--partition", cluster.partition, "Partition to submit to");
  word("--account", cluster.account, "Account to be charged");
  verb->add_option("--sbatch-option", cluster.options, "Another option of sbatch (again and again)")
      ->type_name("OPTION")
      ->allow_extra_args(false)
      ->take_all()
      ->group(group);
  verb->add_option("--launcher",
                   cluster.launcher,
                   "Words before the program in the batch script:\n\"apptainer exec /images/ledd.sif\"")
      ->type_name("WORDS")
      ->group(group);
  verb->add_flag("--wait", cluster.wait, "Stay until the batch has ended, and end with its status")
      ->group(group);
}

std::set<std::string> queued_cases(const fs::path& service, const fs::path& out) {
  std::set<std::string> ids;
  for (const JobFolder& job : jobs_of(service, out)) {
    try {
      const JobNow now = look(job.plan(), job.arrays(), slurm::Controller());
      for (const CaseNow& one : now.cases)
        if (one.queued) ids.insert(one.id);
    } catch (const Error& e) {  // of another version of Ledd: its tasks refuse to work, too
      if (e.code() != Errc::kFormat && e.code() != Errc::kUnsupported) throw;
    }
  }
  return ids;
}

std::vector<std::vector<std::string>> in_chunks(const std::vector<std::string>& ids, std::size_t chunk) {
  std::vector<std::vector<std::string>> tasks;
  for (std::size_t i = 0; i < ids.size(); i += chunk)
    tasks.emplace_back(ids.begin() + static_cast<std::ptrdiff_t>(i),
                       ids.begin() + static_cast<std::ptrdiff_t>(std::min(i + chunk, ids.size())));
  return tasks;
}

int submit(const ClusterRun& run, const std::vector<cases::PlannedCase>& planned) {
  const RunArguments& arguments = run.request.arguments;
  const slurm::Controller controller;
  const std::size_t most = controller.max_array_size();
  const fs::path service = make_service_folder(arguments.out, arguments.work);
  Chosen chosen = to_be_done(run, planned, service);
  if (chosen.cases.empty()) return nothing_to_submit(run, chosen);
  const cases::FrozenPlan plan = freeze(run, std::move(chosen.cases));
  Array array;
  array.launcher = words(arguments.cluster.launcher);
  array.wishes = wishes_of(arguments.cluster);
  const std::size_t chunk =
      arguments.cluster.chunk > 0
          ? arguments.cluster.chunk
          : slurm::chunk_size(plan.cases.size(), cases::usual_seconds(plan.out, plan.pipeline), most);
  array.tasks = in_chunks(ids_of(plan), chunk);
  require(array.tasks.size() <= most,
          Errc::kParam,
          fmt::format("--chunk {} makes {} tasks, but this cluster takes {} at most: --chunk {}",
                      chunk,
                      array.tasks.size(),
                      most,
                      (plan.cases.size() + most - 1) / most));
  const JobFolder folder = JobFolder::create(service, plan);
  try {
    array = folder.submit(array, controller);
  } catch (const Error& e) {
    if (e.code() != Errc::kCancelled) {
      fs::remove_all(folder.path());
      throw;
    }
    throw Error(e.code(),
                fmt::format("{}; `ledd retry {}` submits what did not arrive", e.what(), arguments.out));
  }
  tell_submitted(run, folder, array, chosen, plan.cases.size());
  return arguments.cluster.wait ? wait_for(folder, run.common, run.talk, run.stop) : 0;
}

int wait_for(const JobFolder& folder, const Common& common, Talk& talk, cases::Stop& stop) {
  constexpr double kFirstPauseS = 2.0, kGrowth = 1.5, kLongestPauseS = 60.0;
  const slurm::Controller controller;
  const auto plan = folder.plan();
  std::string last;
  for (double interval_s = kFirstPauseS; !stop.requested();
       interval_s = std::min(kLongestPauseS, interval_s * kGrowth)) {
    pause(interval_s, stop);
    const auto arrays = folder.arrays();
    const JobNow now = look(plan, arrays, controller);
    if (!now.answered) talk.warn("the controller does not answer: " + plain(now.said));
    const auto waiting = waits_for(now, arrays);
    if (const auto text = counts(now) + (waiting.empty() ? "" : "; waiting for: " + waiting); text != last) {
      talk.info(text);
      last = text;
      interval_s = std::min(interval_s, 10.0);
    }
    talk.progress(now.count(Standing::kDone), now.cases.size(), "on the cluster");
    if (now.ended() && now.answered) {
      print_job(folder, plan, arrays, now, common);
      return exit_of(now);
    }
  }
  talk.warn("not waiting any more; the job goes on");
  return exit_status(Errc::kCancelled);
}

void print_job(const JobFolder& folder,
               const cases::FrozenPlan& plan,
               const std::vector<Array>& arrays,
               const JobNow& now,
               const Common& common) {
  if (common.json) return print_job_json(folder, plan, arrays, now);
  print_line(fmt::format("batch {}: {}, SLURM job {}, submitted {}, {} cases",
                         folder.run_id(),
                         plan.pipeline,
                         fmt::join(job_ids(arrays), ", "),
                         plan.frozen_utc,
                         now.cases.size()));
  print_line(fmt::format("  {} {}", bar(now.count(Standing::kDone), now.cases.size()), counts(now)));
  if (const auto text = waits_for(now, arrays); !text.empty()) print_line("  waiting for: " + text);
  if (!now.answered)
    print_line(fmt::format("  the controller does not answer ({}): what waits and what is lost is not known",
                           plain(now.said)));
  for (const CaseNow& one : now.cases)
    if (one.standing == Standing::kLost)
      print_line(fmt::format("  {}  lost         {}", one.id, plain(one.reason)));
  if (now.ended() && now.answered && !choose(now, false).empty())
    print_line(fmt::format("  `ledd retry {}` takes up what can be done again", plan.out.string()));
}

}  // namespace ledd::cli
