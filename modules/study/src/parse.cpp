#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <regex>
#include <set>
#include <tuple>

#include "ledd/core/config.h"
#include "ledd/core/error.h"
#include "ledd/core/nearest_name.h"
#include "ledd/study/study.h"

#include "keys.h"

namespace ledd::study {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::vector<std::string> fact_names() {
  std::vector<std::string> names;
  for (const FactInfo& info : known_facts()) names.emplace_back(info.name);
  return names;
}

double number_of(const Keys& keys, const toml::node& node, const char* key) {
  const auto value = keys.number(node);
  if (!value) keys.fail(node, fmt::format("'{}' must be a finite number", key));
  return *value;
}

/// `{min = 1, max = 2}` or `{one_of = [1.5, 3]}`.
std::vector<Interval> intervals_in(const Keys& keys, const toml::table& table, const char* key) {
  const Keys limits(
      table, keys.file(), fmt::format("{} {}", keys.table_name(), key), {"min", "max", "one_of"});
  if (limits.has("one_of")) {
    const auto* array = limits.node("one_of")->as_array();
    if (array == nullptr || array->empty() || limits.has("min") || limits.has("max"))
      limits.fail("'one_of' must be a list of numbers, and stand alone");
    std::vector<Interval> all;
    for (const toml::node& one : *array) {
      const double value = number_of(limits, one, "one_of");
      all.push_back({value, value});
    }
    return all;
  }
  if (!limits.has("min") && !limits.has("max")) limits.fail("it needs 'min', 'max' or 'one_of'");
  const Interval interval{limits.has("min") ? number_of(limits, *limits.node("min"), "min") : -kInfinity,
                          limits.has("max") ? number_of(limits, *limits.node("max"), "max") : kInfinity};
  if (!(interval.low <= interval.high)) limits.fail("'min' is above 'max'");
  return {interval};
}

/// A number, `[low, high]`, `{min, max}` or `{one_of}`.
std::vector<Interval> intervals_of(const Keys& keys, const char* key) {
  const toml::node& node = *keys.node(key);
  if (const auto* table = node.as_table()) return intervals_in(keys, *table, key);
  if (const auto* array = node.as_array()) {
    if (array->size() != 2)
      keys.fail(node, fmt::format("'{}' must be [low, high]; write a choice as {{one_of = [..]}}", key));
    const Interval interval{number_of(keys, *array->get(0), key), number_of(keys, *array->get(1), key)};
    if (!(interval.low <= interval.high))
      keys.fail(
          node,
          fmt::format("'{}' = [{:g}, {:g}]: the first number must not be above the second; write a choice "
                      "as {{one_of = [..]}}",
                      key,
                      interval.low,
                      interval.high));
    return {interval};
  }
  const double value = number_of(keys, node, key);
  return {{value, value}};
}

Conditions conditions_of(const Keys& parent, const char* key) {
  const toml::table* table = parent.table(key);
  if (table == nullptr) return {};
  const Keys keys(*table, parent.file(), fmt::format("{} {}", parent.table_name(), key), fact_names());
  // A series is matched before the echoes of a case are put together.
  if (keys.has("echoes") && std::string_view(key) == "match")
    keys.fail(*keys.node("echoes"), "'echoes' is known of a case only: write it into 'tolerance'");
  Conditions conditions;
  for (const FactInfo& info : known_facts()) {
    const std::string name(info.name);
    if (!keys.has(name.c_str())) continue;
    Condition condition{name, {}, {}};
    if (info.is_number)
      condition.intervals = intervals_of(keys, name.c_str());
    else
      condition.patterns = keys.texts(name.c_str());
    conditions.push_back(std::move(condition));
  }
  return conditions;
}

void flatten(const Keys& keys, const toml::table& table, const std::string& prefix, ValueMap& values) {
  for (const auto& [key, node] : table) {
    const std::string name = prefix + std::string(key.str());
    if (const auto* inner = node.as_table())
      flatten(keys, *inner, name + ".", values);
    else if (const auto* flag = node.as_boolean())
      values.insert_or_assign(name, flag->get());
    else if (const auto* integer = node.as_integer())
      values.insert_or_assign(name, integer->get());
    else if (const auto* real = node.as_floating_point())
      values.insert_or_assign(name, real->get());
    else if (const auto* text = node.as_string())
      values.insert_or_assign(name, text->get());
    else
      keys.fail(node, fmt::format("parameter '{}' must be true or false, a number or text", name));
  }
}

/// The tables `[[name]]`, in the order of the file.
std::vector<const toml::table*> tables_of(const Keys& keys, const char* name) {
  const toml::node* node = keys.node(name);
  if (node == nullptr) return {};
  const auto* array = node->as_array();
  if (array == nullptr)
    keys.fail(*node, fmt::format("write [[{}]], with two brackets: there may be several", name));
  std::vector<const toml::table*> tables;
  for (const toml::node& one : *array) {
    if (!one.is_table()) keys.fail(one, fmt::format("'{}' must be tables [[{}]]", name, name));
    tables.push_back(one.as_table());
  }
  return tables;
}

void require_one_of(const Keys& keys,
                    const char* key,
                    const std::vector<std::string>& names,
                    const char* kind) {
  for (const std::string& word : keys.texts(key)) {
    if (std::find(names.begin(), names.end(), word) != names.end()) continue;
    const std::string hint =
        names.empty() ? "there is none" : fmt::format("did you mean '{}'?", nearest_name(word, names));
    keys.fail(*keys.node(key), fmt::format("there is no {} '{}'; {}", kind, word, hint));
  }
}

template <class T>
std::vector<std::string> names_of(const std::vector<T>& all) {
  std::vector<std::string> names;
  names.reserve(all.size());
  for (const T& one : all) names.push_back(one.name);
  return names;
}

void require_new(const Keys& keys, const std::string& name, const std::vector<std::string>& names) {
  if (std::find(names.begin(), names.end(), name) != names.end())
    keys.fail(*keys.node("name"), fmt::format("the name '{}' is used twice", name));
}

void read_study(const Keys& root, Study& study) {
  const toml::table* table = root.table("study");
  if (table == nullptr) root.fail("the table [study] is missing");
  const Keys keys(*table, root.file(), "[study]", {"name", "description", "out", "inputs", "key", "as_of"});
  study.name = keys.name("name");
  study.description = keys.text("description", "");
  study.out = keys.text("out");
  study.key = keys.text("key", "");
  study.inputs = keys.texts("inputs");
  if (study.inputs.empty()) keys.fail("'inputs' is missing");
  const toml::node* day = keys.node("as_of");
  if (day == nullptr) return;
  if (const auto* date = day->as_date())
    study.as_of = parse_date(fmt::format(
        "{:04}{:02}{:02}", date->get().year, unsigned{date->get().month}, unsigned{date->get().day}));
  else
    study.as_of = parse_date(keys.text("as_of"));
  if (!study.as_of) keys.fail(*day, "'as_of' must be a day: 2026-05-31");
}

Site site_of(const Keys& keys, const Study& study) {
  Site site{keys.name("name"), conditions_of(keys, "match")};
  require_new(keys, site.name, names_of(study.sites));
  if (keys.has("folder")) {
    const auto has_folder = [](const Condition& one) { return one.fact == "folder"; };
    if (std::any_of(site.match.begin(), site.match.end(), has_folder)) keys.fail("'folder' is there twice");
    site.match.push_back({"folder", keys.texts("folder"), {}});
  }
  if (site.match.empty()) keys.fail("it needs 'match' or 'folder'");
  return site;
}

Scanner scanner_of(const Keys& keys, const Study& study) {
  Scanner scanner{keys.name("name"), keys.has("site") ? keys.name("site") : "", conditions_of(keys, "match")};
  require_new(keys, scanner.name, names_of(study.scanners));
  require_one_of(keys, "site", names_of(study.sites), "[[site]]");
  if (scanner.match.empty()) keys.fail("it needs 'match'");
  return scanner;
}

void read_subjects_table(const Keys& root, Study& study) {
  const toml::table* table = root.table("subjects");
  if (table == nullptr) return;
  const Keys keys(*table, root.file(), "[subjects]", {"map", "pattern", "unknown"});
  Subjects& subjects = study.subjects;
  subjects.map = keys.text("map", "");
  subjects.pattern = keys.text("pattern", "");
  if (subjects.map.empty() == subjects.pattern.empty()) keys.fail("it needs 'map' or 'pattern', not both");
  subjects.refuse_unknown = keys.choice("unknown", {"refuse", "keep"}, "refuse") == "refuse";
  if (subjects.pattern.empty()) return;
  // std::regex goes deeper with every bracket.
  if (subjects.pattern.size() > 256) keys.fail(*keys.node("pattern"), "'pattern' is longer than 256 bytes");
  try {
    if (std::regex(subjects.pattern).mark_count() != 1)
      keys.fail(*keys.node("pattern"), "'pattern' must have exactly one group in brackets: the subject");
  } catch (const std::regex_error&) {
    keys.fail(*keys.node("pattern"), "'pattern' is no regular expression (of ECMAScript)");
  }
}

Visit visit_of(const Keys& keys, const Study& study) {
  Visit visit{keys.name("name"), keys.text("label", ""), std::nullopt, 0};
  require_new(keys, visit.name, names_of(study.visits));
  const toml::node* window = keys.node("window_days");
  if (window == nullptr) {
    if (study.visits_file.empty())
      keys.fail("it needs 'window_days' = [first, last], or [schedule] must name 'visits'");
    if (keys.has("target_day")) keys.fail(*keys.node("target_day"), "'target_day' needs 'window_days'");
    return visit;
  }
  const auto* array = window->as_array();
  if (array == nullptr || array->size() != 2) keys.fail(*window, "'window_days' must be [first, last]");
  const int first = keys.integer(*array->get(0), "window_days"),
            last = keys.integer(*array->get(1), "window_days");
  if (first > last) keys.fail(*window, "'window_days' ends before it begins");
  visit.window_days = {first, last};
  visit.target_day = keys.has("target_day") ? keys.integer(*keys.node("target_day"), "target_day")
                                            : first + (last - first) / 2;
  if (visit.target_day < first || visit.target_day > last)
    keys.fail(*keys.node("target_day"), "'target_day' is not within 'window_days'");
  return visit;
}

ValueMap parameters_of(const Keys& keys) {
  ValueMap values;
  if (const auto* table = keys.table("parameters")) flatten(keys, *table, "", values);
  try {
    for (auto& [name, value] : merge_config("", keys.texts("set"))) values.insert_or_assign(name, value);
  } catch (const Error& e) {
    keys.fail(*keys.node("set"), e.what());
  }
  return values;
}

Protocol protocol_of(const Keys& keys, const Study& study) {
  Protocol protocol;
  protocol.name = keys.name("name");
  require_new(keys, protocol.name, names_of(study.protocols));
  protocol.pipeline = keys.text("pipeline");
  protocol.visits = keys.texts("visits");
  require_one_of(keys, "visits", names_of(study.visits), "[[visit]]");
  protocol.match = conditions_of(keys, "match");
  if (protocol.match.empty()) keys.fail("it needs 'match'; `match = {modality = \"*\"}` takes every series");
  protocol.parameters = parameters_of(keys);
  protocol.required = keys.flag("required", true);
  protocol.sides = keys.texts("sides");
  require_one_of(keys, "sides", {"R", "L"}, "side");
  std::sort(protocol.sides.begin(), protocol.sides.end(), std::greater<>());
  protocol.sides.erase(std::unique(protocol.sides.begin(), protocol.sides.end()), protocol.sides.end());
  std::sort(protocol.visits.begin(), protocol.visits.end());
  protocol.tolerance = conditions_of(keys, "tolerance");
  protocol.refuse_deviations = keys.choice("on_deviation", {"measure", "refuse"}, "measure") == "refuse";
  return protocol;
}

Endpoint endpoint_of(const Keys& keys) {
  Endpoint endpoint{keys.text("pipeline"), keys.text("endpoint"), keys.texts("region"), "value"};
  if (keys.has("statistic")) endpoint.statistic = keys.text("statistic");
  std::sort(endpoint.regions.begin(), endpoint.regions.end());
  return endpoint;
}

/// The order of the file must decide nothing.
void sort_all(Study& study) {
  const auto by_name = [](const auto& a, const auto& b) { return a.name < b.name; };
  std::sort(study.sites.begin(), study.sites.end(), by_name);
  std::sort(study.scanners.begin(), study.scanners.end(), by_name);
  std::sort(study.protocols.begin(), study.protocols.end(), by_name);
  std::sort(study.inputs.begin(), study.inputs.end());
  std::sort(study.visits.begin(), study.visits.end(), [](const Visit& a, const Visit& b) {
    return std::tie(a.window_days, a.name) < std::tie(b.window_days, b.name);
  });
  std::sort(study.endpoints.begin(), study.endpoints.end(), [](const Endpoint& a, const Endpoint& b) {
    return std::tie(a.pipeline, a.endpoint, a.statistic, a.regions) <
           std::tie(b.pipeline, b.endpoint, b.statistic, b.regions);
  });
}

Study study_of(const toml::table& table, const std::string& file) {
  const Keys root(table,
                  file,
                  "the study file",
                  {"study", "site", "scanner", "subjects", "schedule", "visit", "protocol", "endpoint"});
  Study study;
  read_study(root, study);
  for (const auto* one : tables_of(root, "site"))
    study.sites.push_back(site_of(Keys(*one, file, "[[site]]", {"name", "match", "folder"}), study));
  for (const auto* one : tables_of(root, "scanner"))
    study.scanners.push_back(scanner_of(Keys(*one, file, "[[scanner]]", {"name", "site", "match"}), study));
  read_subjects_table(root, study);
  if (const auto* one = root.table("schedule")) {
    const Keys keys(*one, file, "[schedule]", {"baseline", "visits"});
    study.baseline_file = keys.text("baseline", "");
    study.visits_file = keys.text("visits", "");
  }
  for (const auto* one : tables_of(root, "visit"))
    study.visits.push_back(
        visit_of(Keys(*one, file, "[[visit]]", {"name", "label", "window_days", "target_day"}), study));
  for (const auto* one : tables_of(root, "protocol"))
    study.protocols.push_back(protocol_of(Keys(*one,
                                               file,
                                               "[[protocol]]",
                                               {"name",
                                                "pipeline",
                                                "visits",
                                                "match",
                                                "parameters",
                                                "set",
                                                "required",
                                                "sides",
                                                "tolerance",
                                                "on_deviation"}),
                                          study));
  if (study.protocols.empty()) root.fail("there is no [[protocol]]: nothing would be measured");
  for (const auto* one : tables_of(root, "endpoint"))
    study.endpoints.push_back(
        endpoint_of(Keys(*one, file, "[[endpoint]]", {"pipeline", "endpoint", "region", "statistic"})));
  sort_all(study);
  return study;
}

}  // namespace

bool is_study(std::string_view toml_text) {
  try {
    const auto table = toml::parse(toml_text);
    const toml::node* node = table.get("study");
    return node != nullptr && node->is_table();
  } catch (const toml::parse_error&) {
    return false;
  }
}

Study parse(std::string_view toml_text, const std::string& file) {
  toml::table table;
  try {
    table = toml::parse(toml_text);
  } catch (const toml::parse_error& e) {
    throw Error(Errc::kParam,
                fmt::format("{}: not TOML: {}", place(file, e.source().begin), e.description()));
  }
  return study_of(table, file);
}

}  // namespace ledd::study
