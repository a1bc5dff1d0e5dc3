#include "ledd/store/changes.h"

#include <fmt/format.h>

#include <cmath>

#include "ledd/core/error.h"

#include "csv.h"

namespace ledd::store {
namespace {

const std::vector<std::string_view> kColumns{
    "subject",    "side",   "baseline_case", "followup_case", "baseline_date",  "followup_date",
    "pipeline",   "region", "endpoint",      "statistic",     "value",          "unit",
    "quality",    "reason", "method",        "version",       "baseline_value", "followup_value",
    "change_pct", "sdc",    "sdc_source",    "verdict"};

void require_sound(const ChangeRow& row, const std::string& subject) {
  const Measurement& m = row.change;
  const std::string which = fmt::format("subject {}: {} of {}", subject, m.endpoint, m.region);
  require(!m.value || std::isfinite(*m.value), Errc::kInput, which + " is not a finite number");
  require(m.value.has_value() == (m.quality != Quality::kFailed),
          Errc::kInput,
          which + " must have a value exactly when it has not failed");
  require(m.reason.empty() == (m.quality == Quality::kGood),
          Errc::kInput,
          which + " must have a reason exactly when it is not good");
}

void put(Csv& csv, const std::optional<double>& number) {
  number ? csv.number(*number) : csv.empty();
}

}  // namespace

std::string changes_csv(const std::vector<CaseChanges>& changes) {
  Csv csv(kColumns);
  for (const CaseChanges& c : changes)
    for (const ChangeRow& row : c.rows) {
      require_sound(row, c.baseline.subject);
      const Measurement& m = row.change;
      csv.text(c.baseline.subject).text(m.side).text(c.baseline.case_id).text(c.followup.case_id);
      csv.text(c.baseline.study_date).text(c.followup.study_date).text(c.followup.pipeline);
      csv.text(m.region).text(m.endpoint).text(m.statistic);
      put(csv, m.value);
      csv.text(m.unit).text(name_of(m.quality)).text(m.reason).text(row.method).text(c.followup.version);
      for (const auto* number : {&row.baseline_value, &row.followup_value, &row.change_pct, &row.sdc})
        put(csv, *number);
      csv.text(row.sdc_source).text(row.verdict);
      csv.end_row();
    }
  return csv.str();
}

}  // namespace ledd::store
