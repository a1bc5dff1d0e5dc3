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
#include "ledd/report/report.h"
#include "ledd/store/store.h"

#include "case_folder.h"
#include "finished.h"
#include "pictures.h"
#include "record.h"
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

/// Compares pair after pair and keeps what the table needs.
class Comparer {
 public:
  Comparer(const std::vector<Finished>& cases,
           const Pipeline& pipeline,
           const PreparedChange& prepared,
           const CompareOptions& options,
           const Listener& listener)
      : cases_(cases), pipeline_(pipeline), prepared_(prepared), options_(options), listener_(listener) {
    summary_.run_id = new_run_id();
  }

  void add(const VisitPair& pair) {
    Change change{
        by_id(pair.baseline), by_id(pair.followup), pair.sides, pair.baseline + "-" + pair.followup, {}, {}};
    const auto start = std::chrono::steady_clock::now();
    CaseReport report;
    report.case_id = change.id;
    report.series = fmt::format("{} to {}", called(change.baseline), called(change.followup));
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
      work(change, context);
    } catch (const Error& e) {
      refuse(e);
    } catch (const std::exception& e) {
      refuse(Error(Errc::kInternal, e.what()));
    }
    report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (report.state != State::kDone) write_refusal(options_.out, report, pipeline_.name);
    keep(change, report);
    listener_.finished(report);
  }

  Summary finish() {
    writing([&] { files::write_bytes(store::changes_csv(rows_), options_.out / "changes.csv"); });
    summary_.exit = summary_.failed + summary_.quarantined == 0 ? 0
                    : summary_.done > 0 || statuses_.size() > 1 ? 8
                                                                : *statuses_.begin();
    return summary_;
  }

 private:
  const Finished& by_id(const std::string& id) const {
    const auto at = std::find_if(
        cases_.begin(), cases_.end(), [&](const Finished& one) { return one.provenance.case_id == id; });
    require(at != cases_.end(), Errc::kParam, fmt::format("there is no finished case {}", id));
    return *at;
  }

  void work(Change& change, Context& context) const {
    Provenance& p = change.provenance;
    p.case_id = change.id;
    p.pipeline = pipeline_.name;
    p.version = version();
    p.run_id = summary_.run_id;
    p.started_utc = now_utc();
    p.series = fmt::format("{} to {}", called(change.baseline), called(change.followup));
    p.parameters = prepared_.effective;
    std::vector<Visit> visits;
    visits.reserve(2);
    for (const Finished* one : {&change.baseline, &change.followup})
      visits.push_back(
          context.stage("load", [&] { return load(*one, pipeline_.change->map, options_.out, p.inputs); }));
    change.outcome = prepared_.run(visits[0].input(), visits[1].input(), change.sides, context);
    change.map = visits[0].map;
    p.stages = context.records();
    write_change(options_.out, change, pipeline_.change->definitions);
  }

  void keep(const Change& change, const CaseReport& report) {
    const bool done = report.state == State::kDone;
    ++(done ? summary_.done : report.state == State::kQuarantined ? summary_.quarantined : summary_.failed);
    if (!done) statuses_.insert(report.exit);
    auto followup = change.followup.endpoints.info;
    followup.version = version();
    rows_.push_back({change.baseline.endpoints.info,
                     followup,
                     done ? change.outcome.measurements
                          : unmeasured(change, pipeline_.change->definitions, report.reason),
                     pipeline_.change->definitions});
  }

  const std::vector<Finished>& cases_;
  const Pipeline& pipeline_;
  const PreparedChange& prepared_;
  const CompareOptions& options_;
  const Listener& listener_;
  Summary summary_;
  std::set<int> statuses_;
  std::vector<store::CaseChanges> rows_;
};

}  // namespace

Summary compare_visits(const std::vector<VisitPair>& pairs,
                       const Pipeline& pipeline,
                       const PreparedChange& prepared,
                       const CompareOptions& options,
                       const Listener& listener) {
  require(pipeline.change.has_value(),
          Errc::kUnsupported,
          fmt::format("this version cannot compare visits of {}", pipeline.name));
  const OutputLock lock(options.out);
  sweep(options.out);
  const auto cases = cases_of(options.out, pipeline.name);
  Comparer comparer(cases, pipeline, prepared, options, listener);
  Summary summary;
  try {
    for (const VisitPair& pair : pairs) comparer.add(pair);
    summary = comparer.finish();
  } catch (const OutputFailure& failure) {
    summary.output_error = failure.error;
    summary.exit = exit_status(failure.error.code());
  }
  return summary;
}

}  // namespace ledd::cases
