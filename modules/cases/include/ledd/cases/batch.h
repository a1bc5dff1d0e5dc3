#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ledd/cases/pipeline.h"
#include "ledd/cases/survey.h"
#include "ledd/core/context.h"

namespace ledd::deidentification {
class SubjectKey;
}

namespace ledd::cases {

class PlanCache;

/// Asks work under way to end early; may be called from any thread, but not from a signal handler.
class Stop {
 public:
  void request();
  bool requested() const;

  /// A context that is cancelled by request() while this object lives.
  class Watch {
   public:
    Watch(Stop& stop, Context& context);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

   private:
    Stop& stop_;
    Context& context_;
  };

 private:
  mutable std::mutex mutex_;
  bool requested_ = false;
  std::set<Context*> watched_;
};

enum class State {
  kDone,
  kCached,       ///< The finished folder was made from the same input, version and parameters.
  kFailed,       ///< A bug or the machine; the input may be good.
  kQuarantined,  ///< Set aside: the input cannot be used, or the result is implausible.
};
std::string_view name_of(State state) noexcept;

/// How one case ended.
struct CaseReport {
  std::string case_id;
  State state = State::kDone;
  int exit = 0;        ///< The exit status of a run of this case alone.
  std::string code;    ///< ledd::name_of(Errc) when it failed.
  std::string reason;  ///< Empty when done or cached.
  std::string stage;   ///< The stage that failed; empty otherwise.
  std::string series;  ///< Words for people.
  double seconds = 0.0;
  double peak_mb = 0.0;      ///< Highest memory of the process: of this case when it was alone.
  double cpu_seconds = 0.0;  ///< Processor time of all attempts.
  bool peak_alone = false;   ///< No other case was in hand.
  unsigned attempts = 1;
  std::vector<std::string> retried_for{};  ///< Why the earlier attempts failed.
  std::string warning{};                   ///< What the operator should know although it went on.
};

/// What a run tells while it goes on. Called from one thread at a time.
struct Listener {
  std::function<void(const PlannedCase&)> started = [](const auto&) {};
  std::function<void(const std::string& case_id, Context::Level, std::string_view)> log =
      [](const auto&, auto, auto) {};
  std::function<void(const CaseReport&)> finished = [](const auto&) {};
};

/// What is known of a run whose process died: its cases, by id.
struct Rescue {
  std::map<std::string, CaseReport> ended;       ///< Counted, but neither worked on nor told again.
  std::set<std::string> suspects;                ///< In hand when it died: first, and one at a time.
  std::map<std::string, std::string> condemned;  ///< A process died of it alone: set aside, with this reason.
  bool empty() const { return ended.empty() && suspects.empty(); }
};

/// When the tables over all cases are written.
enum class Tables {
  kAfterRun,
  kLater,  ///< By somebody else: the last of many runs over one folder, or `collect`.
};

/// That the segmentation given is a reader's correction of a finished result, which it takes the place of.
struct CorrectionOf {
  std::string reader;
  std::string result_sha256;  ///< Of the provenance.json that was corrected.
};

struct BatchOptions {
  std::filesystem::path out;
  std::optional<LabelRequest> labels;
  bool force = false;  ///< Work on a case again although its finished folder is up to date.
  int jobs = 1;        ///< Cases at the same time; 0: as many as threads.
  int threads = 1;     ///< Threads in all; each case gets its share, more when fewer cases are left.
  /// Results name subjects, UIDs and dates by this key, which knows all subjects; null: as headers do.
  const deidentification::SubjectKey* key = nullptr;
  Tables tables = Tables::kAfterRun;
  /// Memory for all cases in hand; nullopt: 80 % of what machine, control group and SLURM leave. A case that
  /// needs more has no other beside it.
  std::optional<double> memory_mb{};
  Rescue rescue{};
  std::string run_id{};        ///< Empty: a new one.
  PlanCache* known = nullptr;  ///< What earlier runs found out of files; null: every file is read.
  /// Of one case, with `labels`. It is measured whether or not it is up to date. When that result is no
  /// longer the one that stands, or the measurement fails, the case stays as it is and the report says why.
  std::optional<CorrectionOf> correction{};
};

struct Summary {
  std::string run_id;
  std::size_t done = 0, cached = 0, failed = 0, quarantined = 0;
  bool stopped = false;               ///< Some cases were not begun, or were given up half way.
  std::optional<Error> output_error;  ///< Why the run could not write any more; nothing partial is left.
  /// 73, 74, 77 the output failed; 75 stopped early; 0 all done; 8 some failed; when none succeeded, their
  /// own exit status if it is the same for all (65 when all were unusable).
  int exit = 0;
};

/// A name that no other run has.
std::string new_run_id();

/// What a run would do with a case, and why.
struct Preview {
  std::string case_id;
  std::string action;  ///< "new", "cached", "redo" or "set aside".
  std::string why;
  PlannedCase planned{};
};

/// A pipeline, and the same made ready with the parameters of this run.
struct PreparedPipeline {
  const Pipeline& pipeline;
  const Prepared& prepared;
};

/// Gives the subjects of the cases their pseudonyms, new ones in the order of the cases, and the cases ids
/// that do not follow from original UIDs. For BatchOptions::key; the caller saves the key.
/// @throws Error{kInput}  a subject cannot be told.
/// @throws Error{kParam}  a case is not made from DICOM.
void name_cases(std::vector<PlannedCase>& cases, deidentification::SubjectKey& key);

/// Touches nothing.
std::vector<Preview> preview(const std::vector<PlannedCase>& cases,
                             const PreparedPipeline& job,
                             const BatchOptions& options);

/// Works on all cases, each into its own folder below `options.out`, then writes the tables over all cases
/// there. A failing case does not end the run. Every folder and file under a final name is complete. Several
/// runs may work in one folder, on machines that share it too: a case that another one has in hand is left
/// until the others are done, and is up to date then.
/// @throws Error{kCreate, kPermission, kIo}  the output folder cannot be written to, or its file system has
/// no
///                                           locks; seen before any work.
/// @throws Error{kCancelled}                 stopped while a command had the folder for itself.
Summary run_batch(const std::vector<PlannedCase>& cases,
                  const PreparedPipeline& job,
                  const BatchOptions& options,
                  const Listener& listener,
                  Stop& stop);

}  // namespace ledd::cases
