#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "ledd/core/error.h"
#include "ledd/deidentification/subject_key.h"
#include "ledd/files/files.h"

namespace ledd::deidentification {
namespace {

std::string trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
    text.remove_suffix(1);
  return std::string(text);
}

/// Fields of one line; a field in quotes may hold commas, and quotes twice.
std::vector<std::string> fields_of(std::string_view line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') {
      fields.back() += '"';
      ++i;
    } else if (line[i] == '"') {
      quoted = !quoted;
    } else if (line[i] == ',' && !quoted) {
      fields.emplace_back();
    } else {
      fields.back() += line[i];
    }
  }
  for (auto& field : fields) field = trimmed(field);
  return fields;
}

}  // namespace

std::vector<std::string> assign_from_csv(const std::filesystem::path& csv, SubjectKey& key) {
  const std::string text = files::read_bytes(csv);
  std::string_view rest = text;
  if (rest.substr(0, 3) == "\xEF\xBB\xBF") rest.remove_prefix(3);  // spreadsheets write a byte order mark
  std::vector<std::string> listed;
  std::set<std::string> pseudonyms;
  for (unsigned line = 1; !rest.empty(); ++line) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const auto fields = fields_of(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (fields.size() == 1 && fields[0].empty()) continue;
    if (line == 1 && fields.size() == 2 && fields[0] == "original" && fields[1] == "pseudonym") continue;
    const auto fail = [&](const std::string& why) {
      throw Error(Errc::kParam, fmt::format("{}: line {}: {}", csv.string(), line, why));
    };
    if (fields.size() != 2) fail(fmt::format("{} fields; original,pseudonym is needed", fields.size()));
    if (std::find(listed.begin(), listed.end(), fields[0]) != listed.end()) fail("this ID was listed before");
    if (!pseudonyms.insert(fields[1]).second) fail("this pseudonym was listed before");
    try {
      key.assign(fields[0], fields[1]);
    } catch (const Error& e) {
      fail(e.what());
    }
    listed.push_back(fields[0]);
  }
  require(!listed.empty(), Errc::kParam, csv.string() + ": lists no subject");
  return listed;
}

}  // namespace ledd::deidentification
