#include "ledd/cases/repeatability.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledd/cases/overview.h"
#include "ledd/core/error.h"
#include "ledd/files/files.h"
#include "ledd/report/repeatability_page.h"
#include "ledd/statistics/repeatability.h"

#include "repeat_sets.h"

namespace ledd::cases {
namespace {

struct Study {
  Repeats repeats;
  std::vector<RepeatSeries> series;
};

Study study(const std::vector<Finished>& cases, const RepeatOptions& options) {
  auto found = repeat_sets(cases, options);
  require(!found.sets.empty(),
          Errc::kNotFound,
          fmt::format("{}: no repeats are there: no two cases of one subject, side, series description, "
                      "scanner and day{}; name them in a file (--repeats)",
                      options.out.string(),
                      options.pipeline.empty() ? "" : " of " + options.pipeline));
  Study result;
  result.series = repeat_series(found.sets, options.pooling);
  for (auto& one : result.series) {
    measure(one);
    result.repeats.rows.push_back(one.row);
  }
  result.repeats.sets = found.sets.size();
  for (const auto& set : found.sets) result.repeats.cases += set.scans.size();
  result.repeats.apart = std::move(found.apart);
  return result;
}

std::string number(const std::optional<double>& value) {
  return value ? fmt::format("{:.4g}", *value) : "-";
}

using report::Figures;

Figures with_range(const std::optional<double>& value,
                   const std::optional<double>& low,
                   const std::optional<double>& high) {
  return {number(value), low && high ? fmt::format("{:.4g} to {:.4g}", *low, *high) : ""};
}

const std::vector<std::string> kColumns{"Region",
                                        "Side",
                                        "Subjects",
                                        "Scans",
                                        "Missed",
                                        "Uncertain",
                                        "df",
                                        "Mean",
                                        "RMS-SD",
                                        "RMS-CV %",
                                        "LSC",
                                        "ICC(2,1)",
                                        "Bias",
                                        "Trend p"};

Figures counted(std::size_t count, Figures::Tone tone) {
  return {fmt::format("{}", count), "", count > 0 ? tone : Figures::Tone::kPlain};
}

std::vector<Figures> cells(const store::RepeatabilityRow& row) {
  const bool few = row.df < statistics::kEnoughDegreesOfFreedom;
  return {{row.statistic == "value" ? row.region : row.region + ", " + row.statistic},
          {row.side},
          {fmt::format("{}", row.subjects), fmt::format("{} sets", row.sets)},
          {fmt::format("{}", row.scans)},
          counted(row.missed, Figures::Tone::kBad),
          counted(row.uncertain, Figures::Tone::kDoubt),
          {fmt::format("{}", row.df), "", few ? Figures::Tone::kDoubt : Figures::Tone::kPlain},
          {number(row.mean)},
          with_range(row.rms_sd, row.rms_sd_low, row.rms_sd_high),
          with_range(row.rms_cv_pct, row.rms_cv_low_pct, row.rms_cv_high_pct),
          {number(row.lsc), row.lsc_pct ? fmt::format("{:.3g} %", *row.lsc_pct) : ""},
          with_range(row.icc_2_1, row.icc_low, row.icc_high),
          with_range(row.bias, row.bias_low, row.bias_high),
          {number(row.trend_p)}};
}

std::string sentence(const store::RepeatabilityRow& row) {
  std::string text = row.verdict;
  if (row.icc_dropped > 0)
    text += fmt::format("; ICC without {} sets of another number of scans", row.icc_dropped);
  return text;
}

std::string plot_title(const store::RepeatabilityRow& row) {
  std::string title = row.region.empty() ? row.endpoint : row.endpoint + " " + row.region;
  if (!row.side.empty()) title += ", " + row.side;
  return row.statistic == "value" ? title : title + ", " + row.statistic;
}

report::AgreementPlot plot_of(const RepeatSeries& series) {
  report::AgreementPlot plot;
  plot.title = plot_title(series.row);
  plot.unit = series.row.unit;
  plot.names = series.names;
  std::vector<double> first, second;
  for (const auto& values : series.values) {
    plot.pairs.push_back({values[0], values[1]});
    first.push_back(values[0]);
    second.push_back(values[1]);
  }
  plot.agreement = statistics::bland_altman(first, second);
  return plot;
}

std::string page_of(const Study& study) {
  report::RepeatabilityPage page;
  const Repeats& repeats = study.repeats;
  std::size_t missed = 0;
  for (const auto& row : repeats.rows) missed += row.missed;
  page.title = "Ledd: repeatability";
  page.summary =
      fmt::format("{} sets of repeats, {} scans, {} endpoints by region; {} values are missing. Ledd {}.",
                  repeats.sets,
                  repeats.cases,
                  repeats.rows.size(),
                  missed,
                  version());
  page.notes = repeats.apart;
  page.columns = kColumns;
  for (const RepeatSeries& series : study.series) {
    const EndpointDefinition& d = *series.definition;
    const std::string title = fmt::format("{}: {} ({}), {}", d.key, d.title, d.unit, series.row.pipeline);
    if (page.sections.empty() || page.sections.back().title != title)
      page.sections.push_back({title, fmt::format("{} Method: {}.", d.definition, d.method), {}, {}});
    page.sections.back().rows.push_back({cells(series.row), sentence(series.row)});
    if (series.values.size() >= 2) page.sections.back().plots.push_back(plot_of(series));
  }
  return report::repeatability_page(page);
}

}  // namespace

Repeats read_repeats(const RepeatOptions& options) {
  require_output(options.out);
  return study(finished_cases(options.out), options).repeats;
}

Repeats write_repeatability(const RepeatOptions& options) {
  require_output(options.out);
  const auto cases = finished_cases(options.out);
  const Study result = study(cases, options);
  files::write_bytes(store::repeatability_csv(result.repeats.rows), options.out / "repeatability.csv");
  files::write_bytes(page_of(result), options.out / "repeatability.html");
  return result.repeats;
}

}  // namespace ledd::cases
