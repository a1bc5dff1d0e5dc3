#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace ledd::store {

/// A CSV file that people wrote: its first line names the columns.
struct TextTable {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;  ///< As many cells as columns.

  /// @throws Error{kFormat}  there is no such column; names those there are.
  std::size_t column(std::string_view name) const;
};

/// RFC 4180, UTF-8 with or without byte order mark; empty lines are skipped.
/// @throws Error{kFormat}  a quote is not closed, a row has another number of cells than the first, no
/// columns,
///                         or two columns of one name.
TextTable parse_table(std::string_view text);

}  // namespace ledd::store
