#pragma once
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Array jobs on a SLURM cluster. No accounting database is needed, and no shell sees anything but the words
/// of the batch script, each of them quoted.
namespace ledd::slurm {

/// What every array of a batch asks the cluster for; what is not said is left to the cluster's defaults.
struct Wishes {
  std::string partition, account;
  std::optional<unsigned> minutes;    ///< Per task.
  std::optional<unsigned> memory_mb;  ///< Per task.
  std::optional<unsigned> cpus;       ///< Per task.
  std::size_t max_running = 0;        ///< Tasks at the same time; 0: no limit of ours.
  std::vector<std::string> options;   ///< Further options of sbatch: "--gres=gpu:1".
  bool operator==(const Wishes&) const = default;
};

/// One array job: the same command for tasks 0 to `tasks` - 1, which find their number in
/// SLURM_ARRAY_TASK_ID.
struct ArrayJob {
  std::string name;                    ///< Of letters, digits, '.', '-' and '_'.
  std::string remark;                  ///< One line for whoever reads the script.
  std::vector<std::string> command;    ///< Takes the place of the shell, so that signals reach it.
  std::size_t tasks = 1;               ///< At least 1.
  std::filesystem::path log_folder{};  ///< Absolute.
  std::string log_name = "%a.log";     ///< %a: the task's number.
  Wishes wishes{};
};

/// The batch script. A task is told by SIGUSR1 that its time ends: 120 s before, or after three quarters of
/// it where that is later; one that the cluster took back starts again and appends to its log.
/// @throws Error{kParam}  a path, a word or an option that the script cannot hold; says which and why.
std::string batch_script(const ArrayJob& job);

/// How many cases go into one task.
///
/// Method   1 unless a case is known to take less than a minute: then 10 to 50, the more the more cases there
///          are, since starting a task costs seconds; but never more than half of the cases, so that at least
///          two tasks share them. Raised so that no more than `max_tasks` come out.
/// @param seconds_each  What cases of this kind took; nullopt when nothing is known.
std::size_t chunk_size(std::size_t cases, std::optional<double> seconds_each, std::size_t max_tasks);

enum class Phase { kWaiting, kRunning, kEnded };

/// One task of an array as the controller tells of it.
struct Task {
  std::size_t number = 0;
  Phase phase = Phase::kWaiting;
  std::string state;                  ///< The controller's word: "RUNNING", "NODE_FAIL".
  std::string reason;                 ///< "Resources"; empty for none.
  int exit = 0, signal = 0;           ///< Of one that ended.
  bool out_of_memory = false;         ///< Ended for it, as far as state, exit and signal tell.
  std::optional<double> memory_mb{};  ///< What it may use; nullopt where the answer does not say.
  bool operator==(const Task&) const = default;
};

/// The tasks in the answer of `scontrol -o show job`, of the jobs with this name; sorted by number. A number
/// that is there twice counts once, with the phase that is furthest from its end.
/// @throws Error{kFormat}  not such an answer.
std::vector<Task> parse_tasks(std::string_view answer, std::string_view name);

/// "2-5,9%2" -> 2, 3, 4, 5, 9. @throws Error{kFormat}
std::vector<std::size_t> parse_numbers(std::string_view text);

/// What the controller knows of one array.
struct Knowledge {
  bool answered = false;      ///< False: the controller is dead or out of reach, and nothing is known.
  std::string said;           ///< Its complaint, when it did not answer.
  std::vector<Task> tasks{};  ///< Empty: it knows no such job (any more).
};

/// The controller, asked through the programs that come with SLURM.
class Controller {
 public:
  explicit Controller(double patience_s = 60.0) : patience_s_(patience_s) {}

  /// Hands a script over. @return the id of the job.
  /// @throws Error{kCancelled}  the controller does not answer: whether it took the job is not known.
  /// @throws Error{kParam}      it refuses the job, or there is no SLURM here; says why.
  std::string submit(const std::filesystem::path& script) const;

  /// @param job_id  Empty when the answer to submit() was lost: the job is then found by its name.
  Knowledge ask(const std::string& job_id, const std::string& name) const;

  /// The highest number of tasks that an array may have.
  /// @throws Error{kCancelled, kParam}  as submit().
  std::size_t max_array_size() const;

 private:
  double patience_s_;
};

}  // namespace ledd::slurm
