#include "ledd/cases/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <iterator>
#include <set>

#include "ledd/cases/overview.h"
#include "ledd/core/error.h"
#include "ledd/files/files.h"
#include "ledd/measurement/estimate.h"
#include "ledd/report/report.h"
#include "ledd/store/changes.h"
#include "ledd/store/repeatability.h"

#include "case_folder.h"
#include "change_summary.h"
#include "differences.h"
#include "finished.h"
#include "pictures.h"
#include "precision.h"
#include "record.h"
#include "repeat_sets.h"
#include "run_case.h"
#include "writer.h"

namespace ledd::cases {
namespace {

namespace fs = std::filesystem;

/// What one comparison is made of and makes.
struct Change {
  const Finished& baseline;
  const Finished& followup;
  std::vector<std::string> sides;  ///< To be compared; empty: all that both show.
  std::string id;
  Provenance provenance;
  Outcome outcome;
  Volume::Pointer map{};  ///< Of the baseline, below the figures; null where the pipeline names none.
};

store::CaseInfo info_of(const Change& change) {
  store::CaseInfo info = change.followup.endpoints.info;
  info.case_id = change.id;
  info.version = version();
  return info;
}

report::Facts facts_of(const Change& change) {
  report::Facts facts{{"Pipeline", change.provenance.pipeline},
                      {"Ledd", change.provenance.version},
                      {"Subject", change.followup.endpoints.info.subject}};
  for (const auto& [name, one] : {std::pair{"Baseline", &change.baseline}, {"Follow-up", &change.followup}})
    facts.emplace_back(
        name,
        fmt::format(
            "{}, {}, {}",
            one->endpoints.info.study_date.empty() ? "no date" : one->endpoints.info.study_date,
            one->provenance.series,
            one->endpoints.info.scanner.empty() ? "scanner not stated" : one->endpoints.info.scanner));
  return facts;
}

std::string page_of(const Change& change,
                    const std::vector<EndpointDefinition>& definitions,
                    std::vector<report::Picture> pictures) {
  report::CasePage page;
  page.title = fmt::format("{}: change from {} to {}",
                           change.provenance.pipeline,
                           change.baseline.provenance.case_id,
                           change.followup.provenance.case_id);
  page.facts = facts_of(change);
  page.outcome = &change.outcome;
  page.definitions = definitions;
  page.pictures = std::move(pictures);
  page.ok = std::none_of(change.outcome.measurements.begin(), change.outcome.measurements.end(), needs_eyes);
  return report::case_page(page);
}

void write_change(const fs::path& out, Change& change, const std::vector<EndpointDefinition>& definitions) {
  auto pictures = pictures_of(change.map.GetPointer(), change.outcome);
  std::optional<Staging> staging;
  writing([&] { staging.emplace(out / "changes", change.id); });
  Writer writer(staging->path());
  writer.bytes("endpoints.json",
               store::print_endpoints({info_of(change), change.outcome.measurements, definitions}));
  for (const auto& one : pictures) writer.bytes("figures/" + one.name + ".png", one.png);
  writer.bytes("report.html", page_of(change, definitions, std::move(pictures)));
  change.provenance.outputs = writer.outputs();
  writer.bytes("provenance.json", print(change.provenance));
  writing([&] { staging->publish(out / "superseded"); });
}

void write_refusal(const fs::path& out, const CaseReport& report, const std::string& pipeline) {
  writing([&] {
    Staging staging(out / "changes", report.case_id);
    files::write_bytes(print(Reason{report.case_id,
                                    pipeline,
                                    std::string(name_of(report.state)),
                                    report.code,
                                    report.reason,
                                    report.stage,
                                    report.series,
                                    "",
                                    report.seconds,
                                    0.0}),
                       staging.path() / "reason.json");
    staging.publish(out / "superseded");
  });
}

/// The sides that a pair was to give; {""} where none is known.
std::vector<std::string> sides_wanted(const Change& change) {
  if (!change.sides.empty()) return change.sides;
  const auto before = sides_of(change.baseline), after = sides_of(change.followup);
  std::vector<std::string> both;
  std::set_intersection(before.rbegin(),
                        before.rend(),
                        after.rbegin(),
                        after.rend(),
                        std::back_inserter(both),
                        std::greater<>());
  return both.empty() ? std::vector<std::string>{""} : both;
}

/// A row of each endpoint that could not be had, so that a table shows the pair.
std::vector<Measurement> unmeasured(const Change& change,
                                    const std::vector<EndpointDefinition>& definitions,
                                    const std::string& reason) {
  std::vector<Measurement> rows;
  for (const std::string& side : sides_wanted(change))
    for (const auto& definition : definitions) {
      rows.push_back(failed("", definition, reason));
      rows.back().side = side;
    }
  return rows;
}

/// What a finished case holds for a comparison.
struct Visit {
  Labels::Pointer labels;
  Volume::Pointer map;
  std::vector<std::string> sides;
  VisitInput input() const { return {labels.GetPointer(), sides, map.GetPointer()}; }
};

/// Reads files of a case folder and keeps their digests.
Visit load(const Finished& one,
           const std::string& map,
           const fs::path& out,
           std::vector<FileDigest>& inputs) {
  const auto kept = [&](const fs::path& file) {
    inputs.push_back({file.lexically_relative(out).string(), files::sha256_of_file(file)});
    return file;
  };
  Visit visit;
  visit.labels = files::read_labels(kept(one.folder / "labels.nii.gz"));
  const auto sides = sides_of(one);
  visit.sides.assign(sides.rbegin(), sides.rend());
  if (map.empty()) return visit;
  const fs::path file = one.folder / "maps" / (map + ".nii.gz");
  require(
      fs::exists(file),
      Errc::kInput,
      fmt::format("{} holds no map {}: an earlier version of Ledd made it; run it again", called(one), map));
  visit.map = files::read_volume(kept(file));
  return visit;
}

/// What a pair was registered and measured for, as rows of the table: without precision, since repeats have
/// no such endpoints.
std::vector<store::ChangeRow> registered_rows(std::vector<Measurement> measurements,
                                              const std::vector<EndpointDefinition>& definitions) {
  std::vector<store::ChangeRow> rows;
  for (Measurement& m : measurements) {
    const std::string method = definition_of(m.endpoint, definitions).method;
    const char* verdict = m.value ? "precision unknown" : "not measurable";
    rows.push_back({std::move(m), method, {}, {}, {}, {}, "", verdict});
  }
  return rows;
}

/// Compares pair after pair and keeps what the table needs.
class Comparer {
 public:
  Comparer(const std::vector<Finished>& cases,
           const Precision& precision,
           const CompareOptions& options,
           const Listener& listener)
      : cases_(cases), precision_(precision), options_(options), listener_(listener) {
    summary_.run_id = new_run_id();
  }

  void add(const Comparison& comparison, const VisitPair& pair) {
    Change change{
        by_id(pair.baseline), by_id(pair.followup), pair.sides, pair.baseline + "-" + pair.followup, {}, {}};
    const auto start = std::chrono::steady_clock::now();
    CaseReport report;
    report.case_id = change.id;
    report.series = fmt::format("{} to {}", called(change.baseline), called(change.followup));
    rows_.push_back({change.baseline.endpoints.info, change.followup.endpoints.info, {}});
    rows_.back().followup.version = version();
    if (comparison.registered != nullptr) {
      const ChangeRule& rule = *comparison.pipeline->change;
      measure(change, comparison, report);
      if (report.state == State::kDone)
        reports_.push_back(change.id);
      else
        write_refusal(options_.out, report, comparison.pipeline->name);
      rows_.back().rows =
          registered_rows(report.state == State::kDone ? change.outcome.measurements
                                                       : unmeasured(change, rule.definitions, report.reason),
                          rule.definitions);
    }
    auto differing = differences(change.baseline, change.followup, pair.sides, precision_);
    std::move(differing.begin(), differing.end(), std::back_inserter(rows_.back().rows));
    for (const auto& row : rows_.back().rows) ++verdicts_[row.verdict];
    report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    count(report);
    listener_.finished(report);
  }

  CompareSummary finish() {
    writing([&] {
      files::write_bytes(store::changes_csv(rows_), options_.out / "changes.csv");
      files::write_bytes(changes_html(rows_, reports_), options_.out / "changes.html");
    });
    summary_.exit = summary_.failed + summary_.quarantined == 0 ? 0
                    : summary_.done > 0 || statuses_.size() > 1 ? 8
                                                                : *statuses_.begin();
    return {summary_, verdicts_};
  }

 private:
  const Finished& by_id(const std::string& id) const {
    const auto at = std::find_if(
        cases_.begin(), cases_.end(), [&](const Finished& one) { return one.provenance.case_id == id; });
    require(at != cases_.end(), Errc::kParam, fmt::format("there is no finished case {}", id));
    return *at;
  }

  /// Registers the visits and measures between them; what goes wrong is in the report.
  void measure(Change& change, const Comparison& comparison, CaseReport& report) const {
    Context context(
        [&](Context::Level level, std::string_view text) { listener_.log(change.id, level, text); },
        options_.threads);
    const auto refuse = [&](const Error& error) {
      report.state = error.code() == Errc::kInternal ? State::kFailed : State::kQuarantined;
      report.exit = exit_status(error.code());
      report.code = name_of(error.code());
      report.reason = error.what();
      for (const auto& record : context.records())
        if (!record.ok) report.stage = record.name;
    };
    try {
      work(change, comparison, context);
    } catch (const Error& e) {
      refuse(e);
    } catch (const std::exception& e) {
      refuse(Error(Errc::kInternal, e.what()));
    }
  }

  void work(Change& change, const Comparison& comparison, Context& context) const {
    const Pipeline& pipeline = *comparison.pipeline;
    Provenance& p = change.provenance;
    p.case_id = change.id;
    p.pipeline = pipeline.name;
    p.version = version();
    p.run_id = summary_.run_id;
    p.started_utc = now_utc();
    p.series = fmt::format("{} to {}", called(change.baseline), called(change.followup));
    p.parameters = comparison.registered->effective;
    std::vector<Visit> visits;
    visits.reserve(2);
    for (const Finished* one : {&change.baseline, &change.followup})
      visits.push_back(
          context.stage("load", [&] { return load(*one, pipeline.change->map, options_.out, p.inputs); }));
    change.outcome = comparison.registered->run(visits[0].input(), visits[1].input(), change.sides, context);
    change.map = visits[0].map;
    p.stages = context.records();
    write_change(options_.out, change, pipeline.change->definitions);
  }

  void count(const CaseReport& report) {
    const bool done = report.state == State::kDone;
    ++(done ? summary_.done : report.state == State::kQuarantined ? summary_.quarantined : summary_.failed);
    if (!done) statuses_.insert(report.exit);
  }

  const std::vector<Finished>& cases_;
  const Precision& precision_;
  const CompareOptions& options_;
  const Listener& listener_;
  Summary summary_;
  std::set<int> statuses_;
  std::map<std::string, std::size_t> verdicts_;
  std::vector<store::CaseChanges> rows_;
  std::vector<std::string> reports_;  ///< Pairs that have one.
};

/// Of the file that was given, else of the repeats among the cases.
Precision precision_of(const CompareOptions& options, const std::vector<Finished>& cases) {
  if (!options.precision.empty()) {
    try {
      return {store::parse_repeatability_csv(files::read_bytes(options.precision)),
              options.precision.filename().string()};
    } catch (const Error& e) {
      throw e.within(options.precision.string());
    }
  }
  RepeatOptions wanted;
  wanted.out = options.out;
  std::vector<store::RepeatabilityRow> rows;
  for (auto& series : repeat_series(repeat_sets(cases, wanted).sets, Pooling::kTogether)) {
    measure(series);
    rows.push_back(std::move(series.row));
  }
  return {rows, "repeats of these cases"};
}

}  // namespace

CompareSummary compare_visits(const std::vector<Comparison>& comparisons,
                              const CompareOptions& options,
                              const Listener& listener) {
  for (const auto& one : comparisons)
    require(one.registered == nullptr || (one.pipeline != nullptr && one.pipeline->change),
            Errc::kInternal,
            "a comparison is registered by no pipeline");
  const OutputLock lock(options.out);
  sweep(options.out);
  const auto cases = finished_cases(options.out);
  const Precision precision = precision_of(options, cases);
  Comparer comparer(cases, precision, options, listener);
  CompareSummary result;
  try {
    for (const auto& one : comparisons)
      for (const VisitPair& pair : one.visits.pairs) comparer.add(one, pair);
    result = comparer.finish();
  } catch (const OutputFailure& failure) {
    result.summary.output_error = failure.error;
    result.summary.exit = exit_status(failure.error.code());
  }
  return result;
}

}  // namespace ledd::cases
