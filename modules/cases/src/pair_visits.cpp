#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "ledd/cases/compare.h"
#include "ledd/core/error.h"

#include "finished.h"
#include "visit_of.h"

namespace ledd::cases {
namespace {

namespace fs = std::filesystem;

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
  for (const Finished* one : visits) ++on[visit_of(*one)];
  const auto apart = [&](const Finished* one, const char* why) {
    const bool of_two = sides_of(*one).size() > 1;
    pairing.apart.push_back(
        fmt::format("{}{}: {}", called(*one), of_two ? (side == "R" ? ", right" : ", left") : "", why));
  };
  const Finished* baseline = nullptr;
  for (const Finished* one : visits) {
    if (on[visit_of(*one)] > 1) {
      apart(one,
            visit_of(*one) == date(one)
                ? "another case of this day shows the same; name a pair with --pair"
                : "another case of this visit shows the same; name a pair with --pair");
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

Pairing pair(const std::vector<const Finished*>& cases, bool has_sides) {
  std::map<std::tuple<std::string, std::string, std::string>, std::vector<const Finished*>> groups;
  Pairing pairing;
  for (const Finished* one : cases) {
    const std::string why = unknown(*one, has_sides);
    if (!why.empty()) {
      pairing.apart.push_back(fmt::format("{}: {}; name a pair with --pair", called(*one), why));
      continue;
    }
    auto sides = sides_of(*one);
    if (sides.empty()) sides.insert("");
    for (const std::string& side : sides)
      groups[{one->endpoints.info.subject, description_of(*one), side}].push_back(one);
  }
  Pairs pairs;
  for (auto& [key, visits] : groups) pair_group(std::move(visits), std::get<2>(key), pairs, pairing);
  pairing.pairs = in_order(pairs);
  return pairing;
}

const Pipeline* known(const Registry& registry, const std::string& name) {
  const auto at =
      std::find_if(registry.begin(), registry.end(), [&](const Pipeline& one) { return one.name == name; });
  return at == registry.end() ? nullptr : &*at;
}

}  // namespace

std::vector<Pairing> pair_visits(const fs::path& out, const Registry& registry, const std::string& only) {
  require_output(out);
  if (!only.empty()) find_pipeline(registry, only);
  const auto cases = finished_cases(out);
  std::map<std::string, std::vector<const Finished*>> by_pipeline;
  for (const Finished& one : cases)
    if (only.empty() || one.provenance.pipeline == only) by_pipeline[one.provenance.pipeline].push_back(&one);
  std::vector<Pairing> pairings;
  for (const auto& [name, of] : by_pipeline) {
    const Pipeline* pipeline = known(registry, name);
    pairings.push_back(pair(of, pipeline != nullptr && pipeline->change && pipeline->change->has_sides));
    pairings.back().pipeline = name;
  }
  return pairings;
}

Pairing named_pair(const fs::path& out,
                   const std::string& baseline,
                   const std::string& followup,
                   const std::string& only) {
  require_output(out);
  auto cases = finished_cases(out);
  if (!only.empty())
    std::erase_if(cases, [&](const Finished& one) { return one.provenance.pipeline != only; });
  const Finished &before = found(cases, baseline), &after = found(cases, followup);
  require(&before != &after, Errc::kParam, "--pair: both names mean the same case");
  require(before.provenance.pipeline == after.provenance.pipeline,
          Errc::kParam,
          fmt::format("--pair: one case is of {}, the other of {}",
                      before.provenance.pipeline,
                      after.provenance.pipeline));
  return {before.provenance.pipeline, {{before.provenance.case_id, after.provenance.case_id}}, {}};
}

}  // namespace ledd::cases
