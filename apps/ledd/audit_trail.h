#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ledd/audit/audit.h"
#include "ledd/cases/batch.h"
#include "ledd/core/error.h"

namespace ledd::cli {

/// The log of an output folder, or of another that Ledd works in.
std::filesystem::path audit_file(const std::filesystem::path& out);

/// Adds one entry. @throws as audit::Log::append.
void audited(const std::filesystem::path& file, const std::string& action, const audit::Details& details);

/// Tells the log of an output folder how a run goes on: run-started with the first case, case-begun when work
/// on one begins, case-done with the digest of its provenance.json, case-failed, superseded, run-ended. Cases
/// by their ids; no reason, since it may quote a path. A case that is found finished, and that a run began
/// which was killed before it could say so, is told now. When the log cannot be written the run is asked to
/// stop.
class AuditTrail {
 public:
  /// @param cases  How many are planned.
  AuditTrail(std::filesystem::path out, std::string pipeline, std::size_t cases, cases::Stop& stop);

  /// The same listener, which also tells the log. It must not outlive this object.
  cases::Listener watched(const cases::Listener& listener);

  /// The end of the run; a log that could not be written becomes the error of the output.
  void end(cases::Summary& summary);

 private:
  void start(const cases::PlannedCase& planned);
  void begin(const std::string& id);
  void finish(const cases::CaseReport& report);
  void tell_done(const std::string& id, audit::Details details);
  bool is_untold(const std::string& id);
  void tell_superseded(const std::string& by, const std::set<std::string>& ids);
  void append(const std::string& action, const audit::Details& details) noexcept;

  std::filesystem::path out_;
  std::string pipeline_;
  std::size_t cases_;
  cases::Stop& stop_;
  bool started_ = false;
  std::set<std::string> begun_;  ///< By this run.
  std::optional<std::map<std::string, std::string>>
      last_;  ///< Action of the log by case, when this was asked.
  std::map<std::string, std::string>
      before_;  ///< Of those begun and those they replace: finished before, id and digest.
  std::map<std::string, std::set<std::string>> replaces_;  ///< By the case that takes their place.
  std::optional<Error> problem_;
};

}  // namespace ledd::cli
