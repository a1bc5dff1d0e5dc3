#include "precision.h"

#include <fmt/format.h>

#include "ledd/statistics/repeatability.h"

namespace ledd::cases {
namespace {

template <class Row>
std::string key_of(const Row& row) {
  return fmt::format("{}\n{}\n{}\n{}\n{}", row.pipeline, row.endpoint, row.region, row.statistic, row.unit);
}

Precision::Found found(const store::RepeatabilityRow& row, const std::string& source) {
  if (!row.lsc || !(*row.lsc > 0.0))
    return {{}, "", row.lsc ? "its repeats agree to the last digit: no precision follows" : row.verdict};
  Precision::Found result{row.lsc,
                          fmt::format("{}: {} subjects, df {}{}, version {}",
                                      source,
                                      row.subjects,
                                      row.df,
                                      row.side == "R+L" ? ", sides together" : "",
                                      row.version),
                          ""};
  if (row.df < statistics::kEnoughDegreesOfFreedom)
    result.reason = fmt::format(
        "its precision rests on df {}, {} are asked for", row.df, statistics::kEnoughDegreesOfFreedom);
  return result;
}

}  // namespace

Precision::Precision(const std::vector<store::RepeatabilityRow>& rows, std::string source)
    : source_(std::move(source)) {
  for (const auto& row : rows) rows_[key_of(row)].push_back(row);
}

Precision::Found Precision::find(const Wanted& w) const {
  const store::RepeatabilityRow *best = nullptr, *other_method = nullptr;
  const auto at = rows_.find(key_of(w));
  if (at == rows_.end()) return {};
  for (const auto& row : at->second) {
    if (row.side != w.side && (w.side.empty() || row.side != "R+L")) continue;
    if (row.method != w.method)
      other_method = &row;
    else if (best == nullptr || row.side == w.side)
      best = &row;
  }
  if (best != nullptr) return found(*best, source_);
  if (other_method != nullptr)
    return {{},
            "",
            fmt::format(
                "the precision known is that of the method {}, not of {}", other_method->method, w.method)};
  return {};
}

}  // namespace ledd::cases
