#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "ledd/cases/compare.h"
#include "ledd/core/config.h"
#include "ledd/core/error.h"

#include "cli.h"
#include "talk.h"

namespace ledd::cli {
namespace {

struct CompareArguments {
  std::string out, pipeline = "knee-mri";
  std::vector<std::string> pair, set;
  bool dry_run = false;
  int threads = 0;
};

/// `sides` is empty where the cases alone say what they show.
std::string json_line(const cases::VisitPair& pair) {
  std::string sides;
  for (const std::string& side : pair.sides) sides += (sides.empty() ? "\"" : ",\"") + side + "\"";
  return fmt::format(R"({{"type":"pair","baseline":"{}","followup":"{}","sides":[{}]}})",
                     pair.baseline,
                     pair.followup,
                     sides);
}

std::string plain_line(const cases::VisitPair& pair) {
  std::string text = fmt::format("{} to {}", pair.baseline, pair.followup);
  for (const std::string& side : pair.sides) text += " " + side;
  return text;
}

cases::Listener listener_of(Talk& talk, bool json, std::size_t total) {
  cases::Listener listener;
  const auto ended = std::make_shared<std::size_t>(0);
  listener.log = [&talk, ended, total](const std::string& id, Context::Level, std::string_view text) {
    talk.progress(*ended, total, fmt::format("{} {}", id, text).substr(0, 60));
  };
  listener.finished = [&talk, ended, total, json](const cases::CaseReport& report) {
    ++*ended;
    if (json) print_line(cli::json_line(report));
    const std::string head = fmt::format("[{}/{}] {} {} ({:.1f} s) {}",
                                         *ended,
                                         total,
                                         report.case_id,
                                         cases::name_of(report.state),
                                         report.seconds,
                                         plain(report.series));
    if (report.reason.empty())
      talk.info(head);
    else
      talk.warn(head + ": " + plain(report.reason));
  };
  return listener;
}

cases::Pairing pairing_of(const CompareArguments& arguments, const cases::Pipeline& pipeline) {
  if (arguments.pair.empty()) return cases::pair_visits(arguments.out, pipeline);
  return {{cases::named_pair(arguments.out, arguments.pair[0], arguments.pair[1])}, {}};
}

int compare(const CompareArguments& arguments, const Program& program) {
  const auto registry = program.registry();
  const auto& pipeline = cases::find_pipeline(registry, arguments.pipeline);
  require(pipeline.change.has_value(),
          Errc::kUnsupported,
          fmt::format("this version cannot compare visits of {}", pipeline.name));
  const auto prepared = pipeline.change->prepare(merge_config("", arguments.set));
  Talk talk(program.common);
  const auto pairing = pairing_of(arguments, pipeline);
  for (const std::string& why : pairing.apart) talk.warn(plain(why));
  require(!pairing.pairs.empty(),
          Errc::kNotFound,
          fmt::format("{}: no two visits of one joint are there", arguments.out));
  if (arguments.dry_run) {
    for (const auto& pair : pairing.pairs)
      print_line(program.common.json ? json_line(pair) : plain_line(pair));
    return 0;
  }
  const int threads = arguments.threads > 0
                          ? arguments.threads
                          : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  const auto summary = cases::compare_visits(pairing.pairs,
                                             pipeline,
                                             prepared,
                                             {arguments.out, threads},
                                             listener_of(talk, program.common.json, pairing.pairs.size()));
  if (summary.output_error)
    talk.error(fmt::format("{}: {}", name_of(summary.output_error->code()), summary.output_error->what()));
  print_line(program.common.json ? cli::json_line(summary)
                                 : fmt::format("compared {}, set aside {}, failed {}: {}/changes.csv",
                                               summary.done,
                                               summary.quarantined,
                                               summary.failed,
                                               arguments.out));
  return summary.exit;
}

}  // namespace

void add_compare(CLI::App& app, Program& program) {
  CLI::App* verb = add_verb(
      app, program, "compare", "Change between visits: registers them and measures the same regions");
  const auto given = std::make_shared<CompareArguments>();
  verb->add_option("OUT", given->out, "Folder that `ledd run` wrote to")->required();
  verb->add_option("--pipeline", given->pipeline, "Whose cases to compare (default knee-mri)")
      ->type_name("NAME");
  verb->add_option("--pair", given->pair, "Only these two cases, by id or subject: the earlier one first")
      ->expected(2)
      ->type_name("BASELINE FOLLOWUP");
  verb->add_option(
          "--set", given->set, "Override a parameter, e.g. --set followup.kept=0.7 (again and again)")
      ->allow_extra_args(false)
      ->take_all()
      ->type_name("NAME=VALUE");
  verb->add_flag("--dry-run", given->dry_run, "Print the pairs; write nothing");
  verb->add_option("--threads", given->threads, "Threads in all (number, default all cores)")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  verb->footer(
      "Visits pair by subject, side, series description and study date: each with the first. A case of both\n"
      "knees is a visit of each. What was made from plain image files names no date: pair it with --pair.\n"
      "Writes OUT/changes.csv and, for each pair, OUT/changes/BASELINE-FOLLOWUP/report.html.");
  verb->callback(
      [given, &program] { program.action = [given, &program] { return compare(*given, program); }; });
}

}  // namespace ledd::cli
