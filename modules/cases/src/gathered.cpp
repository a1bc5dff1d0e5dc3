#include "gathered.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "ledd/core/error.h"

namespace ledd::cases {
namespace {

namespace fs = std::filesystem;

/// Adds what is not there yet.
void merge(std::vector<Finished>& all, std::vector<Finished> more) {
  std::map<std::string, Finished*> by_id;
  for (Finished& one : all) by_id.emplace(one.provenance.case_id, &one);
  std::vector<Finished> fresh;
  for (Finished& one : more) {
    const auto held = by_id.find(one.provenance.case_id);
    if (held == by_id.end()) {
      fresh.push_back(std::move(one));
      continue;
    }
    require(store::print_endpoints(held->second->endpoints) == store::print_endpoints(one.endpoints),
            Errc::kInput,
            fmt::format("{}: another folder holds case {} with different endpoints; collect them apart",
                        one.folder.string(),
                        one.provenance.case_id));
    auto& review = held->second->endpoints.info.review;
    if (review.decision.empty()) review = one.endpoints.info.review;  // read elsewhere, of the same values
  }
  all.insert(all.end(), std::make_move_iterator(fresh.begin()), std::make_move_iterator(fresh.end()));
}

}  // namespace

std::vector<store::CaseEndpoints> Gathered::take_endpoints() {
  std::vector<store::CaseEndpoints> endpoints;
  endpoints.reserve(cases.size());
  for (Finished& one : cases) endpoints.push_back(std::move(one.endpoints));
  return endpoints;
}

Gathered gather(const std::vector<fs::path>& outs) {
  Gathered all;
  std::map<std::string, Reason> reasons;
  for (const fs::path& out : outs) require_output(out);
  std::set<fs::path> read;
  for (const fs::path& out : outs) {
    if (!read.insert(fs::canonical(out)).second) continue;
    auto cases = finished_cases(out);
    if (all.cases.empty())
      all.cases = std::move(cases);
    else
      merge(all.cases, std::move(cases));
    for (Reason& reason : set_aside(out)) reasons.emplace(reason.case_id, reason);
  }
  std::sort(all.cases.begin(), all.cases.end(), [](const Finished& a, const Finished& b) {
    return a.provenance.case_id < b.provenance.case_id;
  });
  if (outs.size() > 1)  // what failed in one folder may be done in another
    for (const Finished& one : all.cases) reasons.erase(one.provenance.case_id);
  for (auto& [id, reason] : reasons) all.reasons.push_back(std::move(reason));
  return all;
}

}  // namespace ledd::cases
