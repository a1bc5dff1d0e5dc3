#include <fmt/format.h>

#include <algorithm>

#include "agreement_words.h"
#include "mask_figures.h"
#include "readings.h"

namespace ledd::review {
namespace {

/// Columns as wide as their widest cell.
std::string aligned(const std::vector<std::vector<std::string>>& lines) {
  std::vector<std::size_t> widths;
  for (const auto& line : lines) {
    widths.resize(std::max(widths.size(), line.size()));
    for (std::size_t n = 0; n < line.size(); ++n) widths[n] = std::max(widths[n], line[n].size());
  }
  std::string text;
  for (const auto& line : lines) {
    std::string row;
    for (std::size_t n = 0; n < line.size(); ++n)
      row += fmt::format("{:{}}", line[n], widths[n]) + (n + 1 < line.size() ? "  " : "");
    row.erase(row.find_last_not_of(' ') + 1);
    text += row + "\n";
  }
  return text;
}

void append(std::string& text, const std::vector<std::vector<std::string>>& lines) {
  if (lines.size() > 1) text += (text.empty() ? "" : "\n") + aligned(lines);
}

std::string counted(std::size_t cases) {
  return fmt::format("{}", cases);
}

}  // namespace

std::string shown(const std::optional<double>& value, const std::optional<statistics::Interval>& range) {
  if (!value) return "-";
  return range ? fmt::format("{:.4g} ({:.4g} to {:.4g})", *value, range->low, range->high)
               : fmt::format("{:.4g}", *value);
}

std::string shown(const VerdictAgreement& one) {
  if (!one.kappa) return "-";
  return shown(one.kappa->value, one.kappa->se > 0.0 ? std::optional(one.kappa->range) : std::nullopt);
}

std::string called(const Pair& pair) {
  return pair.second.empty() ? pair.first : pair.first + ", " + pair.second;
}

std::string called(const ValueAgreement& one) {
  std::string name = one.endpoint;
  for (const std::string* part : {&one.region, &one.side})
    if (!part->empty()) name += " " + *part;
  return one.statistic == "value" ? name : name + ", " + one.statistic;
}

std::string agreement_text(const Agreement& agreement) {
  std::string text;
  std::vector<std::vector<std::string>> lines{{"VERDICTS", "between", "of", "cases", "agree", "kappa", ""}};
  for (const auto& one : agreement.verdicts)
    lines.push_back({one.pair.pipeline,
                     called(one.pair),
                     one.structure.empty() ? "whole case" : one.structure,
                     counted(one.cases),
                     one.observed ? fmt::format("{:.1f} %", 100.0 * *one.observed) : "-",
                     shown(one),
                     one.reason});
  append(text, lines);
  lines = {{"VALUES", "between", "of", "cases", "bias", "limits", "ICC(2,1)", ""}};
  for (const auto& one : agreement.values) {
    const auto& found = one.difference;
    lines.push_back({one.pair.pipeline,
                     called(one.pair),
                     called(one),
                     counted(one.values.size()),
                     found ? shown(found->bias, found->bias_range) + " " + one.unit : "-",
                     found ? fmt::format("{:.4g} to {:.4g}", found->limits.low, found->limits.high) : "-",
                     one.icc ? shown(one.icc->agreement, one.icc->agreement_range) : "-",
                     one.icc_reason});
  }
  append(text, lines);
  lines = {{"MASKS", "between", "of", "cases", "Dice", "least", "surface mm", "95 % mm", "only one has it"}};
  for (const auto& one : agreement.masks) {
    const MaskFigures f = figures_of(one);
    lines.push_back({one.pair.pipeline,
                     called(one.pair),
                     one.structure,
                     counted(f.cases),
                     fmt::format("{:.4f}", f.dice_median),
                     fmt::format("{:.4f}", f.dice_least),
                     f.measured > 0 ? fmt::format("{:.3f}", f.mean_mm) : "-",
                     f.measured > 0 ? fmt::format("{:.3f}", f.p95_mm) : "-",
                     counted(f.only_first + f.only_second)});
  }
  append(text, lines);
  lines = {{"TIME", "cases", "median"}};
  for (const ReadingTime& time : agreement.times)
    lines.push_back({time.reader, counted(time.cases), fmt::format("{:.1f} s", time.median_s)});
  append(text, lines);
  return text.empty() ? "no reader has judged a case of these yet\n" : text;
}

}  // namespace ledd::review
