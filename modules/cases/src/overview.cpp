#include "ledd/cases/overview.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "ledd/core/error.h"
#include "ledd/files/files.h"
#include "ledd/report/report.h"

#include "case_folder.h"
#include "finished.h"
#include "record.h"
#include "tables_stamp.h"

namespace ledd::cases {
namespace {

namespace fs = std::filesystem;

std::vector<store::StatusRow> status_rows(const std::vector<Finished>& cases,
                                          const std::vector<Reason>& reasons) {
  std::vector<store::StatusRow> rows;
  rows.reserve(cases.size());
  for (const auto& [folder, p, endpoints] : cases)
    rows.push_back({p.case_id, p.pipeline, "", "done", "", "", p.series, p.run_id, p.seconds, p.peak_mb});
  for (const auto& r : reasons)
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

std::string thumbnail_of(const Finished& one) {
  for (const auto& file : one.provenance.outputs)
    if (file.name.rfind("figures/", 0) == 0)
      return report::thumbnail_png(files::read_bytes(one.folder / file.name));
  return "";
}

std::vector<report::IndexRow> index_rows(const std::vector<Finished>& cases,
                                         const std::vector<Reason>& reasons) {
  std::vector<report::IndexRow> rows;
  for (const Finished& one : cases) {
    const Provenance& p = one.provenance;
    report::IndexRow row;
    row.case_id = p.case_id;
    row.state = "done";
    row.pipeline = p.pipeline;
    row.series = p.series;
    row.link = fmt::format("cases/{}/report.html", p.case_id);
    for (const Measurement& m : one.endpoints.measurements) {
      if (m.statistic == "se" || m.statistic == "slice_sd") continue;  // as good as their value
      ++(m.quality == Quality::kGood        ? row.good
         : m.quality == Quality::kUncertain ? row.uncertain
                                            : row.failed);
      if (needs_eyes(m)) ++row.eyes;
    }
    row.thumbnail_png = thumbnail_of(one);
    rows.push_back(std::move(row));
  }
  for (const Reason& r : reasons) {
    report::IndexRow row;
    row.case_id = r.case_id;
    row.state = r.state;
    row.reason = r.reason;
    row.pipeline = r.pipeline;
    row.series = r.series;
    rows.push_back(std::move(row));
  }
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.case_id < b.case_id; });
  return rows;
}

void write_tables(const std::vector<store::CaseEndpoints>& endpoints,
                  const std::vector<store::StatusRow>& status,
                  const fs::path& to) {
  std::vector<EndpointDefinition> definitions;
  for (const auto& one : endpoints)
    definitions.insert(definitions.end(), one.definitions.begin(), one.definitions.end());
  files::write_bytes(store::status_csv(status), to / "status.csv");
  files::write_bytes(store::endpoints_csv(endpoints), to / "endpoints.csv");
  files::write_bytes(store::data_dictionary_csv(definitions), to / "data_dictionary.csv");
  files::write_bytes(dataset_description(), to / "dataset_description.json");
  files::write_bytes(store::endpoints_sqlite(endpoints), to / "endpoints.sqlite");
}

/// Only under lock_tables().
void rebuild(const fs::path& out) {
  const std::string sources = print_sources(out);
  const auto cases = finished_cases(out);
  const auto reasons = set_aside(out);
  std::vector<store::CaseEndpoints> endpoints;
  endpoints.reserve(cases.size());
  for (const auto& one : cases) endpoints.push_back(one.endpoints);
  write_tables(endpoints, status_rows(cases, reasons), out);
  files::write_bytes(report::index_page("Ledd: all cases", index_rows(cases, reasons)), out / "index.html");
  mark_tables_current(out, sources);
}

}  // namespace

std::string version() {
  return LEDD_VERSION;
}

std::vector<store::StatusRow> read_status(const fs::path& out) {
  require_output(out);
  return status_rows(finished_cases(out), set_aside(out));
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
  std::map<std::string, store::CaseEndpoints> by_id;
  std::map<std::string, store::StatusRow> status;
  for (const auto& out : outs) {
    require_output(out);
    const auto cases = finished_cases(out);
    for (const auto& one : cases) {
      const auto [held, is_new] = by_id.emplace(one.provenance.case_id, one.endpoints);
      require(is_new || store::print_endpoints(held->second) == store::print_endpoints(one.endpoints),
              Errc::kInput,
              fmt::format("{}: another folder holds case {} with different endpoints; collect them apart",
                          one.folder.string(),
                          one.provenance.case_id));
    }
    for (const auto& row : status_rows(cases, set_aside(out))) status.insert_or_assign(row.case_id, row);
  }
  std::vector<store::CaseEndpoints> endpoints;
  std::vector<store::StatusRow> rows;
  endpoints.reserve(by_id.size());
  rows.reserve(status.size());
  for (const auto& [id, one] : by_id) endpoints.push_back(one);
  for (const auto& [id, row] : status) rows.push_back(row);
  make_output(to);
  const FileLock lock = lock_tables(to);
  write_tables(endpoints, rows, to);
  return endpoints.size();
}

}  // namespace ledd::cases
