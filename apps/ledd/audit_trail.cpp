#include "audit_trail.h"

#include <nlohmann/json.hpp>

#include "ledd/cases/overview.h"
#include "ledd/core/error.h"
#include "ledd/files/files.h"

namespace ledd::cli {
namespace {

namespace fs = std::filesystem;

fs::path record_of(const fs::path& out, const std::string& id) {
  return out / "cases" / id / "provenance.json";
}

/// The cases whose place a finished one took.
std::set<std::string> superseded_by(const fs::path& out, const std::string& id) {
  try {
    const auto json = nlohmann::json::parse(files::read_bytes(record_of(out, id)));
    const auto ids = json.value("supersedes", std::vector<std::string>());
    return {ids.begin(), ids.end()};
  } catch (const std::exception&) {  // gone again, or another's: whoever reads the case says so
    return {};
  }
}

}  // namespace

fs::path audit_file(const fs::path& out) {
  return out / "audit.jsonl";
}

void audited(const fs::path& file, const std::string& action, const audit::Details& details) {
  audit::Log(file, cases::version()).append(action, details);
}

AuditTrail::AuditTrail(fs::path out, std::string pipeline, std::size_t cases, cases::Stop& stop)
    : out_(std::move(out)), pipeline_(std::move(pipeline)), cases_(cases), stop_(stop) {}

cases::Listener AuditTrail::watched(const cases::Listener& listener) {
  cases::Listener both = listener;
  both.started = [this, told = listener.started](const cases::PlannedCase& planned) {
    start(planned);
    told(planned);
  };
  both.log = [this, told = listener.log](const std::string& id, Context::Level level, std::string_view text) {
    begin(id);
    told(id, level, text);
  };
  both.finished = [this, told = listener.finished](const cases::CaseReport& report) {
    finish(report);
    told(report);
  };
  return both;
}

void AuditTrail::start(const cases::PlannedCase& planned) {
  if (!started_) append("run-started", {{"pipeline", pipeline_}, {"cases", std::to_string(cases_)}});
  started_ = true;
  if (!planned.replaces.empty()) replaces_[planned.id] = {planned.replaces.begin(), planned.replaces.end()};
}

/// With the first word on a case: of one that is up to date there is none.
void AuditTrail::begin(const std::string& id) {
  if (!begun_.insert(id).second) return;
  append("case-begun", {{"case", id}, {"pipeline", pipeline_}});
  std::set<std::string> ids = replaces_[id];
  ids.insert(id);
  try {
    for (const std::string& one : ids)
      if (const auto digest = audit::sha256_of_file(record_of(out_, one))) before_[one] = *digest;
  } catch (const Error& e) {
    if (!problem_) problem_ = e;
  }
}

/// Whether another run began a case and never said how that ended. What was changed after it was told as done
/// is not told anew: that would hide the change.
bool AuditTrail::is_untold(const std::string& id) {
  if (!last_) {
    last_.emplace();
    for (const auto& entry : audit::read(audit_file(out_)).entries)
      if (const auto about = entry.details.find("case"); about != entry.details.end())
        (*last_)[about->second] = entry.action;
  }
  const auto last = last_->find(id);
  return last != last_->end() && last->second == "case-begun";
}

void AuditTrail::tell_done(const std::string& id, audit::Details details) {
  const auto digest = audit::sha256_of_file(record_of(out_, id));
  details.insert({{"case", id}, {"pipeline", pipeline_}, {"sha256", digest.value_or("")}});
  append("case-done", details);
  if (const auto earlier = before_.find(id); earlier != before_.end() && earlier->second != digest)
    append("superseded",
           {{"case", id}, {"sha256", earlier->second}, {"by", id}, {"by_sha256", digest.value_or("")}});
  before_.erase(id);
}

void AuditTrail::finish(const cases::CaseReport& report) {
  const std::string& id = report.case_id;
  if (report.state != cases::State::kDone && report.state != cases::State::kCached) {
    append("case-failed",
           {{"case", id},
            {"pipeline", pipeline_},
            {"state", std::string(cases::name_of(report.state))},
            {"code", report.code},
            {"stage", report.stage}});
    tell_superseded({}, {id});
    return;
  }
  try {
    if (report.state == cases::State::kDone) tell_done(id, {});
    // Nothing was done now, but perhaps by a run that was killed.
    else if (is_untold(id))
      tell_done(id, {{"found", "finished"}});
  } catch (const Error& e) {
    if (!problem_) problem_ = e;
  }
  if (report.state == cases::State::kCached) return;
  std::set<std::string> ids = superseded_by(out_, id);
  ids.merge(replaces_[id]);
  ids.erase(id);
  tell_superseded(id, ids);
}

/// Those that were there when the run began, and are not any more.
void AuditTrail::tell_superseded(const std::string& by, const std::set<std::string>& ids) {
  for (const std::string& id : ids) {
    const auto earlier = before_.find(id);
    if (earlier == before_.end() || fs::exists(record_of(out_, id))) continue;
    append("superseded", {{"case", id}, {"sha256", earlier->second}, {"by", by}});
    before_.erase(earlier);
  }
}

void AuditTrail::end(cases::Summary& summary) {
  if (started_)
    append("run-ended",
           {{"run", summary.run_id},
            {"pipeline", pipeline_},
            {"done", std::to_string(summary.done)},
            {"cached", std::to_string(summary.cached)},
            {"failed", std::to_string(summary.failed)},
            {"quarantined", std::to_string(summary.quarantined)},
            {"exit", std::to_string(summary.exit)}});
  if (!problem_ || summary.output_error) return;
  summary.output_error = problem_;
  summary.exit = exit_status(problem_->code());
}

void AuditTrail::append(const std::string& action, const audit::Details& details) noexcept {
  try {
    audited(audit_file(out_), action, details);
  } catch (const Error& e) {
    // Called while a case is in hand: nothing may be thrown here, and the run ends as with a full disk.
    if (!problem_) problem_ = e.within("audit log");
    stop_.request();
  }
}

}  // namespace ledd::cli
