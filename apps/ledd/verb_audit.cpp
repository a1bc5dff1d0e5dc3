#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>

#include "ledd/audit/audit.h"
#include "ledd/core/error.h"

#include "audit_trail.h"
#include "cli.h"
#include "talk.h"

namespace ledd::cli {
namespace {

namespace fs = std::filesystem;
using audit::HeldCase;
using Json = nlohmann::ordered_json;

struct AuditArguments {
  std::string out, anchor;
  bool verify = false;
};

std::string dumped(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// OUT, or the file itself: that of a de-identification key has another name.
fs::path file_of(const fs::path& given) {
  return fs::is_directory(given) ? audit_file(given) : given;
}

void print(const audit::Entry& entry, bool json) {
  if (json) {
    Json line{{"type", "entry"},
              {"sequence", entry.sequence},
              {"utc", entry.utc},
              {"user", entry.user},
              {"uid", entry.uid},
              {"host", entry.host},
              {"version", entry.version},
              {"action", entry.action},
              {"details", entry.details},
              {"sha256", entry.sha256}};
    return print_line(dumped(line));
  }
  std::string details;
  for (const auto& [name, value] : entry.details) details += fmt::format(" {}={}", name, plain(value));
  print_line(fmt::format("{:>6}  {}  {}({})@{}  {}{}",
                         entry.sequence,
                         plain(entry.utc),
                         plain(entry.user),
                         entry.uid,
                         plain(entry.host),
                         plain(entry.action),
                         details));
}

/// What is wrong, for people; empty when nothing is.
std::vector<std::string> faults_of(const audit::Reading& reading,
                                   const std::vector<HeldCase>& held,
                                   const std::string& anchor) {
  std::vector<std::string> faults;
  if (reading.broken)
    faults.push_back(
        fmt::format("the chain is broken at line {}: {}", reading.broken->line, reading.broken->why));
  for (const HeldCase& one : held)
    if (one.state == HeldCase::State::kChanged || one.state == HeldCase::State::kMissing)
      faults.push_back(fmt::format("case {}: {}", one.case_id, one.said));
  const bool has_anchor =
      anchor.empty() || std::any_of(reading.entries.begin(), reading.entries.end(), [&](const auto& entry) {
        return entry.sha256 == anchor;
      });
  if (!has_anchor)
    faults.push_back(
        fmt::format("no entry has SHA-256 {}: the file was cut short or written anew since", anchor));
  return faults;
}

void print_end(const audit::Reading& reading,
               const std::vector<HeldCase>& held,
               const std::vector<std::string>& faults,
               const Common& common) {
  const auto count = [&](HeldCase::State state) {
    return std::count_if(held.begin(), held.end(), [&](const auto& one) { return one.state == state; });
  };
  const std::string last = reading.entries.empty() ? std::string() : reading.entries.back().sha256;
  if (common.json) {
    print_line(dumped({{"type", "summary"},
                       {"entries", reading.entries.size()},
                       {"recovered", reading.torn.size()},
                       {"unfinished", reading.unfinished},
                       {"broken_line", reading.broken ? Json(reading.broken->line) : Json()},
                       {"cases_same", count(HeldCase::State::kSame)},
                       {"cases_changed", count(HeldCase::State::kChanged)},
                       {"cases_missing", count(HeldCase::State::kMissing)},
                       {"cases_superseded", count(HeldCase::State::kSuperseded)},
                       {"cases_untold", count(HeldCase::State::kUntold)},
                       {"faults", faults},
                       {"last_sha256", last},
                       {"exit", faults.empty() ? 0 : exit_status(Errc::kImplausible)}}));
    return;
  }
  print_line(fmt::format(
      "{} entries, {} line{} cut off and recovered{}; cases: {} same, {} superseded, {} untold, {} changed, "
      "{} missing",
      reading.entries.size(),
      reading.torn.size(),
      reading.torn.size() == 1 ? "" : "s",
      reading.unfinished ? ", the last line is unfinished" : "",
      count(HeldCase::State::kSame),
      count(HeldCase::State::kSuperseded),
      count(HeldCase::State::kUntold),
      count(HeldCase::State::kChanged),
      count(HeldCase::State::kMissing)));
  print_line(faults.empty() ? "the chain is whole" : "NOT as it was written");
  print_line("last SHA-256: " + last);
}

int show(const AuditArguments& given, const Program& program) {
  const fs::path file = file_of(given.out);
  const audit::Reading reading = audit::read(file);
  const auto held = audit::held_cases(reading.entries, file.parent_path());
  const auto faults = faults_of(reading, held, given.anchor);
  if (!given.verify)
    for (const auto& entry : reading.entries) print(entry, program.common.json);
  Talk talk(program.common);
  for (const auto& fault : faults) talk.error(plain(fault));
  if (program.common.verbose)
    for (const HeldCase& one : held) talk.debug(fmt::format("case {}: {}", plain(one.case_id), one.said));
  print_end(reading, held, faults, program.common);
  return faults.empty() ? 0 : exit_status(Errc::kImplausible);
}

constexpr const char* kFooter =
    "Exit codes: 0 the chain is whole and the cases are as it says, 66 no log there, 70 not.\n"
    "Who keeps the last SHA-256 elsewhere can ask with --anchor whether anything before it was written anew.";

}  // namespace

void add_audit(CLI::App& app, Program& program) {
  CLI::App* verb = add_verb(app, program, "audit", "Show and verify who did what to an output folder");
  const auto given = std::make_shared<AuditArguments>();
  verb->add_option("OUT", given->out, "Folder that `ledd run` wrote to, or a file audit.jsonl")->required();
  verb->add_flag("--verify", given->verify, "Only verify, do not list the entries");
  verb->add_option("--anchor", given->anchor, "The chain must hold an entry of this SHA-256")
      ->type_name("SHA256");
  verb->footer(kFooter);
  verb->callback([given, &program] { program.action = [given, &program] { return show(*given, program); }; });
}

}  // namespace ledd::cli
