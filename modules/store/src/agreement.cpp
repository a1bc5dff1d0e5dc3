#include "ledd/store/agreement.h"

#include <fmt/format.h>

#include "csv.h"

namespace ledd::store {

std::string agreement_csv(const std::vector<AgreementRow>& rows) {
  Csv csv({"kind",
           "pipeline",
           "first",
           "second",
           "structure",
           "endpoint",
           "region",
           "side",
           "statistic",
           "measure",
           "value",
           "low",
           "high",
           "unit",
           "cases",
           "reason"});
  for (const AgreementRow& row : rows) {
    csv.text(row.kind).text(row.pipeline).text(row.first).text(row.second).text(row.structure);
    csv.text(row.endpoint).text(row.region).text(row.side).text(row.statistic).text(row.measure);
    for (const auto* number : {&row.value, &row.low, &row.high}) *number ? csv.number(**number) : csv.empty();
    csv.text(row.unit).text(fmt::format("{}", row.cases)).text(row.reason);
    csv.end_row();
  }
  return csv.str();
}

}  // namespace ledd::store
