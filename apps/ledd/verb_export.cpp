#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <map>

#include "ledd/cases/export.h"
#include "ledd/core/error.h"
#include "ledd/files/files.h"

#include "audit_trail.h"
#include "cli.h"
#include "talk.h"

namespace ledd::cli {
namespace {

struct Arguments {
  std::vector<std::string> outs;
  std::string to, event_map, format, quality = "all";
  cases::ExportOptions options;
};

using Format = cases::ExportFormat;
using Quality = store::Selection::Quality;
const std::map<std::string, Format> kFormats{
    {"csv", Format::kCsv}, {"wide", Format::kWide}, {"redcap", Format::kRedcap}, {"sqlite", Format::kSqlite}};
const std::map<std::string, Quality> kQualities{
    {"good", Quality::kGood}, {"uncertain", Quality::kUncertain}, {"all", Quality::kAll}};

int run_export(const Arguments& given, const Program& program) {
  cases::ExportOptions options = given.options;
  options.format = kFormats.at(given.format);
  options.selection.quality = kQualities.at(given.quality);
  const bool redcap = options.format == cases::ExportFormat::kRedcap;
  require(redcap || (given.event_map.empty() && !options.redcap.repeat_instrument),
          Errc::kParam,
          "--event-map and --repeat-instrument go with --format redcap");
  try {
    if (!given.event_map.empty())
      options.redcap.event_of_session = store::parse_event_map(files::read_bytes(given.event_map));
  } catch (const Error& e) {
    throw e.within(given.event_map);
  }
  Talk talk(program.common);
  const cases::Exported done =
      cases::export_tables({given.outs.begin(), given.outs.end()}, options, given.to);
  // Where the cases come from: what left a folder is to be known there. Who may only read it leaves no trace.
  for (const std::string& out : given.outs)
    if (::access(out.c_str(), W_OK) == 0)
      audited(audit_file(out),
              "exported",
              {{"cases", std::to_string(done.cases)}, {"rows", std::to_string(done.rows)}});
  if (done.without_record > 0)
    talk.warn(fmt::format("{} of {} cases have no record: {}/left_out.csv says why",
                          done.without_record,
                          done.cases,
                          given.to));
  if (program.common.json)
    print_line(nlohmann::ordered_json{
        {"type", "summary"},
        {"cases", done.cases},
        {"rows", done.rows},
        {"left_out", done.left_out},
        {"without_record", done.without_record},
        {"files", done.files},
        {"exit",
         0}}.dump());
  else
    print_line(
        fmt::format("{} cases, {} rows{}: {}/{}",
                    done.cases,
                    done.rows,
                    done.left_out > 0 ? fmt::format(", {} left out for their quality", done.left_out) : "",
                    given.to,
                    done.files.front()));
  return 0;
}

}  // namespace

void add_export(CLI::App& app, Program& program) {
  CLI::App* verb =
      add_verb(app, program, "export", "Write the endpoints for R, SPSS, REDCap or SQL into a new folder");
  const auto given = std::make_shared<Arguments>();
  auto& selection = given->options.selection;
  verb->add_option("OUT", given->outs, "Folders that `ledd run` wrote to")->required();
  verb->add_option("-o,--out", given->to, "Folder that appears, or takes the place of an earlier export")
      ->required()
      ->type_name("DIR");
  verb->add_option("--format", given->format, "csv: a row per value; wide: a row per case; redcap; sqlite")
      ->check(CLI::IsMember(std::vector<std::string>{"csv", "wide", "redcap", "sqlite"}))
      ->type_name("FORMAT")
      ->required();
  verb->add_option("--pipeline", selection.pipelines, "Only cases of these")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("NAME,...");
  verb->add_option("--endpoint", selection.endpoints, "Only these endpoints")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("KEY,...");
  verb->add_option("--statistic", selection.statistics, "Only these: value, se, ...")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("NAME,...");
  verb->add_option("--quality", given->quality, "good values; uncertain ones too; all rows (default)")
      ->check(CLI::IsMember(std::vector<std::string>{"good", "uncertain", "all"}))
      ->type_name("LEVEL");
  verb->add_option("--event-map", given->event_map, "REDCap: CSV with the columns session,redcap_event_name")
      ->type_name("FILE");
  verb->add_flag("--repeat-instrument",
                 given->options.redcap.repeat_instrument,
                 "REDCap: each case and side is an instance of its instrument");
  verb->callback(
      [given, &program] { program.action = [given, &program] { return run_export(*given, program); }; });
}

}  // namespace ledd::cli
