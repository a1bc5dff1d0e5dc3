#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ledd::study {

/// One line of a table, by column; blanks around the cells are gone.
struct CsvRow {
  std::size_t line = 0;  ///< Where it begins in the file, from 1.
  std::map<std::string, std::string, std::less<>> cells;
};

/// The columns that a table must have, and those that it may have.
struct Columns {
  std::vector<std::string> needed, allowed{};
};

/// RFC 4180 with a heading; lines may end in LF alone, a byte order mark and empty lines do not count.
/// @throws Error{kParam}  says file and line.
std::vector<CsvRow> read_table(std::string_view text, const std::string& file, const Columns& columns);

}  // namespace ledd::study
