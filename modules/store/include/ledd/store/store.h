#pragma once
#include <string>
#include <vector>

#include "ledd/measurement/measurement.h"
#include "ledd/measurement/report_parts.h"

/// The tables that researchers read. All is built in memory; the caller writes the bytes.
namespace ledd::store {

/// What readers decided on the result that is shown; all empty where nobody did.
struct Review {
  std::string reviewed;  ///< Date and time of the last verdict, ISO 8601.
  std::string reader;    ///< All who gave one, joined with "+".
  /// "accepted", "rejected", "corrected", "disagreed", "outdated" (all are of an earlier result),
  /// "unreliable" (the record does not follow from its beginning: `ledd audit` says where).
  std::string decision;
  bool operator==(const Review&) const = default;
};

/// The columns of endpoints.csv that are the same for all endpoints of a case.
struct CaseInfo {
  std::string case_id, subject, session;
  std::string study_date;  ///< ISO 8601, "2024-05-31", or "".
  std::string site, scanner, pipeline, version;
  Review review{};  ///< Stands beside the case, not in its endpoints.json: readers come later.
};

struct CaseEndpoints {
  CaseInfo info;
  std::vector<Measurement> measurements;
  std::vector<EndpointDefinition> definitions;
};

/// endpoints.json of one case: the truth that every table is rebuilt from. parse(print(x)) == x for text in
/// UTF-8; bytes that are not become U+FFFD. Names sorted; same endpoints, same bytes.
/// @throws Error{kInput}  a measurement breaks the rules of Measurement (a value that is not finite, a value
///                        where quality is failed, a reason missing) or names an endpoint without definition.
std::string print_endpoints(const CaseEndpoints& endpoints);
/// @throws Error{kFormat}  not such a file, of a later format, or breaking the rules above.
CaseEndpoints parse_endpoints(const std::string& json);

// CSV: RFC 4180 (lines end in CR LF), UTF-8, '.' as decimal sign, the fewest digits that give the same number
// back. A spreadsheet would run a cell that begins with = + - @ as a formula, and header text of a scan comes
// from strangers: such text (never a number) gets an apostrophe in front, as does text where apostrophes
// stand before one of these, so that parsing can take it off again. JSON and SQLite hold the text as it is.

/// Columns:
/// case_id,subject,session,study_date,site,scanner,pipeline,side,region,endpoint,statistic,value,unit,
/// quality,reason,method,version,reviewed,reader,decision. One row per measurement, cases by id; an
/// unmeasured value is an empty cell with its reason. @throws Error{kInput} as print_endpoints.
std::string endpoints_csv(const std::vector<CaseEndpoints>& cases);
/// Columns: endpoint,title,unit,method,definition,source,precision. In the order given, repetitions dropped.
std::string data_dictionary_csv(const std::vector<EndpointDefinition>& definitions);
/// The definitions of all cases, each once, by case id and then as the cases list them.
std::vector<EndpointDefinition> definitions_of(const std::vector<CaseEndpoints>& cases);
/// The same in the order given.
std::vector<EndpointDefinition> definitions_of(const std::vector<const CaseEndpoints*>& cases);

/// A table of a case, all its rows; every column to fill in is followed by an empty one, "<title> (reader)".
/// @throws Error{kInput}  a row has another number of cells than there are columns.
std::string report_table_csv(const ReportTable& table);

struct StatusRow {
  std::string case_id, pipeline, stage, state, reason_code, reason, series, run_id;
  double seconds = 0.0;
  double peak_mb = 0.0;
  Review review{};
};
/// Columns: case_id,pipeline,stage,state,reason_code,reason,series,run_id,seconds,peak_mb,reviewed,reader,
/// decision; rows as given.
std::string status_csv(const std::vector<StatusRow>& rows);
/// parse(print(x)) == x. @throws Error{kFormat}
std::vector<StatusRow> parse_status_csv(const std::string& text);

/// The bytes of endpoints.sqlite: tables `case_info` (a row per case), `endpoint` (a row per measurement) and
/// `definition` (as data_dictionary_csv), and a view `endpoints` with the columns of endpoints.csv. Same
/// cases, same bytes. @throws Error{kInput} as print_endpoints, or for two cases of one id.
std::string endpoints_sqlite(const std::vector<CaseEndpoints>& cases);

}  // namespace ledd::store
