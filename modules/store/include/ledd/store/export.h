#pragma once
#include <map>
#include <string>
#include <vector>

#include "ledd/store/store.h"

/// The same endpoints in the shapes that other programs ask for. docs/endpoint-tables.md describes each file.
namespace ledd::store {

/// One file of an export: its name in the folder and its bytes.
struct TableFile {
  std::string name, bytes;
};

/// What is wanted of the results; an empty list means all.
struct Selection {
  enum class Quality {
    kGood,       ///< Good values only.
    kUncertain,  ///< Values, good and uncertain.
    kAll,        ///< Every row, also those without a value.
  };
  std::vector<std::string> pipelines, endpoints, statistics;
  Quality quality = Quality::kAll;
};

/// What becomes of a row whose quality is not wanted.
enum class Unwanted {
  kDropped,
  kEmptied,  ///< Stays, without a value, its reason saying why: for tables with a cell for each row.
};

/// The cases and rows wanted, with the definitions of these rows' endpoints.
/// @throws Error{kParam}  a pipeline, endpoint or statistic that no case has; names the nearest.
std::vector<CaseEndpoints> select(std::vector<CaseEndpoints> cases,
                                  const Selection& selection,
                                  Unwanted unwanted);

/// endpoints.csv (long) and data_dictionary.csv. @throws Error{kInput} as print_endpoints.
std::vector<TableFile> csv_files(const std::vector<CaseEndpoints>& cases);

/// endpoints.sqlite and data_dictionary.csv. @throws Error{kInput} as endpoints_sqlite.
std::vector<TableFile> sqlite_files(const std::vector<CaseEndpoints>& cases);

/// wide.csv, a row per case and a column per `endpoint_region_side_statistic` (a side only where there is
/// one; whatever is neither letter nor digit becomes '_'), then reviewed, reader and decision; columns.csv,
/// what each column is, with its unit; missing.csv and uncertain.csv, why cells are empty or to be read with
/// care; data_dictionary.csv.
/// @throws Error{kInput}  as print_endpoints; a case has two rows for one cell; two kinds of rows would share
///                        a name, or rows of one column have different units.
std::vector<TableFile> wide_files(const std::vector<CaseEndpoints>& cases);

struct RedcapOptions {
  /// Unique event name by session; empty: the project is not longitudinal.
  std::map<std::string, std::string> event_of_session;
  /// Each case, and each side of a case, is an instance of its repeating instrument. Else a subject has one
  /// case of a pipeline at an event, and the side is part of a variable's name.
  bool repeat_instrument = false;
};

/// Why a case cannot become a record: it has no subject, one that REDCap takes for no name, or a session that
/// is no event. Empty when it can.
std::string why_no_record(const CaseInfo& info, const RedcapOptions& options);

/// The lines `session,redcap_event_name`, with this header.
/// @throws Error{kFormat}  not such a file, a session twice, or no event name of REDCap's
///                         (`baseline_arm_1`).
std::map<std::string, std::string> parse_event_map(const std::string& csv);

/// What REDCap imports: redcap_data_dictionary.csv (18 columns; one instrument a pipeline),
/// import_<form>.csv, with events instrument_event_map.csv; beside them variables.csv (what each variable
/// is), left_out.csv (cases without a record, and why), missing.csv, uncertain.csv and data_dictionary.csv.
/// Variables follow
/// `^[a-z][a-z0-9_]{0,25}$`; the name of a row depends on its pipeline, endpoint, region, side and statistic
/// alone, so that a later export has it too.
/// @throws Error{kInput}  as print_endpoints; a case has two rows for one cell, or a subject has two cases of
///                        a pipeline at one event and the instrument does not repeat.
std::vector<TableFile> redcap_files(const std::vector<CaseEndpoints>& cases, const RedcapOptions& options);

}  // namespace ledd::store
