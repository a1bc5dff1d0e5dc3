#include <fmt/format.h>
#include <tbb/task_arena.h>

#include <array>
#include <chrono>
#include <thread>

#include "ledd/cases/correct_case.h"
#include "ledd/core/error.h"
#include "ledd/files/files.h"

#include "cpu_meter.h"
#include "run_case.h"
#include "transient.h"

namespace ledd::cases {
namespace {

using Clock = std::chrono::steady_clock;

/// Before the second and the third attempt; there is no fourth.
constexpr std::array<std::chrono::seconds, 2> kPauses{std::chrono::seconds(1), std::chrono::seconds(4)};

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Runs `body`; whatever a library throws becomes an Error.
template <class Body>
void with_errors(Body&& body) {
  try {
    std::forward<Body>(body)();
  } catch (const Error&) {
    throw;
  } catch (const std::exception& e) {  // itk::ExceptionObject, std::bad_alloc, ...
    throw Error(Errc::kInternal, e.what());
  }
}

/// Under the case's lock: nobody else can take the result's place until this is published.
void require_standing(const std::filesystem::path& folder, const CorrectionOf& correction) {
  const auto record = folder / "provenance.json";
  require(std::filesystem::exists(record) && files::sha256_of_file(record) == correction.result_sha256,
          Errc::kInput,
          changed_since_opened(folder.filename().string()));
}

/// One case until it is done, or cannot be.
class Attempts {
 public:
  Attempts(const Run& run, const PlannedCase& planned, const Listener& listener, Stop& stop)
      : run_(run), planned_(planned), stop_(stop), log_(planned.id, listener) {}

  /// @throws OutputFailure
  CaseReport work() {
    const auto started = Clock::now();
    report_.case_id = planned_.id;
    try {
      with_errors([&] {
        const PlannedCase named = run_.naming.named(planned_);
        report_.series = describe(named);
        report_.state = work_on(named);
      });
    } catch (const Error& e) {
      fail(e);
    }
    report_.reason = run_.naming.text(std::move(report_.reason), planned_);
    report_.seconds = seconds_since(started);
    report_.peak_mb = peak_mb();
    return report_;
  }

 private:
  /// From files to a published folder, or to State::kCached. @throws Error, OutputFailure
  State work_on(const PlannedCase& named) {
    require(planned_.problem.empty(), Errc::kInput, planned_.problem);
    const Standing standing = run_.earlier.standing_of(named);
    require(standing.problem.empty(), Errc::kInput, standing.problem);
    const auto inputs = digests();
    const auto folder = run_.options.out / "cases" / planned_.id;
    if (run_.options.correction) require_standing(folder, *run_.options.correction);
    const bool anew = run_.options.force || run_.options.correction;
    if (!anew && out_of_date(folder, run_.recipe, inputs).empty()) {
      Context context = new_context(1);
      const auto lock = publishing(run_, named);
      retire_replaced(run_, named, standing, context);
      return was_published(folder) ? State::kDone : State::kCached;
    }
    while (!attempt(named, standing, inputs)) {
    }
    return State::kDone;
  }

  /// By a process of this very run that died before it could say so.
  bool was_published(const std::filesystem::path& folder) const {
    return run_.options.rescue.suspects.contains(planned_.id) &&
           parse_provenance(files::read_bytes(folder / "provenance.json")).run_id == run_.run_id;
  }

  std::vector<FileDigest> digests() {
    for (;;) try {
        return input_digests(planned_, run_.options.known);
      } catch (const Error& e) {
        pause_after(e);
      }
  }

  /// False when it is worth another one. @throws Error, OutputFailure
  bool attempt(const PlannedCase& named, const Standing& standing, const std::vector<FileDigest>& inputs) {
    const double need_mb = warn_of_need();
    std::optional<Admission::Place> place;
    run_.admission.enter(
        need_mb, exclusive_, [this] { return stop_.requested(); }, place);
    require(place.has_value(), Errc::kCancelled, "stopped by the caller");
    if (place->alone()) reset_peak();
    // An arena of its own: a thread that waits for its case must not pick up another case meanwhile.
    tbb::task_arena arena(place->threads());
    Context context = new_context(place->threads());
    const Stop::Watch watch(stop_, context);
    const CpuMeter::Account account(run_.cpu);
    const auto started = Clock::now();
    const auto add_effort = [&](Provenance& p) {
      p.seconds = seconds_since(started);
      p.peak_alone = place->alone();
      p.cpu_seconds = spent_s_ + account.seconds();
      p.peak_mb = peak_mb();
      p.host = host_name();
      p.attempts = report_.attempts;
      p.retried_for = report_.retried_for;
    };
    try {
      with_errors([&] {
        arena.execute([&] { make({run_, planned_, named, context, log_, add_effort}, standing, inputs); });
      });
      end_attempt(*place, account);
      return true;
    } catch (const Error& e) {
      end_attempt(*place, account);
      report_.stage = failed_stage(context);
      place.reset();
      pause_after(e);
      return false;
    }
  }

  Context new_context(int threads) {
    return Context([this](Context::Level level, std::string_view text) { log_.add(level, text); }, threads);
  }

  double warn_of_need() {
    const double need_mb = run_.memory.need_mb(planned_);
    if (!run_.admission.fits_budget(need_mb) && report_.warning.empty()) {
      report_.warning = fmt::format(
          "needs about {:.0f} MB, more than the {:.0f} MB of the budget: it runs alone, and may fail",
          need_mb,
          run_.budget_mb);
      log_.add(Context::Level::kWarn, report_.warning);
    }
    return need_mb;
  }

  void end_attempt(const Admission::Place& place, const CpuMeter::Account& account) {
    spent_s_ += account.seconds();
    report_.cpu_seconds = spent_s_;
    report_.peak_alone = place.alone();
    if (place.alone()) run_.memory.measured(planned_, peak_mb());
  }

  static std::string failed_stage(const Context& context) {
    std::string stage;
    for (const auto& record : context.records())
      if (!record.ok) stage = record.name;
    return stage;
  }

  /// Waits a little when the error may pass, else throws it again. @throws Error
  void pause_after(const Error& error) {
    const Transient cause = transience_of(error);
    if (cause == Transient::kNo || report_.attempts > kPauses.size()) throw error;
    const auto pause = kPauses.at(report_.attempts - 1);
    log_.add(Context::Level::kWarn,
             fmt::format("attempt {} of {}: {}; this may pass, so it is tried again in {} s{}",
                         report_.attempts,
                         kPauses.size() + 1,
                         error.what(),
                         pause.count(),
                         cause == Transient::kMemory ? ", with no other case beside it" : ""));
    exclusive_ = exclusive_ || cause == Transient::kMemory;
    report_.retried_for.push_back(run_.naming.text(error.what(), planned_));
    for (const auto until = Clock::now() + pause; Clock::now() < until;) {
      require(!stop_.requested(), Errc::kCancelled, "stopped by the caller");
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    ++report_.attempts;
    report_.stage.clear();
  }

  void fail(const Error& error) {
    // What the data cannot help is no verdict on the data.
    const bool is_ours = error.code() == Errc::kInternal || transience_of(error) == Transient::kReading;
    report_.state = is_ours ? State::kFailed : State::kQuarantined;
    report_.exit = exit_status(error.code());
    report_.code = name_of(error.code());
    report_.reason = error.what();
  }

  const Run& run_;
  const PlannedCase& planned_;
  Stop& stop_;
  CaseLog log_;
  CaseReport report_;
  double spent_s_ = 0.0;    ///< Processor time of the attempts that ended.
  bool exclusive_ = false;  ///< The next attempt has no other case beside it.
};

}  // namespace

CaseReport run_case(const Run& run, const PlannedCase& planned, const Listener& listener, Stop& stop) {
  return Attempts(run, planned, listener, stop).work();
}

}  // namespace ledd::cases
