#include "entry.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

#include "ledd/core/error.h"

#include "digest.h"

namespace ledd::audit {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kDigestMember = ",\"sha256\":\"";
constexpr std::size_t kDigits = 64, kLongestWord = 40, kLongestValue = 1000;

bool is_word(std::string_view text, std::string_view letters) {
  return !text.empty() && text.size() <= kLongestWord &&
         text.find_first_not_of(letters) == std::string_view::npos;
}

bool is_plain(const std::string& value) {
  return value.size() <= kLongestValue && std::none_of(value.begin(), value.end(), [](char c) {
           return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
         });
}

Json json_of(const Entry& entry) {
  Json details = Json::object();
  for (const auto& [name, value] : entry.details) details[name] = value;
  return {{"sequence", entry.sequence},
          {"utc", entry.utc},
          {"user", entry.user},
          {"uid", entry.uid},
          {"host", entry.host},
          {"version", entry.version},
          {"action", entry.action},
          {"details", details},
          {"previous", entry.previous}};
}

Entry entry_of(const Json& json) {
  Entry entry;
  entry.sequence = json.at("sequence");
  entry.utc = json.at("utc");
  entry.user = json.at("user");
  entry.uid = json.at("uid");
  entry.host = json.at("host");
  entry.version = json.at("version");
  entry.action = json.at("action");
  for (const auto& [name, value] : json.at("details").items()) entry.details[name] = value;
  entry.previous = json.at("previous");
  entry.sha256 = json.at("sha256");
  return entry;
}

}  // namespace

std::string no_previous() {
  return std::string(kDigits, '0');
}

std::string print_line(Entry& entry) {
  std::string line = json_of(entry).dump(-1, ' ', false, Json::error_handler_t::replace);
  line.pop_back();  // the closing brace
  entry.sha256 = sha256(line);
  return line + std::string(kDigestMember) + entry.sha256 + "\"}";
}

std::optional<Entry> parse_line(std::string_view line) {
  const auto at = line.rfind(kDigestMember);
  if (at == std::string_view::npos || line.size() != at + kDigestMember.size() + kDigits + 2)
    return std::nullopt;
  try {
    Entry entry = entry_of(Json::parse(line));
    if (entry.sha256 != sha256(line.substr(0, at))) return std::nullopt;
    return entry;
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

void require_legal(const std::string& action, const Details& details) {
  require(is_word(action, "abcdefghijklmnopqrstuvwxyz-"),
          Errc::kParam,
          fmt::format("'{}' is no action: at most {} lower-case letters and hyphens", action, kLongestWord));
  for (const auto& [name, value] : details) {
    require(is_word(name, "abcdefghijklmnopqrstuvwxyz0123456789_"),
            Errc::kParam,
            fmt::format("'{}' is no name of a detail: lower-case letters, digits, underscores", name));
    require(is_plain(value),
            Errc::kParam,
            fmt::format("the detail '{}' must be one line of at most {} bytes", name, kLongestValue));
  }
}

}  // namespace ledd::audit
