#pragma once
#include <filesystem>
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

/// Which finished cases of an output folder are visits of one joint.
struct Pairing {
  std::vector<VisitPair> pairs;    ///< Every later visit with the first; by subject, side and date.
  std::vector<std::string> apart;  ///< One sentence for each case without a partner: why.
};

/// Pairs the cases of one pipeline by subject, side and series description, in order of their study dates.
/// A case that shows both sides is a visit of each, and may have another baseline for either. Nothing is
/// guessed: a case without subject or date, without side where joints have one, and two cases of one day and
/// joint stay apart.
/// @throws Error{kNotFound, kFormat}  as read_status.
Pairing pair_visits(const std::filesystem::path& out, const Pipeline& pipeline);

/// Two cases named by people: by case id, or by subject where only one case has it.
/// @throws Error{kParam}  no such case, several, or one and the same.
VisitPair named_pair(const std::filesystem::path& out,
                     const std::string& baseline,
                     const std::string& followup);

struct CompareOptions {
  std::filesystem::path out;
  int threads = 1;
};

/// Compares the pairs one after the other. Each gets a folder `changes/<baseline>-<followup>` with
/// endpoints.json, report.html, figures and provenance.json, or with reason.json when it could not be
/// compared; then `changes.csv` is written over these pairs, in which a pair that was refused has a row of
/// each endpoint with the reason. CaseReport::case_id is the folder's name.
/// @throws Error{kUnsupported}               the pipeline has no way to compare visits.
/// @throws Error{kCreate, kPermission, kIo}  nothing can be written.
/// @throws Error{kCancelled}                 another run is working in the same folder.
Summary compare_visits(const std::vector<VisitPair>& pairs,
                       const Pipeline& pipeline,
                       const PreparedChange& prepared,
                       const CompareOptions& options,
                       const Listener& listener);

}  // namespace ledd::cases
