#include "redcap_names.h"

#include <fmt/format.h>

#include <cstdint>
#include <map>

#include "ledd/core/error.h"

namespace ledd::store {
namespace {

/// FNV-1a of 32 bits: the same on every machine and in every version, which std::hash does not promise.
std::uint32_t hash_of(std::string_view text) {
  std::uint32_t hash = 2166136261U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash;
}

/// "spine-mri" -> "sm": the same endpoint may come from two pipelines.
std::string initials(const std::string& pipeline) {
  std::string letters;
  bool begins = true;
  for (const char c : redcap_name(pipeline)) {
    if (begins && c != '_') letters += c;
    begins = c == '_';
  }
  return letters;
}

std::string whole_name(const Column& column) {
  std::string name = initials(column.pipeline);
  for (const std::string* part : {&column.endpoint, &column.region, &column.side})
    if (!part->empty()) name += "_" + *part;
  if (column.statistic != "value") name += "_" + column.statistic;
  return redcap_name(name);
}

std::string key_of(const Column& c) {
  std::string key;
  for (const std::string* part : {&c.pipeline, &c.endpoint, &c.region, &c.side, &c.statistic})
    key += *part + '\0';
  return key;
}

}  // namespace

std::string redcap_name(std::string_view text) {
  std::string name = plain_name(text);
  for (char& c : name)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  for (std::size_t at = name.find("__"); at != std::string::npos; at = name.find("__")) name.erase(at, 1);
  while (!name.empty() && name.front() == '_') name.erase(0, 1);
  if (name.empty() || (name.front() >= '0' && name.front() <= '9')) name.insert(0, name.empty() ? "x" : "x_");
  return name;
}

std::string distinguished(const std::string& name, std::string_view key) {
  std::string begin = name.substr(0, kLongestVariable - 9);
  while (begin.back() == '_') begin.pop_back();
  return fmt::format("{}_{:08x}", begin, hash_of(key));
}

std::string shortened(const std::string& name, std::string_view key) {
  return name.size() <= kLongestVariable ? name : distinguished(name, key);
}

void name_variables(std::vector<Column>& columns, const std::set<std::string>& reserved) {
  std::map<std::string, int> count;
  for (Column& column : columns) {
    column.name = shortened(whole_name(column), key_of(column));
    ++count[column.name];
  }
  std::set<std::string> taken = reserved;
  for (Column& column : columns) {
    if (count[column.name] > 1 || reserved.contains(column.name) || column.name.ends_with("_complete"))
      column.name = distinguished(column.name, key_of(column));
    require(taken.insert(column.name).second,
            Errc::kInternal,
            fmt::format("no short name tells {} from another row", called(column)));
  }
}

}  // namespace ledd::store
