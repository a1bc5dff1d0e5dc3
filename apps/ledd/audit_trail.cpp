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

cases::Listener AuditTrail::watched(cases::Listener listener) {
  cases::Listener both = listener;
  both.started = [this, told = listener.started](const cases::PlannedCase& planned) {
    start(planned);
    told(planned);
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
  std::set<std::string> ids(planned.replaces.begin(), planned.replaces.end());
  ids.insert(planned.id);
  try {
    for (const std::string& id : ids)
      if (const auto digest = audit::sha256_of_file(record_of(out_, id))) before_[id] = *digest;
  } catch (const Error& e) {
    if (!problem_) problem_ = e;
  }
  ids.erase(planned.id);
  replaces_[planned.id] = std::move(ids);
}

void AuditTrail::finish(const cases::CaseReport& report) {
  const std::string& id = report.case_id;
  if (report.state == cases::State::kCached) return;  // nothing was done
  if (report.state != cases::State::kDone) {
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
    const auto digest = audit::sha256_of_file(record_of(out_, id));
    append("case-done", {{"case", id}, {"pipeline", pipeline_}, {"sha256", digest.value_or("")}});
    if (const auto earlier = before_.find(id); earlier != before_.end() && earlier->second != digest)
      append("superseded",
             {{"case", id}, {"sha256", earlier->second}, {"by", id}, {"by_sha256", digest.value_or("")}});
    before_.erase(id);
  } catch (const Error& e) {
    if (!problem_) problem_ = e;
  }
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
