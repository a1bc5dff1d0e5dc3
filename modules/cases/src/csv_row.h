#pragma once
#include <fmt/format.h>

#include <string>
#include <vector>

namespace ledd::cases {

/// A cell of a CSV file by RFC 4180. A spreadsheet would run text that begins with = + - @ as a formula.
inline std::string csv_cell(std::string text) {
  if (!text.empty() && std::string("=+-@").find(text.front()) != std::string::npos) text.insert(0, "'");
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

/// Cells as they are: text goes through csv_cell, numbers need not.
inline std::string csv_row(const std::vector<std::string>& cells) {
  return fmt::format("{}\r\n", fmt::join(cells, ","));
}

}  // namespace ledd::cases
