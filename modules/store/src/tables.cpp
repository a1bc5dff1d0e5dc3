#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>
#include <tuple>

#include "ledd/store/store.h"

#include "csv.h"
#include "rules.h"

namespace ledd::store {
namespace {

const std::vector<std::string_view> kEndpointColumns{
    "case_id", "subject", "session",  "study_date", "site",   "scanner", "pipeline",
    "side",    "region",  "endpoint", "statistic",  "value",  "unit",    "quality",
    "reason",  "method",  "version",  "reviewed",   "reader", "decision"};

const std::vector<std::string_view> kStatusColumns{"case_id",
                                                   "pipeline",
                                                   "stage",
                                                   "state",
                                                   "reason_code",
                                                   "reason",
                                                   "series",
                                                   "run_id",
                                                   "seconds",
                                                   "peak_mb",
                                                   "reviewed",
                                                   "reader",
                                                   "decision"};

auto all_of(const EndpointDefinition& d) {
  return std::tie(d.key, d.title, d.unit, d.method, d.definition, d.source, d.precision);
}

/// Keeps each definition once, in the order of their first appearance.
class Distinct {
 public:
  void add(const EndpointDefinition& d) {
    if (seen_.insert(&d).second) kept_.push_back(d);
  }
  std::vector<EndpointDefinition> all() { return std::move(kept_); }

 private:
  struct Less {
    bool operator()(const EndpointDefinition* a, const EndpointDefinition* b) const {
      return all_of(*a) < all_of(*b);
    }
  };
  std::set<const EndpointDefinition*, Less> seen_;  ///< Of the caller's, which stay where they are.
  std::vector<EndpointDefinition> kept_;
};

double number_of(const std::string& cell, std::string_view column) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  require(error == std::errc() && end == cell.data() + cell.size() && std::isfinite(value),
          Errc::kFormat,
          fmt::format("'{}' in the column {} is not a number", cell, column));
  return value;
}

}  // namespace

std::map<std::string, const EndpointDefinition*> checked(const CaseEndpoints& endpoints, Errc code) {
  std::map<std::string, const EndpointDefinition*> by_key;
  for (const EndpointDefinition& d : endpoints.definitions)
    require(by_key.emplace(d.key, &d).second, code, fmt::format("the endpoint {} is defined twice", d.key));
  for (const Measurement& m : endpoints.measurements) {
    const char* wrong = nullptr;
    if (!by_key.contains(m.endpoint))
      wrong = "has no definition";
    else if (m.value && !std::isfinite(*m.value))
      wrong = "is not a finite number";
    else if (m.value.has_value() == (m.quality == Quality::kFailed))
      wrong = "must have a value exactly when it has not failed";
    else if (m.reason.empty() != (m.quality == Quality::kGood))
      wrong = "must have a reason exactly when it is not good";
    if (wrong != nullptr)  // the words are put together only then: tables have 100,000 rows
      throw Error(code,
                  fmt::format("case {}: {} of {} {}", endpoints.info.case_id, m.endpoint, m.region, wrong));
  }
  return by_key;
}

std::vector<const CaseEndpoints*> by_id(const std::vector<CaseEndpoints>& cases) {
  std::vector<const CaseEndpoints*> sorted;
  sorted.reserve(cases.size());
  for (const CaseEndpoints& c : cases) sorted.push_back(&c);
  std::stable_sort(sorted.begin(), sorted.end(), [](const CaseEndpoints* a, const CaseEndpoints* b) {
    return a->info.case_id < b->info.case_id;
  });
  return sorted;
}

std::vector<EndpointDefinition> distinct(const std::vector<EndpointDefinition>& definitions) {
  Distinct kept;
  for (const EndpointDefinition& d : definitions) kept.add(d);
  return kept.all();
}

std::vector<EndpointDefinition> definitions_of(const std::vector<const CaseEndpoints*>& cases) {
  Distinct kept;
  for (const CaseEndpoints* c : cases)
    for (const EndpointDefinition& d : c->definitions) kept.add(d);
  return kept.all();
}

std::vector<EndpointDefinition> definitions_of(const std::vector<CaseEndpoints>& cases) {
  return definitions_of(by_id(cases));
}

std::string endpoints_csv(const std::vector<CaseEndpoints>& cases) {
  constexpr std::size_t kUsualRow = 160;
  std::size_t rows = 1;
  for (const CaseEndpoints& c : cases) rows += c.measurements.size();
  Csv csv(kEndpointColumns);
  csv.reserve(rows * kUsualRow);
  for (const CaseEndpoints* c : by_id(cases)) {
    const auto definitions = checked(*c, Errc::kInput);
    const CaseInfo& i = c->info;
    for (const Measurement& m : c->measurements) {
      csv.text(i.case_id).text(i.subject).text(i.session).text(i.study_date);
      csv.text(i.site).text(i.scanner).text(i.pipeline);
      csv.text(m.side).text(m.region).text(m.endpoint).text(m.statistic);
      m.value ? csv.number(*m.value) : csv.empty();
      csv.text(m.unit).text(name_of(m.quality)).text(m.reason);
      csv.text(definitions.at(m.endpoint)->method).text(i.version);
      csv.text(i.review.reviewed).text(i.review.reader).text(i.review.decision);
      csv.end_row();
    }
  }
  return csv.str();
}

std::string data_dictionary_csv(const std::vector<EndpointDefinition>& definitions) {
  Csv csv({"endpoint", "title", "unit", "method", "definition", "source", "precision"});
  for (const EndpointDefinition& d : distinct(definitions)) {
    csv.text(d.key)
        .text(d.title)
        .text(d.unit)
        .text(d.method)
        .text(d.definition)
        .text(d.source)
        .text(d.precision);
    csv.end_row();
  }
  return csv.str();
}

std::string report_table_csv(const ReportTable& table) {
  std::vector<std::string> titles;
  for (const auto& column : table.columns) {
    titles.push_back(column.title);
    if (column.fill_in) titles.push_back(column.title + " (reader)");
  }
  Csv csv({titles.begin(), titles.end()});
  for (const auto& row : table.rows) {
    require(row.cells.size() == table.columns.size(),
            Errc::kInput,
            fmt::format("the table {} has {} columns and a row of {} cells",
                        table.name,
                        table.columns.size(),
                        row.cells.size()));
    for (std::size_t n = 0; n < row.cells.size(); ++n) {
      csv.text(row.cells[n]);
      if (table.columns[n].fill_in) csv.empty();
    }
    csv.end_row();
  }
  return csv.str();
}

std::string status_csv(const std::vector<StatusRow>& rows) {
  Csv csv(kStatusColumns);
  for (const StatusRow& r : rows) {
    csv.text(r.case_id).text(r.pipeline).text(r.stage).text(r.state).text(r.reason_code);
    csv.text(r.reason).text(r.series).text(r.run_id).number(r.seconds).number(r.peak_mb);
    csv.text(r.review.reviewed).text(r.review.reader).text(r.review.decision);
    csv.end_row();
  }
  return csv.str();
}

std::vector<StatusRow> parse_status_csv(const std::string& text) {
  const auto cells = parse_csv(text);
  require(!cells.empty() &&
              std::equal(cells[0].begin(), cells[0].end(), kStatusColumns.begin(), kStatusColumns.end()),
          Errc::kFormat,
          "the first line does not name the columns of status.csv");
  std::vector<StatusRow> rows;
  for (std::size_t n = 1; n < cells.size(); ++n) {
    const auto& c = cells[n];
    require(c.size() == kStatusColumns.size(),
            Errc::kFormat,
            fmt::format("row {} has {} cells instead of {}", n + 1, c.size(), kStatusColumns.size()));
    StatusRow r;
    std::size_t at = 0;
    for (std::string* field :
         {&r.case_id, &r.pipeline, &r.stage, &r.state, &r.reason_code, &r.reason, &r.series, &r.run_id})
      *field = plain_text(c[at++]);
    r.seconds = number_of(c[8], "seconds");
    r.peak_mb = number_of(c[9], "peak_mb");
    r.review = {plain_text(c[10]), plain_text(c[11]), plain_text(c[12])};
    rows.push_back(r);
  }
  return rows;
}

}  // namespace ledd::store
