#include "precision.h"

#include <fmt/format.h>

#include "ledd/statistics/repeatability.h"

namespace ledd::cases {
namespace {

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

Precision::Found Precision::find(const Wanted& w) const {
  const store::RepeatabilityRow *best = nullptr, *other_method = nullptr;
  for (const auto& row : rows_) {
    const bool same = row.pipeline == w.pipeline && row.endpoint == w.endpoint && row.region == w.region &&
                      row.statistic == w.statistic && row.unit == w.unit &&
                      (row.side == w.side || (!w.side.empty() && row.side == "R+L"));
    if (!same) continue;
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
