#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "ledd/audit/audit.h"
#include "ledd/core/error.h"
#include "ledd/review_record/review_record.h"

namespace ledd::review_record {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostBytes = 900;
constexpr std::array kVerdicts{
    Verdict::kAccepted, Verdict::kRejected, Verdict::kCorrected, Verdict::kComment};

fs::path file_of(const fs::path& out, const std::string& case_id) {
  return out / "reviews" / (case_id + ".jsonl");
}

void require_id(const std::string& case_id) {
  require(!case_id.empty() && case_id.find_first_not_of("0123456789abcdef") == std::string::npos,
          Errc::kParam,
          fmt::format("'{}' is no case id", case_id));
}

audit::Details details_of(const Decision& d) {
  return {{"case", d.case_id},
          {"reader", d.reader},
          {"result", d.result_sha256},
          {"structure", d.structure},
          {"reason", d.reason},
          {"comment", d.comment},
          {"seconds", fmt::format("{:.1f}", d.seconds)},
          {"blinded", d.blinded ? "yes" : "no"}};
}

/// Nothing for an entry that is no decision.
std::vector<Decision> decision_of(const audit::Entry& entry) {
  const auto verdict =
      std::find_if(kVerdicts.begin(), kVerdicts.end(), [&](Verdict v) { return name_of(v) == entry.action; });
  if (verdict == kVerdicts.end()) return {};
  const auto text = [&](const char* name) {
    const auto at = entry.details.find(name);
    return at == entry.details.end() ? std::string() : at->second;
  };
  Decision d;
  d.utc = entry.utc;
  d.reader = text("reader");
  d.case_id = text("case");
  d.result_sha256 = text("result");
  d.verdict = *verdict;
  d.structure = text("structure");
  d.reason = text("reason");
  d.comment = text("comment");
  const std::string seconds = text("seconds");
  std::from_chars(seconds.data(), seconds.data() + seconds.size(), d.seconds);
  d.blinded = text("blinded") == "yes";
  return {d};
}

}  // namespace

void check_reader(const std::string& reader) {
  require(!reader.empty() && reader.size() <= 64 &&
              std::all_of(reader.begin(),
                          reader.end(),
                          [](char c) {
                            return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
                                   std::string_view("._-@").find(c) != std::string_view::npos;
                          }),
          Errc::kParam,
          fmt::format("'{}' is no name of a reader: letters, digits and . _ - @, at most 64", reader));
}

std::string_view name_of(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::kAccepted: return "accepted";
    case Verdict::kRejected: return "rejected";
    case Verdict::kCorrected: return "corrected";
    case Verdict::kComment: return "comment";
  }
  return "comment";
}

const std::vector<std::string>& usual_reasons() {
  static const std::vector<std::string> reasons{"wrong level",
                                                "wrong side",
                                                "structure missing",
                                                "outline wrong",
                                                "artefact",
                                                "poor image",
                                                "wrong series",
                                                "pathology not provided for"};
  return reasons;
}

void require_legal(const Decision& d) {
  require_id(d.case_id);
  check_reader(d.reader);
  require(d.verdict != Verdict::kRejected || !d.reason.empty(),
          Errc::kParam,
          "a case is rejected for a reason: choose or type one");
  for (const std::string* text : {&d.reason, &d.comment, &d.structure})
    require(text->size() <= kMostBytes,
            Errc::kParam,
            fmt::format("a text of {} bytes; at most {} are kept", text->size(), kMostBytes));
  require(d.seconds >= 0.0 && std::isfinite(d.seconds), Errc::kParam, fmt::format("{} seconds", d.seconds));
}

Decision add(const fs::path& out, const Decision& decision, const std::string& version) {
  require_legal(decision);
  const fs::path file = file_of(out, decision.case_id);
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  require(!error,
          error == std::errc::permission_denied || error == std::errc::read_only_file_system
              ? Errc::kPermission
              : Errc::kCreate,
          fmt::format("{}: {}", file.parent_path().string(), error.message()));
  Decision written = decision;
  for (std::string* text : {&written.reason, &written.comment, &written.structure})
    std::replace_if(
        text->begin(), text->end(), [](unsigned char c) { return std::iscntrl(c) != 0; }, ' ');
  written.utc =
      audit::Log(file, version).append(std::string(name_of(decision.verdict)), details_of(written)).utc;
  return written;
}

Record record_of(const fs::path& out, const std::string& case_id) {
  require_id(case_id);
  Record record;
  if (!fs::exists(file_of(out, case_id))) return record;
  const auto reading = audit::read(file_of(out, case_id));
  for (const auto& entry : reading.entries)
    for (auto& decision : decision_of(entry)) record.decisions.push_back(std::move(decision));
  if (reading.broken)
    record.problem = fmt::format(
        "{}: line {}: {}", file_of(out, case_id).string(), reading.broken->line, reading.broken->why);
  return record;
}

}  // namespace ledd::review_record
