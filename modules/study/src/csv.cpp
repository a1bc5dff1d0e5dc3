#include "csv.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledd/core/error.h"
#include "ledd/core/nearest_name.h"

namespace ledd::study {
namespace {

struct Line {
  std::size_t number = 1;
  std::vector<std::string> cells;
};

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Splits a text into lines of cells.
class Splitter {
 public:
  Splitter(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  std::vector<Line> lines() {
    while (at_ < text_.size()) {
      line_.number = number_;
      while (!cell()) {
      }
      if (line_.cells.size() > 1 || !line_.cells.front().empty()) lines_.push_back(line_);
      line_.cells.clear();
    }
    return std::move(lines_);
  }

 private:
  /// Takes one cell and what ends it; true at the end of a line.
  bool cell() {
    std::string content;
    if (at_ < text_.size() && text_[at_] == '"')
      content = quoted();
    else
      while (at_ < text_.size() && text_[at_] != ',' && text_[at_] != '\n') content += text_[at_++];
    if (!content.empty() && content.back() == '\r') content.pop_back();
    line_.cells.push_back(trimmed(content));
    if (at_ == text_.size()) return true;
    if (text_[at_] == ',') {
      ++at_;
      return false;
    }
    if (text_[at_] == '\r') ++at_;
    require(
        at_ == text_.size() || text_[at_] == '\n',
        Errc::kParam,
        fmt::format(
            "{}, line {}: a closing quote must stand before a comma or the end of the line", file_, number_));
    ++at_;
    ++number_;
    return true;
  }

  std::string quoted() {
    const std::size_t begun = number_;
    std::string content;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"' && (at_ + 1 == text_.size() || text_[at_ + 1] != '"')) {
        ++at_;
        return content;
      }
      if (text_[at_] == '"') ++at_;
      if (text_[at_] == '\n') ++number_;
      content += text_[at_];
    }
    throw Error(Errc::kParam, fmt::format("{}, line {}: a quote is not closed", file_, begun));
  }

  std::string_view text_;
  const std::string& file_;
  std::size_t at_ = 0, number_ = 1;
  Line line_;
  std::vector<Line> lines_;
};

void check_heading(const Line& heading, const std::string& file, const Columns& columns) {
  std::vector<std::string> known = columns.needed;
  known.insert(known.end(), columns.allowed.begin(), columns.allowed.end());
  const auto has = [](const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  for (const std::string& name : heading.cells) {
    require(has(known, name),
            Errc::kParam,
            fmt::format("{}, line {}: there is no column '{}'; did you mean '{}'?",
                        file,
                        heading.number,
                        name,
                        nearest_name(name, known)));
    require(std::count(heading.cells.begin(), heading.cells.end(), name) == 1,
            Errc::kParam,
            fmt::format("{}, line {}: the column '{}' is there twice", file, heading.number, name));
  }
  for (const std::string& name : columns.needed)
    require(has(heading.cells, name),
            Errc::kParam,
            fmt::format("{}, line {}: the column '{}' is missing", file, heading.number, name));
}

}  // namespace

std::vector<CsvRow> read_table(std::string_view text, const std::string& file, const Columns& columns) {
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  const auto lines = Splitter(text, file).lines();
  require(
      !lines.empty(),
      Errc::kParam,
      fmt::format(
          "{}: it is empty; its first line must name the columns {}", file, fmt::join(columns.needed, ", ")));
  check_heading(lines.front(), file, columns);
  std::vector<CsvRow> rows;
  for (std::size_t n = 1; n < lines.size(); ++n) {
    require(lines[n].cells.size() == lines.front().cells.size(),
            Errc::kParam,
            fmt::format("{}, line {}: {} cells, but the heading has {}",
                        file,
                        lines[n].number,
                        lines[n].cells.size(),
                        lines.front().cells.size()));
    CsvRow row{lines[n].number, {}};
    for (std::size_t c = 0; c < lines[n].cells.size(); ++c)
      row.cells.emplace(lines.front().cells[c], lines[n].cells[c]);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace ledd::study
