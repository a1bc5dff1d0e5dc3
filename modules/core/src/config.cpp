#include "ledd/core/config.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <toml++/toml.h>

#include <cmath>
#include <map>
#include <sstream>

#include "ledd/core/error.h"

namespace ledd {
namespace {

Value scalar(const std::string& name, const toml::node& node) {
  if (const auto x = node.as_boolean()) return x->get();
  if (const auto x = node.as_integer()) return x->get();
  if (const auto x = node.as_floating_point()) return x->get();
  if (const auto x = node.as_string()) return x->get();
  throw Error(Errc::kFormat, fmt::format("'{}' must be true or false, a number or text", name));
}

void flatten(const toml::table& table, const std::string& prefix, ValueMap& out) {
  for (const auto& [key, node] : table) {
    const std::string name =
        prefix.empty() ? std::string(key.str()) : fmt::format("{}.{}", prefix, key.str());
    if (const auto* inner = node.as_table())
      flatten(*inner, name, out);
    else
      out.insert_or_assign(name, scalar(name, node));
  }
}

Value parse_word(const std::string& name, const std::string& word) {
  try {
    return scalar(name, *toml::parse("x = " + word).get("x"));
  } catch (const toml::parse_error&) {
    return word;  // a bare word: text without quotes
  }
}

/// Doubles in the shortest form that reads back as the same double; toml++ writes 0.1 with 17 digits.
std::string toml_text(const Value& value) {
  if (const auto* number = std::get_if<double>(&value)) {
    std::string text = fmt::format("{}", *number);
    if (std::isfinite(*number) && text.find_first_of(".e") == std::string::npos) text += ".0";
    return text;
  }
  std::ostringstream out;
  std::visit([&](const auto& x) { out << toml::value(x); }, value);
  return out.str();
}

}  // namespace

ValueMap merge_config(std::string_view toml_text, const std::vector<std::string>& overrides) {
  ValueMap merged;
  try {
    flatten(toml::parse(toml_text), "", merged);
  } catch (const toml::parse_error& e) {
    throw Error(
        Errc::kFormat,
        fmt::format("line {} of the configuration is not TOML: {}", e.source().begin.line, e.description()));
  }
  for (const std::string& item : overrides) {
    const auto eq = item.find('=');
    require(eq != std::string::npos && eq > 0, Errc::kParam, fmt::format("'{}' is not name=value", item));
    const std::string name = item.substr(0, eq);
    merged.insert_or_assign(name, parse_word(name, item.substr(eq + 1)));
  }
  return merged;
}

std::string to_text(const Value& value) {
  return std::visit([](const auto& x) { return fmt::format("{}", x); }, value);
}

std::string to_json(const ValueMap& values) {
  auto j = nlohmann::json::object();
  for (const auto& [name, value] : values) std::visit([&, &key = name](const auto& x) { j[key] = x; }, value);
  return j.dump(2);
}

std::string to_toml(const ValueMap& values) {
  std::map<std::string_view, std::string> tables;  // "" sorts first, and a table before those within it
  for (const auto& [name, value] : values) {
    const auto dot = name.rfind('.');
    const bool nested = dot != std::string::npos;
    const std::string_view all = name;
    tables[nested ? all.substr(0, dot) : ""] +=
        fmt::format("{} = {}\n", nested ? all.substr(dot + 1) : all, toml_text(value));
  }
  std::string out;
  for (const auto& [table, lines] : tables) {
    if (!out.empty()) out += '\n';
    if (!table.empty()) out += fmt::format("[{}]\n", table);
    out += lines;
  }
  return out;
}

}  // namespace ledd
