#include <fmt/format.h>

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

/// Computes what the values allow, and says why where they do not.
void judge(ValueAgreement& one) {
  if (one.values.size() < kLeastCases) {
    one.icc_reason = one.difference_reason =
        fmt::format("{} cases with both values: {} are needed", one.values.size(), kLeastCases);
    return;
  }
  std::vector<std::vector<double>> table;
  std::vector<double> first, second;
  for (const auto& [a, b] : one.values) {
    table.push_back({a, b});
    first.push_back(a);
    second.push_back(b);
  }
  one.difference = statistics::bland_altman(first, second);
  try {
    one.icc = statistics::intraclass_correlation(table);
  } catch (const Error& e) {
    if (e.code() != Errc::kNumeric) throw;
    one.icc_reason = e.what();
  }
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
      if (m.statistic == "se" || m.statistic == "slice_sd") continue;  // how well a value is known, no value
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
    if (is_new) {
      ValueAgreement one;
      one.pair = pair_;
      std::tie(one.endpoint, one.region, one.side, one.statistic) = key_of(m);
      one.title = d.title;
      one.unit = m.unit;
      found_.push_back(std::move(one));
    }
    return found_[at->second];
  }

  Pair pair_;
  std::map<Key, std::size_t> places_;
  std::vector<ValueAgreement> found_;  ///< In the order in which cases have them.
  std::set<std::string> other_methods_;
};

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
  return all;
}

}  // namespace ledd::review
