#include "csv.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "ledd/core/error.h"

namespace ledd::store {
namespace {

/// What a spreadsheet may take for a formula, maybe with apostrophes before it.
bool looks_like_formula(std::string_view cell) {
  const auto first = cell.find_first_not_of('\'');
  return first != std::string_view::npos &&
         std::string_view("=+-@\t\r\n").find(cell[first]) != std::string_view::npos;
}

/// Reads one cell from the front of `rest` and removes it.
std::string take_cell(std::string_view& rest, std::size_t line) {
  if (rest.empty() || rest[0] != '"') {
    const auto end = rest.find_first_of(",\r\n");
    std::string cell(rest.substr(0, end));
    rest.remove_prefix(cell.size());
    require(cell.find('"') == std::string::npos,
            Errc::kFormat,
            fmt::format("line {}: a quote stands inside the cell {}", line, cell));
    return cell;
  }
  std::string cell;
  for (std::size_t at = 1; at < rest.size(); ++at) {
    if (rest[at] != '"') {
      cell += rest[at];
    } else if (at + 1 < rest.size() && rest[at + 1] == '"') {
      cell += rest[at++];
    } else {
      rest.remove_prefix(at + 1);
      return cell;
    }
  }
  throw Error(Errc::kFormat, fmt::format("line {}: a quote is not closed", line));
}

}  // namespace

Csv::Csv(const std::vector<std::string_view>& columns) {
  for (const std::string_view column : columns) put(column);
  end_row();
}

void Csv::put(std::string_view cell) {
  if (row_begun_) text_ += ',';
  row_begun_ = true;
  if (cell.find_first_of(",\"\r\n") == std::string_view::npos) {
    text_ += cell;
    return;
  }
  text_ += '"';
  for (const char c : cell) {
    if (c == '"') text_ += '"';
    text_ += c;
  }
  text_ += '"';
}

Csv& Csv::text(std::string_view cell) {
  if (looks_like_formula(cell))
    put("'" + std::string(cell));
  else
    put(cell);
  return *this;
}

Csv& Csv::number(double cell) {
  std::array<char, 32> digits{};
  const auto end = fmt::format_to_n(digits.data(), digits.size(), "{}", cell).out;
  put({digits.data(), static_cast<std::size_t>(end - digits.data())});
  return *this;
}

Csv& Csv::fixed(double cell) {
  std::array<char, 400> digits{};  // 1.8e308 has 309 before the point, 5e-324 as many behind it
  const auto [end, error] =
      std::to_chars(digits.data(), digits.data() + digits.size(), cell, std::chars_format::fixed);
  require(error == std::errc(), Errc::kInternal, "a number of more than 400 digits");
  put({digits.data(), static_cast<std::size_t>(end - digits.data())});
  return *this;
}

Csv& Csv::empty() {
  put("");
  return *this;
}

void Csv::end_row() {
  text_ += "\r\n";
  row_begun_ = false;
}

std::vector<std::vector<std::string>> parse_csv(std::string_view text) {
  std::vector<std::vector<std::string>> rows;
  while (!text.empty()) {
    std::vector<std::string> row{take_cell(text, rows.size() + 1)};
    while (text.starts_with(',')) {
      text.remove_prefix(1);
      row.push_back(take_cell(text, rows.size() + 1));
    }
    if (text.starts_with("\r")) text.remove_prefix(1);
    require(text.empty() || text.starts_with('\n'),
            Errc::kFormat,
            fmt::format("line {}: text stands after a closed quote", rows.size() + 1));
    if (!text.empty()) text.remove_prefix(1);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string plain_text(const std::string& cell) {
  return cell.starts_with('\'') && looks_like_formula(cell) ? cell.substr(1) : cell;
}

}  // namespace ledd::store
