#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "ledd/core/error.h"
#include "ledd/store/export.h"

#include "columns.h"
#include "rules.h"

namespace ledd::store {
namespace {

const std::vector<std::string_view> kCaseColumns{
    "case_id", "subject", "session", "study_date", "site", "scanner", "pipeline", "version"};
const std::vector<std::string_view> kReviewColumns{"reviewed", "reader", "decision"};  // behind the values

struct Row {
  const CaseEndpoints* of;
  Cells cells;
};

/// @throws Error{kInput}  two columns would have one name.
void name_all(std::vector<Column>& columns) {
  std::map<std::string, const Column*> taken;
  for (Column& column : columns) {
    for (const std::string* part : {&column.endpoint, &column.region, &column.side, &column.statistic})
      if (!part->empty()) column.name += (column.name.empty() ? "" : "_") + plain_name(*part);
    const auto [at, is_new] = taken.emplace(column.name, &column);
    require(is_new,
            Errc::kInput,
            fmt::format("the column {} would hold both {} and {}; export one of them with --endpoint, or use "
                        "--format csv",
                        column.name,
                        called(*at->second),
                        called(column)));
    const auto none_of = [&](const auto& names) {
      return std::find(names.begin(), names.end(), column.name) == names.end();
    };
    require(none_of(kCaseColumns) && none_of(kReviewColumns),
            Errc::kInput,
            fmt::format("{} would be called {}, as a column of the case is", called(column), column.name));
  }
}

std::string table_of(const std::vector<Row>& rows, const std::vector<Column>& columns) {
  std::vector<std::string_view> titles = kCaseColumns;
  for (const Column& column : columns) titles.push_back(column.name);
  titles.insert(titles.end(), kReviewColumns.begin(), kReviewColumns.end());
  Csv csv(titles);
  for (const Row& row : rows) {
    const CaseInfo& i = row.of->info;
    csv.text(i.case_id).text(i.subject).text(i.session).text(i.study_date);
    csv.text(i.site).text(i.scanner).text(i.pipeline).text(i.version);
    for (std::size_t n = 0; n < columns.size(); ++n) {
      const auto found = row.cells.find(n);
      found != row.cells.end() && found->second->value ? csv.number(*found->second->value) : csv.empty();
    }
    csv.text(i.review.reviewed).text(i.review.reader).text(i.review.decision);
    csv.end_row();
  }
  return csv.str();
}

/// What the header of wide.csv means; a column whose method differs between cases has a line for each.
std::string header_table(const std::vector<Column>& columns,
                         const std::vector<EndpointDefinition>& definitions) {
  Csv csv({"column", "endpoint", "region", "side", "statistic", "unit", "title", "method"});
  for (const Column& column : columns) {
    std::set<std::pair<std::string, std::string>> told;
    for (const EndpointDefinition& d : definitions) {
      if (d.key != column.endpoint || !told.emplace(d.title, d.method).second) continue;
      csv.text(column.name).text(column.endpoint).text(column.region).text(column.side);
      csv.text(column.statistic).text(column.unit).text(d.title).text(d.method);
      csv.end_row();
    }
  }
  return csv.str();
}

}  // namespace

std::vector<TableFile> wide_files(const std::vector<CaseEndpoints>& cases) {
  Columns columns;
  std::vector<Row> rows;
  rows.reserve(cases.size());
  for (const CaseEndpoints* c : by_id(cases)) {
    checked(*c, Errc::kInput);
    Row row{c, {}};
    row.cells.reserve(c->measurements.size());
    for (const Measurement& m : c->measurements) {
      const std::size_t column = columns.of("", m);
      put(row.cells, column, m, columns.all(), c->info.case_id);
    }
    rows.push_back(std::move(row));
  }
  name_all(columns.all());
  Reasons missing;
  Reasons uncertain;
  for (const Row& row : rows)
    for (const Measurement& m : row.of->measurements)
      if (m.quality != Quality::kGood)
        (m.value ? uncertain : missing).add(row.of->info, columns.all()[columns.of("", m)], m);
  const auto definitions = definitions_of(cases);
  return {{"wide.csv", table_of(rows, columns.all())},
          {"columns.csv", header_table(columns.all(), definitions)},
          {"missing.csv", missing.str()},
          {"uncertain.csv", uncertain.str()},
          {"data_dictionary.csv", data_dictionary_csv(definitions)}};
}

}  // namespace ledd::store
