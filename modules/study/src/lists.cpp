#include "ledd/study/lists.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <functional>

#include "ledd/core/error.h"
#include "ledd/core/nearest_name.h"

#include "csv.h"

namespace ledd::study {
namespace {

/// What is said of a line of a file.
[[noreturn]] void fail(const std::string& file, const CsvRow& row, const std::string& what) {
  throw Error(Errc::kParam, fmt::format("{}, line {}: {}", file, row.line, what));
}

const std::string& needed(const std::string& file, const CsvRow& row, const char* column) {
  const std::string& cell = row.cells.find(column)->second;
  if (cell.empty()) fail(file, row, fmt::format("'{}' is empty", column));
  return cell;
}

Date date_in(const std::string& file, const CsvRow& row) {
  const std::string& cell = needed(file, row, "date");
  const auto date = parse_date(cell);
  if (!date) fail(file, row, fmt::format("'{}' is no date; write 2026-05-31", cell));
  return *date;
}

template <class Named>
void require_known(const std::vector<Named>& all,
                   const std::string& name,
                   const std::function<void(std::string)>& fail_with) {
  std::vector<std::string> names;
  names.reserve(all.size());
  for (const Named& one : all) names.push_back(one.name);
  if (std::find(names.begin(), names.end(), name) != names.end()) return;
  fail_with(names.empty()
                ? fmt::format("'{}' is not in the study file", name)
                : fmt::format(
                      "'{}' is not in the study file; did you mean '{}'?", name, nearest_name(name, names)));
}

const Visit* nearest(const Study& study, long day) {
  const Visit* best = nullptr;
  for (const Visit& visit : study.visits)
    if (visit.window_days &&
        (best == nullptr || std::labs(day - visit.target_day) < std::labs(day - best->target_day)))
      best = &visit;
  return best;
}

/// By the windows, of those visits that the list of visits does not place on another day.
VisitFound by_window(const Study& study,
                     const Lists& lists,
                     const std::string& subject,
                     Date date,
                     std::optional<Date> baseline) {
  if (!baseline)
    return {{},
            lists.dates.empty() ? "the subject's baseline is not known"
                                : fmt::format("{} is no visit in the list of visits", to_text(date))};
  const long day = (date - *baseline).count();
  VisitFound found;
  std::string placed;
  for (const Visit& visit : study.visits) {
    if (!visit.window_days || day < (*visit.window_days)[0] || day > (*visit.window_days)[1]) continue;
    if (const auto it = lists.dates.find({subject, visit.name}); it != lists.dates.end() && it->second)
      placed = fmt::format("the list of visits has {} on {}", visit.name, to_text(*it->second));
    else
      found.visits.push_back(visit.name);
  }
  if (found.visits.size() > 1)
    found.why = fmt::format("day {} lies in the windows of {}", day, fmt::join(found.visits, " and "));
  if (!found.visits.empty()) return found;
  found.why = fmt::format("day {} lies in no window", day);
  if (!placed.empty())
    found.why = placed;
  else if (const Visit* visit = nearest(study, day))
    found.why += fmt::format(
        "; the nearest is {}, {} to {}", visit->name, (*visit->window_days)[0], (*visit->window_days)[1]);
  return found;
}

}  // namespace

void read_subjects(std::string_view csv, const std::string& file, const Study& study, Lists& lists) {
  for (const CsvRow& row : read_table(csv, file, {{"header_id", "subject"}, {"site"}})) {
    const auto site = row.cells.find("site");
    Enrolled enrolled{needed(file, row, "subject"), site == row.cells.end() ? "" : site->second};
    if (!enrolled.site.empty() && !study.sites.empty())
      require_known(
          study.sites, enrolled.site, [&](const std::string& what) { fail(file, row, "site " + what); });
    const std::string& id = needed(file, row, "header_id");
    if (!lists.subjects.emplace(id, enrolled).second)
      fail(file, row, fmt::format("header_id '{}' is there twice", id));
  }
}

void read_baselines(std::string_view csv, const std::string& file, Lists& lists) {
  for (const CsvRow& row : read_table(csv, file, {{"subject", "date"}}))
    if (const std::string& subject = needed(file, row, "subject");
        !lists.baselines.emplace(subject, date_in(file, row)).second)
      fail(file, row, fmt::format("subject '{}' is there twice", subject));
}

void read_visits(std::string_view csv, const std::string& file, const Study& study, Lists& lists) {
  for (const CsvRow& row : read_table(csv, file, {{"subject", "visit", "date"}})) {
    const std::string& subject = needed(file, row, "subject");
    const std::string& visit = row.cells.find("visit")->second;
    const bool planned = row.cells.find("date")->second.empty();
    if (!visit.empty())
      require_known(study.visits, visit, [&](const std::string& what) { fail(file, row, "visit " + what); });
    else if (planned)
      fail(file, row, "'visit' and 'date' are both empty");
    const auto date = planned ? std::nullopt : std::optional(date_in(file, row));
    if (date && !lists.on.emplace(std::pair(subject, *date), visit).second)
      fail(file, row, fmt::format("subject '{}' has two lines of {}", subject, to_text(*date)));
    if (!visit.empty() && !lists.dates.emplace(std::pair(subject, visit), date).second)
      fail(file, row, fmt::format("subject '{}' has two lines of visit '{}'", subject, visit));
  }
}

VisitFound visit_on(const Study& study,
                    const Lists& lists,
                    const std::string& subject,
                    std::optional<Date> date,
                    std::optional<Date> baseline) {
  if (study.visits.empty()) return {{}, ""};
  if (!date) return {{}, "its study date is not stated"};
  if (const auto it = lists.on.find({subject, *date}); it != lists.on.end()) {
    if (it->second.empty())
      return {{}, fmt::format("the list of visits says that {} is no visit", to_text(*date))};
    return {{it->second}, ""};
  }
  return by_window(study, lists, subject, *date, baseline);
}

std::optional<Date> due(const Lists& lists,
                        const std::string& subject,
                        const Visit& visit,
                        std::optional<Date> baseline) {
  if (const auto it = lists.dates.find({subject, visit.name}); it != lists.dates.end() && it->second)
    return it->second;
  if (!visit.window_days || !baseline) return std::nullopt;
  return *baseline + std::chrono::days((*visit.window_days)[1]);
}

}  // namespace ledd::study
