#include "ledd/review/correction.h"

#include <fmt/format.h>

#include <array>
#include <functional>
#include <utility>

#include "ledd/audit/audit.h"
#include "ledd/cases/correct_case.h"
#include "ledd/cases/overview.h"
#include "ledd/core/error.h"
#include "ledd/files/files.h"

namespace ledd::review {
namespace {

namespace fs = std::filesystem;
using review_record::Decision;
using review_record::Verdict;

void log(const fs::path& out, const std::string& action, const audit::Details& details) {
  audit::Log(out / "audit.jsonl", cases::version()).append(action, details);
}

Decision decision_of(const Correction& c, const std::string& result_sha256) {
  Decision decision;
  decision.reader = c.reader;
  decision.case_id = c.case_id;
  decision.result_sha256 = result_sha256;
  decision.verdict = Verdict::kCorrected;
  decision.comment = c.comment;
  decision.seconds = c.seconds;
  decision.blinded = c.blinded;
  return decision;
}

/// First digits of the SHA-256 of all voxels.
std::string print_of(const Labels& labels) {
  const std::size_t voxels = labels.GetLargestPossibleRegion().GetNumberOfPixels();
  const std::string_view bytes(reinterpret_cast<const char*>(labels.GetBufferPointer()),
                               voxels * sizeof(Labels::PixelType));
  return files::sha256(bytes).substr(0, 12);
}

/// A file that goes again unless somebody keeps it. Named by its content: one reader at two desks does not
/// write into what the other one is measuring.
class KeptLabels {
 public:
  /// @throws Error{kInput, kCreate, kPermission, kIo}
  KeptLabels(const Correction& c, const Labels& labels)
      : file_(c.out / "reviews" / fmt::format("{}.{}.{}.nii.gz", c.case_id, c.reader, print_of(labels))) {
    std::error_code error;
    fs::create_directories(file_.parent_path(), error);
    require(!error,
            error == std::errc::permission_denied || error == std::errc::read_only_file_system
                ? Errc::kPermission
                : Errc::kCreate,
            fmt::format("{}: {}", file_.parent_path().string(), error.message()));
    was_there_ = fs::exists(file_);
    files::write_labels(labels, file_);
  }
  ~KeptLabels() {
    std::error_code ignored;
    if (!kept_ && !was_there_) fs::remove(file_, ignored);
  }
  KeptLabels(const KeptLabels&) = delete;
  KeptLabels& operator=(const KeptLabels&) = delete;

  const fs::path& file() const { return file_; }
  void keep() { kept_ = true; }

 private:
  fs::path file_;
  bool was_there_ = false, kept_ = false;
};

/// The codes by which reports tell how a case ended.
Errc code_of(const std::string& name) {
  constexpr std::array kCodes{Errc::kParam,
                              Errc::kInput,
                              Errc::kNotFound,
                              Errc::kCreate,
                              Errc::kIo,
                              Errc::kPermission,
                              Errc::kFormat,
                              Errc::kNumeric,
                              Errc::kImplausible,
                              Errc::kUnsupported,
                              Errc::kCancelled};
  for (const Errc code : kCodes)
    if (name_of(code) == name) return code;
  return Errc::kInternal;
}

/// @throws Error  as cases::correct_case, or what the measurement was refused for.
std::string measure(const Correction& c,
                    const fs::path& labels,
                    const cases::Registry& registry,
                    const cases::Listener& listener,
                    cases::Stop& stop) {
  const cases::CaseReport report = cases::correct_case(
      {c.out, c.case_id, {c.reader, c.result_sha256}, labels, c.look_in, c.key}, registry, listener, stop);
  if (report.exit != 0) throw Error(code_of(report.code), report.reason);
  return cases::standing_result(c.out, c.case_id);
}

/// Tells the log of the folder as a run would, so that `ledd audit` knows whose the result is.
void log_published(const Correction& c, const std::string& result_sha256) {
  log(c.out, "case-done", {{"case", c.case_id}, {"sha256", result_sha256}, {"reader", c.reader}});
  log(c.out,
      "superseded",
      {{"case", c.case_id}, {"sha256", c.result_sha256}, {"by", c.case_id}, {"by_sha256", result_sha256}});
}

/// What comes behind a result that stands: none of it is worth taking it back.
void noting(Published& published, const std::string& what, const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& e) {
    published.problems.push_back(fmt::format("the corrected result stands, but {}: {}", what, e.what()));
  }
}

}  // namespace

Decision judge(const fs::path& out, const Decision& decision) {
  require(cases::standing_result(out, decision.case_id) == decision.result_sha256,
          Errc::kInput,
          cases::changed_since_opened(decision.case_id));
  Decision written = review_record::add(out, decision, cases::version());
  try {
    log(out,
        "reviewed",
        {{"case", written.case_id},
         {"reader", written.reader},
         {"decision", std::string(name_of(written.verdict))},
         {"result", written.result_sha256}});
  } catch (const Error& e) {
    throw Error(e.code(),
                fmt::format("the decision stands, but the log of the folder does not tell it: {}", e.what()));
  }
  return written;
}

Published publish(const Correction& c,
                  const Labels& labels,
                  const cases::Registry& registry,
                  const cases::Listener& listener,
                  cases::Stop& stop) {
  review_record::require_legal(decision_of(c, c.result_sha256));
  require(cases::standing_result(c.out, c.case_id) == c.result_sha256,
          Errc::kInput,
          cases::changed_since_opened(c.case_id));
  KeptLabels kept(c, labels);
  log(c.out, "correction-begun", {{"case", c.case_id}, {"reader", c.reader}, {"result", c.result_sha256}});
  Published published{c.case_id, {}, {}};
  try {
    published.result_sha256 = measure(c, kept.file(), registry, listener, stop);
  } catch (const Error& e) {
    log(c.out,
        "correction-failed",
        {{"case", c.case_id}, {"reader", c.reader}, {"code", std::string(name_of(e.code()))}});
    throw;
  }
  kept.keep();
  noting(published, "the log of the folder does not tell it", [&] {
    log_published(c, published.result_sha256);
  });
  noting(published, "the decision could not be added to the case's record", [&] {
    judge(c.out, decision_of(c, published.result_sha256));
  });
  noting(
      published, "the tables over all cases are still the old ones", [&] { cases::refresh_overview(c.out); });
  return published;
}

}  // namespace ledd::review
