#include "differences.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "visit_of.h"

namespace ledd::cases {
namespace {

using Key = std::tuple<std::string, std::string, std::string, std::string>;

Key key_of(const Measurement& m) {
  return {m.side, m.region, m.endpoint, m.statistic};
}

struct Visits {
  const Finished& baseline;
  const Finished& followup;
  std::vector<std::string> doubts;  ///< Of the pair, one phrase each.
  bool one_scanner = true;
};

Visits together(const Finished& baseline, const Finished& followup) {
  Visits visits{baseline, followup, {}, true};
  const auto &a = baseline.provenance, &b = followup.provenance;
  const auto &before = baseline.endpoints.info, &after = followup.endpoints.info;
  const auto doubt = [&](bool differs, const std::string& text) {
    if (differs) visits.doubts.push_back(text);
  };
  visits.one_scanner = before.scanner == after.scanner;
  doubt(!visits.one_scanner,
        fmt::format("scanned by {} and {}",
                    before.scanner.empty() ? "an unknown scanner" : before.scanner,
                    after.scanner.empty() ? "an unknown scanner" : after.scanner));
  doubt(a.version != b.version, fmt::format("measured by the versions {} and {}", a.version, b.version));
  doubt(a.parameters != b.parameters, "measured with other parameters");
  const auto digests = [](const std::vector<FileDigest>& files) {
    std::set<std::string> all;
    for (const auto& file : files) all.insert(file.sha256);
    return all;
  };
  doubt(digests(a.models) != digests(b.models), "segmented by other network weights");
  doubt(a.labels_scheme.empty() != b.labels_scheme.empty(),
        "one segmentation was given, the other made by the pipeline");
  doubt(description_of(baseline) != description_of(followup),
        fmt::format("other series: {} and {}", description_of(baseline), description_of(followup)));
  return visits;
}

std::string method_of(const Finished& one, const std::string& endpoint) {
  for (const auto& definition : one.endpoints.definitions)
    if (definition.key == endpoint) return definition.method;
  return "";
}

store::ChangeRow not_measurable(Measurement m, const std::string& method, std::string reason) {
  m.value.reset();
  m.quality = Quality::kFailed;
  m.reason = std::move(reason);
  return {std::move(m), method, {}, {}, {}, {}, "", "not measurable"};
}

/// Why no change follows from these rows, either of which may be missing; empty when one does.
std::string obstacle(const Measurement* before, const Measurement* after) {
  const auto why = [](const Measurement* m) {
    return m == nullptr ? std::string("no such row") : m->value ? std::string() : m->reason;
  };
  const std::string at_baseline = why(before), at_followup = why(after);
  if (!at_baseline.empty() && !at_followup.empty())
    return fmt::format("baseline: {}; follow-up: {}", at_baseline, at_followup);
  if (!at_baseline.empty()) return "baseline: " + at_baseline;
  if (!at_followup.empty()) return "follow-up: " + at_followup;
  if (before != nullptr && after != nullptr && before->unit != after->unit)
    return fmt::format("the units differ: {} and {}", before->unit, after->unit);
  return "";
}

void judge(store::ChangeRow& row, const Visits& visits, const Precision& precision, bool one_method) {
  std::vector<std::string> doubts = visits.doubts;
  if (!one_method)
    doubts.push_back(fmt::format(
        "measured by the methods {} and {}", method_of(visits.baseline, row.change.endpoint), row.method));
  Precision::Found found;
  if (visits.one_scanner && one_method) {
    const Measurement& m = row.change;
    found = precision.find(
        {visits.followup.provenance.pipeline, m.endpoint, m.region, m.side, m.statistic, m.unit, row.method});
    if (!found.reason.empty()) doubts.push_back(found.reason);
  }
  row.sdc = found.sdc;
  row.sdc_source = found.source;
  row.verdict = !found.sdc                                    ? "precision unknown"
                : !(std::abs(*row.change.value) > *found.sdc) ? "within error"
                : *row.change.value > 0.0                     ? "increased"
                                                              : "decreased";
  if (doubts.empty()) return;
  row.change.quality = Quality::kUncertain;
  if (!row.change.reason.empty()) doubts.insert(doubts.begin(), row.change.reason);
  row.change.reason = fmt::format("{}", fmt::join(doubts, "; "));
}

store::ChangeRow change_of(const Measurement* before,
                           const Measurement* after,
                           const Visits& visits,
                           const Precision& precision) {
  const Measurement& any = after != nullptr ? *after : *before;
  const std::string method = method_of(after != nullptr ? visits.followup : visits.baseline, any.endpoint);
  const std::string why = obstacle(before, after);
  store::ChangeRow row{any, method, {}, {}, {}, {}, "", ""};
  if (!why.empty()) {
    row = not_measurable(any, method, why);
    if (before != nullptr) row.baseline_value = before->value;
    if (after != nullptr) row.followup_value = after->value;
    return row;
  }
  row.baseline_value = before->value;
  row.followup_value = after->value;
  row.change.value = *after->value - *before->value;
  if (*before->value > 0.0) row.change_pct = 100.0 * *row.change.value / *before->value;
  std::vector<std::string> reasons;
  for (const auto& [name, m] : {std::pair{"baseline", before}, {"follow-up", after}})
    if (m->quality != Quality::kGood) reasons.push_back(fmt::format("{}: {}", name, m->reason));
  row.change.quality = reasons.empty() ? Quality::kGood : Quality::kUncertain;
  row.change.reason = fmt::format("{}", fmt::join(reasons, "; "));
  judge(row, visits, precision, method_of(visits.baseline, any.endpoint) == method);
  return row;
}

}  // namespace

std::vector<store::ChangeRow> differences(const Finished& baseline,
                                          const Finished& followup,
                                          const std::vector<std::string>& sides,
                                          const Precision& precision) {
  const Visits visits = together(baseline, followup);
  const auto before_sides = sides_of(baseline), after_sides = sides_of(followup);
  const auto is_shown = [&](const std::string& side) {
    if (!sides.empty()) return std::find(sides.begin(), sides.end(), side) != sides.end();
    return before_sides.empty() || after_sides.empty() ||
           (before_sides.contains(side) && after_sides.contains(side));
  };
  const auto wanted = [&](const Measurement& m) {
    return !is_error_row(m) && (m.side.empty() || is_shown(m.side));
  };
  std::map<Key, const Measurement*> before, after;
  for (const Measurement& m : baseline.endpoints.measurements)
    if (wanted(m)) before.emplace(key_of(m), &m);
  std::vector<store::ChangeRow> rows;
  for (const Measurement& m : followup.endpoints.measurements) {
    if (!wanted(m) || !after.emplace(key_of(m), &m).second) continue;
    const auto at = before.find(key_of(m));
    rows.push_back(change_of(at == before.end() ? nullptr : at->second, &m, visits, precision));
  }
  for (const Measurement& m : baseline.endpoints.measurements)
    if (wanted(m) && before.at(key_of(m)) == &m && !after.contains(key_of(m)))
      rows.push_back(change_of(&m, nullptr, visits, precision));
  return rows;
}

}  // namespace ledd::cases
