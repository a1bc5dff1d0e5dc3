#include "ledd/store/text_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "ledd/core/error.h"

#include "csv.h"

namespace ledd::store {

std::size_t TextTable::column(std::string_view name) const {
  const auto at = std::find(columns.begin(), columns.end(), name);
  require(at != columns.end(),
          Errc::kFormat,
          fmt::format("there is no column '{}'; the columns are {}", name, fmt::join(columns, ", ")));
  return static_cast<std::size_t>(at - columns.begin());
}

TextTable parse_table(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  TextTable table;
  for (auto& cells : parse_csv(text)) {
    if (cells.size() == 1 && cells[0].empty()) continue;
    for (auto& cell : cells) cell = plain_text(cell);
    if (table.columns.empty()) {
      table.columns = std::move(cells);
      continue;
    }
    require(cells.size() == table.columns.size(),
            Errc::kFormat,
            fmt::format("row {} has {} cells and the first line names {} columns",
                        table.rows.size() + 2,
                        cells.size(),
                        table.columns.size()));
    table.rows.push_back(std::move(cells));
  }
  require(!table.columns.empty(), Errc::kFormat, "the first line does not name columns");
  auto names = table.columns;
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  require(twice == names.end(),
          Errc::kFormat,
          fmt::format("two columns have the name '{}'", twice == names.end() ? std::string() : *twice));
  return table;
}

}  // namespace ledd::store
