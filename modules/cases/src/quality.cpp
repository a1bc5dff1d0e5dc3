#include "ledd/cases/quality.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "ledd/core/error.h"
#include "ledd/files/files.h"
#include "ledd/report/quality_page.h"

#include "case_folder.h"
#include "csv_row.h"
#include "quality_charts.h"

namespace ledd::cases {
namespace {

namespace fs = std::filesystem;

/// What the rules say of one run.
std::string rules_at(const ControlChart::Result& result, std::size_t run) {
  std::string rules;
  for (const auto& alarm : result.alarms)
    if (alarm.run == run) rules += (rules.empty() ? "" : ", ") + std::string(name_of(alarm.rule));
  return rules;
}

/// Where the scanner changed, by what runs of it state.
std::vector<report::QualityMark> marks_of(const RunGroup& group, const QualityOptions& options) {
  std::vector<report::QualityMark> marks;
  const auto say = [&](const PhantomRun& run, const char* what, const std::string& a, const std::string& b) {
    if (a != b)
      marks.push_back(
          {run.day,
           run.acquired,
           fmt::format(
               "{} {} instead of {}", what, b.empty() ? "not stated" : b, a.empty() ? "not stated" : a)});
  };
  for (std::size_t i = 1; i < group.runs.size(); ++i) {
    const DeviceRecord &before = group.runs[i - 1].device, &now = group.runs[i].device;
    say(group.runs[i], "software", before.software, now.software);
    say(group.runs[i], "station", before.station, now.station);
  }
  for (const double day : new_baselines_of(group.scanner, options)) {
    const auto first =
        std::find_if(group.runs.begin(), group.runs.end(), [&](const auto& r) { return r.day >= day; });
    if (first != group.runs.end())
      marks.push_back({first->day, first->acquired, "a new baseline begins, as asked"});
  }
  std::stable_sort(marks.begin(), marks.end(), [](const auto& a, const auto& b) { return a.day < b.day; });
  return marks;
}

constexpr const char* kHeading =
    "scanner,phantom,protocol,endpoint,region,unit,date,case_id,value,baseline_number,in_baseline,centre,sd,"
    "low_3s,"
    "high_3s,z,cusum_high,cusum_low,rules,software\r\n";
constexpr const char* kAlarmHeading =
    "date,since,scanner,phantom,protocol,endpoint,region,unit,case_id,rule,meaning,value,centre,low,high,in_"
    "baseline\r\n";

std::string number(double value) {
  return fmt::format("{:.9g}", value);
}

/// Goes through all charts once and fills the tables and the page.
class Book {
 public:
  explicit Book(const QualityOptions& options) : options_(options) {
    page_.title = "Scanner quality";
    page_.cusum_limit = ControlChart::Params{}.cusum_limit;
    for (const ControlRule rule : {ControlRule::k13s,
                                   ControlRule::k22s,
                                   ControlRule::kR4s,
                                   ControlRule::k41s,
                                   ControlRule::k10x,
                                   ControlRule::kCusum})
      page_.rules.emplace_back(name_of(rule), meaning_of(rule));
  }

  void add(const RunGroup& group) {
    summary_.runs += group.runs.size();
    report::QualityScanner scanner;
    scanner.name = group.scanner;
    scanner.facts = {
        {"Phantom", group.phantom},
        {"Protocol", group.protocol.empty() ? "not stated" : group.protocol},
        {"Runs",
         fmt::format(
             "{}, {} to {}", group.runs.size(), group.runs.front().acquired, group.runs.back().acquired)},
        {"Software",
         group.runs.back().device.software.empty() ? "not stated" : group.runs.back().device.software}};
    scanner.marks = marks_of(group, options_);
    for (const RunChart& chart : charts_of(group, options_)) scanner.charts.push_back(drawn(group, chart));
    page_.scanners.push_back(std::move(scanner));
  }

  QualitySummary write(std::vector<std::string> notes) {
    std::stable_sort(summary_.alarms.begin(), summary_.alarms.end(), [](const auto& a, const auto& b) {
      return a.date < b.date;
    });
    summary_.notes = std::move(notes);
    fill_page();
    const OutputLock lock(options_.to);
    files::write_bytes(kHeading + rows_, options_.to / "quality.csv");
    files::write_bytes(alarms_csv(), options_.to / "alarms.csv");
    files::write_bytes(report::quality_page(page_), options_.to / "quality.html");
    return std::move(summary_);
  }

 private:
  report::QualityChart drawn(const RunGroup& group, const RunChart& chart) {
    report::QualityChart picture{chart.info.title, chart.info.unit, {}, {}, {}};
    ++summary_.charts;
    bool has_limits = false;
    for (std::size_t e = 0; e < chart.epochs.size(); ++e) {
      const ChartEpoch& epoch = chart.epochs[e];
      has_limits = has_limits || epoch.result.limits.has_value();
      add_note(epoch, group, chart.epochs.size(), picture);
      for (std::size_t k = 0; k < epoch.runs.size(); ++k) {
        picture.points.push_back(point_of(group, chart, epoch, k));
        rows_ += row_of(group, chart, e, k);
      }
      for (const auto& alarm : epoch.result.alarms) add_alarm(group, chart, epoch, alarm);
    }
    if (chart.epochs.empty()) picture.note = "No run that could be a baseline.";
    if (has_limits) ++summary_.charts_with_limits;
    return picture;
  }

  static void add_note(const ChartEpoch& epoch,
                       const RunGroup& group,
                       std::size_t epochs,
                       report::QualityChart& picture) {
    const std::string where =
        epochs > 1 ? "From " + group.runs[epoch.runs.front()].acquired.substr(0, 10) + ": " : "";
    if (!picture.note.empty()) picture.note += " ";
    const auto& limits = epoch.result.limits;
    if (!limits) {
      picture.note += fmt::format("{}No limits: {}.", where, epoch.result.refusal);
      return;
    }
    picture.note += fmt::format(
        "{}Centre {:.5g}, s {:.3g}, from {} runs.", where, limits->centre, limits->sd, limits->runs);
    picture.limits.push_back(
        {group.runs[epoch.runs.front()].day, group.runs[epoch.runs.back()].day, limits->centre, limits->sd});
  }

  static report::QualityPoint point_of(const RunGroup& group,
                                       const RunChart& chart,
                                       const ChartEpoch& epoch,
                                       std::size_t k) {
    const PhantomRun& run = group.runs[epoch.runs[k]];
    report::QualityPoint point;
    point.day = run.day;
    point.date = run.acquired;
    point.value = chart.values[epoch.runs[k]];
    point.case_id = run.case_id;
    point.baseline = epoch.baseline[k];
    point.rules = rules_at(epoch.result, k);
    if (!epoch.result.limits) return point;
    point.cusum_high = epoch.result.cusum_high[k];
    point.cusum_low = epoch.result.cusum_low[k];
    return point;
  }

  static std::string row_of(const RunGroup& group,
                            const RunChart& chart,
                            std::size_t number_of_epoch,
                            std::size_t k) {
    const ChartEpoch& epoch = chart.epochs[number_of_epoch];
    const PhantomRun& run = group.runs[epoch.runs[k]];
    const auto& result = epoch.result;
    const auto& limits = result.limits;
    const auto given = [&](double value) { return limits ? number(value) : std::string(); };
    return csv_row({csv_cell(group.scanner),
                    csv_cell(group.phantom),
                    csv_cell(group.protocol),
                    csv_cell(chart.endpoint),
                    csv_cell(chart.region),
                    csv_cell(chart.info.unit),
                    csv_cell(run.acquired),
                    csv_cell(run.case_id),
                    number(chart.values[epoch.runs[k]]),
                    std::to_string(number_of_epoch + 1),
                    epoch.baseline[k] ? "1" : "0",
                    given(limits ? limits->centre : 0.0),
                    given(limits ? limits->sd : 0.0),
                    given(limits ? limits->at(-3.0) : 0.0),
                    given(limits ? limits->at(3.0) : 0.0),
                    given(limits ? result.z[k] : 0.0),
                    given(limits ? result.cusum_high[k] : 0.0),
                    given(limits ? result.cusum_low[k] : 0.0),
                    csv_cell(rules_at(result, k)),
                    csv_cell(run.device.software)});
  }

  void add_alarm(const RunGroup& group,
                 const RunChart& chart,
                 const ChartEpoch& epoch,
                 const ControlChart::Alarm& alarm) {
    const PhantomRun& run = group.runs[epoch.runs[alarm.run]];
    QualityAlarm told;
    told.date = run.acquired;
    told.scanner = group.scanner;
    told.phantom = group.phantom;
    told.protocol = group.protocol;
    told.region = chart.region;
    told.endpoint = chart.endpoint;
    told.unit = chart.info.unit;
    told.case_id = run.case_id;
    told.rule = name_of(alarm.rule);
    told.meaning = meaning_of(alarm.rule);
    told.since = group.runs[epoch.runs[alarm.since]].acquired;
    told.value = chart.values[epoch.runs[alarm.run]];
    told.centre = epoch.result.limits->centre;
    told.low = alarm.low;
    told.high = alarm.high;
    told.in_baseline = alarm.in_baseline;
    summary_.alarms.push_back(told);
  }

  std::string alarms_csv() const {
    std::string csv = kAlarmHeading;
    for (const QualityAlarm& a : summary_.alarms)
      csv += csv_row({csv_cell(a.date),
                      csv_cell(a.since),
                      csv_cell(a.scanner),
                      csv_cell(a.phantom),
                      csv_cell(a.protocol),
                      csv_cell(a.endpoint),
                      csv_cell(a.region),
                      csv_cell(a.unit),
                      csv_cell(a.case_id),
                      csv_cell(a.rule),
                      csv_cell(a.meaning),
                      number(a.value),
                      number(a.centre),
                      number(a.low),
                      number(a.high),
                      a.in_baseline ? "1" : "0"});
    return csv;
  }

  void fill_page() {
    page_.notes.push_back(
        fmt::format("{} phantom runs, {} charts, {} of them with limits. Limits from few runs are uncertain "
                    "themselves: of "
                    "scanners that are steady, a chart with a baseline of 8 runs gives an alarm within 24 "
                    "runs in about 44 %, of 20 "
                    "runs in about 31 %.",
                    summary_.runs,
                    summary_.charts,
                    summary_.charts_with_limits));
    page_.notes.insert(page_.notes.end(), summary_.notes.begin(), summary_.notes.end());
    for (const Rule& rule : rules_broken()) page_.alarms.push_back(row_of(rule));
  }

  /// A rule that a chart breaks again and again is one row of the page; alarms.csv has them all.
  struct Rule {
    const QualityAlarm* first = nullptr;
    const QualityAlarm* worst = nullptr;
    std::string last;
    std::size_t runs = 0;
  };

  std::vector<Rule> rules_broken() const {
    std::vector<Rule> rules;
    for (const QualityAlarm& a : summary_.alarms) {
      const auto same = std::find_if(rules.begin(), rules.end(), [&](const Rule& r) {
        const QualityAlarm& b = *r.first;
        return std::tie(
                   a.scanner, a.phantom, a.protocol, a.endpoint, a.region, a.rule, a.in_baseline, a.centre) ==
               std::tie(
                   b.scanner, b.phantom, b.protocol, b.endpoint, b.region, b.rule, b.in_baseline, b.centre);
      });
      if (same == rules.end()) {
        rules.push_back({&a, &a, a.date, 1});
        continue;
      }
      same->last = a.date;
      ++same->runs;
      if (std::fabs(a.value - a.centre) > std::fabs(same->worst->value - a.centre)) same->worst = &a;
    }
    return rules;
  }

  static report::QualityAlarmRow row_of(const Rule& rule) {
    const QualityAlarm& a = *rule.first;
    report::QualityAlarmRow row;
    row.date = a.date.substr(0, 10);
    row.times =
        rule.runs == 1 ? "once" : fmt::format("{} times, last {}", rule.runs, rule.last.substr(0, 10));
    row.scanner = a.scanner;
    row.chart = a.endpoint + (a.region == "scan" ? "" : " " + a.region);
    row.rule = a.rule + (a.in_baseline ? ", in the baseline itself" : "");
    row.value = fmt::format("{:.4g}", rule.worst->value);
    row.unit = a.unit;
    row.limits = a.rule == "CUSUM"
                     ? fmt::format("sum within {:g} s; began on {}", a.high, a.since.substr(0, 10))
                     : fmt::format("{:.4g} to {:.4g}", a.low, a.high);
    row.case_id = rule.worst->case_id;
    return row;
  }

  const QualityOptions& options_;
  QualitySummary summary_;
  report::QualityPage page_;
  std::string rows_;
};

}  // namespace

QualitySummary scanner_quality(const QualityOptions& options) {
  require_legal(options);
  FoundRuns found = phantom_runs(options);
  require(
      !found.groups.empty(),
      Errc::kNotFound,
      "no phantom run is there: no case that was calibrated by a phantom alone in the scan (--in-scan takes "
      "phantoms beneath a body too), and none of a --phantom-subject");
  Book book(options);
  for (const RunGroup& group : found.groups) book.add(group);
  return book.write(std::move(found.notes));
}

}  // namespace ledd::cases
