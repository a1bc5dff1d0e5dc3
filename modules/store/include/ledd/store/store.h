#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "ledd/measurement/measurement.h"

/// The tables that researchers read. All text is built in memory; the caller writes it.
namespace ledd::store {

/// The columns of endpoints.csv that are the same for all endpoints of a case.
struct CaseInfo {
  std::string case_id, subject, session, study_date, site, scanner, pipeline, version;
};

struct CaseEndpoints {
  CaseInfo info;
  std::vector<Measurement> measurements;
  std::vector<EndpointDefinition> definitions;
};

/// endpoints.json of one case: the truth that every table is rebuilt from. parse(print(x)) == x.
std::string print_endpoints(const CaseEndpoints& endpoints);
/// @throws Error{kFormat}
CaseEndpoints parse_endpoints(const std::string& json);

/// RFC 4180 with a header row; one row per measurement; an unmeasured value is an empty cell with its reason.
std::string endpoints_csv(const std::vector<CaseEndpoints>& cases);
/// One row per endpoint of the given definitions, duplicates dropped.
std::string data_dictionary_csv(const std::vector<EndpointDefinition>& definitions);

struct StatusRow {
  std::string case_id, pipeline, stage, state, reason_code, reason, series, run_id;
  double seconds = 0.0;
  double peak_mb = 0.0;
};
std::string status_csv(const std::vector<StatusRow>& rows);
/// @throws Error{kFormat}
std::vector<StatusRow> parse_status_csv(const std::string& text);

/// endpoints.sqlite: tables `endpoint`, `case_info`, `definition`; written beside, checked, renamed.
void write_sqlite(const std::vector<CaseEndpoints>& cases, const std::filesystem::path& path);

}  // namespace ledd::store
