#include "ledd/store/harmonised.h"

#include <fmt/format.h>

#include "csv.h"

namespace ledd::store {
namespace {

void put(Csv& csv, const std::optional<double>& number) {
  number ? csv.number(*number) : csv.empty();
}

}  // namespace

std::string harmonised_csv(const std::vector<HarmonisedCase>& cases, const std::string& harmonisation) {
  Csv csv({"case_id",       "subject",
           "session",       "study_date",
           "site",          "scanner",
           "pipeline",      "side",
           "region",        "endpoint",
           "statistic",     "value",
           "unit",          "quality",
           "reason",        "method",
           "version",       "value_harmonised",
           "harmonisation", "batch",
           "batch_samples", "harmonisation_reason",
           "reviewed",      "reader",
           "decision"});
  for (const HarmonisedCase& c : cases)
    for (const HarmonisedRow& row : c.rows) {
      const Measurement& m = row.measurement;
      csv.text(c.info.case_id).text(c.info.subject).text(c.info.session).text(c.info.study_date);
      csv.text(c.info.site).text(c.info.scanner).text(c.info.pipeline);
      csv.text(m.side).text(m.region).text(m.endpoint).text(m.statistic);
      put(csv, m.value);
      csv.text(m.unit).text(name_of(m.quality)).text(m.reason).text(row.method).text(c.info.version);
      put(csv, row.harmonised);
      csv.text(harmonisation).text(row.batch).text(fmt::format("{}", row.samples)).text(row.reason);
      csv.text(c.info.review.reviewed).text(c.info.review.reader).text(c.info.review.decision);
      csv.end_row();
    }
  return csv.str();
}

std::string batches_csv(const std::vector<BatchRow>& rows) {
  Csv csv({"pipeline",
           "endpoint",
           "region",
           "statistic",
           "unit",
           "method",
           "batch",
           "samples",
           "shift",
           "shift_used",
           "shift_se",
           "scale",
           "scale_used",
           "scale_se",
           "reason"});
  for (const BatchRow& row : rows) {
    csv.text(row.pipeline).text(row.endpoint).text(row.region).text(row.statistic).text(row.unit);
    csv.text(row.method).text(row.batch).text(fmt::format("{}", row.samples));
    for (const auto* number :
         {&row.shift, &row.shift_used, &row.shift_se, &row.scale, &row.scale_used, &row.scale_se})
      put(csv, *number);
    csv.text(row.reason);
    csv.end_row();
  }
  return csv.str();
}

}  // namespace ledd::store
