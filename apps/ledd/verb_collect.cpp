#include <fmt/format.h>

#include <filesystem>

#include "ledd/cases/overview.h"
#include "ledd/files/files.h"

#include "audit_trail.h"
#include "cli.h"
#include "talk.h"

namespace ledd::cli {

void add_collect(CLI::App& app, Program& program) {
  struct Arguments {
    std::vector<std::string> outs;
    std::string to;
  };
  CLI::App* verb = add_verb(app,
                            program,
                            "collect",
                            "Rebuild the tables, the database and the pages from the case folders of runs");
  const auto given = std::make_shared<Arguments>();
  verb->add_option("OUT", given->outs, "Folders that `ledd run` wrote to")->required();
  verb->add_option("-o,--out", given->to, "Folder for the tables and pages; may be OUT itself")
      ->required()
      ->type_name("DIR");
  verb->callback([given, &program] {
    program.action = [given, &program] {
      const std::size_t count = cases::collect({given->outs.begin(), given->outs.end()}, given->to);
      audited(audit_file(given->to),
              "collected",
              {{"folders", std::to_string(given->outs.size())},
               {"cases", std::to_string(count)},
               {"sha256", files::sha256_of_file(std::filesystem::path(given->to) / "endpoints.csv")}});
      print_line(program.common.json ? fmt::format(R"({{"type":"summary","cases":{},"exit":0}})", count)
                                     : fmt::format("{} cases: {}/endpoints.csv", count, given->to));
      return 0;
    };
  });
}

}  // namespace ledd::cli
