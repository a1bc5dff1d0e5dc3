#pragma once
#include <string>
#include <vector>

#include "columns.h"

namespace ledd::store {

/// One row to import.
struct Record {
  const CaseEndpoints* of = nullptr;
  std::string event, side;
  int instance = 0;  ///< From 1; 0 where the instrument does not repeat.
  Cells cells;
};

/// One instrument: what one pipeline measured.
struct Form {
  std::string name, pipeline;
  std::vector<std::size_t> columns;
  std::vector<Record> records;

  /// "spine_mri_date": a field that each form has.
  std::string field(const std::string& what) const;
};

/// The fields that each form has before its endpoints, in order.
inline const std::vector<std::string> kFormFields{
    "case", "session", "date", "site", "scanner", "version", "side", "uncertain", "missing"};
/// Those it has behind them.
inline const std::vector<std::string> kReviewFields{"reviewed", "reader", "decision"};

/// redcap_data_dictionary.csv.
std::string redcap_dictionary(const std::vector<Form>& forms,
                              const std::vector<Column>& columns,
                              const std::vector<EndpointDefinition>& definitions);

}  // namespace ledd::store
