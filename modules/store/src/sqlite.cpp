#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <memory>

#include "ledd/store/store.h"

#include "rules.h"

namespace ledd::store {
namespace {

constexpr const char* kSchema = R"(
CREATE TABLE case_info (
  case_id TEXT PRIMARY KEY, subject TEXT NOT NULL, session TEXT NOT NULL, study_date TEXT NOT NULL,
  site TEXT NOT NULL, scanner TEXT NOT NULL, pipeline TEXT NOT NULL, version TEXT NOT NULL,
  reviewed TEXT NOT NULL, reader TEXT NOT NULL, decision TEXT NOT NULL);
CREATE TABLE endpoint (
  case_id TEXT NOT NULL REFERENCES case_info, side TEXT NOT NULL, region TEXT NOT NULL,
  endpoint TEXT NOT NULL, statistic TEXT NOT NULL, value REAL, unit TEXT NOT NULL,
  quality TEXT NOT NULL CHECK (quality IN ('good', 'uncertain', 'failed')), reason TEXT NOT NULL,
  method TEXT NOT NULL,
  CHECK ((value IS NULL) = (quality = 'failed')), CHECK ((reason = '') = (quality = 'good')));
CREATE TABLE definition (
  endpoint TEXT NOT NULL, title TEXT NOT NULL, unit TEXT NOT NULL, method TEXT NOT NULL,
  definition TEXT NOT NULL, source TEXT NOT NULL, precision TEXT NOT NULL);
CREATE VIEW endpoints AS
  SELECT e.case_id, c.subject, c.session, c.study_date, c.site, c.scanner, c.pipeline, e.side, e.region,
         e.endpoint, e.statistic, e.value, e.unit, e.quality, e.reason, e.method, c.version, c.reviewed, c.reader,
         c.decision
  FROM endpoint e JOIN case_info c USING (case_id) ORDER BY e.case_id, e.rowid;
)";

/// Both rows are prepared once for all cases.
struct Rows {
  SQLite::Statement info, endpoint;
};

void insert_info(SQLite::Statement& row, const CaseInfo& i) {
  row.reset();
  int n = 0;
  for (const std::string* text : {&i.case_id,
                                  &i.subject,
                                  &i.session,
                                  &i.study_date,
                                  &i.site,
                                  &i.scanner,
                                  &i.pipeline,
                                  &i.version,
                                  &i.review.reviewed,
                                  &i.review.reader,
                                  &i.review.decision})
    row.bindNoCopy(++n, *text);
  row.exec();
}

void insert_measurements(SQLite::Statement& row, const CaseEndpoints& c) {
  const auto definitions = checked(c, Errc::kInput);
  for (const Measurement& m : c.measurements) {
    const std::string quality(name_of(m.quality));
    row.reset();
    row.bindNoCopy(1, c.info.case_id);
    row.bindNoCopy(2, m.side);
    row.bindNoCopy(3, m.region);
    row.bindNoCopy(4, m.endpoint);
    row.bindNoCopy(5, m.statistic);
    m.value ? row.bind(6, *m.value) : row.bind(6);
    row.bindNoCopy(7, m.unit);
    row.bindNoCopy(8, quality);
    row.bindNoCopy(9, m.reason);
    row.bindNoCopy(10, definitions.at(m.endpoint)->method);
    row.exec();
  }
}

void insert_definitions(SQLite::Database& database, const std::vector<EndpointDefinition>& definitions) {
  SQLite::Statement row(database, "INSERT INTO definition VALUES (?, ?, ?, ?, ?, ?, ?)");
  for (const EndpointDefinition& d : definitions) {
    row.reset();
    int n = 0;
    for (const std::string* text :
         {&d.key, &d.title, &d.unit, &d.method, &d.definition, &d.source, &d.precision})
      row.bind(++n, *text);
    row.exec();
  }
}

}  // namespace

std::string endpoints_sqlite(const std::vector<CaseEndpoints>& cases) {
  const auto sorted = by_id(cases);
  for (std::size_t n = 1; n < sorted.size(); ++n)
    require(sorted[n]->info.case_id != sorted[n - 1]->info.case_id,
            Errc::kInput,
            "two cases have the id " + sorted[n]->info.case_id);
  try {
    SQLite::Database database(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    database.exec(kSchema);
    SQLite::Transaction transaction(database);
    {
      Rows rows{{database, "INSERT INTO case_info VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
                {database, "INSERT INTO endpoint VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"}};
      for (const CaseEndpoints* c : sorted) {
        insert_info(rows.info, c->info);
        insert_measurements(rows.endpoint, *c);
      }
    }
    insert_definitions(database, definitions_of(sorted));
    transaction.commit();
    sqlite3_int64 size = 0;
    const std::unique_ptr<unsigned char, decltype(&sqlite3_free)> bytes(
        sqlite3_serialize(database.getHandle(), "main", &size, 0), sqlite3_free);
    require(bytes != nullptr, Errc::kInternal, "the database could not be turned into bytes");
    return {bytes.get(), bytes.get() + size};
  } catch (const SQLite::Exception& e) {
    throw Error(Errc::kInternal, std::string("endpoints.sqlite: ") + e.what());
  }
}

}  // namespace ledd::store
