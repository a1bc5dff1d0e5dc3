#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

/// What readers think of finished cases: written once, never changed.
namespace ledd::review_record {

enum class Verdict {
  kAccepted,
  kRejected,   ///< `reason` says why.
  kCorrected,  ///< The labels were changed; the result that came of it is the one to use.
  kComment,    ///< No verdict.
};
std::string_view name_of(Verdict verdict) noexcept;  ///< "accepted", "rejected", "corrected", "comment".

/// One line of a case's record.
struct Decision {
  std::string utc;     ///< When, ISO 8601; set by add().
  std::string reader;  ///< As the reader signs: letters, digits, . _ - @; never empty.
  std::string case_id;
  std::string result_sha256;  ///< Of the provenance.json that was looked at: a later result is another.
  Verdict verdict = Verdict::kComment;
  std::string structure;  ///< Short name of one structure; empty: the whole case.
  std::string reason;     ///< Of the list below, or free; never empty when rejected.
  std::string comment;
  double seconds = 0.0;  ///< That the case was on the screen.
  bool blinded = false;  ///< Dates, names and changes were not shown.
  bool operator==(const Decision&) const = default;
};

/// Reasons offered for rejecting; others may be typed.
const std::vector<std::string>& usual_reasons();

/// @throws Error{kParam}  nobody can sign so: Decision::reader says how.
void check_reader(const std::string& reader);
/// @throws Error{kParam}  add() would refuse it.
void require_legal(const Decision& decision);

/// Adds a decision to `OUT/reviews/<case-id>.jsonl`, each line sealed to the one before it (audit::Log), safe
/// when readers save at the same time. Returns it as written: with its
/// time, and blanks for line breaks.
/// @throws Error{kParam}  a reader's name of other letters, a rejection without reason, a text of more than
///                        900 bytes, or seconds that are negative or not finite.
/// @throws Error{kCreate, kPermission, kIo}  it cannot be written; nothing is.
/// @param version  Of the program that writes.
Decision add(const std::filesystem::path& out, const Decision& decision, const std::string& version);

struct Record {
  std::vector<Decision> decisions;  ///< In the order they were written.
  std::string problem;              ///< Why not all can be relied on: the chain is broken; empty when whole.
};
/// Empty for a case that nobody reviewed. @throws Error{kPermission, kIo}
Record record_of(const std::filesystem::path& out, const std::string& case_id);

/// Where a case stands, for tables and lists.
struct Standing {
  std::string reviewed;  ///< Date and time of the last verdict on the whole case; empty: none.
  std::string reader;    ///< All who gave one, by name, joined with "+".
  /// "accepted", "rejected", "corrected"; "disagreed" where the last verdicts of two readers differ;
  /// "outdated" where all are of an earlier result; empty: none.
  std::string decision;
};
Standing standing_of(const std::vector<Decision>& decisions, const std::string& result_sha256);

}  // namespace ledd::review_record
