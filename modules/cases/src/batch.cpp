#include "ledd/cases/batch.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "ledd/cases/overview.h"
#include "ledd/cases/plan_cache.h"
#include "ledd/core/error.h"
#include "ledd/files/files.h"

#include "case_folder.h"
#include "case_queue.h"
#include "memory.h"
#include "run_case.h"

namespace ledd::cases {
namespace {

/// Of the memory that is there: the rest is for the system's files and for estimates that are too low.
constexpr double kShare = 0.8;

LabelScheme scheme_of(const BatchOptions& options) {
  if (!options.labels) return {};
  const std::filesystem::path file = options.labels->scheme;
  if (file.extension() != ".toml") return known_scheme(options.labels->scheme);
  try {
    return parse_scheme(files::read_bytes(file));
  } catch (const Error& e) {
    throw e.within(file.string());
  }
}

/// One run over all cases by a few threads, each with one case in hand.
class Batch {
 public:
  Batch(const Run& run, const std::vector<PlannedCase>& cases, const Listener& listener, Stop& stop)
      : run_(run), cases_(cases), stop_(stop), user_(listener) {
    listener_.started = [this](const PlannedCase& planned) {
      one_at_a_time([&] { user_.started(planned); });
    };
    listener_.finished = [this](const CaseReport& r) { one_at_a_time([&] { user_.finished(r); }); };
    listener_.log = [this](const std::string& id, Context::Level level, std::string_view text) {
      one_at_a_time([&] { user_.log(id, level, text); });
    };
  }

  Summary work(std::size_t jobs) {
    const Rescue& rescue = run_.options.rescue;
    std::vector<const PlannedCase*> suspects, others;
    for (const PlannedCase& planned : cases_) {
      if (const auto ended = rescue.ended.find(planned.id); ended != rescue.ended.end())
        count(ended->second);
      else
        (rescue.suspects.contains(planned.id) ? suspects : others).push_back(&planned);
    }
    work(suspects, 1);
    work(others, jobs);
    summary_.run_id = run_.run_id;
    summary_.output_error = output_error_;
    const std::size_t ended = summary_.done + summary_.cached + summary_.failed + summary_.quarantined;
    summary_.stopped = !output_error_ && ended < cases_.size();
    return summary_;
  }

  const std::set<int>& statuses() const { return statuses_; }

 private:
  template <class Body>
  void one_at_a_time(Body&& body) {
    const std::lock_guard lock(listening_);
    body();
  }

  void work(const std::vector<const PlannedCase*>& cases, std::size_t jobs) {
    CaseQueue queue(cases, run_.options.out);
    std::vector<std::thread> workers;
    for (std::size_t i = 1; i < std::min(jobs, cases.size()); ++i)
      workers.emplace_back([&] { take_cases(queue); });
    take_cases(queue);
    for (auto& worker : workers) worker.join();
  }

  void take_cases(CaseQueue& queue) {
    try {
      while (auto taken = writing([&] { return queue.next([this] { return ended(); }); }))
        take(taken->planned);
    } catch (const OutputFailure& failure) {
      fail(failure);
    }
  }

  void fail(const OutputFailure& failure) {
    const std::lock_guard lock(mutex_);
    if (!output_error_) output_error_ = failure.error;
  }

  bool ended() const {
    const std::lock_guard lock(mutex_);
    return output_error_.has_value() || stop_.requested();
  }

  /// Under the case's lock.
  void take(const PlannedCase& planned) {
    listener_.started(planned);
    try {
      writing([&] { sweep_case(run_.options.out, planned.id); });
      const auto condemned = run_.options.rescue.condemned.find(planned.id);
      const CaseReport report = condemned == run_.options.rescue.condemned.end()
                                    ? run_case(run_, planned, listener_, stop_)
                                    : given_up(planned, condemned->second);
      run_.admission.one_less();
      if (report.code == name_of(Errc::kCancelled)) return;  // not begun, as far as anyone can see
      if (report.exit != 0 && !run_.options.correction) write_reason(run_, planned, report);
      remember(report);
      count(report);
      listener_.finished(report);
    } catch (const OutputFailure& failure) {
      fail(failure);
    }
  }

  void remember(const CaseReport& report) const {
    if (run_.options.known == nullptr) return;
    if (report.state == State::kDone) run_.options.known->made(report.case_id);
    run_.options.known->save_sometimes();
  }

  CaseReport given_up(const PlannedCase& planned, const std::string& reason) const {
    CaseReport report;
    report.case_id = planned.id;
    report.state = State::kFailed;
    report.exit = exit_status(Errc::kInternal);
    report.code = name_of(Errc::kInternal);
    report.reason = reason;
    report.series = describe(run_.naming.named(planned));
    return report;
  }

  void count(const CaseReport& report) {
    const std::lock_guard lock(mutex_);
    switch (report.state) {
      case State::kDone: ++summary_.done; break;
      case State::kCached: ++summary_.cached; break;
      case State::kFailed: ++summary_.failed; break;
      case State::kQuarantined: ++summary_.quarantined; break;
    }
    if (report.exit != 0) statuses_.insert(report.exit);
  }

  const Run& run_;
  const std::vector<PlannedCase>& cases_;
  Stop& stop_;
  const Listener& user_;
  Listener listener_;
  mutable std::mutex mutex_;
  std::mutex listening_;
  Summary summary_;
  std::optional<Error> output_error_;
  std::set<int> statuses_;
};

int exit_of(const Summary& summary, const std::set<int>& statuses) {
  if (summary.output_error) return exit_status(summary.output_error->code());
  if (summary.stopped) return exit_status(Errc::kCancelled);
  if (statuses.empty()) return 0;
  if (summary.done + summary.cached == 0 && statuses.size() == 1) return *statuses.begin();
  return 8;
}

}  // namespace

std::string_view name_of(State state) noexcept {
  switch (state) {
    case State::kDone: return "done";
    case State::kCached: return "cached";
    case State::kFailed: return "failed";
    case State::kQuarantined: return "quarantined";
  }
  return "failed";
}

void Stop::request() {
  const std::lock_guard lock(mutex_);
  requested_ = true;
  for (Context* context : watched_) context->cancel();
}

bool Stop::requested() const {
  const std::lock_guard lock(mutex_);
  return requested_;
}

Stop::Watch::Watch(Stop& stop, Context& context) : stop_(stop), context_(context) {
  const std::lock_guard lock(stop_.mutex_);
  stop_.watched_.insert(&context_);
  if (stop_.requested_) context_.cancel();
}

Stop::Watch::~Watch() {
  const std::lock_guard lock(stop_.mutex_);
  stop_.watched_.erase(&context_);
}

std::vector<Preview> preview(const std::vector<PlannedCase>& cases,
                             const PreparedPipeline& job,
                             const BatchOptions& options) {
  const Recipe recipe = recipe_of(job.pipeline, job.prepared, options);
  scheme_of(options);
  const EarlierCases earlier(options.out, job.pipeline.name, options.known);
  std::vector<Preview> previews;
  for (const auto& planned : cases) {
    const auto folder = options.out / "cases" / planned.id;
    const Standing standing = options.key == nullptr
                                  ? earlier.standing_of(planned)
                                  : earlier.standing_of(Naming(options.key).named(planned));
    if (const auto& problem = planned.problem.empty() ? standing.problem : planned.problem;
        !problem.empty()) {
      previews.push_back({planned.id, "set aside", problem, planned});
    } else if (!std::filesystem::exists(folder)) {
      previews.push_back(
          {planned.id, "new", standing.older.empty() ? "not done before" : describe(standing), planned});
    } else {
      const std::string why = out_of_date(folder, recipe, input_digests(planned, options.known));
      previews.push_back({planned.id,
                          why.empty() && !options.force ? "cached" : "redo",
                          why.empty() ? (options.force ? "asked to with --force" : "up to date") : why,
                          planned});
    }
  }
  return previews;
}

Summary run_batch(const std::vector<PlannedCase>& cases,
                  const PreparedPipeline& job,
                  const BatchOptions& options,
                  const Listener& listener,
                  Stop& stop) {
  const int threads = std::max(1, options.threads);
  const auto jobs = std::min(static_cast<std::size_t>(options.jobs > 0 ? options.jobs : threads),
                             std::max<std::size_t>(1, cases.size()));
  const OutputUse use(options.out, [&] { return stop.requested(); });
  const double budget_mb = options.memory_mb.value_or(kShare * available_mb("/", std::getenv));
  CpuMeter cpu;
  Admission admission({budget_mb, threads, jobs, cases.size()});
  MemoryEstimate memory(job.pipeline, options.out, version());
  const Run run{job.pipeline,
                job.prepared,
                options,
                recipe_of(job.pipeline, job.prepared, options),
                scheme_of(options),
                EarlierCases(options.out, job.pipeline.name, options.known),
                Naming(options.key),
                options.run_id.empty() ? new_run_id() : options.run_id,
                budget_mb,
                admission,
                cpu,
                memory};
  Batch batch(run, cases, listener, stop);
  Summary summary = batch.work(jobs);
  try {
    if (!summary.output_error && options.tables == Tables::kAfterRun)
      writing([&] { refresh_overview(options.out); });
  } catch (const OutputFailure& failure) {
    summary.output_error = failure.error;
  }
  summary.exit = exit_of(summary, batch.statuses());
  return summary;
}

}  // namespace ledd::cases
