#include "ledd/cases/overview.h"

#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <map>
#include <set>

#include "ledd/files/write_set.h"
#include "ledd/report/group_page.h"
#include "ledd/report/report.h"

#include "case_folder.h"
#include "finished_record.h"
#include "gathered.h"
#include "record.h"
#include "reviews.h"
#include "tables_stamp.h"

namespace ledd::cases {
namespace {

namespace fs = std::filesystem;

std::vector<store::StatusRow> status_rows(const Gathered& all) {
  std::vector<store::StatusRow> rows;
  rows.reserve(all.cases.size() + all.reasons.size());
  for (const Finished& one : all.cases) {
    const Provenance& p = one.provenance;
    rows.push_back({p.case_id, p.pipeline, "", "done", "", "", p.series, p.run_id, p.seconds, p.peak_mb});
    rows.back().review = one.endpoints.info.review;
  }
  for (const auto& r : all.reasons)
    rows.push_back({r.case_id,
                    r.pipeline,
                    r.stage,
                    r.state,
                    r.code,
                    r.reason,
                    r.series,
                    r.run_id,
                    r.seconds,
                    r.peak_mb});
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.case_id < b.case_id; });
  return rows;
}

/// A relative path as a link: what means something in an address is written as %XX.
std::string url_of(const fs::path& path) {
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
  std::string url;
  for (const char c : path.generic_string())
    if (kPlain.find(c) != std::string_view::npos)
      url += c;
    else
      url += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return url;
}

/// The way from the pages' folder to each case's folder.
class Links {
 public:
  explicit Links(const fs::path& to) : to_(fs::weakly_canonical(to)) {}

  std::string operator()(const Finished& one, const std::string& file) {
    const fs::path parent = one.folder.parent_path();
    const auto [at, is_new] = ways_.emplace(parent, fs::path());
    if (is_new) at->second = fs::weakly_canonical(parent).lexically_relative(to_);
    return url_of(at->second / one.folder.filename() / file);
  }

 private:
  fs::path to_;
  std::map<fs::path, fs::path> ways_;
};

/// The small picture; of a case made before there was one, its first figure.
std::string thumbnail_of(const Finished& one) {
  std::string first;
  for (const auto& file : one.provenance.outputs) {
    if (file.name == "figures/thumbnail.png") return file.name;
    if (first.empty() && file.name.starts_with("figures/")) first = file.name;
  }
  return first;
}

report::IndexRow index_row(const Finished& one, Links& link) {
  const Provenance& p = one.provenance;
  report::IndexRow row;
  row.case_id = p.case_id;
  row.state = "done";
  row.pipeline = p.pipeline;
  row.series = p.series;
  row.link = link(one, "report.html");
  row.decision = one.endpoints.info.review.decision;
  row.reader = one.endpoints.info.review.reader;
  for (const Measurement& m : one.endpoints.measurements) {
    if (m.statistic == "se" || m.statistic == "slice_sd") continue;  // as good as their value
    ++(m.quality == Quality::kGood        ? row.good
       : m.quality == Quality::kUncertain ? row.uncertain
                                          : row.failed);
    if (needs_eyes(m)) ++row.eyes;
  }
  if (const std::string picture = thumbnail_of(one); !picture.empty()) row.thumbnail = link(one, picture);
  return row;
}

std::string index_of(const Gathered& all, Links& link) {
  std::vector<report::IndexRow> rows;
  rows.reserve(all.cases.size() + all.reasons.size());
  for (const Finished& one : all.cases) rows.push_back(index_row(one, link));
  for (const Reason& r : all.reasons) {
    report::IndexRow row;
    row.case_id = r.case_id;
    row.state = r.state;
    row.reason = r.reason;
    row.pipeline = r.pipeline;
    row.series = r.series;
    rows.push_back(std::move(row));
  }
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.case_id < b.case_id; });
  return report::index_page("Ledd: all cases", rows);
}

/// What the visits of subjects are called on the group page: "study date 2" is the second date on which the
/// subject has results of the pipeline.
class Visits {
 public:
  explicit Visits(const std::vector<Finished>& cases) {
    for (const Finished& one : cases)
      if (!date(one).empty()) dates_[key(one)].insert(date(one));
  }
  std::string of(const Finished& one) const {
    if (date(one).empty() || one.endpoints.info.subject.empty()) return "";
    const auto& dates = dates_.at(key(one));
    return fmt::format("study date {}", std::distance(dates.begin(), dates.find(date(one))) + 1);
  }

 private:
  static const std::string& date(const Finished& one) { return one.endpoints.info.study_date; }
  static std::pair<std::string, std::string> key(const Finished& one) {
    return {one.endpoints.info.pipeline, one.endpoints.info.subject};
  }
  std::map<std::pair<std::string, std::string>, std::set<std::string>> dates_;
};

/// What the study file says of a case: the name of its visit, and how it departs from the protocol.
void add_study(const Finished& one,
               report::GroupCase& shown,
               std::vector<report::GroupDeviation>& deviations) {
  if (!one.study) return;
  if (!one.study->visit.empty()) shown.visit = one.study->visit;
  const store::CaseInfo& i = one.endpoints.info;
  for (const std::string& text : one.study->deviations)
    deviations.push_back({i.case_id, i.subject, i.session, text});
}

std::string group_of(const Gathered& all, const std::vector<EndpointDefinition>& definitions, Links& link) {
  report::GroupPage page;
  page.title = "Ledd: values of all cases";
  page.definitions = definitions;
  const Visits visits(all.cases);
  page.cases.reserve(all.cases.size());
  for (const Finished& one : all.cases) {
    const store::CaseInfo& i = one.endpoints.info;
    page.cases.push_back({i.case_id,
                          i.pipeline,
                          i.subject,
                          visits.of(one),
                          i.study_date,
                          i.site,
                          i.scanner,
                          link(one, "report.html"),
                          &one.endpoints.measurements,
                          i.review.decision});
    add_study(one, page.cases.back(), page.deviations);
  }
  for (const Reason& r : all.reasons)
    page.failures.push_back({r.case_id, r.pipeline, r.state, r.stage, r.reason, r.series});
  return report::group_page(page);
}

/// All that stands beside the case folders, in memory.
std::vector<files::NewFile> overview_of(Gathered all, const fs::path& to) {
  Links link(to);
  const std::string status = store::status_csv(status_rows(all));
  const std::string index = index_of(all, link);
  std::vector<const store::CaseEndpoints*> each;
  each.reserve(all.cases.size());
  for (const Finished& one : all.cases) each.push_back(&one.endpoints);
  const auto definitions = store::definitions_of(each);
  const std::string group = group_of(all, definitions, link);
  const auto endpoints = all.take_endpoints();
  return {{to / "status.csv", status},
          {to / "endpoints.csv", store::endpoints_csv(endpoints)},
          {to / "data_dictionary.csv", store::data_dictionary_csv(definitions)},
          {to / "dataset_description.json", dataset_description()},
          {to / "endpoints.sqlite", store::endpoints_sqlite(endpoints)},
          {to / "group.html", group},
          {to / "index.html", index}};
}

/// Only under lock_tables().
void rebuild(const fs::path& out) {
  const std::string sources = print_sources(out);
  Gathered all;
  all.cases = finished_cases(out);
  all.reasons = set_aside(out);
  files::write_set(overview_of(std::move(all), out));
  mark_tables_current(out, sources);
}

}  // namespace

std::string version() {
  return LEDD_VERSION;
}

std::vector<store::StatusRow> read_status(const fs::path& out) {
  require_output(out);
  PlanCache known({.out = out, .inputs = false});  // read, not written: asking changes nothing
  const auto finished = finished_records(out, &known);
  std::set<std::string> ids;
  for (const FinishedRecord& r : finished) ids.insert(r.case_id);
  Gathered rest;
  for (Reason& reason : set_aside(out))
    if (!ids.contains(reason.case_id)) rest.reasons.push_back(std::move(reason));
  auto rows = status_rows(rest);
  const std::size_t before = rows.size();
  for (const FinishedRecord& r : finished)
    rows.push_back({r.case_id, r.pipeline, "", "done", "", "", r.series, r.run_id, r.seconds, r.peak_mb});
  const Reviews reviews(out);
  tbb::parallel_for(
      before, rows.size(), [&](std::size_t n) { rows[n].review = reviews.of(rows[n].case_id); });
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.case_id < b.case_id; });
  return rows;
}

void write_overview(const fs::path& out) {
  const FileLock lock = lock_tables(out);
  rebuild(out);
}

bool refresh_overview(const fs::path& out) {
  const FileLock lock = lock_tables(out);
  if (tables_are_current(out)) return false;
  rebuild(out);
  return true;
}

std::size_t collect(const std::vector<fs::path>& outs, const fs::path& to) {
  for (const fs::path& out : outs) require_output(out);
  const OutputUse use(to, [] { return false; });  // runs that work there do not sweep what is being written
  const FileLock lock = lock_tables(to);          // before the cases are read: who comes last has seen all
  Gathered all = gather(outs);
  const std::size_t count = all.cases.size();
  files::write_set(overview_of(std::move(all), to));
  return count;
}

}  // namespace ledd::cases
