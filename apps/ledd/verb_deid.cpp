#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>

#include "ledd/core/error.h"
#include "ledd/deidentification/batch.h"

#include "audit_trail.h"
#include "cli.h"
#include "signals.h"
#include "talk.h"

namespace ledd::cli {
namespace {

namespace deid = deidentification;
namespace fs = std::filesystem;

struct DeidArguments {
  std::vector<std::string> inputs;
  std::string out, key, subjects, words;
  bool new_key = false, allow_faces = false, allow_secondary = false, dry_run = false;
};

std::size_t count(const std::vector<deid::Row>& rows, deid::Decision decision) {
  return static_cast<std::size_t>(
      std::count_if(rows.begin(), rows.end(), [&](const auto& row) { return row.decision == decision; }));
}

/// 0 all written, 8 some, 65 none, 66 there was no file.
int status_of(const std::vector<deid::Row>& rows) {
  if (rows.empty()) return exit_status(Errc::kNotFound);
  const std::size_t written = count(rows, deid::Decision::kWritten);
  if (written == 0) return exit_status(Errc::kInput);
  return written == rows.size() ? 0 : 8;
}

void print_json(const std::vector<deid::Row>& rows, bool dry_run, int status) {
  const auto print = [](const nlohmann::ordered_json& json) {
    print_line(json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  };
  for (std::size_t i = 0; i < rows.size(); ++i)
    print({{"type", "file"},
           {"row", i + 1},
           {"path", rows[i].source.string()},
           {"decision", deid::name_of(rows[i].decision)},
           {"new_file", rows[i].name},
           {"reason", rows[i].reason}});
  print({{"type", "summary"},
         {"dry_run", dry_run},
         {"written", count(rows, deid::Decision::kWritten)},
         {"set_aside", count(rows, deid::Decision::kSetAside)},
         {"refused", count(rows, deid::Decision::kRefused)},
         {"exit", status}});
}

void print_rows(const std::vector<deid::Row>& rows, bool dry_run) {
  for (const auto& row : rows)
    if (row.decision != deid::Decision::kWritten)
      print_line(fmt::format(
          "{}: {}: {}", deid::name_of(row.decision), plain(row.source.string()), plain(row.reason)));
  print_line(fmt::format("{} files, {} {}, {} set aside, {} refused",
                         rows.size(),
                         count(rows, deid::Decision::kWritten),
                         dry_run ? "would be written" : "written",
                         count(rows, deid::Decision::kSetAside),
                         count(rows, deid::Decision::kRefused)));
}

deid::BatchOptions options_of(const DeidArguments& arguments, deid::SubjectKey& key) {
  deid::BatchOptions options;
  options.out = arguments.out;
  if (!arguments.words.empty()) options.extra_words = deid::read_words(arguments.words);
  if (!arguments.subjects.empty()) options.only_subjects = deid::assign_from_csv(arguments.subjects, key);
  options.allow_faces = arguments.allow_faces;
  options.allow_secondary = arguments.allow_secondary;
  options.dry_run = arguments.dry_run;
  return options;
}

int deidentify(const DeidArguments& arguments, const Program& program) {
  Talk talk(program.common);
  auto key =
      arguments.new_key ? deid::SubjectKey::create(arguments.key) : deid::SubjectKey::open(arguments.key);
  const auto options = options_of(arguments, key);
  Context context(talk.sink(), program.common.jobs);
  cases::Stop stop;
  const SignalWatch signals(stop);
  const cases::Stop::Watch watch(stop, context);
  const auto rows = deid::deidentify_all(
      {arguments.inputs.begin(), arguments.inputs.end()},
      key,
      options,
      [&](std::size_t done, std::size_t total) { talk.progress(done, total, "files"); },
      context);
  const int status = status_of(rows);
  // Beside the key, which stays at the site: what is de-identified leaves it, and names nobody who works
  // there.
  if (!arguments.dry_run)
    audited(arguments.key + ".audit.jsonl",
            "deidentified",
            {{"written", std::to_string(count(rows, deid::Decision::kWritten))},
             {"set_aside", std::to_string(count(rows, deid::Decision::kSetAside))},
             {"refused", std::to_string(count(rows, deid::Decision::kRefused))}});
  if (program.common.json)
    print_json(rows, arguments.dry_run, status);
  else
    print_rows(rows, arguments.dry_run);
  if (arguments.new_key && !arguments.dry_run)
    talk.info(
        fmt::format("{} undoes the de-identification; keep it at the site, and keep it", arguments.key));
  if (status == exit_status(Errc::kNotFound)) talk.error("there is no file");
  if (status == exit_status(Errc::kInput)) talk.error("nothing that is there could be de-identified");
  return status;
}

}  // namespace

void add_deid(CLI::App& app, Program& program) {
  CLI::App* verb = add_verb(app, program, "deid", "De-identify DICOM files for research");
  const auto arguments = std::make_shared<DeidArguments>();
  verb->add_option("INPUT", arguments->inputs, "DICOM folders or files")->required();
  verb->add_option("-o,--out", arguments->out, "Output folder")->type_name("DIR")->required();
  verb->add_option("--key", arguments->key, "The site's key: secret, and subjects with their pseudonyms")
      ->type_name("FILE")
      ->required();
  verb->add_flag("--new-key", arguments->new_key, "Make the key; it must not exist yet");
  verb->add_option("--subjects", arguments->subjects, "Lines original,pseudonym; other subjects are refused")
      ->type_name("CSV");
  verb->add_option("--words", arguments->words, "More words that descriptions may keep, one a line")
      ->type_name("FILE");
  verb->add_flag("--allow-faces", arguments->allow_faces, "Write images of the head, too");
  verb->add_flag("--allow-secondary", arguments->allow_secondary, "Write images of type SECONDARY, too");
  verb->add_flag("--dry-run", arguments->dry_run, "Say what would be done, write nothing");
  verb->callback([arguments, &program] {
    program.action = [arguments, &program] { return deidentify(*arguments, program); };
  });
}

}  // namespace ledd::cli
