#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "ledd/core/error.h"
#include "ledd/files/files.h"
#include "ledd/store/store.h"

#include "readings.h"

namespace ledd::review {
namespace {

using store::CaseEndpoints;

/// Endpoints by digest of the result, each read once.
class Shelf {
 public:
  const CaseEndpoints& of(const KnownResult& result) {
    const auto at = held_.find(result.version.result_sha256);
    if (at != held_.end()) return at->second;
    const auto file = result.version.folder / "endpoints.json";
    try {
      return held_.emplace(result.version.result_sha256, store::parse_endpoints(files::read_bytes(file)))
          .first->second;
    } catch (const Error& e) {
      throw e.within(file.string());
    }
  }

 private:
  std::map<std::string, CaseEndpoints> held_;
};

auto key_of(const Measurement& m) {
  return std::tie(m.endpoint, m.region, m.side, m.statistic);
}
using Key = std::tuple<std::string, std::string, std::string, std::string>;

std::map<std::string, const EndpointDefinition*> definitions_by_key(const CaseEndpoints& of) {
  std::map<std::string, const EndpointDefinition*> all;
  for (const EndpointDefinition& d : of.definitions) all.emplace(d.key, &d);
  return all;
}

std::string too_few(std::size_t cases) {
  return fmt::format("{} cases with all values: {} are needed", cases, kLeastCases);
}

/// @param table  Of each case one value of each reader.
void set_icc(ValueAgreement& one, const std::vector<std::vector<double>>& table) {
  if (table.size() < kLeastCases) {
    one.icc_reason = too_few(table.size());
    return;
  }
  try {
    one.icc = statistics::intraclass_correlation(table);
  } catch (const Error& e) {
    if (e.code() != Errc::kNumeric) throw;
    one.icc_reason = e.what();
  }
}

/// Computes what the values allow, and says why where they do not.
void judge(ValueAgreement& one) {
  std::vector<std::vector<double>> table;
  std::vector<double> first, second;
  for (const auto& [a, b] : one.values) {
    table.push_back({a, b});
    first.push_back(a);
    second.push_back(b);
  }
  set_icc(one, table);
  if (table.size() < kLeastCases)
    one.difference_reason = too_few(table.size());
  else
    one.difference = statistics::bland_altman(first, second);
}

ValueAgreement named(const Pair& pair, const Measurement& m, const EndpointDefinition& d) {
  ValueAgreement one;
  one.pair = pair;
  std::tie(one.endpoint, one.region, one.side, one.statistic) = key_of(m);
  one.title = d.title;
  one.unit = m.unit;
  return one;
}

/// How well a value is known, no value.
bool is_error(const Measurement& m) {
  return m.statistic == "se" || m.statistic == "slice_sd";
}

/// One pair of who is compared.
class OfPair {
 public:
  explicit OfPair(Pair pair) : pair_(std::move(pair)) {}

  void add(const std::string& id, const CaseEndpoints& a, const CaseEndpoints& b) {
    std::map<Key, const Measurement*> second;
    for (const Measurement& m : b.measurements) second.emplace(key_of(m), &m);
    const auto defined_a = definitions_by_key(a), defined_b = definitions_by_key(b);
    for (const Measurement& m : a.measurements) {
      if (is_error(m)) continue;
      const auto other = second.find(key_of(m));
      if (other == second.end()) continue;
      if (defined_a.at(m.endpoint)->method != defined_b.at(m.endpoint)->method ||
          m.unit != other->second->unit) {
        other_methods_.insert(m.endpoint);
        continue;
      }
      ValueAgreement& one = place_of(m, *defined_a.at(m.endpoint));
      if (!m.value || !other->second->value) continue;
      one.values.push_back({*m.value, *other->second->value});
      one.cases.push_back(id);
    }
  }

  void move_to(std::vector<ValueAgreement>& all, std::vector<std::string>& notes) {
    for (ValueAgreement& one : found_) {
      judge(one);
      all.push_back(std::move(one));
    }
    for (const std::string& endpoint : other_methods_)
      notes.push_back(
          fmt::format("{}: cases where {} and {} were measured with different methods are left out",
                      endpoint,
                      pair_.first,
                      pair_.second));
  }

 private:
  ValueAgreement& place_of(const Measurement& m, const EndpointDefinition& d) {
    const auto [at, is_new] = places_.emplace(key_of(m), found_.size());
    if (is_new) found_.push_back(named(pair_, m, d));
    return found_[at->second];
  }

  Pair pair_;
  std::map<Key, std::size_t> places_;
  std::vector<ValueAgreement> found_;  ///< In the order in which cases have them.
  std::set<std::string> other_methods_;
};

using Results = std::map<std::string, const KnownResult*>;  ///< By reader.

/// The readers' results of one pipeline, by case.
std::map<std::string, std::map<std::string, Results>> by_case(const std::vector<Compared>& compared) {
  std::map<std::string, std::map<std::string, Results>> all;
  for (const Compared& one : compared) {
    if (one.pair.first == kAutomatic) continue;
    Results& results = all[one.pair.pipeline][one.case_id];
    results[one.pair.first] = one.first;
    results[one.pair.second] = one.second;
  }
  return all;
}

/// One value of each, of one method; empty where one has none.
std::vector<double> values_of_all(const Measurement& m,
                                  const std::string& method,
                                  const std::vector<const CaseEndpoints*>& readers) {
  std::vector<double> values;
  for (const CaseEndpoints* of : readers) {
    const auto at = std::find_if(of->measurements.begin(),
                                 of->measurements.end(),
                                 [&](const Measurement& other) { return key_of(other) == key_of(m); });
    if (at == of->measurements.end() || !at->value || at->unit != m.unit ||
        definitions_by_key(*of).at(m.endpoint)->method != method)
      return {};
    values.push_back(*at->value);
  }
  return values;
}

/// Of three readers or more: ICC of the cases that all have a result of.
void add_together(const std::string& pipeline,
                  const std::map<std::string, Results>& cases,
                  Shelf& shelf,
                  std::vector<ValueAgreement>& all) {
  std::set<std::string> readers;
  for (const auto& [id, results] : cases)
    for (const auto& [reader, result] : results) readers.insert(reader);
  if (readers.size() < 3) return;
  std::vector<Key> order;
  std::map<Key, std::pair<ValueAgreement, std::vector<std::vector<double>>>> found;
  for (const auto& [id, results] : cases) {
    if (results.size() < readers.size()) continue;
    std::vector<const CaseEndpoints*> endpoints;
    for (const auto& [reader, result] : results) endpoints.push_back(&shelf.of(*result));
    const auto defined = definitions_by_key(*endpoints[0]);
    for (const Measurement& m : endpoints[0]->measurements) {
      if (is_error(m)) continue;
      const EndpointDefinition& d = *defined.at(m.endpoint);
      const auto [at, is_new] = found.try_emplace(
          key_of(m), named({pipeline, kAllReaders, ""}, m, d), std::vector<std::vector<double>>());
      if (is_new) order.emplace_back(key_of(m));
      auto values = values_of_all(m, d.method, endpoints);
      if (values.empty()) continue;
      at->second.first.cases.push_back(id);
      at->second.second.push_back(std::move(values));
    }
  }
  for (const Key& key : order) {
    auto& [one, table] = found.at(key);
    one.difference_reason = "a difference is of two";
    set_icc(one, table);
    all.push_back(std::move(one));
  }
}

}  // namespace

std::vector<ValueAgreement> values_of(const std::vector<Compared>& compared,
                                      std::vector<std::string>& notes) {
  std::vector<ValueAgreement> all;
  Shelf shelf;
  for (std::size_t n = 0; n < compared.size();) {
    OfPair of_pair(compared[n].pair);
    const Pair& pair = compared[n].pair;
    for (; n < compared.size() && compared[n].pair == pair; ++n)
      of_pair.add(compared[n].case_id, shelf.of(*compared[n].first), shelf.of(*compared[n].second));
    of_pair.move_to(all, notes);
  }
  for (const auto& [pipeline, cases] : by_case(compared)) add_together(pipeline, cases, shelf, all);
  return all;
}

}  // namespace ledd::review
