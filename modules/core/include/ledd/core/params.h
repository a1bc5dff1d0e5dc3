#pragma once
#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "ledd/core/error.h"

namespace ledd {

/// A parameter value as it travels between TOML, the command line and a Params struct.
using Value = std::variant<bool, std::int64_t, double, std::string>;
using ValueMap = std::map<std::string, Value, std::less<>>;

/// Closed interval of legal values.
struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
};

/// One row of a parameter table: everything that --help, TOML, checks and provenance need.
struct FieldInfo {
  std::string name;   ///< lower_snake_case, with its unit as suffix where it has one.
  std::string unit;   ///< "mm", "HU", "1" for a pure number, "" for text and flags.
  std::string help;   ///< One sentence.
  std::string legal;  ///< "[0, 50]" or "linear|bspline"; filled in by ParamTable.
};

namespace detail {
void check_number(const FieldInfo& field, double value, const Range& range);
double as_double(const FieldInfo& field, const Value& value);
std::int64_t as_int(const FieldInfo& field, const Value& value);
bool as_bool(const FieldInfo& field, const Value& value);
std::string as_text(const FieldInfo& field, const Value& value);
std::string print(const Range& range);
[[noreturn]] void unknown_name(std::string_view name, const std::vector<std::string>& known);
[[noreturn]] void bad_choice(const FieldInfo& field, std::string_view value);
}  // namespace detail

/// Declares the fields of a Params struct once; all else is derived from the declaration.
template <class P>
class ParamTable {
 public:
  struct Field {
    FieldInfo info;
    std::function<Value(const P&)> get;
    std::function<void(P&, const Value&)> set;  ///< Throws Error{kParam}; checks type and range.
  };

  ParamTable& add(double P::*member, std::string name, std::string unit, std::string help, Range range = {}) {
    FieldInfo info{std::move(name), std::move(unit), std::move(help), detail::print(range)};
    return push({info,
                 [member](const P& p) { return Value(p.*member); },
                 [member, info, range](P& p, const Value& v) {
                   const double x = detail::as_double(info, v);
                   detail::check_number(info, x, range);
                   p.*member = x;
                 }});
  }

  ParamTable& add(int P::*member, std::string name, std::string unit, std::string help, Range range = {}) {
    range.low = std::max(range.low, double{std::numeric_limits<int>::min()});
    range.high = std::min(range.high, double{std::numeric_limits<int>::max()});
    FieldInfo info{std::move(name), std::move(unit), std::move(help), detail::print(range)};
    return push({info,
                 [member](const P& p) { return Value(std::int64_t{p.*member}); },
                 [member, info, range](P& p, const Value& v) {
                   const std::int64_t x = detail::as_int(info, v);
                   detail::check_number(info, static_cast<double>(x), range);
                   p.*member = static_cast<int>(x);
                 }});
  }

  ParamTable& add(bool P::*member, std::string name, std::string help) {
    FieldInfo info{std::move(name), "", std::move(help), "true|false"};
    return push({info,
                 [member](const P& p) { return Value(p.*member); },
                 [member, info](P& p, const Value& v) { p.*member = detail::as_bool(info, v); }});
  }

  /// Any text, as the path of a file.
  ParamTable& add(std::string P::*member, std::string name, std::string help) {
    FieldInfo info{std::move(name), "", std::move(help), "text"};
    return push({info,
                 [member](const P& p) { return Value(p.*member); },
                 [member, info](P& p, const Value& v) { p.*member = detail::as_text(info, v); }});
  }

  template <class E>
  requires std::is_enum_v<E> ParamTable& add(E P::*member,
                                             std::string name,
                                             std::string help,
                                             std::vector<std::pair<std::string, E>> choices) {
    FieldInfo info{std::move(name), "", std::move(help), ""};
    for (const auto& [text, unused] : choices) info.legal += (info.legal.empty() ? "" : "|") + text;
    auto get = [member, choices](const P& p) {
      for (const auto& [text, e] : choices)
        if (e == p.*member) return Value(text);
      return Value(std::string("?"));
    };
    auto set = [member, choices, info](P& p, const Value& v) {
      const std::string wanted = detail::as_text(info, v);
      for (const auto& [text, e] : choices)
        if (text == wanted) {
          p.*member = e;
          return;
        }
      detail::bad_choice(info, wanted);
    };
    return push({info, get, set});
  }

  /// Takes in the table of a stage's Params as `prefix.name`; how pipelines compose modules.
  template <class Q>
  ParamTable& nest(Q P::*member, const std::string& prefix) {
    for (const auto& f : Q::table().fields()) {
      FieldInfo info = f.info;
      info.name = prefix + "." + info.name;
      push({info,
            [member, get = f.get](const P& p) { return get(p.*member); },
            [member, prefix, set = f.set](P& p, const Value& v) {
              try {
                set(p.*member, v);
              } catch (const Error& e) {
                throw e.within(prefix);
              }
            }});
    }
    return *this;
  }

  const std::vector<Field>& fields() const { return fields_; }

  /// Returns defaults overridden by `given`. Throws Error{kParam} on an unknown name or illegal value.
  P parse(const ValueMap& given) const {
    P params;
    for (const auto& [name, value] : given) find(name).set(params, value);
    return params;
  }

  /// Throws Error{kParam} when a struct filled in by C++ code holds an illegal value.
  void validate(const P& params) const {
    P scratch;
    for (const Field& f : fields_) f.set(scratch, f.get(params));
  }

  /// Every value in force, defaults included: what is stored beside the results.
  ValueMap dump(const P& params) const {
    ValueMap all;
    for (const Field& f : fields_) all.emplace(f.info.name, f.get(params));
    return all;
  }

 private:
  ParamTable& push(Field field) {
    fields_.push_back(std::move(field));
    return *this;
  }
  const Field& find(std::string_view name) const {
    std::vector<std::string> known;
    for (const Field& f : fields_) {
      if (f.info.name == name) return f;
      known.push_back(f.info.name);
    }
    detail::unknown_name(name, known);
  }

  std::vector<Field> fields_;
};

}  // namespace ledd
