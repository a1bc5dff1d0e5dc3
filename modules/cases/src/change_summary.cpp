#include "change_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "ledd/report/change_page.h"

namespace ledd::cases {
namespace {

constexpr std::size_t kMostLines = 5000;

using Key = std::tuple<std::string, std::string, std::string, std::string, std::string>;

std::string number(const std::optional<double>& value) {
  return value ? fmt::format("{:.4g}", *value) : "";
}

struct Group {
  report::ChangeGroup shown;
  std::vector<double> changes;
  std::optional<double> sdc;
};

void add(const store::ChangeRow& row, Group& group) {
  if (row.change.value) group.changes.push_back(*row.change.value);
  if (row.sdc) group.sdc = row.sdc;
  auto& shown = group.shown;
  ++(row.verdict == "increased"        ? shown.increased
     : row.verdict == "decreased"      ? shown.decreased
     : row.verdict == "within error"   ? shown.within
     : row.verdict == "not measurable" ? shown.not_measurable
                                       : shown.unknown);
}

report::ChangeGroup finished(Group group) {
  const double n = static_cast<double>(group.changes.size());
  group.shown.pairs = group.changes.size();
  group.shown.sdc = number(group.sdc);
  if (group.changes.empty()) return group.shown;
  double mean = 0.0, squares = 0.0;
  for (const double change : group.changes) mean += change / n;
  for (const double change : group.changes) squares += (change - mean) * (change - mean);
  group.shown.mean = number(mean);
  if (group.changes.size() > 1) group.shown.sd = number(std::sqrt(squares / (n - 1.0)));
  return group.shown;
}

std::string endpoint_of(const Measurement& m) {
  return m.statistic == "value" ? m.endpoint : m.endpoint + ", " + m.statistic;
}

const std::string& when(const store::CaseInfo& info) {
  return info.study_date.empty() ? info.case_id : info.study_date;
}

report::ChangeLine line_of(const store::CaseChanges& pair, const store::ChangeRow& row, std::string link) {
  return {pair.baseline.subject,
          row.change.side,
          fmt::format("{} to {}", when(pair.baseline), when(pair.followup)),
          endpoint_of(row.change),
          row.change.region,
          number(row.baseline_value),
          number(row.followup_value),
          number(row.change.value),
          number(row.change_pct),
          number(row.sdc),
          row.verdict,
          row.change.reason,
          std::move(link)};
}

bool changed(const report::ChangeLine& line) {
  return line.verdict == "increased" || line.verdict == "decreased";
}

}  // namespace

std::string changes_html(const std::vector<store::CaseChanges>& changes,
                         const std::vector<std::string>& reports) {
  report::ChangePage page;
  std::map<Key, Group> groups;
  for (const auto& pair : changes) {
    const std::string id = pair.baseline.case_id + "-" + pair.followup.case_id;
    const bool linked = std::find(reports.begin(), reports.end(), id) != reports.end();
    for (const auto& row : pair.rows) {
      const Measurement& m = row.change;
      auto& group = groups[{pair.followup.pipeline, endpoint_of(m), m.region, m.side, m.unit}];
      add(row, group);
      page.lines.push_back(line_of(pair, row, linked ? fmt::format("changes/{}/report.html", id) : ""));
    }
  }
  for (auto& [key, group] : groups) {
    auto& shown = group.shown;
    std::tie(shown.pipeline, shown.endpoint, shown.region, shown.side, shown.unit) = key;
    page.groups.push_back(finished(std::move(group)));
  }
  page.title = "Ledd: changes between visits";
  page.summary = fmt::format("{} pair(s) of visits, {} rows.", changes.size(), page.lines.size());
  if (page.lines.size() > kMostLines) {
    std::stable_partition(page.lines.begin(), page.lines.end(), changed);
    page.lines_left_out = page.lines.size() - kMostLines;
    page.lines.resize(kMostLines);
  }
  return report::change_page(page);
}

}  // namespace ledd::cases
