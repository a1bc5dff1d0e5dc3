#include "slurm_job.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

#include "ledd/core/error.h"
#include "ledd/files/files.h"

#include "run_record.h"

namespace ledd::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::string own_program() {
  return fs::read_symlink("/proc/self/exe").string();
}

fs::path record_of(const fs::path& folder, unsigned number) {
  return folder / fmt::format("array-{}.json", number);
}

template <class T>
std::optional<T> optional_of(const Json& value) {
  if (value.is_null()) return std::nullopt;
  return value.get<T>();
}

template <class T>
Json json_of(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

slurm::ArrayJob job_of(const Array& array, const fs::path& folder) {
  slurm::ArrayJob job;
  job.name = array.name;
  job.remark =
      fmt::format("Array {} of the batch {}: task N works on the Nth list of cases in array-{}.json.",
                  array.number,
                  folder.filename().string(),
                  array.number);
  job.command = array.launcher;
  for (const std::string& word : {own_program(),
                                  std::string("work"),
                                  folder.string(),
                                  std::string("--array"),
                                  std::to_string(array.number)})
    job.command.push_back(word);
  job.tasks = array.tasks.size();
  job.log_folder = folder;
  job.log_name = fmt::format("array-{}-%a.log", array.number);
  job.wishes = array.wishes;
  return job;
}

std::string why_lost(const slurm::Task* ended) {
  if (ended == nullptr) return "no task that the controller knows holds it";
  if (ended->exit == 75) return "its task was stopped before it";
  return fmt::format(
      "its task ended with {}{}{}",
      ended->state,
      ended->reason.empty() ? "" : " (" + ended->reason + ")",
      ended->exit != 0 || ended->signal != 0 ? fmt::format(", {}:{}", ended->exit, ended->signal) : "");
}

bool speaks_of_memory(const std::string& code, const std::string& reason) {
  return code == ledd::name_of(Errc::kInternal) &&
         (reason.find("bad_alloc") != std::string::npos || reason.find("memory") != std::string::npos);
}

/// Puts together what the arrays' tasks say of each case. The newest array that holds a case counts for its
/// memory and for why it is lost; any of them may still have it queued.
class Tasks {
 public:
  Tasks(const std::vector<Array>& arrays,
        const std::set<std::string>& open,
        const slurm::Controller& controller) {
    for (const Array& array : arrays) add(array, open, controller);
  }

  void tell(CaseNow& now) const {
    const auto it = by_case_.find(now.id);
    if (it == by_case_.end()) return;
    const Told& told = it->second;
    now.queued = told.queued;
    now.doublings = told.doublings;
    now.memory_mb = told.memory_mb;
    now.out_of_memory = now.out_of_memory || (told.ended && told.ended->out_of_memory);
    if (now.standing == Standing::kLost) {
      if (told.queued) {
        now.standing = Standing::kWaiting;
        now.reason = told.waits_for;
      } else
        now.reason = why_lost(told.ended ? &*told.ended : nullptr);
    }
  }
  bool answered() const { return said_.empty(); }
  const std::string& said() const { return said_; }

 private:
  struct Told {
    bool queued = false;
    unsigned doublings = 0;
    std::optional<double> memory_mb{};
    std::optional<slurm::Task> ended{};
    std::string waits_for{};
  };

  void add(const Array& array, const std::set<std::string>& open, const slurm::Controller& controller) {
    const bool asks = std::any_of(array.tasks.begin(), array.tasks.end(), [&](const auto& ids) {
      return std::any_of(ids.begin(), ids.end(), [&](const auto& id) { return open.contains(id); });
    });
    slurm::Knowledge known{true, ""};
    if (asks && said_.empty()) {  // one silence is enough: each takes seconds
      known = controller.ask(array.job_id, array.name);
      if (!known.answered) said_ = known.said.empty() ? "no reason given" : known.said;
    }
    for (std::size_t n = 0; n < array.tasks.size(); ++n) {
      const auto task = std::find_if(
          known.tasks.begin(), known.tasks.end(), [&](const auto& one) { return one.number == n; });
      for (const std::string& id : array.tasks[n])
        note(by_case_[id], array, task == known.tasks.end() ? nullptr : &*task);
    }
  }

  static void note(Told& told, const Array& array, const slurm::Task* task) {
    told.doublings = array.doublings;
    told.memory_mb.reset();
    if (array.wishes.memory_mb) told.memory_mb = *array.wishes.memory_mb;
    told.ended.reset();
    if (task == nullptr) return;
    if (!told.memory_mb) told.memory_mb = task->memory_mb;
    if (task->phase == slurm::Phase::kEnded)
      told.ended = *task;
    else {
      told.queued = true;
      if (task->phase == slurm::Phase::kWaiting) told.waits_for = task->reason;
    }
  }

  std::map<std::string, Told> by_case_;
  std::string said_;
};

/// Whether the case has ended and nothing more is to be expected of a task that holds it.
CaseNow from_folder(const cases::FrozenCase& one, const fs::path& out) {
  CaseNow now;
  now.id = one.planned.id;
  const cases::CaseEnd end = cases::end_of(one, out);
  now.code = end.code;
  now.reason = end.reason;
  now.out_of_memory = speaks_of_memory(end.code, end.reason);
  if (end.state == cases::State::kDone)
    now.standing = Standing::kDone;
  else if (end.state)
    now.standing = end.state == cases::State::kFailed ? Standing::kFailed : Standing::kSetAside;
  else
    now.standing = cases::in_hand(out, now.id) ? Standing::kRunning : Standing::kLost;
  return now;
}

int exit_of_code(const std::string& code) {
  for (int n = 0; n <= static_cast<int>(Errc::kInternal); ++n)
    if (code == ledd::name_of(static_cast<Errc>(n))) return exit_status(static_cast<Errc>(n));
  return 1;
}

}  // namespace

std::string print(const Array& a) {
  const Json json{{"number", a.number},
                  {"name", a.name},
                  {"job_id", a.job_id},
                  {"submitted_utc", a.submitted_utc},
                  {"launcher", a.launcher},
                  {"partition", a.wishes.partition},
                  {"account", a.wishes.account},
                  {"minutes", json_of(a.wishes.minutes)},
                  {"memory_mb", json_of(a.wishes.memory_mb)},
                  {"cpus", json_of(a.wishes.cpus)},
                  {"max_running", a.wishes.max_running},
                  {"options", a.wishes.options},
                  {"doublings", a.doublings},
                  {"all", a.all},
                  {"tasks", a.tasks}};
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + '\n';
}

Array parse_array(const std::string& text) {
  try {
    const Json json = Json::parse(text);
    Array a;
    a.number = json.at("number");
    a.name = json.at("name");
    a.job_id = json.at("job_id");
    a.submitted_utc = json.at("submitted_utc");
    a.launcher = json.at("launcher");
    a.wishes.partition = json.at("partition");
    a.wishes.account = json.at("account");
    a.wishes.minutes = optional_of<unsigned>(json.at("minutes"));
    a.wishes.memory_mb = optional_of<unsigned>(json.at("memory_mb"));
    a.wishes.cpus = optional_of<unsigned>(json.at("cpus"));
    a.wishes.max_running = json.at("max_running");
    a.wishes.options = json.at("options");
    a.doublings = json.at("doublings");
    a.all = json.at("all");
    a.tasks = json.at("tasks");
    return a;
  } catch (const nlohmann::json::exception& e) {
    throw Error(Errc::kFormat, e.what()).within("the record of an array");
  }
}

JobFolder JobFolder::create(const fs::path& service, const cases::FrozenPlan& plan) {
  JobFolder folder(service / "jobs" / plan.run_id);
  write_private(cases::print(plan), folder.path_ / "plan");
  return folder;
}

cases::FrozenPlan JobFolder::plan() const {
  try {
    return cases::parse_frozen_plan(files::read_bytes(path_ / "plan"));
  } catch (const Error& e) {
    throw e.within(path_.string());
  }
}

std::vector<Array> JobFolder::arrays() const {
  std::vector<Array> all;
  for (unsigned number = 1; fs::exists(record_of(path_, number)); ++number) all.push_back(array(number));
  return all;
}

Array JobFolder::array(unsigned number) const {
  const fs::path file = record_of(path_, number);
  try {
    return parse_array(files::read_bytes(file));
  } catch (const Error& e) {
    throw e.within(file.string());
  }
}

Array JobFolder::submit(Array array, const slurm::Controller& controller) const {
  array.number = 1;
  while (fs::exists(record_of(path_, array.number))) ++array.number;
  array.name = fmt::format("ledd.{}.{}", run_id(), array.number);
  array.submitted_utc = cases::now_utc();
  const std::string script = slurm::batch_script(job_of(array, path_));
  const fs::path script_file = path_ / fmt::format("array-{}.sh", array.number);
  const fs::path record = record_of(path_, array.number);
  // On record before the controller hears of it: whatever dies between the two, its name finds it again.
  write_private(print(array), record);
  write_private(script, script_file);
  try {
    array.job_id = controller.submit(script_file);
  } catch (const Error& e) {
    if (e.code() != Errc::kCancelled) {
      fs::remove(record);
      fs::remove(script_file);
    }
    throw;
  }
  write_private(print(array), record);
  return array;
}

std::vector<JobFolder> jobs_of(const fs::path& service, const fs::path& out) {
  std::vector<JobFolder> jobs;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(service / "jobs", none)) {
    if (!fs::exists(entry.path() / "array-1.json")) continue;
    if (service == service_folder(out, "") ||
        JobFolder(entry.path()).plan().out == fs::absolute(out).lexically_normal())
      jobs.emplace_back(entry.path());
  }
  std::sort(jobs.begin(), jobs.end(), [](const auto& a, const auto& b) { return a.path() < b.path(); });
  return jobs;
}

std::string_view name_of(Standing standing) noexcept {
  switch (standing) {
    case Standing::kDone: return "done";
    case Standing::kFailed: return "failed";
    case Standing::kSetAside: return "quarantined";
    case Standing::kRunning: return "running";
    case Standing::kWaiting: return "waiting";
    case Standing::kLost: return "lost";
    case Standing::kUnknown: return "unknown";
  }
  return "unknown";
}

std::size_t JobNow::count(Standing standing) const {
  return static_cast<std::size_t>(
      std::count_if(cases.begin(), cases.end(), [&](const auto& one) { return one.standing == standing; }));
}

bool JobNow::ended() const {
  return std::none_of(cases.begin(), cases.end(), [](const CaseNow& one) {
    return one.queued || one.standing == Standing::kRunning || one.standing == Standing::kUnknown;
  });
}

JobNow look(const cases::FrozenPlan& plan,
            const std::vector<Array>& arrays,
            const slurm::Controller& controller) {
  JobNow job;
  std::set<std::string> open;
  for (const cases::FrozenCase& one : plan.cases) {
    job.cases.push_back(from_folder(one, plan.out));
    // What failed may be in a task that the cluster took back and will start again.
    if (job.cases.back().standing != Standing::kDone &&
        !(job.cases.back().standing == Standing::kSetAside && !cases::may_pass(job.cases.back().code)))
      open.insert(one.planned.id);
  }
  const Tasks tasks(arrays, open, controller);
  job.answered = tasks.answered();
  job.said = tasks.said();
  for (std::size_t i = 0; i < job.cases.size(); ++i) {
    CaseNow& one = job.cases[i];
    if (!open.contains(one.id)) continue;
    tasks.tell(one);
    // A result may have come between the first look and the controller's answer.
    if (one.standing == Standing::kLost)
      if (CaseNow again = from_folder(plan.cases[i], plan.out); again.standing != Standing::kLost) {
        one = std::move(again);
        tasks.tell(one);
      }
    if (one.standing == Standing::kLost && !job.answered) one.standing = Standing::kUnknown;
  }
  return job;
}

int exit_of(const JobNow& now) {
  if (!now.ended() || now.count(Standing::kLost) > 0) return exit_status(Errc::kCancelled);
  std::set<int> statuses;
  for (const CaseNow& one : now.cases)
    if (one.standing != Standing::kDone) statuses.insert(exit_of_code(one.code));
  if (statuses.empty()) return 0;
  return now.count(Standing::kDone) == 0 && statuses.size() == 1 ? *statuses.begin() : 8;
}

std::vector<Resubmission> choose(const JobNow& now, bool all) {
  constexpr unsigned kMostDoublings = 2;
  constexpr double kAssumedMb = 4000.0;  // where the controller forgot what the task had
  std::map<unsigned, Resubmission> by_doublings;
  for (const CaseNow& one : now.cases) {
    const bool has_no_result = one.standing == Standing::kFailed || one.standing == Standing::kSetAside;
    const bool wanted =
        one.standing == Standing::kLost || (has_no_result && (all || cases::may_pass(one.code)));
    if (!wanted || one.queued) continue;
    if (one.out_of_memory && one.doublings >= kMostDoublings && !all) continue;
    const unsigned doublings = std::min(one.doublings + (one.out_of_memory ? 1U : 0U), kMostDoublings);
    Resubmission& group = by_doublings[doublings];
    group.doublings = doublings;
    group.cases.push_back(one.id);
    if (doublings == 0) continue;
    const double had_mb = one.memory_mb.value_or(kAssumedMb);
    const double mb = doublings > one.doublings ? 2.0 * had_mb : had_mb;
    group.memory_mb = static_cast<unsigned>(std::max<double>(group.memory_mb.value_or(0), std::ceil(mb)));
  }
  std::vector<Resubmission> groups;
  groups.reserve(by_doublings.size());
  for (auto& [doublings, group] : by_doublings) groups.push_back(std::move(group));
  return groups;
}

}  // namespace ledd::cli
