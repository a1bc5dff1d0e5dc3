#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace ledd::store {

/// One figure of how two readers, or a reader and the automatic result, agree: a row of agreement.csv.
struct AgreementRow {
  std::string kind;                               ///< "verdict", "value", "mask", "time".
  std::string pipeline, first, second;            ///< Who is compared; `second` empty: one, or all, readers.
  std::string structure;                          ///< Of verdicts and masks; empty: the whole case.
  std::string endpoint, region, side, statistic;  ///< Of values.
  std::string measure;                            ///< "cohens_kappa", "bias", "dice_median", ...
  std::optional<double> value, low, high;         ///< With its 95 % interval, where there is one.
  std::string unit;
  std::size_t cases = 0;
  std::string reason;  ///< Why there is no value, or no interval.
};

/// Columns: kind,pipeline,first,second,structure,endpoint,region,side,statistic,measure,value,low,high,unit,
/// cases,reason; rows as given.
std::string agreement_csv(const std::vector<AgreementRow>& rows);

}  // namespace ledd::store
