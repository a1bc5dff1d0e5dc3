#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <map>

#include "ledd/cases/overview.h"

#include "cli.h"
#include "talk.h"

namespace ledd::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string json_of(const store::StatusRow& row) {
  return Json{{"type", "case"},
              {"case_id", row.case_id},
              {"pipeline", row.pipeline},
              {"state", row.state},
              {"code", row.reason_code},
              {"reason", row.reason},
              {"stage", row.stage},
              {"series", row.series},
              {"run_id", row.run_id},
              {"seconds", row.seconds},
              {"peak_mb", row.peak_mb}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

int status(const std::string& out, const Program& program) {
  const auto rows = cases::read_status(out);
  std::map<std::string, std::size_t> count{{"done", 0}, {"failed", 0}, {"quarantined", 0}};
  for (const auto& row : rows) {
    ++count[row.state];
    if (program.common.json)
      print_line(json_of(row));
    else if (row.state != "done" || program.common.verbose)
      print_line(fmt::format("{}  {:11}  {}{}{}",
                             row.case_id,
                             row.state,
                             plain(row.series),
                             row.reason.empty() ? "" : ": ",
                             plain(row.reason)));
  }
  if (program.common.json)
    print_line(fmt::format(R"({{"type":"summary","done":{},"failed":{},"quarantined":{}}})",
                           count["done"],
                           count["failed"],
                           count["quarantined"]));
  else
    print_line(fmt::format(
        "done {}, failed {}, set aside {}", count["done"], count["failed"], count["quarantined"]));
  return 0;
}

}  // namespace

void add_status(CLI::App& app, Program& program) {
  CLI::App* verb =
      add_verb(app, program, "status", "Show where a batch stands: what is done, what is not and why");
  const auto out = std::make_shared<std::string>();
  verb->add_option("OUT", *out, "Folder that `ledd run` wrote to")->required();
  verb->callback([out, &program] { program.action = [out, &program] { return status(*out, program); }; });
}

}  // namespace ledd::cli
