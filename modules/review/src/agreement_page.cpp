#include "ledd/report/agreement_page.h"

#include <fmt/format.h>

#include <set>

#include "ledd/cases/overview.h"

#include "agreement_words.h"
#include "mask_figures.h"
#include "readings.h"

namespace ledd::review {
namespace {

using report::AgreementSection;
using report::Figures;

constexpr std::size_t kMostPlots = 60;

Figures number(std::size_t count) {
  return {fmt::format("{}", count)};
}

Figures with_range(double value, const std::optional<statistics::Interval>& range) {
  return {fmt::format("{:.4g}", value),
          range ? fmt::format("{:.4g} to {:.4g}", range->low, range->high) : ""};
}

Figures doubt(const std::string& reason) {
  return {"-", reason, Figures::Tone::kDoubt};
}

std::string what(const VerdictAgreement& one) {
  return one.structure.empty() ? "whole case" : one.structure;
}

AgreementSection verdicts_section(const Agreement& agreement) {
  AgreementSection section;
  section.title = "Verdicts";
  section.text =
      "Last verdicts on the same results. Kappa is the agreement beyond chance, with its 95 % interval: "
      "Cohen's of two readers, Fleiss' of all together.";
  section.columns = {"Readers", "Of", "Pipeline", "Cases", "Agree", "Kappa"};
  for (const auto& one : agreement.verdicts) {
    std::vector<Figures> row{{called(one.pair)}, {what(one)}, {one.pair.pipeline}, number(one.cases)};
    row.push_back({one.observed ? fmt::format("{:.1f} %", 100.0 * *one.observed) : "-"});
    row.push_back(one.kappa ? with_range(one.kappa->value,
                                         one.kappa->se > 0.0 ? std::optional(one.kappa->range) : std::nullopt)
                            : doubt(one.reason));
    if (one.kappa && !one.reason.empty()) row.back().range = one.reason;
    section.rows.push_back(std::move(row));
    if (!one.counts.empty() && one.cases > 0)
      section.tables.push_back({called(one.pair) + ": " + what(one),
                                one.pair.first,
                                one.pair.second,
                                {kGrades.begin(), kGrades.end()},
                                one.counts});
  }
  return section;
}

report::AgreementPlot plot_of(const ValueAgreement& one) {
  return {called(one) + ": " + called(one.pair), one.unit, one.values, one.cases, *one.difference};
}

AgreementSection values_section(const Agreement& agreement, std::vector<std::string>& notes) {
  AgreementSection section;
  section.title = "Values";
  section.text =
      "Values of the readers' results. The bias is the second minus the first, with its 95 % interval; "
      "between the limits lie 95 % of the differences. ICC(2,1) is the share of the variance that lies "
      "between cases.";
  section.columns = {"Between", "Of", "Pipeline", "Unit", "Cases", "Bias", "Limits of agreement", "ICC(2,1)"};
  std::size_t left = 0;
  for (const auto& one : agreement.values) {
    std::vector<Figures> row{{called(one.pair)},
                             {called(one), one.title},
                             {one.pair.pipeline},
                             {one.unit},
                             number(one.values.size())};
    if (const auto& found = one.difference) {
      row.push_back(with_range(found->bias, found->bias_range));
      row.push_back({fmt::format("{:.4g} to {:.4g}", found->limits.low, found->limits.high)});
      section.plots.size() < kMostPlots ? section.plots.push_back(plot_of(one)) : static_cast<void>(++left);
    } else {
      row.push_back(doubt(one.difference_reason));
      row.push_back({"-"});
    }
    row.push_back(one.icc ? with_range(one.icc->agreement, one.icc->agreement_range) : doubt(one.icc_reason));
    section.rows.push_back(std::move(row));
  }
  if (left > 0)
    notes.push_back(
        fmt::format("{} more pictures of values are not drawn; agreement.csv has all figures", left));
  return section;
}

AgreementSection masks_section(const Agreement& agreement) {
  AgreementSection section;
  section.title = "Masks";
  section.text =
      "Medians over cases. Dice counts 0 where only one has the structure; distances between the surfaces "
      "are of the cases where both have it.";
  section.columns = {"Between",
                     "Structure",
                     "Pipeline",
                     "Cases",
                     "Dice",
                     "Least Dice",
                     "Surface distance (mm)",
                     "95 % Hausdorff (mm)",
                     "Only one has it"};
  for (const auto& one : agreement.masks) {
    const MaskFigures f = figures_of(one);
    std::vector<Figures> row{{called(one.pair)},
                             {one.structure},
                             {one.pair.pipeline},
                             number(f.cases),
                             {fmt::format("{:.4f}", f.dice_median)},
                             {fmt::format("{:.4f}", f.dice_least)}};
    if (f.measured > 0) {
      row.push_back({fmt::format("{:.3f}", f.mean_mm)});
      row.push_back({fmt::format("{:.3f}", f.p95_mm), fmt::format("greatest {:.3f}", f.p95_greatest_mm)});
    } else {
      row.push_back(doubt("no case where both have it"));
      row.push_back({"-"});
    }
    const std::size_t single = f.only_first + f.only_second;
    row.push_back(number(single));
    if (single > 0) row.back().tone = Figures::Tone::kDoubt;
    section.rows.push_back(std::move(row));
  }
  return section;
}

AgreementSection times_section(const Agreement& agreement) {
  AgreementSection section;
  section.title = "Time";
  section.text = "How long a case was on the screen before its verdict.";
  section.columns = {"Reader", "Cases", "Median (s)"};
  for (const ReadingTime& time : agreement.times)
    section.rows.push_back({{time.reader}, number(time.cases), {fmt::format("{:.1f}", time.median_s)}});
  return section;
}

}  // namespace

std::string agreement_html(const Agreement& agreement) {
  report::AgreementPage page;
  page.title = "Ledd: agreement of readers";
  page.notes = agreement.notes;
  page.summary = fmt::format(
      "{} readers. A figure needs {} cases. Ledd {}.", agreement.times.size(), kLeastCases, cases::version());
  for (auto& section : {verdicts_section(agreement),
                        values_section(agreement, page.notes),
                        masks_section(agreement),
                        times_section(agreement)})
    if (!section.rows.empty()) page.sections.push_back(section);
  return report::agreement_page(page);
}

}  // namespace ledd::review
