#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <thread>

#include "ledd/cases/compare.h"
#include "ledd/cases/repeatability.h"
#include "ledd/core/config.h"
#include "ledd/core/error.h"

#include "cli.h"
#include "talk.h"

namespace ledd::cli {
namespace {

struct CompareArguments {
  std::string out, pipeline, precision, repeats;
  std::vector<std::string> pair, set;
  bool dry_run = false, repeatability = false, pool_sides = false;
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

std::vector<cases::Pairing> pairings_of(const CompareArguments& arguments, const cases::Registry& registry) {
  if (arguments.pair.empty()) return cases::pair_visits(arguments.out, registry, arguments.pipeline);
  return {cases::named_pair(arguments.out, arguments.pair[0], arguments.pair[1], arguments.pipeline)};
}

/// How each pipeline registers its visits, where it can; by name.
std::map<std::string, cases::PreparedChange> prepare(const CompareArguments& arguments,
                                                     const std::vector<cases::Pairing>& pairings,
                                                     const cases::Registry& registry) {
  std::map<std::string, cases::PreparedChange> prepared;
  for (const auto& visits : pairings)
    for (const auto& pipeline : registry)
      if (pipeline.name == visits.pipeline && pipeline.change)
        prepared.emplace(pipeline.name, pipeline.change->prepare(merge_config("", arguments.set)));
  require(arguments.set.empty() || !prepared.empty(),
          Errc::kUnsupported,
          "--set is for pipelines that register visits, and no such case is there");
  return prepared;
}

std::vector<cases::Comparison> comparisons_of(std::vector<cases::Pairing> pairings,
                                              const std::map<std::string, cases::PreparedChange>& prepared,
                                              const cases::Registry& registry) {
  std::vector<cases::Comparison> comparisons;
  for (auto& visits : pairings) {
    cases::Comparison one;
    const auto pipeline = std::find_if(
        registry.begin(), registry.end(), [&](const auto& p) { return p.name == visits.pipeline; });
    if (pipeline != registry.end()) one.pipeline = &*pipeline;
    const auto registered = prepared.find(visits.pipeline);
    if (registered != prepared.end()) one.registered = &registered->second;
    one.visits = std::move(visits);
    comparisons.push_back(std::move(one));
  }
  return comparisons;
}

int print_pairs(const std::vector<cases::Pairing>& pairings, bool json) {
  for (const auto& visits : pairings)
    for (const auto& pair : visits.pairs) print_line(json ? json_line(pair) : plain_line(pair));
  return 0;
}

int repeatability(const CompareArguments& arguments, const Program& program) {
  cases::RepeatOptions options;
  options.out = arguments.out;
  options.pipeline = arguments.pipeline;
  options.repeats = arguments.repeats;
  options.pooling = arguments.pool_sides ? cases::Pooling::kTogether : cases::Pooling::kBySide;
  Talk talk(program.common);
  const auto found = arguments.dry_run ? cases::read_repeats(options) : cases::write_repeatability(options);
  for (const std::string& why : found.apart) talk.warn(plain(why));
  print_line(program.common.json
                 ? fmt::format(R"({{"type":"summary","sets":{},"scans":{},"endpoints":{},"exit":0}})",
                               found.sets,
                               found.cases,
                               found.rows.size())
                 : fmt::format("{} sets of repeats, {} scans, {} endpoints: {}/repeatability.html",
                               found.sets,
                               found.cases,
                               found.rows.size(),
                               arguments.out));
  return 0;
}

/// {"type":"verdicts","increased":3,...}
std::string verdict_line(const cases::CompareSummary& result) {
  std::string line = R"({"type":"verdicts")";
  for (const auto& [verdict, rows] : result.verdicts) line += fmt::format(R"(,"{}":{})", verdict, rows);
  return line + "}";
}

std::string sentence(const cases::CompareSummary& result, const std::string& out) {
  std::string verdicts;
  for (const auto& [verdict, rows] : result.verdicts)
    verdicts += fmt::format("{}{} {}", verdicts.empty() ? "" : ", ", rows, verdict);
  return fmt::format("compared {}, set aside {}, failed {}: {}/changes.csv ({})",
                     result.summary.done,
                     result.summary.quarantined,
                     result.summary.failed,
                     out,
                     verdicts.empty() ? "no row" : "rows: " + verdicts);
}

int compare(const CompareArguments& arguments, const Program& program) {
  if (arguments.repeatability) return repeatability(arguments, program);
  const auto registry = program.registry();
  Talk talk(program.common);
  const auto pairings = pairings_of(arguments, registry);
  std::size_t pairs = 0;
  for (const auto& visits : pairings) {
    pairs += visits.pairs.size();
    for (const std::string& why : visits.apart) talk.warn(plain(why));
  }
  require(pairs > 0, Errc::kNotFound, fmt::format("{}: no two visits of one joint are there", arguments.out));
  const auto prepared = prepare(arguments, pairings, registry);
  if (arguments.dry_run) return print_pairs(pairings, program.common.json);
  const int threads = arguments.threads > 0
                          ? arguments.threads
                          : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  const auto result = cases::compare_visits(comparisons_of(pairings, prepared, registry),
                                            {arguments.out, threads, arguments.precision},
                                            listener_of(talk, program.common.json, pairs));
  if (const auto& error = result.summary.output_error)
    talk.error(fmt::format("{}: {}", name_of(error->code()), error->what()));
  if (program.common.json) print_line(verdict_line(result));
  print_line(program.common.json ? cli::json_line(result.summary) : sentence(result, arguments.out));
  return result.summary.exit;
}

}  // namespace

void add_compare(CLI::App& app, Program& program) {
  CLI::App* verb = add_verb(app,
                            program,
                            "compare",
                            "Change between visits with what is detectable, and repeatability from repeats");
  const auto given = std::make_shared<CompareArguments>();
  verb->add_option("OUT", given->out, "Folder that `ledd run` wrote to")->required();
  verb->add_option("--pipeline", given->pipeline, "Only the cases of this pipeline (default all)")
      ->type_name("NAME");
  verb->add_option("--pair", given->pair, "Only these two cases, by id or subject: the earlier one first")
      ->expected(2)
      ->type_name("BASELINE FOLLOWUP");
  verb->add_option(
          "--set", given->set, "Override a parameter, e.g. --set followup.kept=0.7 (again and again)")
      ->allow_extra_args(false)
      ->take_all()
      ->type_name("NAME=VALUE");
  verb->add_option(
          "--precision", given->precision, "A repeatability.csv of other cases (default: of repeats in OUT)")
      ->type_name("FILE");
  auto* repeats =
      verb->add_flag("--repeatability", given->repeatability, "What repeated scans say of every endpoint");
  verb->add_option("--repeats", given->repeats, "Which cases are repeats: CSV with case_id,group")
      ->needs(repeats)
      ->type_name("FILE");
  verb->add_flag("--pool-sides", given->pool_sides, "Right and left joints in one figure")->needs(repeats);
  verb->add_flag("--dry-run", given->dry_run, "Print the pairs; write nothing");
  verb->add_option("--threads", given->threads, "Threads in all (number, default all cores)")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  verb->footer(
      "Visits pair by subject, side, series description and study date: each with the first. A case of both\n"
      "knees is a visit of each. What was made from plain image files names no date: pair it with --pair.\n"
      "Writes OUT/changes.csv; where a pipeline registers visits, "
      "OUT/changes/BASELINE-FOLLOWUP/report.html.\n"
      "--repeatability writes OUT/repeatability.csv and OUT/repeatability.html; repeats are cases of one\n"
      "subject, side, series description, scanner and day, or the groups of --repeats.");
  verb->callback(
      [given, &program] { program.action = [given, &program] { return compare(*given, program); }; });
}

}  // namespace ledd::cli
