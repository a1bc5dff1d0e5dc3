#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ledd/cases/quality.h"
#include "ledd/core/error.h"

#include "cli.h"
#include "talk.h"

namespace ledd::cli {
namespace {

using Json = nlohmann::ordered_json;

struct QualityArguments {
  cases::QualityOptions options;
  std::vector<std::string> outs;
  std::string to;
  bool fail_on_alarm = false;
};

std::string dumped(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void print(const cases::QualityAlarm& a, bool json) {
  if (json)
    return print_line(dumped({{"type", "alarm"},
                              {"date", a.date},
                              {"since", a.since},
                              {"scanner", a.scanner},
                              {"phantom", a.phantom},
                              {"protocol", a.protocol},
                              {"endpoint", a.endpoint},
                              {"region", a.region},
                              {"case_id", a.case_id},
                              {"rule", a.rule},
                              {"meaning", a.meaning},
                              {"value", a.value},
                              {"unit", a.unit},
                              {"centre", a.centre},
                              {"low", a.low},
                              {"high", a.high},
                              {"in_baseline", a.in_baseline}}));
  print_line(fmt::format("{}  {:6}  {}{}  {:.5g} {}  {}: {}",
                         a.date,
                         a.rule,
                         a.endpoint,
                         a.region == "scan" ? "" : " " + plain(a.region),
                         a.value,
                         a.unit,
                         plain(a.scanner),
                         a.meaning));
}

int judge(QualityArguments given, const Program& program) {
  given.options.outs.assign(given.outs.begin(), given.outs.end());
  given.options.to = given.to;
  const auto summary = cases::scanner_quality(given.options);
  Talk talk(program.common);
  for (const auto& note : summary.notes) talk.warn(plain(note));
  if (summary.charts_with_limits == 0)
    talk.warn("no chart has limits: there are too few runs for a baseline");
  for (const auto& alarm : summary.alarms) print(alarm, program.common.json);
  const int exit = given.fail_on_alarm && !summary.alarms.empty() ? exit_status(Errc::kImplausible) : 0;
  print_line(program.common.json
                 ? dumped({{"type", "summary"},
                           {"runs", summary.runs},
                           {"charts", summary.charts},
                           {"charts_with_limits", summary.charts_with_limits},
                           {"alarms", summary.alarms.size()},
                           {"exit", exit}})
                 : fmt::format("{} runs, {} charts ({} with limits), {} alarms: {}/quality.html",
                               summary.runs,
                               summary.charts,
                               summary.charts_with_limits,
                               summary.alarms.size(),
                               given.to));
  return exit;
}

void add_choice(CLI::App* verb, cases::QualityOptions& options) {
  const auto each = [&](const char* name, std::vector<std::string>& to, const char* help, const char* type) {
    verb->add_option(name, to, help)->type_name(type)->allow_extra_args(false)->take_all();
  };
  each("--phantom-subject",
       options.phantom_subjects,
       "Cases of subjects of this name are phantom runs; * and ? as in a shell (again and again)",
       "NAME");
  each("--endpoint", options.endpoints, "Only charts of this endpoint (again and again)", "NAME");
  each("--leave-out", options.leave_out, "This case is no good run (again and again)", "CASE");
  verb->add_flag("--in-scan", options.in_scan, "Phantoms beneath a body count too");
  verb->add_flag("--rods", options.rods, "Charts of each rod, too");
  verb->add_option(
          "--baseline", options.baseline_runs, "The first N runs give the limits (number, default 8)")
      ->type_name("N");
  verb->add_option("--baseline-from", options.baseline_from, "The runs from this day give the limits,")
      ->type_name("YYYY-MM-DD");
  verb->add_option("--baseline-to", options.baseline_to, "up to this one")->type_name("YYYY-MM-DD");
  each("--new-baseline",
       options.new_baselines,
       "A new baseline begins at this day; of one scanner: 'NAME=2026-03-31', with * and ?",
       "DATE");
}

constexpr const char* kFooter =
    "Writes quality.html (control charts), quality.csv and alarms.csv. Exit codes: 0 with alarms, too;\n"
    "66 no phantom run; with --fail-on-alarm 70 when there is an alarm.";

}  // namespace

void add_quality(CLI::App& app, Program& program) {
  CLI::App* verb =
      add_verb(app, program, "quality", "Watch scanners by their phantom runs: control charts and alarms");
  const auto given = std::make_shared<QualityArguments>();
  verb->add_option("OUT", given->outs, "Folders that `ledd run` wrote to")->required();
  verb->add_option("-o,--out", given->to, "Folder for page and tables")->required()->type_name("DIR");
  add_choice(verb, given->options);
  verb->add_flag("--fail-on-alarm", given->fail_on_alarm, "Exit 70 when a rule is broken");
  verb->footer(kFooter);
  verb->callback(
      [given, &program] { program.action = [given, &program] { return judge(*given, program); }; });
}

}  // namespace ledd::cli
