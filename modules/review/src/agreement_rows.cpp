#include <algorithm>

#include "mask_figures.h"
#include "readings.h"

namespace ledd::review {
namespace {

using statistics::Interval;
using store::AgreementRow;

AgreementRow row(const char* kind, const Pair& pair, const char* measure, std::size_t cases) {
  AgreementRow made;
  made.kind = kind;
  made.pipeline = pair.pipeline;
  made.first = pair.first;
  made.second = pair.second;
  made.measure = measure;
  made.cases = cases;
  return made;
}

void set_range(AgreementRow& to, const Interval& range) {
  to.low = range.low;
  to.high = range.high;
}

void add(const VerdictAgreement& one, std::vector<AgreementRow>& rows) {
  const auto add_row = [&](const char* measure) -> AgreementRow& {
    rows.push_back(row("verdict", one.pair, measure, one.cases));
    rows.back().structure = one.structure;
    rows.back().unit = "1";
    rows.back().reason = one.kappa ? "" : one.reason;
    return rows.back();
  };
  AgreementRow& kappa = add_row(one.counts.empty() ? "fleiss_kappa" : "cohens_kappa");
  kappa.reason = one.reason;
  if (one.kappa) kappa.value = one.kappa->value;
  if (one.kappa && one.kappa->se > 0.0) set_range(kappa, one.kappa->range);
  AgreementRow& observed = add_row("observed_agreement");
  observed.value = one.observed;
  if (observed.value) observed.reason.clear();
  AgreementRow& expected = add_row("chance_agreement");
  if (one.kappa) expected.value = one.kappa->expected;
}

void add(const ValueAgreement& one, std::vector<AgreementRow>& rows) {
  const auto add_row = [&](const char* measure, const std::string& unit) -> AgreementRow& {
    AgreementRow made = row("value", one.pair, measure, one.values.size());
    made.endpoint = one.endpoint;
    made.region = one.region;
    made.side = one.side;
    made.statistic = one.statistic;
    made.unit = unit;
    made.reason = one.difference_reason;
    rows.push_back(std::move(made));
    return rows.back();
  };
  AgreementRow& icc = add_row("icc_2_1", "1");
  icc.reason = one.icc_reason;
  if (one.icc) icc.value = one.icc->agreement;
  if (one.icc && one.icc->agreement_range) set_range(icc, *one.icc->agreement_range);
  const auto& found = one.difference;
  const auto figure = [&](const char* measure, auto value, auto range) {
    AgreementRow& made = add_row(measure, one.unit);
    if (!found) return;
    made.value = value(*found);
    set_range(made, range(*found));
  };
  using Found = statistics::BlandAltman;
  figure(
      "bias", [](const Found& f) { return f.bias; }, [](const Found& f) { return f.bias_range; });
  figure(
      "limit_low", [](const Found& f) { return f.limits.low; }, [](const Found& f) { return f.low_range; });
  figure(
      "limit_high",
      [](const Found& f) { return f.limits.high; },
      [](const Found& f) { return f.high_range; });
}

void add(const MaskAgreement& one, std::vector<AgreementRow>& rows) {
  const MaskFigures figures = figures_of(one);
  const auto add_row = [&](const char* measure, const char* unit, double value, std::size_t cases) {
    AgreementRow made = row("mask", one.pair, measure, cases);
    made.structure = one.structure;
    made.unit = unit;
    if (cases > 0)
      made.value = value;
    else
      made.reason = "no case where both have it";
    rows.push_back(std::move(made));
  };
  add_row("dice_median", "1", figures.dice_median, figures.cases);
  add_row("dice_least", "1", figures.dice_least, figures.cases);
  add_row("surface_distance_median", "mm", figures.mean_mm, figures.measured);
  add_row("hausdorff95_median", "mm", figures.p95_mm, figures.measured);
  add_row("hausdorff95_greatest", "mm", figures.p95_greatest_mm, figures.measured);
  add_row("only_first", "{cases}", static_cast<double>(figures.only_first), figures.cases);
  add_row("only_second", "{cases}", static_cast<double>(figures.only_second), figures.cases);
}

}  // namespace

MaskFigures figures_of(const MaskAgreement& mask) {
  MaskFigures figures;
  figures.cases = mask.cases.size();
  std::vector<double> dice, mean_mm, p95_mm;
  for (const auto& one : mask.cases) {
    dice.push_back(one.found.dice);
    figures.only_first += one.found.second_voxels == 0 ? 1U : 0U;
    figures.only_second += one.found.first_voxels == 0 ? 1U : 0U;
    if (!one.found.surface) continue;
    mean_mm.push_back(one.found.surface->mean_mm);
    p95_mm.push_back(one.found.surface->p95_mm);
  }
  if (dice.empty()) return figures;
  figures.dice_median = median(dice);
  figures.dice_least = *std::min_element(dice.begin(), dice.end());
  figures.measured = mean_mm.size();
  if (mean_mm.empty()) return figures;
  figures.mean_mm = median(mean_mm);
  figures.p95_mm = median(p95_mm);
  figures.p95_greatest_mm = *std::max_element(p95_mm.begin(), p95_mm.end());
  return figures;
}

std::vector<store::AgreementRow> rows_of(const Agreement& agreement) {
  std::vector<AgreementRow> rows;
  for (const auto& one : agreement.verdicts) add(one, rows);
  for (const auto& one : agreement.values) add(one, rows);
  for (const auto& one : agreement.masks) add(one, rows);
  for (const ReadingTime& time : agreement.times) {
    rows.push_back(row("time", {"", time.reader, ""}, "seconds_median", time.cases));
    rows.back().value = time.median_s;
    rows.back().unit = "s";
  }
  return rows;
}

}  // namespace ledd::review
