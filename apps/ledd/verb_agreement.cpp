#include <fmt/format.h>

#include "ledd/review/agreement.h"

#include "cli.h"
#include "talk.h"

namespace ledd::cli {
namespace {

struct AgreementArguments {
  std::vector<std::string> outs;
  std::string to;
  bool blinded = false, accepted = false;
  review::AgreementOptions options;
};

int agreement(const AgreementArguments& given, const Program& program) {
  review::AgreementOptions options = given.options;
  options.outs.assign(given.outs.begin(), given.outs.end());
  if (given.blinded) options.reads = review::AgreementOptions::Reads::kBlinded;
  if (given.accepted) options.results = review::AgreementOptions::Results::kAlsoAccepted;
  Talk talk(program.common);
  Context context(talk.sink());
  const auto found = review::agreement_of(options, context);
  for (const std::string& note : found.notes) talk.warn(plain(note));
  if (!given.to.empty()) review::write_agreement(found, given.to);
  if (program.common.json) {
    for (const std::string& line : review::agreement_lines(found)) print_line(line);
    print_line(fmt::format(R"({{"type":"summary","readers":{},"rows":{},"exit":0}})",
                           found.times.size(),
                           review::rows_of(found).size()));
    return 0;
  }
  if (!given.to.empty()) {
    print_line(fmt::format("{} readers: {}/agreement.html", found.times.size(), given.to));
    return 0;
  }
  std::string text = review::agreement_text(found);
  text.pop_back();
  print_line(text);
  return 0;
}

}  // namespace

void add_agreement(CLI::App& app, Program& program) {
  CLI::App* verb = add_verb(
      app, program, "agreement", "How far readers agree with each other and with the automatic result");
  const auto given = std::make_shared<AgreementArguments>();
  verb->add_option("OUT", given->outs, "Folders that `ledd run` wrote to and readers judged")->required();
  verb->add_option("-o,--out", given->to, "Folder for agreement.csv, agreement.json and agreement.html")
      ->type_name("DIR");
  verb->add_option("--pipeline", given->options.pipeline, "Only the cases of this pipeline (default all)")
      ->type_name("NAME");
  verb->add_flag("--blinded", given->blinded, "Only what was judged blinded");
  verb->add_flag(
      "--accepted",
      given->accepted,
      "A result that a reader accepted as it was counts as the reader's own,\nin values and masks");
  verb->footer(
      "Verdicts: kappa of the readers' last verdicts on the same results. Values and masks: the readers'\n"
      "corrected results, with each other and with the automatic one: bias, limits of agreement, ICC(2,1);\n"
      "Dice and surface distances. Fewer than 3 cases give no figure, and a reason.");
  verb->callback(
      [given, &program] { program.action = [given, &program] { return agreement(*given, program); }; });
}

}  // namespace ledd::cli
