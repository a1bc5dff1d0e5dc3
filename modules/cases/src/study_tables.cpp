#include <fmt/format.h>

#include <map>
#include <memory>
#include <set>

#include "ledd/cases/overview.h"
#include "ledd/cases/study_plan.h"
#include "ledd/core/error.h"
#include "ledd/files/files.h"
#include "ledd/store/store.h"

#include "finished.h"
#include "study_status.h"

namespace ledd::cases {
namespace {

namespace fs = std::filesystem;

ReportTable table_of(const char* name, const std::vector<std::string>& columns) {
  ReportTable table;
  table.name = name;
  for (const std::string& column : columns) table.columns.push_back({column, false});
  return table;
}

/// True when a table of the folder is to be made anew for it.
bool name_cases_of(const StudyPlan& plan, const StudyStanding& standing) {
  bool changed = false;
  for (const auto& [id, record] : standing.names)
    changed = write_study_record(plan.file.out / "cases" / id, record) || changed;
  return changed;
}

}  // namespace

const std::vector<std::string>& study_states() {
  static const std::vector<std::string> states{"done",
                                               "to do",
                                               "not due",
                                               "off protocol",
                                               "out of window",
                                               "no date",
                                               "ambiguous",
                                               "incomplete",
                                               "missing",
                                               "refused",
                                               "failed"};
  return states;
}

std::vector<StudyRow> study_status(const StudyPlan& plan, study::Date today) {
  return standing_of(plan, *plan.finished, today).rows;
}

std::string study_status_csv(const std::vector<StudyRow>& rows) {
  auto table = table_of("study_status",
                        {"subject",
                         "visit",
                         "protocol",
                         "side",
                         "state",
                         "reason",
                         "expected",
                         "found",
                         "site",
                         "scanner",
                         "study_date",
                         "day",
                         "case_id"});
  for (const StudyRow& r : rows)
    table.rows.push_back({{r.subject,
                           r.visit,
                           r.protocol,
                           r.side,
                           r.state,
                           r.reason,
                           r.expected,
                           r.found,
                           r.site,
                           r.scanner,
                           r.study_date,
                           r.day,
                           r.case_id}});
  return store::report_table_csv(table);
}

std::string study_series_csv(const StudyPlan& plan) {
  auto table = table_of("study_series",
                        {"subject", "study_date", "series", "description", "protocols", "cases", "reason"});
  for (const StudySeries& s : plan.series)
    table.rows.push_back(
        {{s.subject, s.study_date, s.series, s.description, s.protocols, s.cases, s.reason}});
  return store::report_table_csv(table);
}

Listener naming_listener(const StudyPlan& plan, Listener listener) {
  // The visit may change when the sides are measured: record_study() has the last word.
  auto names = std::make_shared<const std::map<std::string, StudyRecord>>(
      standing_of(plan, *plan.finished, study::Date()).names);
  listener.finished =
      [names, out = plan.file.out, told = std::move(listener.finished)](const CaseReport& report) {
        const auto name = names->find(report.case_id);
        const bool finished = report.state == State::kDone || report.state == State::kCached;
        if (finished && name != names->end())
          write_study_record(out / "cases" / report.case_id, name->second);
        told(report);
      };
  return listener;
}

std::vector<StudyRow> record_study(const StudyPlan& plan, study::Date today) {
  const StudyStanding standing = standing_of(plan, finished_cases(plan.file.out), today);
  const fs::path& out = plan.file.out;
  name_cases_of(plan, standing);
  std::error_code error;
  fs::create_directories(out, error);
  require(!error, Errc::kCreate, fmt::format("{}: {}", out.string(), error.message()));
  refresh_overview(out);
  files::write_bytes(study_status_csv(standing.rows), out / "study_status.csv");
  if (plan.file.key.empty()) files::write_bytes(study_series_csv(plan), out / "study_series.csv");
  return standing.rows;
}

Summary joined(const std::vector<Summary>& batches) {
  Summary all;
  std::set<int> statuses;
  for (const Summary& one : batches) {
    if (all.run_id.empty()) all.run_id = one.run_id;
    all.done += one.done;
    all.cached += one.cached;
    all.failed += one.failed;
    all.quarantined += one.quarantined;
    all.stopped = all.stopped || one.stopped;
    if (!all.output_error) all.output_error = one.output_error;
    if (one.exit != 0) statuses.insert(one.exit);
  }
  if (all.output_error)
    all.exit = exit_status(all.output_error->code());
  else if (all.stopped)
    all.exit = exit_status(Errc::kCancelled);
  else if (!statuses.empty())
    all.exit = all.done + all.cached == 0 && statuses.size() == 1 ? *statuses.begin() : 8;
  return all;
}

}  // namespace ledd::cases
