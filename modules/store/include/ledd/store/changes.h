#pragma once
#include <optional>
#include <string>
#include <vector>

#include "ledd/measurement/measurement.h"
#include "ledd/store/store.h"

namespace ledd::store {

/// What changed of one endpoint between two visits.
struct ChangeRow {
  Measurement change;  ///< Its value is the change, in the endpoint's unit.
  std::string method;
  std::optional<double> baseline_value, followup_value;  ///< Empty where the change was measured by itself.
  std::optional<double> change_pct;  ///< Of the baseline; empty unless that is above zero.
  std::optional<double> sdc;  ///< Smallest detectable change of one subject, 95 %; empty where unknown.
  std::string sdc_source;     ///< Which repeats it comes from; empty where unknown.
  std::string verdict;  ///< "increased", "decreased", "within error", "precision unknown", "not measurable".
};

struct CaseChanges {
  CaseInfo baseline, followup;
  std::vector<ChangeRow> rows;
};

/// Columns: subject,side,baseline_case,followup_case,baseline_date,followup_date,pipeline,region,endpoint,
/// statistic,value,unit,quality,reason,method,version,baseline_value,followup_value,change_pct,sdc,
/// sdc_source,verdict; rows as given. @throws Error{kInput}  a change breaks the rules of Measurement.
std::string changes_csv(const std::vector<CaseChanges>& changes);

}  // namespace ledd::store
