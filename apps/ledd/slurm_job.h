#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ledd/cases/frozen_plan.h"
#include "ledd/slurm/slurm.h"

namespace ledd::cli {

/// One array that was, or is to be, submitted for a frozen plan: `array-<number>.json` of its job folder.
struct Array {
  unsigned number = 1;
  std::string name;    ///< Of the job as the controller knows it; no other array has it.
  std::string job_id;  ///< Empty: the controller's answer was lost, or it never was asked.
  std::string submitted_utc;
  std::vector<std::string> launcher;  ///< Words before the program's.
  slurm::Wishes wishes{};
  unsigned doublings = 0;                         ///< How often the memory of its tasks was doubled.
  bool all = false;                               ///< Also cases that were set aside for a reason that stays.
  std::vector<std::vector<std::string>> tasks{};  ///< Case ids.
};

std::string print(const Array& array);
/// @throws Error{kFormat}
Array parse_array(const std::string& json);

/// The folder of a batch on the cluster: `<service folder>/jobs/<run_id>` with `plan`, and for each array
/// `array-N.json`, `array-N.sh` and the logs `array-N-<task>.log`.
class JobFolder {
 public:
  explicit JobFolder(std::filesystem::path path) : path_(std::move(path)) {}
  /// Makes it below a service folder.
  static JobFolder create(const std::filesystem::path& service, const cases::FrozenPlan& plan);

  const std::filesystem::path& path() const noexcept { return path_; }
  std::string run_id() const { return path_.filename().string(); }
  /// @throws Error{kNotFound, kFormat, kUnsupported, kPermission}
  cases::FrozenPlan plan() const;
  /// In order of their numbers. @throws Error{kFormat}
  std::vector<Array> arrays() const;
  Array array(unsigned number) const;

  /// Records the array, writes its script, submits it and records the job's id. Its number and name are set
  /// here.
  /// @throws Error{kCancelled}  the controller does not answer; the array stays on record.
  /// @throws Error{kParam}      the controller refuses it; nothing of it stays.
  Array submit(Array array, const slurm::Controller& controller) const;

 private:
  std::filesystem::path path_;
};

/// The jobs below a service folder whose results go to `out`, oldest first. Reads no plan.
std::vector<JobFolder> jobs_of(const std::filesystem::path& service, const std::filesystem::path& out);

/// How a case of a job stands.
enum class Standing {
  kDone,
  kFailed,
  kSetAside,
  kRunning,
  kWaiting,
  kLost,     ///< No result, nobody works on it, no task that the controller knows will.
  kUnknown,  ///< No result, nobody works on it, and the controller does not answer.
};
std::string_view name_of(Standing standing) noexcept;

struct CaseNow {
  std::string id;
  Standing standing = Standing::kLost;
  bool queued = false;                ///< A task that has not ended holds it.
  std::string code, reason;           ///< Of one that failed or was set aside; why a lost one is; what a
                                      ///< waiting one waits for, in the controller's word.
  bool out_of_memory = false;         ///< Its last task, or its last try, ended for it.
  unsigned doublings = 0;             ///< Of the newest array that holds it.
  std::optional<double> memory_mb{};  ///< What a task of that array may use, where known.
};

struct JobNow {
  bool answered = true;  ///< The controller did, or nothing had to be asked.
  std::string said;      ///< Why it did not.
  std::vector<CaseNow> cases;

  std::size_t count(Standing standing) const;
  bool ended() const;  ///< Nothing is running, waiting or unknown.
};

/// From the case folders first; the controller is asked only where they leave something open.
JobNow look(const cases::FrozenPlan& plan,
            const std::vector<Array>& arrays,
            const slurm::Controller& controller);

/// The exit status of a batch that stands so: 75 where something is not ended or lost.
int exit_of(const JobNow& now);

/// Cases to be worked on again by tasks whose memory was doubled so often.
struct Resubmission {
  unsigned doublings = 0;
  std::vector<std::string> cases;
  std::optional<unsigned> memory_mb{};  ///< What a task of theirs is to have; nullopt: as before.
};

/// What retry takes up: lost cases, those that failed for a reason that may pass, with `all` every one that
/// has no result; never one that a task still holds. One that ran out of memory gets twice as much, twice at
/// most. Sorted by doublings.
std::vector<Resubmission> choose(const JobNow& now, bool all);

}  // namespace ledd::cli
