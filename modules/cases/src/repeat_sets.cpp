#include "repeat_sets.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "ledd/core/error.h"
#include "ledd/files/files.h"
#include "ledd/measurement/estimate.h"
#include "ledd/store/text_table.h"

#include "visit_of.h"

namespace ledd::cases {
namespace {

std::set<std::string> shown_sides(const Finished& one) {
  auto sides = sides_of(one);
  if (sides.empty()) sides.insert("");
  return sides;
}

std::set<std::string> keys_with_value(const Finished& one, const std::string& side) {
  std::set<std::string> keys;
  for (const Measurement& m : one.endpoints.measurements)
    if (m.value && m.side == side) keys.insert(m.endpoint + "\n" + m.region + "\n" + m.statistic);
  return keys;
}

/// Whether the scans measured anything in common: two stations of one spine may share their description.
bool show_the_same(const RepeatSet& set) {
  for (std::size_t n = 1; n < set.scans.size(); ++n) {
    const auto first = keys_with_value(*set.scans[0], set.side);
    const auto other = keys_with_value(*set.scans[n], set.side);
    if (std::none_of(other.begin(), other.end(), [&](const auto& key) { return first.contains(key); }))
      return false;
  }
  return true;
}

RepeatSets by_day(const std::vector<Finished>& cases) {
  using Key = std::tuple<std::string, std::string, std::string, std::string, std::string, std::string>;
  std::map<Key, std::vector<const Finished*>> groups;
  RepeatSets found;
  for (const Finished& one : cases) {
    const auto& info = one.endpoints.info;
    if (info.subject.empty() || info.study_date.empty()) {
      found.apart.push_back(called(one) +
                            ": it names no subject or day; name its group in a file (--repeats)");
      continue;
    }
    for (const std::string& side : shown_sides(one))
      groups
          [{one.provenance.pipeline, info.subject, info.study_date, description_of(one), info.scanner, side}]
              .push_back(&one);
  }
  for (auto& [key, scans] : groups) {
    if (scans.size() < 2) continue;
    std::stable_sort(scans.begin(), scans.end(), [](const Finished* a, const Finished* b) {
      const auto& before = a->provenance.acquired;
      const auto& after = b->provenance.acquired;
      if (!before.empty() && !after.empty() && before != after) return before < after;
      return series_number_of(*a) < series_number_of(*b);
    });
    const auto& [pipeline, subject, date, description, scanner, side] = key;
    found.sets.push_back({pipeline, subject, side, fmt::format("{}, {}", subject, date), scans});
  }
  return found;
}

/// case id -> group, in the order of the file.
std::vector<std::pair<std::string, std::string>> read_groups(const std::filesystem::path& file) {
  try {
    const auto table = store::parse_table(files::read_bytes(file));
    const std::size_t id = table.column("case_id"), group = table.column("group");
    std::vector<std::pair<std::string, std::string>> rows;
    for (const auto& cells : table.rows) rows.emplace_back(cells[id], cells[group]);
    return rows;
  } catch (const Error& e) {
    throw e.within(file.string());
  }
}

RepeatSets by_file(const std::vector<Finished>& cases, const RepeatOptions& options) {
  std::map<std::string, std::vector<const Finished*>> groups;
  std::set<std::string> seen;
  RepeatSets found;
  for (const auto& row : read_groups(options.repeats)) {
    const std::string &id = row.first, &group = row.second;
    const auto at = std::find_if(
        cases.begin(), cases.end(), [&](const Finished& one) { return one.provenance.case_id == id; });
    const std::string where = options.repeats.string() + ": ";
    require(at != cases.end(), Errc::kInput, fmt::format("{}there is no finished case {}", where, id));
    require(seen.insert(id).second, Errc::kInput, fmt::format("{}the case {} stands twice", where, id));
    auto& scans = groups[group];
    require(scans.empty() || scans[0]->endpoints.info.subject == at->endpoints.info.subject ||
                at->endpoints.info.study_date.empty(),
            Errc::kInput,
            fmt::format("{}the group {} holds cases of two subjects", where, group));
    scans.push_back(&*at);
  }
  for (const auto& [group, scans] : groups) {
    std::map<std::pair<std::string, std::string>, std::vector<const Finished*>> parts;
    for (const Finished* one : scans)
      for (const std::string& side : shown_sides(*one))
        parts[{one->provenance.pipeline, side}].push_back(one);
    for (const auto& [key, part] : parts) {
      if (part.size() < 2)
        found.apart.push_back(fmt::format("{}: alone in the group {}", called(*part[0]), group));
      else
        found.sets.push_back(
            {key.first,
             part[0]->endpoints.info.study_date.empty() ? group : part[0]->endpoints.info.subject,
             key.second,
             group,
             part});
    }
  }
  return found;
}

}  // namespace

RepeatSets repeat_sets(const std::vector<Finished>& cases, const RepeatOptions& options) {
  auto found = options.repeats.empty() ? by_day(cases) : by_file(cases, options);
  std::erase_if(found.sets, [&](const RepeatSet& set) {
    if (!options.pipeline.empty() && set.pipeline != options.pipeline) return true;
    if (show_the_same(set)) return false;
    found.apart.push_back(fmt::format("{} ({}{}): the scans have no endpoint in common",
                                      set.name,
                                      set.pipeline,
                                      set.side.empty() ? "" : ", " + set.side));
    return true;
  });
  return found;
}

std::vector<RepeatSeries> repeat_series(const std::vector<RepeatSet>& sets, Pooling pooling) {
  using Key = std::tuple<std::string, std::string, std::string, std::string, std::string, std::string>;
  std::map<Key, RepeatSeries> all;
  std::map<Key, std::set<std::string>> versions;
  for (const RepeatSet& set : sets) {
    // What any of the scans has a row of, each of them should have.
    std::map<Key, std::vector<const Measurement*>> of_set;
    std::map<Key, const EndpointDefinition*> definitions;
    for (const Finished* scan : set.scans)
      for (const Measurement& m : scan->endpoints.measurements) {
        if (m.side != set.side || is_error_row(m)) continue;
        const auto& known = definition_of(m.endpoint, scan->endpoints.definitions);
        const std::string side = !set.side.empty() && pooling == Pooling::kTogether ? "R+L" : set.side;
        const Key key{set.pipeline, m.endpoint, m.region, m.statistic, side, known.method};
        if (m.value)
          of_set[key].push_back(&m);
        else
          of_set[key];
        definitions[key] = &known;
        versions[key].insert(scan->provenance.version);
      }
    for (const auto& [key, values] : of_set) {
      RepeatSeries& series = all[key];
      auto& row = series.row;
      std::tie(row.pipeline, row.endpoint, row.region, row.statistic, row.side, row.method) = key;
      series.definition = definitions.at(key);
      row.missed += set.scans.size() - std::min(values.size(), set.scans.size());
      if (values.size() < 2) continue;
      row.unit = values[0]->unit;
      row.uncertain += static_cast<std::size_t>(std::count_if(
          values.begin(), values.end(), [](const auto* m) { return m->quality != Quality::kGood; }));
      auto& numbers = series.values.emplace_back();
      for (const Measurement* m : values) numbers.push_back(*m->value);
      series.names.push_back(set.side.empty() ? set.name : set.name + ", " + set.side);
      series.subjects.push_back(set.subject);
    }
  }
  std::vector<RepeatSeries> sorted;
  for (auto& [key, series] : all) {
    if (series.row.unit.empty()) series.row.unit = series.definition->unit;
    for (const std::string& version : versions.at(key))
      series.row.version += (series.row.version.empty() ? "" : "; ") + version;
    sorted.push_back(std::move(series));
  }
  return sorted;
}

}  // namespace ledd::cases
