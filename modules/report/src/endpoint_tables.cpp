#include "endpoint_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace ledd::report {
namespace {

/// A column before it is known which table it belongs to.
struct Endpoint {
  Column column;
  std::string method;                // of its definition: what one method measures stands in one table
  std::vector<std::string> regions;  // in order of measuring
  std::map<std::string, const Measurement*> by_region;
  std::map<std::string, const Measurement*> error_by_region;  // standard errors, shown beside the values

  const Measurement* error_at(const std::string& region) const {
    const auto found = error_by_region.find(region);
    return found == error_by_region.end() ? nullptr : found->second;
  }
};

/// Errors of a value: shown beside it ("se") or left to the tables of endpoints ("slice_sd").
bool is_error(const Measurement& m) {
  return m.statistic == "se" || m.statistic == "slice_sd";
}

const EndpointDefinition* definition_of(const std::string& key,
                                        const std::vector<EndpointDefinition>& definitions) {
  const auto found =
      std::find_if(definitions.begin(), definitions.end(), [&](const auto& d) { return d.key == key; });
  return found == definitions.end() ? nullptr : &*found;
}

std::string region_of(const Measurement& m) {
  if (m.side == "R") return "right " + m.region;
  if (m.side == "L") return "left " + m.region;
  return m.side.empty() ? m.region : m.side + " " + m.region;
}

Column column_of(const Measurement& m, const EndpointDefinition* definition) {
  const bool plain = m.statistic.empty() || m.statistic == "value";
  const std::string title = definition != nullptr ? definition->title : m.endpoint;
  return {m.endpoint,
          plain ? m.endpoint : m.endpoint + " " + m.statistic,
          plain ? title : title + ", " + m.statistic,
          shown_unit(m.unit)};
}

std::vector<Endpoint> endpoints_of(const std::vector<Measurement>& measurements,
                                   const std::vector<EndpointDefinition>& definitions) {
  std::vector<Endpoint> endpoints;
  std::map<std::pair<std::string, std::string>, std::size_t> at;
  for (const Measurement& m : measurements) {
    if (is_error(m)) continue;
    const auto [place, is_new] = at.try_emplace({m.endpoint, m.statistic}, endpoints.size());
    if (is_new) {
      const EndpointDefinition* definition = definition_of(m.endpoint, definitions);
      endpoints.push_back(
          {column_of(m, definition), definition != nullptr ? definition->method : "", {}, {}, {}});
    }
    Endpoint& e = endpoints[place->second];
    const std::string region = region_of(m);
    if (e.by_region.emplace(region, &m).second) e.regions.push_back(region);
  }
  for (Endpoint& e : endpoints)
    for (const Measurement& m : measurements)
      if (m.endpoint == e.column.key && m.statistic == "se" && e.column.label == e.column.key)
        e.error_by_region.emplace(region_of(m), &m);
  return endpoints;
}

/// Measured at the same places: at least half of all the regions of both are shared.
bool belong_together(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  const std::set<std::string> first(a.begin(), a.end());
  const auto shared = std::count_if(b.begin(), b.end(), [&](const auto& r) { return first.contains(r); });
  const auto all = static_cast<long>(a.size() + b.size()) - shared;
  return 2 * shared >= all;
}

/// Collects the reasons while cells are made.
class Reasons {
 public:
  std::size_t number_of(const Measurement& m, const std::string& label) {
    const auto key = std::make_tuple(m.quality == Quality::kFailed, m.inherent, m.reason);
    const auto [place, is_new] = number_.try_emplace(key, number_.size() + 1);
    if (is_new) entries_.push_back({m.reason, m.quality == Quality::kFailed, m.inherent, {}});
    auto& places = entries_[place->second - 1].places;
    const std::string region = region_of(m);
    const auto same =
        std::find_if(places.begin(), places.end(), [&](const auto& p) { return p.first == region; });
    if (same == places.end())
      places.push_back({region, {label}});
    else
      same->second.push_back(label);
    return place->second;
  }

  std::vector<Reason> list() const {
    std::vector<Reason> reasons;
    for (const Entry& e : entries_) {
      std::string where;
      for (const auto& [region, labels] : e.places)
        where += fmt::format("{}{} of {}", where.empty() ? "" : "; ", first_of(labels), region);
      reasons.push_back({e.text, where, e.failed, e.inherent});
    }
    return reasons;
  }

 private:
  struct Entry {
    std::string text;
    bool failed = false, inherent = false;
    std::vector<std::pair<std::string, std::vector<std::string>>> places;  // region, endpoints
  };

  static std::string first_of(const std::vector<std::string>& labels) {
    constexpr std::size_t kNamed = 3;
    if (labels.size() > kNamed + 1)
      return fmt::format("{}, {}, {} and {} more", labels[0], labels[1], labels[2], labels.size() - kNamed);
    return fmt::format("{}", fmt::join(labels, ", "));
  }

  std::map<std::tuple<bool, bool, std::string>, std::size_t> number_;
  std::vector<Entry> entries_;
};

/// Grades, classes and points: pure numbers that are whole wherever there is one, and have no error.
bool is_count(const Endpoint& e) {
  return e.error_by_region.empty() &&
         std::all_of(e.by_region.begin(), e.by_region.end(), [](const auto& one) {
           const Measurement& m = *one.second;
           return m.unit == "1" && (!m.value || *m.value == std::round(*m.value));
         });
}

Cell cell_of(const Endpoint& e, const std::string& region, Reasons& reasons) {
  const Measurement& m = *e.by_region.at(region);
  const Measurement* const error = e.error_at(region);
  Cell cell{"\u2014", m.quality, m.inherent, 0};
  if (m.value) cell.text = is_count(e) ? fmt::format("{:.0f}", *m.value) : shown_value(*m.value, m.unit);
  if (m.value && error != nullptr && error->value)
    cell.text += " \u00B1 " + shown_value(*error->value, m.unit);
  if (m.quality != Quality::kGood) cell.reason = reasons.number_of(m, e.column.label);
  return cell;
}

Table table_of(const std::vector<const Endpoint*>& members, Reasons& reasons) {
  Table table;
  table.method = members[0]->method;
  std::vector<std::string> regions;
  for (const Endpoint* e : members) {
    table.columns.push_back(e->column);
    for (const auto& region : e->regions)
      if (std::find(regions.begin(), regions.end(), region) == regions.end()) regions.push_back(region);
  }
  for (const auto& region : regions) {
    Row row{region, {}};
    for (const Endpoint* e : members) {
      row.cells.push_back(e->by_region.contains(region) ? cell_of(*e, region, reasons) : Cell{});
    }
    table.rows.push_back(row);
  }
  return table;
}

}  // namespace

std::string shown_unit(const std::string& unit) {
  static const std::map<std::string, std::string> known{{"deg", "\u00B0"},
                                                        {"mm2", "mm\u00B2"},
                                                        {"mm3", "mm\u00B3"},
                                                        {"cm3", "cm\u00B3"},
                                                        {"1", ""},
                                                        {"mg/cm3", "mg/cm\u00B3"},
                                                        {"1/mm", "mm\u207B\u00B9"},
                                                        {"1/mm3", "mm\u207B\u00B3"},
                                                        {"um", "\u00B5m"}};
  const auto found = known.find(unit);
  return found == known.end() ? unit : found->second;
}

std::string shown_value(double value, const std::string& unit) {
  // What is smaller than a centimetre is thickness, and half a tenth of a millimetre is much of it.
  std::string text = unit == "mm" && std::abs(value) < 1.0    ? fmt::format("{:.3f}", value)
                     : unit == "mm" && std::abs(value) < 10.0 ? fmt::format("{:.2f}", value)
                     : unit == "mm" || unit == "deg" || unit == "%" || unit == "ms"
                         ? fmt::format("{:.1f}", value)
                     : unit == "mm2" ? fmt::format("{:.1f}", value)
                     : unit == "cm3" ? fmt::format("{:.2f}", value)
                     : unit == "1"   ? fmt::format("{:.3f}", value)
                                     : fmt::format("{:.4g}", value);
  if (text.starts_with('-')) {
    if (text.find_first_of("123456789") == std::string::npos) return text.substr(1);  // no "-0.0"
    text.replace(0, 1, "\u2212");  // a true minus sign: a hyphen is easily missed, and may break the line
  }
  return text;
}

ReadingTables reading_tables(const std::vector<Measurement>& measurements,
                             const std::vector<EndpointDefinition>& definitions) {
  ReadingTables result;
  for (const Measurement& m : measurements) {
    if (is_error(m)) continue;
    ++(m.quality == Quality::kGood        ? result.good
       : m.quality == Quality::kUncertain ? result.uncertain
                                          : result.failed);
    if (needs_eyes(m)) ++result.eyes;
  }
  const auto endpoints = endpoints_of(measurements, definitions);
  Reasons reasons;
  std::vector<std::vector<const Endpoint*>> groups;
  for (const Endpoint& e : endpoints) {
    if (e.regions.size() == 1) {
      result.singles.push_back({e.column, e.regions[0], cell_of(e, e.regions[0], reasons)});
      continue;
    }
    const auto group = std::find_if(groups.begin(), groups.end(), [&](const auto& g) {
      return g[0]->method == e.method && belong_together(g[0]->regions, e.regions);
    });
    if (group == groups.end())
      groups.push_back({&e});
    else
      group->push_back(&e);
  }
  for (const auto& group : groups) result.tables.push_back(table_of(group, reasons));
  result.reasons = reasons.list();
  return result;
}

}  // namespace ledd::report
