#include "keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ledd/core/error.h"
#include "ledd/core/nearest_name.h"

namespace ledd::study {

std::string place(const std::string& file, const toml::source_position& position) {
  return fmt::format("{}, line {}, column {}", file, position.line, position.column);
}

Keys::Keys(const toml::table& table, std::string file, std::string name, std::vector<std::string> known)
    : table_(table), file_(std::move(file)), name_(std::move(name)) {
  for (const auto& [key, node] : table_)
    if (std::find(known.begin(), known.end(), key.str()) == known.end())
      throw Error(Errc::kParam,
                  fmt::format("{}: {} has no key '{}'; did you mean '{}'?",
                              place(file_, key.source().begin),
                              name_,
                              key.str(),
                              nearest_name(key.str(), known)));
}

void Keys::fail(const toml::node& node, const std::string& what) const {
  throw Error(Errc::kParam, fmt::format("{}: {}: {}", place(file_, node.source().begin), name_, what));
}

const toml::node& Keys::needed(const char* key) const {
  const toml::node* found = node(key);
  if (found == nullptr) fail(fmt::format("'{}' is missing", key));
  return *found;
}

std::string Keys::checked(const toml::node& node, const char* key) const {
  const auto* text = node.as_string();
  if (text == nullptr) fail(node, fmt::format("'{}' must be text in quotes", key));
  const std::string& value = text->get();
  if (value.empty()) fail(node, fmt::format("'{}' is empty", key));
  if (value.size() > 4096) fail(node, fmt::format("'{}' is longer than 4096 bytes", key));
  if (std::any_of(value.begin(), value.end(), [](char c) { return (c >= 0 && c < 0x20) || c == 0x7F; }))
    fail(node, fmt::format("'{}' holds a control character", key));
  return value;
}

std::string Keys::text(const char* key) const {
  return checked(needed(key), key);
}

std::string Keys::name(const char* key) const {
  std::string value = text(key);
  if (value.size() > 64) fail(needed(key), fmt::format("'{}' is longer than 64 bytes", key));
  if (value.front() == ' ' || value.back() == ' ')
    fail(needed(key), fmt::format("'{}' begins or ends with a blank", key));
  return value;
}

std::vector<std::string> Keys::texts(const char* key) const {
  const toml::node* found = node(key);
  if (found == nullptr) return {};
  const auto* array = found->as_array();
  if (array == nullptr) return {checked(*found, key)};
  if (array->empty()) fail(*found, fmt::format("'{}' is an empty list", key));
  std::vector<std::string> all;
  for (const toml::node& one : *array) all.push_back(checked(one, key));
  return all;
}

bool Keys::flag(const char* key, bool standard) const {
  const toml::node* found = node(key);
  if (found == nullptr) return standard;
  const auto* flag = found->as_boolean();
  if (flag == nullptr) fail(*found, fmt::format("'{}' must be true or false", key));
  return flag->get();
}

int Keys::integer(const toml::node& found, const char* key) const {
  constexpr std::int64_t kMost = 100000;  // days of 270 years
  const auto* value = found.as_integer();
  if (value == nullptr) fail(found, fmt::format("'{}' must be a whole number", key));
  if (value->get() < -kMost || value->get() > kMost)
    fail(found, fmt::format("'{}' = {} is out of [-{}, {}]", key, value->get(), kMost, kMost));
  return static_cast<int>(value->get());
}

std::optional<double> Keys::number(const toml::node& found) const {
  std::optional<double> value;
  if (const auto* integer = found.as_integer()) value = static_cast<double>(integer->get());
  if (const auto* real = found.as_floating_point()) value = real->get();
  return value && std::isfinite(*value) ? value : std::nullopt;
}

std::string Keys::choice(const char* key, const std::vector<std::string>& words, const char* standard) const {
  if (!has(key)) return standard;
  std::string word = text(key);
  if (std::find(words.begin(), words.end(), word) == words.end())
    fail(needed(key), fmt::format("'{}' = \"{}\" is none of {}", key, word, fmt::join(words, ", ")));
  return word;
}

const toml::table* Keys::table(const char* key) const {
  const toml::node* found = node(key);
  if (found == nullptr) return nullptr;
  const toml::table* inner = found->as_table();
  if (inner == nullptr) fail(*found, fmt::format("'{}' must be a table", key));
  return inner;
}

}  // namespace ledd::study
