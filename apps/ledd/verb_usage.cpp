#include <fmt/format.h>

#include "ledd/cases/usage.h"
#include "ledd/files/files.h"

#include "cli.h"
#include "talk.h"

namespace ledd::cli {
namespace {

struct UsageArguments {
  std::vector<std::string> outs, by;
  std::string from, to, csv;
};

int account(const UsageArguments& given, const Program& program) {
  cases::UsageOptions options;
  options.outs.assign(given.outs.begin(), given.outs.end());
  options.from = given.from;
  options.to = given.to;
  if (!given.by.empty()) options.by.clear();
  for (const auto& name : given.by) options.by.push_back(cases::usage_key(name));
  const auto rows = cases::usage(options);
  const std::string csv = cases::usage_csv(rows, options.by);
  if (given.csv.empty()) {
    std::string text = csv;  // a terminal needs no CR
    std::erase(text, '\r');
    text.pop_back();
    print_line(text);
    return 0;
  }
  files::write_bytes(csv, given.csv);
  print_line(program.common.json ? fmt::format(R"({{"type":"summary","rows":{},"exit":0}})", rows.size())
                                 : fmt::format("{} rows: {}", rows.size(), given.csv));
  return 0;
}

}  // namespace

void add_usage(CLI::App& app, Program& program) {
  CLI::App* verb = add_verb(
      app, program, "usage", "Add up cases, time, memory and scanner time stamps, by project and site");
  const auto given = std::make_shared<UsageArguments>();
  verb->add_option("OUT", given->outs, "Folders that `ledd run` wrote to")->required();
  verb->add_option("--from", given->from, "Only what Ledd worked on from this day on (UTC)")
      ->type_name("YYYY-MM-DD");
  verb->add_option("--to", given->to, "Only what Ledd worked on up to this day, it included (UTC)")
      ->type_name("YYYY-MM-DD");
  verb->add_option("--by",
                   given->by,
                   "Columns to add up by, of project,site,scanner,pipeline,month\n(default "
                   "project,pipeline,month)")
      ->type_name("KEYS")
      ->delimiter(',')
      ->allow_extra_args(false);
  verb->add_option("-o,--out", given->csv, "Write the table to this file; default: standard output")
      ->type_name("CSV");
  verb->callback(
      [given, &program] { program.action = [given, &program] { return account(*given, program); }; });
}

}  // namespace ledd::cli
