#include "ledd/store/repeatability.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <variant>

#include "ledd/core/error.h"
#include "ledd/store/text_table.h"

#include "csv.h"

namespace ledd::store {
namespace {

using Row = RepeatabilityRow;
using Member = std::variant<std::string Row::*, std::size_t Row::*, std::optional<double> Row::*>;

struct Column {
  std::string_view name;
  Member member;
};

const std::vector<Column>& columns() {
  static const std::vector<Column> all{{"pipeline", &Row::pipeline},
                                       {"endpoint", &Row::endpoint},
                                       {"region", &Row::region},
                                       {"side", &Row::side},
                                       {"statistic", &Row::statistic},
                                       {"unit", &Row::unit},
                                       {"method", &Row::method},
                                       {"version", &Row::version},
                                       {"subjects", &Row::subjects},
                                       {"sets", &Row::sets},
                                       {"scans", &Row::scans},
                                       {"missed", &Row::missed},
                                       {"uncertain", &Row::uncertain},
                                       {"df", &Row::df},
                                       {"mean", &Row::mean},
                                       {"rms_sd", &Row::rms_sd},
                                       {"rms_sd_low", &Row::rms_sd_low},
                                       {"rms_sd_high", &Row::rms_sd_high},
                                       {"rms_cv_pct", &Row::rms_cv_pct},
                                       {"rms_cv_low_pct", &Row::rms_cv_low_pct},
                                       {"rms_cv_high_pct", &Row::rms_cv_high_pct},
                                       {"lsc", &Row::lsc},
                                       {"lsc_pct", &Row::lsc_pct},
                                       {"icc_2_1", &Row::icc_2_1},
                                       {"icc_low", &Row::icc_low},
                                       {"icc_high", &Row::icc_high},
                                       {"icc_sets", &Row::icc_sets},
                                       {"icc_dropped", &Row::icc_dropped},
                                       {"bias", &Row::bias},
                                       {"bias_low", &Row::bias_low},
                                       {"bias_high", &Row::bias_high},
                                       {"limit_low", &Row::limit_low},
                                       {"limit_high", &Row::limit_high},
                                       {"trend_slope", &Row::trend_slope},
                                       {"trend_p", &Row::trend_p},
                                       {"verdict", &Row::verdict}};
  return all;
}

template <class Number>
Number number_of(const std::string& cell, std::string_view column) {
  Number value{};
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  require(
      error == std::errc() && end == cell.data() + cell.size() && std::isfinite(static_cast<double>(value)),
      Errc::kFormat,
      fmt::format("'{}' in the column {} is not such a number", cell, column));
  return value;
}

void put(Csv& csv, const std::string& text) {
  csv.text(text);
}
void put(Csv& csv, std::size_t count) {
  csv.text(fmt::format("{}", count));
}
void put(Csv& csv, const std::optional<double>& number) {
  number ? csv.number(*number) : csv.empty();
}

void take(std::string& to, const std::string& cell, std::string_view) {
  to = cell;
}
void take(std::size_t& to, const std::string& cell, std::string_view column) {
  to = number_of<std::size_t>(cell, column);
}
void take(std::optional<double>& to, const std::string& cell, std::string_view column) {
  if (!cell.empty()) to = number_of<double>(cell, column);
}

}  // namespace

std::string repeatability_csv(const std::vector<RepeatabilityRow>& rows) {
  std::vector<std::string_view> names;
  for (const Column& column : columns()) names.push_back(column.name);
  Csv csv(names);
  for (const Row& row : rows) {
    for (const Column& column : columns())
      std::visit([&](auto member) { put(csv, row.*member); }, column.member);
    csv.end_row();
  }
  return csv.str();
}

std::vector<RepeatabilityRow> parse_repeatability_csv(std::string_view text) {
  const TextTable table = parse_table(text);
  std::vector<std::size_t> at;
  for (const Column& column : columns()) at.push_back(table.column(column.name));
  std::vector<Row> rows;
  rows.reserve(table.rows.size());
  for (const auto& cells : table.rows) {
    Row row;
    for (std::size_t n = 0; n < at.size(); ++n)
      std::visit([&](auto member) { take(row.*member, cells[at[n]], columns()[n].name); },
                 columns()[n].member);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace ledd::store
