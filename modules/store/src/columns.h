#pragma once
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ledd/store/export.h"

#include "csv.h"

namespace ledd::store {

/// A kind of row that becomes a column: what measurements of one name in different cases share.
struct Column {
  std::string pipeline;  ///< Empty where columns are shared between pipelines.
  std::string endpoint, region, side, statistic, unit;
  std::string name;  ///< Of the column.
};

/// The columns of a table that has a row per case, in the order in which their first values came.
class Columns {
 public:
  /// The number of a row's column, made when it is new.
  /// @throws Error{kInput}  the column has another unit.
  std::size_t of(const std::string& pipeline, const Measurement& m, bool with_side = true);

  std::vector<Column>& all() { return columns_; }
  const std::vector<Column>& all() const { return columns_; }

 private:
  std::unordered_map<std::string, std::size_t> numbers_;
  std::vector<Column> columns_;
};

/// "Ha of L1, side R, statistic value": for messages.
std::string called(const Column& column);

/// A row's measurements by column. @throws Error{kInput}  two belong into one cell.
using Cells = std::unordered_map<std::size_t, const Measurement*>;
void put(Cells& cells,
         std::size_t column,
         const Measurement& m,
         const std::vector<Column>& columns,
         const std::string& case_id);

/// Letters and digits of ASCII as they are; each run of others becomes one '_', none at the ends.
std::string plain_name(std::string_view text);

/// missing.csv or uncertain.csv: why cells are empty or to be read with care. Columns:
/// case_id,subject,session,column,side,region,endpoint,statistic,unit,reason.
class Reasons {
 public:
  Reasons();
  void add(const CaseInfo& info, const Column& column, const Measurement& m);
  const std::string& str() const { return csv_.str(); }

 private:
  Csv csv_;
};

}  // namespace ledd::store
