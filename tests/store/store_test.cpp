#include "ledd/store/store.h"

#include <gmock/gmock.h>
#include <rapidcheck.h>

#include <clocale>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <locale>

#include "ledd/core/error.h"

#include "folder.h"
#include "read_csv.h"
#include "sample.h"

namespace ledd {

bool operator==(const Measurement& a, const Measurement& b) {
  return std::tie(a.side, a.region, a.endpoint, a.statistic, a.value, a.unit, a.quality, a.reason) ==
         std::tie(b.side, b.region, b.endpoint, b.statistic, b.value, b.unit, b.quality, b.reason);
}

bool operator==(const EndpointDefinition& a, const EndpointDefinition& b) {
  return std::tie(a.key, a.title, a.unit, a.method, a.definition, a.source, a.precision) ==
         std::tie(b.key, b.title, b.unit, b.method, b.definition, b.source, b.precision);
}

namespace store {

bool operator==(const CaseInfo& a, const CaseInfo& b) {
  return std::tie(a.case_id, a.subject, a.session, a.study_date, a.site, a.scanner, a.pipeline, a.version) ==
         std::tie(b.case_id, b.subject, b.session, b.study_date, b.site, b.scanner, b.pipeline, b.version);
}

bool operator==(const CaseEndpoints& a, const CaseEndpoints& b) {
  return a.info == b.info && a.measurements == b.measurements && a.definitions == b.definitions;
}

bool operator==(const StatusRow& a, const StatusRow& b) {
  return std::tie(a.case_id, a.pipeline, a.stage, a.state, a.reason_code, a.reason, a.series, a.run_id) ==
             std::tie(b.case_id, b.pipeline, b.stage, b.state, b.reason_code, b.reason, b.series, b.run_id) &&
         a.seconds == b.seconds && a.peak_mb == b.peak_mb && a.review == b.review;
}

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Text with all that breaks tables, in UTF-8.
rc::Gen<std::string> any_text() {
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>("a",
                                                                                                 "7",
                                                                                                 ",",
                                                                                                 "\"",
                                                                                                 "\r",
                                                                                                 "\n",
                                                                                                 "\r\n",
                                                                                                 "'",
                                                                                                 "=",
                                                                                                 "+",
                                                                                                 "-",
                                                                                                 "@",
                                                                                                 "\t",
                                                                                                 " ",
                                                                                                 ";",
                                                                                                 "å",
                                                                                                 "µ",
                                                                                                 "𝄞",
                                                                                                 "\\",
                                                                                                 "<")),
                      [](const std::vector<std::string>& parts) {
                        std::string text;
                        for (const auto& part : parts) text += part;
                        return text;
                      });
}

rc::Gen<double> any_number() {
  return rc::gen::oneOf(rc::gen::arbitrary<double>(),
                        rc::gen::element(0.0, 0.1, 1.0 / 3.0, 1e-300, 1.7976931348623157e308, -12.5, 5e-324));
}

CaseEndpoints any_case() {
  CaseEndpoints c;
  for (std::string* text : {&c.info.case_id,
                            &c.info.subject,
                            &c.info.session,
                            &c.info.study_date,
                            &c.info.site,
                            &c.info.scanner,
                            &c.info.pipeline,
                            &c.info.version})
    *text = *any_text();
  c.definitions = {height()};
  EndpointDefinition other = height();
  other.key = "other";
  other.definition = *any_text();
  other.method = *any_text();
  c.definitions.push_back(other);
  const auto count = *rc::gen::inRange(0, 6);
  for (int n = 0; n < count; ++n) {
    const std::string reason = "r" + *any_text();
    const auto& definition = c.definitions[*rc::gen::inRange<std::size_t>(0, 2)];
    const double value = *any_number();
    switch (*rc::gen::inRange(0, 3)) {
      case 0: c.measurements.push_back(measured(*any_text(), definition, value)); break;
      case 1: c.measurements.push_back(uncertain(*any_text(), definition, value, reason)); break;
      default: c.measurements.push_back(failed(*any_text(), definition, reason));
    }
    c.measurements.back().side = *any_text();
  }
  return c;
}

void expect_error(Errc code, const std::string& words, const std::function<void()>& body) {
  try {
    body();
    ADD_FAILURE() << "accepted; expected: " << words;
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), code);
    EXPECT_THAT(e.what(), HasSubstr(words));
  }
}

TEST(EndpointsJson, ParsePrintIsIdentity) {
  EXPECT_TRUE(rc::check("parse(print(x)) == x", [] {
    const CaseEndpoints c = any_case();
    RC_ASSERT(parse_endpoints(print_endpoints(c)) == c);
  }));
}

TEST(EndpointsJson, PrintParsePrintIsTheSameBytes) {
  const std::string once = print_endpoints(sample("b"));
  EXPECT_EQ(print_endpoints(parse_endpoints(once)), once);
}

TEST(EndpointsJson, AnUnmeasuredValueIsNull) {
  EXPECT_THAT(print_endpoints(sample("b")), HasSubstr("\"value\": null"));
}

TEST(EndpointsJson, BytesThatAreNotUtf8BecomeAMarkInsteadOfAFailure) {
  CaseEndpoints c = sample("b");
  c.info.site = "Troms\xf8";
  EXPECT_EQ(parse_endpoints(print_endpoints(c)).info.site, "Troms\xEF\xBF\xBD");
}

TEST(EndpointsJson, RefusesWhatBreaksTheRulesOfAMeasurement) {
  CaseEndpoints c = sample("b");
  c.measurements[0].value = std::numeric_limits<double>::quiet_NaN();
  expect_error(Errc::kInput, "Ha of L1 is not a finite number", [&] { print_endpoints(c); });
  c = sample("b");
  c.measurements[2].value = 0.0;
  expect_error(Errc::kInput, "Ha of L3 must have a value exactly", [&] { print_endpoints(c); });
  c = sample("b");
  c.measurements[1].reason = "";
  expect_error(Errc::kInput, "Ha of L2 must have a reason exactly", [&] { endpoints_csv({c}); });
  c = sample("b");
  c.definitions.clear();
  expect_error(Errc::kInput, "has no definition", [&] { endpoints_csv({c}); });
}

TEST(EndpointsJson, RefusesOtherFilesAndLaterFormats) {
  const std::string good = print_endpoints(sample("b"));
  expect_error(
      Errc::kFormat, "not an endpoints.json", [&] { parse_endpoints(good.substr(0, good.size() / 2)); });
  expect_error(Errc::kFormat, "not an endpoints.json", [] { parse_endpoints("[1, 2]"); });
  std::string later = good;
  later.replace(later.find("\"format\": 1"), 11, "\"format\": 2");
  expect_error(Errc::kFormat, "format 2", [&] { parse_endpoints(later); });
  std::string doubtful = good;
  doubtful.replace(doubtful.find("\"uncertain\""), 11, "\"splendid\"");
  expect_error(Errc::kFormat, "splendid", [&] { parse_endpoints(doubtful); });
}

TEST(EndpointsCsv, HasTheseColumnsAndRows) {
  const Rows rows = read_csv(endpoints_csv({sample("a")}));
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(
      endpoints_csv({}),
      "case_id,subject,session,study_date,site,scanner,pipeline,side,region,endpoint,statistic,value,unit,"
      "quality,reason,method,version,reviewed,reader,decision\r\n");
  EXPECT_THAT(rows[1],
              ElementsAre("a",
                          "S-001",
                          "m00",
                          "2024-05-31",
                          "North",
                          "Vendor, Model 1.5T",
                          "spine-mri",
                          "",
                          "L1",
                          "Ha",
                          "value",
                          "25.375",
                          "mm",
                          "good",
                          "",
                          "six-point/1",
                          "0.1.0",
                          "",
                          "",
                          ""));
  EXPECT_EQ(rows[2][11], "0.30000000000000004");
  EXPECT_EQ(rows[3][11], "");
  EXPECT_EQ(rows[3][14], "not in view");
}

TEST(EndpointsCsv, SaysOnEveryRowWhatReadersDecided) {
  CaseEndpoints read = sample("a");
  read.info.review = {"2026-05-31T08:00:00.000Z", "anna+ben", "disagreed"};
  const Rows rows = read_csv(endpoints_csv({read, sample("b")}));
  for (std::size_t n = 1; n <= 3; ++n) {
    EXPECT_THAT(std::vector(rows[n].end() - 3, rows[n].end()),
                ElementsAre("2026-05-31T08:00:00.000Z", "anna+ben", "disagreed"));
    EXPECT_THAT(std::vector(rows[n + 3].end() - 3, rows[n + 3].end()), ElementsAre("", "", ""));
  }
  EXPECT_EQ(print_endpoints(read), print_endpoints(sample("a"))) << "a case's own record does not change";
}

TEST(EndpointsCsv, PutsCasesInOrderOfTheirIds) {
  EXPECT_EQ(endpoints_csv({sample("b"), sample("a")}), endpoints_csv({sample("a"), sample("b")}));
}

TEST(EndpointsCsv, GivesEveryCellBackToAnotherReader) {
  EXPECT_TRUE(rc::check("cells survive", [] {
    const CaseEndpoints c = any_case();
    const Rows rows = read_csv(endpoints_csv({c}));
    RC_ASSERT(rows.size() == c.measurements.size() + 1);
    for (std::size_t n = 0; n < c.measurements.size(); ++n) {
      const auto& row = rows[n + 1];
      const Measurement& m = c.measurements[n];
      RC_ASSERT(row.size() == std::size_t{20});
      RC_ASSERT(row[4].ends_with(c.info.site));
      RC_ASSERT(row[4].size() <= c.info.site.size() + 1);
      RC_ASSERT(row[8].ends_with(m.region));
      RC_ASSERT(row[14] == m.reason);
      if (m.value)
        RC_ASSERT(std::strtod(row[11].c_str(), nullptr) == *m.value);
      else
        RC_ASSERT(row[11].empty());
    }
  }));
}

TEST(EndpointsCsv, NoTextRunsAsAFormulaAndNoNumberIsTouched) {
  for (const std::string evil : {"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1"}) {
    CaseEndpoints c = sample("a");
    c.info.site = evil;
    EXPECT_EQ(read_csv(endpoints_csv({c}))[1][4], "'" + evil);
  }
  CaseEndpoints c = sample("a");
  c.measurements[0].value = -3.5;
  c.info.site = "O'Neill's";
  EXPECT_EQ(read_csv(endpoints_csv({c}))[1][11], "-3.5");
  EXPECT_EQ(read_csv(endpoints_csv({c}))[1][4], "O'Neill's");
}

/// A decimal comma that no installed locale is needed for.
class CommaPunctuation : public std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
};

TEST(EndpointsCsv, KeepsThePointWhereTheStreamLocaleHasAComma) {
  const std::string before = endpoints_csv({sample("a")}) + print_endpoints(sample("a"));
  const std::locale old = std::locale::global(std::locale(std::locale::classic(), new CommaPunctuation));
  const std::string after = endpoints_csv({sample("a")}) + print_endpoints(sample("a"));
  std::locale::global(old);
  EXPECT_EQ(after, before);
}

TEST(EndpointsCsv, KeepsThePointWhereTheLocaleHasAComma) {
  const Folder folder;
  const std::string make = "localedef -i nb_NO -f UTF-8 '" + (folder / "nb_NO.UTF-8").string() + "'";
  ASSERT_EQ(std::system(make.c_str()), 0) << "localedef is missing: tools/setup installs it (locales)";
  const std::string before = endpoints_csv({sample("a")}) + print_endpoints(sample("a"));
  ::setenv("LOCPATH", folder.path().c_str(), 1);
  ASSERT_NE(std::setlocale(LC_ALL, "nb_NO.UTF-8"), nullptr);
  ASSERT_STREQ(std::localeconv()->decimal_point, ",");
  const std::string after = endpoints_csv({sample("a")}) + print_endpoints(sample("a"));
  std::setlocale(LC_ALL, "C");
  ::unsetenv("LOCPATH");
  EXPECT_EQ(after, before);
}

TEST(DataDictionary, DropsRepetitionsButKeepsAnotherMethod) {
  EndpointDefinition other = height();
  other.method = "six-point/2";
  const Rows rows = read_csv(data_dictionary_csv({height(), other, height()}));
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].front(), "endpoint");
  EXPECT_EQ(rows[1][3], "six-point/1");
  EXPECT_EQ(rows[2][3], "six-point/2");
}

TEST(StatusCsv, ParsePrintIsIdentity) {
  EXPECT_TRUE(rc::check("parse(print(x)) == x", [] {
    std::vector<StatusRow> rows(*rc::gen::inRange<std::size_t>(0, 5));
    for (StatusRow& r : rows) {
      for (std::string* text : {&r.case_id,
                                &r.pipeline,
                                &r.stage,
                                &r.state,
                                &r.reason_code,
                                &r.reason,
                                &r.series,
                                &r.run_id,
                                &r.review.reviewed,
                                &r.review.reader,
                                &r.review.decision})
        *text = *any_text();
      r.seconds = *any_number();
      r.peak_mb = *any_number();
    }
    RC_ASSERT(parse_status_csv(status_csv(rows)) == rows);
  }));
}

TEST(StatusCsv, RefusesAnotherTable) {
  expect_error(Errc::kFormat, "first line", [] { parse_status_csv("a,b\r\n1,2\r\n"); });
  expect_error(Errc::kFormat, "first line", [] { parse_status_csv(""); });
  const std::string good = status_csv({{"c", "p", "s", "done", "", "", "x", "r", 1.5, 20.0}});
  expect_error(Errc::kFormat, "cells instead of 13", [&] { parse_status_csv(good + "a,b\r\n"); });
  expect_error(Errc::kFormat, "not closed", [&] { parse_status_csv(good + "\"a,b\r\n"); });
  std::string words = good;
  words.replace(words.find("1.5"), 3, "abc");
  expect_error(Errc::kFormat, "'abc' in the column seconds", [&] { parse_status_csv(words); });
}

TEST(ReportTableCsv, HasAllRowsAndAnEmptyColumnForTheReader) {
  const ReportTable table{"form",
                          "Title",
                          "Note",
                          {{"Unit"}, {"Points, all", true}},
                          {{{"L1/L2", "1"}}, {{"=1+1", "say \"0\""}, false}}};
  const Rows rows = read_csv(report_table_csv(table));
  ASSERT_GE(rows.size(), 3U);
  EXPECT_THAT(rows[0], ElementsAre("Unit", "Points, all", "Points, all (reader)"));
  EXPECT_THAT(rows[1], ElementsAre("L1/L2", "1", ""));
  EXPECT_THAT(rows[2], ElementsAre("'=1+1", "say \"0\"", ""));
}

TEST(ReportTableCsv, ARowOfAnotherLengthIsRefused) {
  EXPECT_THROW(report_table_csv({"form", "", "", {{"A"}}, {{{"1", "2"}}}}), Error);
}

TEST(EndpointsJson, KeepsWhetherAReaderCanMendAGap) {
  const EndpointDefinition d{"Ha", "t", "mm", "m/1", "d", "s", "p"};
  CaseEndpoints one;
  one.measurements = {inherent(failed("L1", d, "cut")), failed("L2", d, "lost")};
  one.definitions = {d};
  const auto read = parse_endpoints(print_endpoints(one));
  EXPECT_TRUE(read.measurements.at(0).inherent);
  EXPECT_FALSE(read.measurements.at(1).inherent);
}

}  // namespace
}  // namespace store
}  // namespace ledd
