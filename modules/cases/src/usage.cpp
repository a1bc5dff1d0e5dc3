#include "ledd/cases/usage.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "ledd/core/error.h"
#include "ledd/files/files.h"

#include "csv_row.h"
#include "days.h"
#include "finished.h"

namespace ledd::cases {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::pair<UsageKey, const char*>, 5> kKeys{{{UsageKey::kProject, "project"},
                                                                 {UsageKey::kSite, "site"},
                                                                 {UsageKey::kScanner, "scanner"},
                                                                 {UsageKey::kPipeline, "pipeline"},
                                                                 {UsageKey::kMonth, "month"}}};

/// What a case is told apart by.
struct Labels {
  std::string project, site, scanner, pipeline;
  std::string day;  ///< "2026-03-01" of the work on it; empty when not known.
};

std::string value_of(UsageKey key, const Labels& labels) {
  switch (key) {
    case UsageKey::kProject: return labels.project;
    case UsageKey::kSite: return labels.site;
    case UsageKey::kScanner: return labels.scanner;
    case UsageKey::kPipeline: return labels.pipeline;
    case UsageKey::kMonth: return labels.day.substr(0, 7);
  }
  return {};
}

/// 20260301T101500Z-5f3a91c0 -> 2026-03-01: a case that failed has no other date.
std::string day_of_run(const std::string& run_id) {
  const std::string digits = run_id.substr(0, 8);
  if (digits.size() != 8 || digits.find_first_not_of("0123456789") != std::string::npos) return {};
  return digits.substr(0, 4) + '-' + digits.substr(4, 2) + '-' + digits.substr(6);
}

std::uintmax_t bytes_in(const fs::path& folder) {
  std::uintmax_t sum = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) sum += entry.file_size();
  return sum;
}

class Account {
 public:
  explicit Account(const UsageOptions& options) : options_(options) {}

  void add(const Finished& one) {
    const Provenance& p = one.provenance;
    const auto& info = one.endpoints.info;
    UsageRow* row = row_of({one.study ? one.study->study : "",
                            info.site,
                            info.scanner,
                            p.pipeline,
                            p.started_utc.substr(0, 10)});
    if (row == nullptr) return;
    ++row->cases;
    row->series += p.used.empty() ? 1 : p.used.size();
    row->wall_seconds += p.seconds;
    row->cpu_hours += p.cpu_seconds / 3600.0;
    if (!(p.cpu_seconds > 0.0)) ++row->cpu_unknown;
    row->peak_mb = std::max(row->peak_mb, p.peak_mb);
    row->result_bytes += bytes_in(one.folder);
    if (p.acquired.empty()) return;
    if (row->first_acquired.empty() || p.acquired < row->first_acquired) row->first_acquired = p.acquired;
    row->last_acquired = std::max(row->last_acquired, p.acquired);
  }

  void add(const Reason& reason) {
    UsageRow* row = row_of({"", "", "", reason.pipeline, day_of_run(reason.run_id)});
    if (row == nullptr) return;
    ++row->failed;
    row->wall_seconds += reason.seconds;
    row->peak_mb = std::max(row->peak_mb, reason.peak_mb);
  }

  std::vector<UsageRow> rows() const {
    std::vector<UsageRow> all;
    all.reserve(rows_.size());
    for (const auto& [group, row] : rows_) all.push_back(row);
    return all;
  }

 private:
  /// Null for what lies outside the dates; a day that is not known lies outside of any.
  UsageRow* row_of(const Labels& labels) {
    if (!options_.from.empty() && (labels.day.empty() || labels.day < options_.from)) return nullptr;
    if (!options_.to.empty() && (labels.day.empty() || labels.day > options_.to)) return nullptr;
    std::vector<std::string> group;
    group.reserve(options_.by.size());
    for (const UsageKey key : options_.by) group.push_back(value_of(key, labels));
    UsageRow& row = rows_[group];
    row.group = group;
    return &row;
  }

  const UsageOptions& options_;
  std::map<std::vector<std::string>, UsageRow> rows_;
};

}  // namespace

UsageKey usage_key(const std::string& name) {
  std::string known;
  for (const auto& [key, word] : kKeys) {
    if (name == word) return key;
    known += (known.empty() ? "" : ", ") + std::string(word);
  }
  throw Error(Errc::kParam, fmt::format("--by {}: there is {}", name, known));
}

std::string name_of(UsageKey key) {
  return std::find_if(kKeys.begin(), kKeys.end(), [&](const auto& one) { return one.first == key; })->second;
}

std::vector<UsageRow> usage(const UsageOptions& options) {
  require(std::set<UsageKey>(options.by.begin(), options.by.end()).size() == options.by.size(),
          Errc::kParam,
          "--by names a column twice");
  for (const std::string& day : {options.from, options.to})
    require(day.empty() || (day.size() == 10 && day_number(day)),
            Errc::kParam,
            fmt::format("'{}' is no date: 2026-03-31 would be one", day));
  Account account(options);
  for (const fs::path& out : options.outs) {
    require_output(out);
    for (const Finished& one : finished_cases(out)) account.add(one);
    for (const Reason& reason : set_aside(out)) account.add(reason);
  }
  return account.rows();
}

std::string usage_csv(const std::vector<UsageRow>& rows, const std::vector<UsageKey>& by) {
  std::vector<std::string> heading;
  heading.reserve(by.size() + 10);
  for (const UsageKey key : by) heading.push_back(name_of(key));
  for (const char* column : {"cases",
                             "failed",
                             "series",
                             "wall_seconds",
                             "cpu_hours",
                             "cpu_unknown",
                             "peak_mb",
                             "result_bytes",
                             "first_acquired",
                             "last_acquired"})
    heading.emplace_back(column);
  std::string csv = csv_row(heading);
  for (const UsageRow& row : rows) {
    std::vector<std::string> cells;
    for (const std::string& value : row.group) cells.push_back(csv_cell(value));
    cells.push_back(fmt::format("{}", row.cases));
    cells.push_back(fmt::format("{}", row.failed));
    cells.push_back(fmt::format("{}", row.series));
    cells.push_back(fmt::format("{:.1f}", row.wall_seconds));
    cells.push_back(fmt::format("{:.4f}", row.cpu_hours));
    cells.push_back(fmt::format("{}", row.cpu_unknown));
    cells.push_back(fmt::format("{:.0f}", row.peak_mb));
    cells.push_back(fmt::format("{}", row.result_bytes));
    cells.push_back(csv_cell(row.first_acquired));
    cells.push_back(csv_cell(row.last_acquired));
    csv += csv_row(cells);
  }
  return csv;
}

}  // namespace ledd::cases
