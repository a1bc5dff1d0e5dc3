#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "ledd/cases/batch.h"

namespace ledd::cases {

/// Two visits, by the ids of their finished cases.
struct VisitPair {
  std::string baseline, followup;
  std::vector<std::string> sides{};  ///< "R", "L": of which joints; empty: all that both show.
  bool operator==(const VisitPair&) const = default;
};

/// Which finished cases of one pipeline are visits of one joint.
struct Pairing {
  std::string pipeline;
  std::vector<VisitPair> pairs;    ///< Every later visit with the first; by subject, side and date.
  std::vector<std::string> apart;  ///< One sentence for each case without a partner: why.
};

/// Pairs the cases of each pipeline by subject, side and series description, in order of their study dates. A
/// case that shows both sides is a visit of each, and may have another baseline for either. Nothing is
/// guessed: a case without subject or date, without side where joints have one, and two cases of one day (or
/// of one visit, where the study names visits) and joint stay apart.
/// @param only  Of this pipeline; empty: of all that have cases, by name.
/// @throws Error{kNotFound, kFormat}  as read_status.
/// @throws Error{kParam}              there is no pipeline `only`.
std::vector<Pairing> pair_visits(const std::filesystem::path& out,
                                 const Registry& registry,
                                 const std::string& only);

/// Two cases named by people: by case id, or by subject where only one case (of `only`) has it.
/// @throws Error{kParam}  no such case, several, one and the same, or of two pipelines.
Pairing named_pair(const std::filesystem::path& out,
                   const std::string& baseline,
                   const std::string& followup,
                   const std::string& only);

struct CompareOptions {
  std::filesystem::path out;
  int threads = 1;
  /// A repeatability.csv of other cases; empty: precision comes from the repeats in `out`, where there are
  /// some.
  std::filesystem::path precision{};
};

/// The visits of one pipeline to compare.
struct Comparison {
  Pairing visits;
  const Pipeline* pipeline = nullptr;          ///< Null when this version does not know it.
  const PreparedChange* registered = nullptr;  ///< Null: the endpoints' differences alone.
};

struct CompareSummary {
  Summary summary;
  std::map<std::string, std::size_t> verdicts;  ///< store::ChangeRow::verdict -> number of rows.
};

/// Compares the pairs one after the other. Where visits are registered, each pair gets a folder
/// `changes/<baseline>-<followup>` with endpoints.json, report.html, figures and provenance.json, or with
/// reason.json when it could not be compared. Then `changes.csv` and `changes.html` are written over these
/// pairs: of each what was measured between the visits (a row of each such endpoint with the reason when it
/// was refused), then the difference of every endpoint with its smallest detectable change and a verdict.
/// CaseReport::case_id is the folder's name.
/// @throws Error{kCreate, kPermission, kIo}  nothing can be written.
/// @throws Error{kNotFound, kFormat}         the precision cannot be read.
/// @throws Error{kCancelled}                 another run is working in the same folder.
CompareSummary compare_visits(const std::vector<Comparison>& comparisons,
                              const CompareOptions& options,
                              const Listener& listener);

}  // namespace ledd::cases
