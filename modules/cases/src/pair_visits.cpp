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
std::string unknown(const Finished& one, bool has_sides) {
  const auto& info = one.endpoints.info;
  if (info.subject.empty()) return "it names no subject";
  if (info.study_date.empty()) return "it has no study date";
  if (has_sides && sides_of(one).empty()) return "its side is not known";
  return "";
}

/// Baseline and follow-up -> the sides that are compared.
using Pairs = std::map<std::pair<const Finished*, const Finished*>, std::vector<std::string>>;

/// Pairs the cases of one joint and one kind of series.
void pair_group(std::vector<const Finished*> visits,
                const std::string& side,
                Pairs& pairs,
                Pairing& pairing) {
  const auto date = [](const Finished* one) { return one->endpoints.info.study_date; };
  std::stable_sort(
      visits.begin(), visits.end(), [&](const auto* a, const auto* b) { return date(a) < date(b); });
  std::map<std::string, std::size_t> on;
  for (const Finished* one : visits) ++on[date(one)];
  const auto apart = [&](const Finished* one, const char* why) {
    const bool of_two = sides_of(*one).size() > 1;
    pairing.apart.push_back(
        fmt::format("{}{}: {}", called(*one), of_two ? (side == "R" ? ", right" : ", left") : "", why));
  };
  const Finished* baseline = nullptr;
  for (const Finished* one : visits) {
    if (on[date(one)] > 1) {
      apart(one, "another case of this day shows the same; name a pair with --pair");
    } else if (baseline == nullptr) {
      baseline = one;
      if (on.size() == 1) apart(one, "there is no other visit of this joint");
    } else {
      auto& sides = pairs[{baseline, one}];
      if (!side.empty()) sides.push_back(side);
    }
  }
}

/// By subject, dates and case ids.
std::vector<VisitPair> in_order(const Pairs& pairs) {
  using Paired = std::pair<std::pair<const Finished*, const Finished*>, std::vector<std::string>>;
  std::vector<Paired> all(pairs.begin(), pairs.end());
  const auto key = [](const Paired& one) {
    const auto& [baseline, followup] = one.first;
    const auto &before = baseline->endpoints.info, &after = followup->endpoints.info;
    return std::tie(before.subject, before.study_date, before.case_id, after.study_date, after.case_id);
  };
  std::sort(all.begin(), all.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
  std::vector<VisitPair> sorted;
  for (auto& [cases, sides] : all) {
    std::sort(sides.rbegin(), sides.rend());  // R first
    sorted.push_back({cases.first->provenance.case_id, cases.second->provenance.case_id, sides});
  }
  return sorted;
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
  const bool has_sides = pipeline.change && pipeline.change->has_sides;
  std::map<std::tuple<std::string, std::string, std::string>, std::vector<const Finished*>> groups;
  Pairing pairing;
  for (const Finished& one : cases) {
    const std::string why = unknown(one, has_sides);
    if (!why.empty()) {
      pairing.apart.push_back(fmt::format("{}: {}; name a pair with --pair", called(one), why));
      continue;
    }
    auto sides = sides_of(one);
    if (sides.empty()) sides.insert("");
    for (const std::string& side : sides)
      groups[{one.endpoints.info.subject, description_of(one), side}].push_back(&one);
  }
  Pairs pairs;
  for (auto& [key, visits] : groups) pair_group(std::move(visits), std::get<2>(key), pairs, pairing);
  pairing.pairs = in_order(pairs);
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
