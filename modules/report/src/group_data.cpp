#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <map>
#include <unordered_map>

#include "ledd/core/error.h"

#include "group_parts.h"

namespace ledd::report {
namespace {

using Json = nlohmann::json;

/// A text as JSON in ASCII without '<', so that nothing in it ends the script element it stands in.
std::string quoted(const std::string& text) {
  const std::string json = Json(text).dump(-1, ' ', true, Json::error_handler_t::replace);
  std::string safe;
  safe.reserve(json.size());
  for (const char c : json) c == '<' ? safe += "\\u003c" : safe += c;
  return safe;
}

/// Texts that repeat, by number in the order of their first appearance.
class Words {
 public:
  std::size_t number(const std::string& word) {
    const auto [at, is_new] = numbers_.emplace(word, all_.size());
    if (is_new) all_.push_back(word);
    return at->second;
  }
  std::string json() const {
    std::string text;
    for (const std::string& word : all_) text += (text.empty() ? "" : ",") + quoted(word);
    return "[" + text + "]";
  }

 private:
  std::unordered_map<std::string, std::size_t> numbers_;
  std::vector<std::string> all_;
};

/// The rows of one endpoint, region and statistic, packed as they come.
struct Series {
  std::string head, cases, values, sides, flags;
  std::size_t rows = 0, last_case = 0;
  bool every_case = true, any_side = false;

  std::string json() const {
    const std::string first = cases.substr(0, cases.find(','));
    return fmt::format("{{{},\"c\":[{}],\"v\":[{}],\"f\":[{}]{}}}",
                       head,
                       every_case ? first : cases,
                       values,
                       flags,
                       any_side ? ",\"d\":\"" + sides + "\"" : "");
  }
};

class Packer {
 public:
  explicit Packer(const GroupPage& page) : page_(page) { sides_.number(""); }

  std::string json() {
    for (std::size_t n = 0; n < page_.cases.size(); ++n) add(n);
    const std::string each_case = cases();  // numbers the words that are printed below
    std::string series;
    for (const Series& one : series_) series += (series.empty() ? "" : ",\n") + one.json();
    return fmt::format(
        "{{\"cases\":{},\n\"names\":{{\"site\":{},\"scanner\":{},\"visit\":{}}},\n\"titles\":{},\n"
        "\"sides\":{},\"reasons\":{},\n\"series\":[{}]}}",
        each_case,
        sites_.json(),
        scanners_.json(),
        visits_.json(),
        titles(),
        sides_.json(),
        reasons_.json(),
        series);
  }

 private:
  Series& series_of(const std::string& pipeline, const Measurement& m) {
    std::string key;
    for (const std::string* part : {&pipeline, &m.endpoint, &m.region, &m.statistic, &m.unit})
      key += *part + '\0';
    const auto [at, is_new] = numbers_.emplace(std::move(key), series_.size());
    if (is_new) {
      series_.emplace_back();
      series_.back().head = fmt::format("\"p\":{},\"e\":{},\"r\":{},\"s\":{},\"u\":{}",
                                        quoted(pipeline),
                                        quoted(m.endpoint),
                                        quoted(m.region),
                                        quoted(m.statistic),
                                        quoted(m.unit));
    }
    return series_[at->second];
  }

  void add(std::size_t n) {
    require(
        page_.cases[n].measurements != nullptr, Errc::kInput, "a case of the group page has no measurements");
    for (const Measurement& m : *page_.cases[n].measurements) {
      Series& s = series_of(page_.cases[n].pipeline, m);
      const bool first = s.rows == 0;
      const std::size_t step = first ? n : n - s.last_case;
      s.every_case = s.every_case && (first || step == 1);
      s.last_case = n;
      fmt::format_to(std::back_inserter(s.cases), "{}{}", first ? "" : ",", step);
      if (!first) s.values += ',';
      if (m.value)
        fmt::format_to(std::back_inserter(s.values), "{:.6g}", *m.value);
      else
        s.values += "null";
      const std::size_t side = sides_.number(m.side);
      require(side < 36, Errc::kInput, "the measurements name more than 35 sides");
      s.sides += "0123456789abcdefghijklmnopqrstuvwxyz"[side];
      s.any_side = s.any_side || side > 0;
      if (m.quality != Quality::kGood)
        fmt::format_to(std::back_inserter(s.flags),
                       "{}{},{},{}",
                       s.flags.empty() ? "" : ",",
                       s.rows,
                       m.quality == Quality::kUncertain ? 1 : 2,
                       reasons_.number(m.reason));
      ++s.rows;
    }
  }

  template <class Value>
  std::string list(Value value) {
    std::string text;
    for (const GroupCase& c : page_.cases) text += (text.empty() ? "" : ",") + value(c);
    return "[" + text + "]";
  }

  std::string cases() {
    return fmt::format(
        "{{\"id\":{},\"subject\":{},\"date\":{},\"link\":{},\"site\":{},\"scanner\":{},\"visit\":{},"
        "\"decision\":{}}}",
        list([](const GroupCase& c) { return quoted(c.case_id); }),
        list([](const GroupCase& c) { return quoted(c.subject); }),
        list([](const GroupCase& c) { return quoted(c.study_date); }),
        list([](const GroupCase& c) { return quoted(c.link); }),
        list([&](const GroupCase& c) { return std::to_string(sites_.number(c.site)); }),
        list([&](const GroupCase& c) { return std::to_string(scanners_.number(c.scanner)); }),
        list([&](const GroupCase& c) { return std::to_string(visits_.number(c.visit)); }),
        list([](const GroupCase& c) { return quoted(c.decision); }));
  }

  std::string titles() const {
    std::map<std::string, std::string> by_key;
    for (const EndpointDefinition& d : page_.definitions) by_key.emplace(d.key, d.title);
    std::string text;
    for (const auto& [key, title] : by_key)
      text += (text.empty() ? "" : ",") + quoted(key) + ":" + quoted(title);
    return "{" + text + "}";
  }

  const GroupPage& page_;
  Words sites_, scanners_, visits_, sides_, reasons_;
  std::unordered_map<std::string, std::size_t> numbers_;
  std::vector<Series> series_;
};

}  // namespace

std::string group_data(const GroupPage& page) {
  return Packer(page).json();
}

}  // namespace ledd::report
