#include <fmt/format.h>

#include <set>
#include <vector>

#include "ledd/audit/audit.h"

namespace ledd::audit {
namespace {

namespace fs = std::filesystem;
using State = HeldCase::State;

std::string detail(const Entry& entry, const char* name) {
  const auto found = entry.details.find(name);
  return found == entry.details.end() ? std::string() : found->second;
}

/// The last entry `case-done` of each case, and what was superseded after it.
struct Told {
  std::map<std::string, const Entry*> done;
  std::map<std::string, const Entry*> superseded;
  std::map<std::string, const Entry*> begun;  ///< And not ended since.
};

Told told_by(const std::vector<Entry>& entries) {
  Told told;
  for (const Entry& entry : entries) {
    const std::string id = detail(entry, "case");
    if (id.empty()) continue;
    if (entry.action == "case-done") {
      told.done[id] = &entry;
      told.superseded.erase(id);
      told.begun.erase(id);
    } else if (entry.action == "superseded") {
      told.superseded[id] = &entry;
    } else if (entry.action == "case-begun") {
      told.begun[id] = &entry;
    } else if (entry.action == "case-failed") {
      told.begun.erase(id);
    }
  }
  return told;
}

/// Digests of the records below `superseded`, with their folders.
std::map<std::string, std::string> kept_aside(const fs::path& out) {
  std::map<std::string, std::string> kept;
  if (!fs::is_directory(out / "superseded")) return kept;
  for (const auto& folder : fs::directory_iterator(out / "superseded"))
    if (const auto digest = sha256_of_file(folder.path() / "provenance.json"))
      kept.emplace(*digest, folder.path().filename().string());
  return kept;
}

/// An id of the file leads nowhere but into `cases`.
bool is_plain_name(const std::string& id) {
  return !id.empty() && id.front() != '.' && id.find('/') == std::string::npos;
}

}  // namespace

std::string_view name_of(State state) noexcept {
  switch (state) {
    case State::kSame: return "same";
    case State::kChanged: return "changed";
    case State::kMissing: return "missing";
    case State::kSuperseded: return "superseded";
    case State::kUntold: return "untold";
  }
  return "missing";
}

std::vector<HeldCase> held_cases(const std::vector<Entry>& entries, const fs::path& out) {
  const Told told = told_by(entries);
  const auto aside = kept_aside(out);
  std::vector<HeldCase> held;
  for (const auto& [id, entry] : told.done) {
    if (!is_plain_name(id)) continue;
    const std::string wanted = detail(*entry, "sha256");
    const auto found = sha256_of_file(out / "cases" / id / "provenance.json");
    const auto superseded = told.superseded.find(id);
    const auto kept = aside.find(wanted);
    HeldCase one{id, entry->sequence, State::kSame, "as it was written"};
    if (found == wanted) {
      // Nothing to say.
    } else if (kept != aside.end()) {
      one.state = State::kSuperseded;
      one.said = "superseded: it is kept in superseded/" + kept->second;
    } else if (const auto begun = told.begun.find(id); begun != told.begun.end()) {
      one.state = State::kUntold;
      one.said = fmt::format("a run began it anew (entry {}) and did not say how that ended: run again",
                             begun->second->sequence);
    } else if (found) {
      one.state = State::kChanged;
      one.said = fmt::format(
          "its provenance.json has SHA-256 {}, entry {} says {}", *found, entry->sequence, wanted);
    } else if (superseded != told.superseded.end()) {
      one.state = State::kSuperseded;
      one.said = fmt::format("superseded: entry {}", superseded->second->sequence);
    } else {
      one.state = State::kMissing;
      one.said = "its folder is gone, and no entry says why";
    }
    held.push_back(std::move(one));
  }
  return held;
}

}  // namespace ledd::audit
