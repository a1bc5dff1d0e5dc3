#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ledd/cases/harmonise.h"

#include "cli.h"
#include "talk.h"

namespace ledd::cli {
namespace {

struct HarmoniseArguments {
  std::string out, to, method = "combat", by = "scanner", covariates, phantom, pipeline, reference;
  std::vector<std::string> preserve;
  bool no_eb = false;
  std::size_t least = 5;
};

int harmonise(const HarmoniseArguments& given, const Program& program) {
  cases::HarmoniseOptions options;
  options.out = given.out;
  options.to = given.to;
  options.method = given.method == "combat" ? cases::Harmonisation::kCombat : cases::Harmonisation::kPhantom;
  options.by = given.by == "scanner" ? cases::BatchBy::kScanner : cases::BatchBy::kSite;
  options.pipeline = given.pipeline;
  options.reference = given.reference;
  options.covariates = given.covariates;
  options.preserve = given.preserve;
  options.empirical_bayes = !given.no_eb;
  options.least_samples = given.least;
  options.phantom = given.phantom;
  Talk talk(program.common);
  const auto summary = cases::harmonise(options);
  for (const auto& note : summary.notes) talk.info(plain(note));
  print_line(program.common.json ? nlohmann::json{{"type", "summary"},
                                                  {"values", summary.values},
                                                  {"harmonised", summary.harmonised},
                                                  {"exit", 0}}
                                       .dump()
                                 : fmt::format("harmonised {} of {} values: {}/harmonised.csv",
                                               summary.harmonised,
                                               summary.values,
                                               given.to));
  return 0;
}

}  // namespace

void add_harmonise(CLI::App& app, Program& program) {
  CLI::App* verb = add_verb(
      app, program, "harmonise", "Values brought together over scanners, as a second column beside the raw");
  const auto given = std::make_shared<HarmoniseArguments>();
  verb->add_option("OUT", given->out, "Folder that `ledd run` wrote to")->required();
  verb->add_option("-o,--out", given->to, "Folder for the tables")->required()->type_name("DIR");
  verb->add_option("--method", given->method, "combat or phantom (default combat)")
      ->check(CLI::IsMember({"combat", "phantom"}))
      ->type_name("NAME");
  verb->add_option("--by", given->by, "What a batch is: scanner or site (default scanner)")
      ->check(CLI::IsMember({"scanner", "site"}))
      ->type_name("NAME");
  verb->add_option("--pipeline", given->pipeline, "Only the cases of this pipeline")->type_name("NAME");
  verb->add_option("--covariates", given->covariates, "CSV with a column case_id or subject")
      ->type_name("FILE");
  verb->add_option("--preserve", given->preserve, "Columns of it whose effect is to stay, e.g. age,sex")
      ->delimiter(',')
      ->type_name("NAMES");
  verb->add_option("--reference", given->reference, "The scanner or site that stays as it is")
      ->type_name("NAME");
  verb->add_flag("--no-eb", given->no_eb, "ComBat without empirical Bayes");
  verb->add_option("--min-cases", given->least, "Values of an endpoint a batch must have (default 5)")
      ->check(CLI::Range(std::size_t{2}, std::size_t{100000}))
      ->type_name("N");
  verb->add_option("--phantom", given->phantom, "CSV: scanner (or site), endpoint, part, value, reference")
      ->type_name("FILE");
  verb->footer(
      "Writes DIR/harmonised.csv: the columns of endpoints.csv, then value_harmonised, or the reason why "
      "there\n"
      "is none; and DIR/harmonisation.csv: shift and scale of each batch. The raw value is never replaced.");
  verb->callback(
      [given, &program] { program.action = [given, &program] { return harmonise(*given, program); }; });
}

}  // namespace ledd::cli
