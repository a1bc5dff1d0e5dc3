#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "ledd/cases/compare.h"
#include "ledd/core/error.h"

#include "finished.h"

namespace ledd::cases {
namespace {

namespace fs = std::filesystem;

/// `series 3 "SAG DESS"` -> `"SAG DESS"`: a series' number differs from visit to visit.
std::string description_of(const Finished& one) {
  if (one.provenance.used.empty()) return "";
  const std::string& text = one.provenance.used.front().description;
  const auto quote = text.find('"');
  return quote == std::string::npos ? "" : text.substr(quote);
}

/// Why a case cannot be paired by what is known of it; empty when it can.
std::string unknown(const Finished& one) {
  const auto& info = one.endpoints.info;
  if (info.subject.empty()) return "it names no subject";
  if (info.study_date.empty()) return "it has no study date";
  if (sides_of(one).size() > 1) return "it shows both sides";
  return "";
}

/// Pairs the cases of one joint and one kind of series.
void pair_group(std::vector<const Finished*> visits, Pairing& pairing) {
  const auto date = [](const Finished* one) { return one->endpoints.info.study_date; };
  std::stable_sort(
      visits.begin(), visits.end(), [&](const auto* a, const auto* b) { return date(a) < date(b); });
  std::map<std::string, std::size_t> on;
  for (const Finished* one : visits) ++on[date(one)];
  const Finished* baseline = nullptr;
  for (const Finished* one : visits) {
    if (on[date(one)] > 1) {
      pairing.apart.push_back(
          fmt::format("{}: another case of this day shows the same; name a pair with --pair", called(*one)));
    } else if (baseline == nullptr) {
      baseline = one;
      if (on.size() == 1) pairing.apart.push_back(called(*one) + ": there is no other visit of this joint");
    } else {
      pairing.pairs.push_back({baseline->provenance.case_id, one->provenance.case_id});
    }
  }
}

const Finished& found(const std::vector<Finished>& cases, const std::string& name) {
  std::vector<const Finished*> hits;
  for (const Finished& one : cases)
    if (one.provenance.case_id == name || one.endpoints.info.subject == name) hits.push_back(&one);
  require(!hits.empty(), Errc::kParam, fmt::format("--pair: no finished case is called {}", name));
  require(hits.size() == 1,
          Errc::kParam,
          fmt::format("--pair: {} cases are of subject {}; name one by its case id", hits.size(), name));
  return *hits.front();
}

}  // namespace

Pairing pair_visits(const fs::path& out, const Pipeline& pipeline) {
  const auto cases = cases_of(out, pipeline.name);
  std::map<std::tuple<std::string, std::string, std::string>, std::vector<const Finished*>> groups;
  Pairing pairing;
  for (const Finished& one : cases) {
    const std::string why = unknown(one);
    if (why.empty())
      groups[{one.endpoints.info.subject, only_side(one), description_of(one)}].push_back(&one);
    else
      pairing.apart.push_back(fmt::format("{}: {}; name a pair with --pair", called(one), why));
  }
  for (auto& [key, visits] : groups) pair_group(std::move(visits), pairing);
  return pairing;
}

VisitPair named_pair(const fs::path& out, const std::string& baseline, const std::string& followup) {
  require_output(out);
  const auto cases = finished_cases(out);
  VisitPair pair{found(cases, baseline).provenance.case_id, found(cases, followup).provenance.case_id};
  require(pair.baseline != pair.followup, Errc::kParam, "--pair: both names mean the same case");
  return pair;
}

}  // namespace ledd::cases
