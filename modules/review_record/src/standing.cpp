#include <map>
#include <set>

#include "ledd/review_record/review_record.h"

namespace ledd::review_record {

Standing standing_of(const std::vector<Decision>& decisions, const std::string& result_sha256) {
  std::map<std::string, const Decision*> last;  // of each reader, on this result
  Standing standing;
  bool any_earlier = false;
  for (const Decision& d : decisions) {
    if (d.verdict == Verdict::kComment || !d.structure.empty()) continue;
    if (d.result_sha256 != result_sha256) {
      any_earlier = true;
      continue;
    }
    last[d.reader] = &d;
    standing.reviewed = d.utc;
  }
  if (last.empty()) {
    standing.decision = any_earlier ? "outdated" : "";
    return standing;
  }
  std::set<Verdict> verdicts;
  for (const auto& [reader, decision] : last) {
    standing.reader += (standing.reader.empty() ? "" : "+") + reader;
    verdicts.insert(decision->verdict);
  }
  standing.decision = verdicts.size() == 1 ? std::string(name_of(*verdicts.begin())) : "disagreed";
  return standing;
}

}  // namespace ledd::review_record
