#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "ledd/core/error.h"
#include "ledd/core/nearest_name.h"
#include "ledd/store/export.h"

namespace ledd::store {
namespace {

using Words = std::vector<std::string>;

bool wanted(const Words& list, const std::string& word) {
  return list.empty() || std::find(list.begin(), list.end(), word) != list.end();
}

void require_known(const Words& list, const std::set<std::string>& known, std::string_view what) {
  for (const std::string& word : list) {
    const Words words(known.begin(), known.end());
    require(known.contains(word),
            Errc::kParam,
            words.empty()
                ? fmt::format("there is no {} '{}': there are no results at all", what, word)
                : fmt::format(
                      "no case has the {} '{}'; did you mean '{}'?", what, word, nearest_name(word, words)));
  }
}

/// Names of what nothing has: a slip of the pen must not give an empty table. An endpoint is known when it is
/// defined, so that one which no case could measure may be asked for.
void require_known(const std::vector<CaseEndpoints>& cases, const Selection& selection) {
  std::set<std::string> pipelines;
  std::set<std::string> endpoints;
  std::set<std::string> statistics;
  for (const CaseEndpoints& c : cases) {
    pipelines.insert(c.info.pipeline);
    if (!selection.endpoints.empty())
      for (const EndpointDefinition& d : c.definitions) endpoints.insert(d.key);
    if (!selection.statistics.empty())
      for (const Measurement& m : c.measurements) statistics.insert(m.statistic);
  }
  require_known(selection.pipelines, pipelines, "pipeline");
  require_known(selection.endpoints, endpoints, "endpoint");
  require_known(selection.statistics, statistics, "statistic");
}

bool good_enough(const Measurement& m, Selection::Quality least) {
  switch (least) {
    case Selection::Quality::kGood: return m.quality == Quality::kGood;
    case Selection::Quality::kUncertain: return m.quality != Quality::kFailed;
    case Selection::Quality::kAll: break;
  }
  return true;
}

void empty(Measurement& m) {
  if (m.quality == Quality::kFailed) return;
  m.quality = Quality::kFailed;
  m.reason = "left out as uncertain: " + m.reason;
  m.value.reset();
}

}  // namespace

std::vector<CaseEndpoints> select(std::vector<CaseEndpoints> cases,
                                  const Selection& selection,
                                  Unwanted unwanted) {
  require_known(cases, selection);
  std::erase_if(cases, [&](const CaseEndpoints& c) { return !wanted(selection.pipelines, c.info.pipeline); });
  for (CaseEndpoints& c : cases) {
    std::erase_if(c.measurements, [&](const Measurement& m) {
      return !wanted(selection.endpoints, m.endpoint) || !wanted(selection.statistics, m.statistic) ||
             (unwanted == Unwanted::kDropped && !good_enough(m, selection.quality));
    });
    for (Measurement& m : c.measurements)
      if (!good_enough(m, selection.quality)) empty(m);
    std::erase_if(c.definitions,
                  [&](const EndpointDefinition& d) { return !wanted(selection.endpoints, d.key); });
  }
  return cases;
}

std::vector<TableFile> csv_files(const std::vector<CaseEndpoints>& cases) {
  return {{"endpoints.csv", endpoints_csv(cases)},
          {"data_dictionary.csv", data_dictionary_csv(definitions_of(cases))}};
}

std::vector<TableFile> sqlite_files(const std::vector<CaseEndpoints>& cases) {
  return {{"endpoints.sqlite", endpoints_sqlite(cases)},
          {"data_dictionary.csv", data_dictionary_csv(definitions_of(cases))}};
}

}  // namespace ledd::store
