#include <gmock/gmock.h>

#include "ledd/core/error.h"
#include "ledd/report/report.h"

namespace ledd::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kEvil = "\"'><script>alert(1)</script>&";

EndpointDefinition definition(const std::string& key, const std::string& unit) {
  return {key, "Title of " + key, unit, "method/1", "How it is done.", "A source", "not yet measured"};
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

struct Example {
  Outcome outcome;
  CasePage page;
  Example() {
    page.title = "spine-mri: case 1";
    page.definitions = {definition("Ha", "mm"), definition("Hp", "mm"), definition("LL", "deg")};
    for (const char* region : {"L1", "L2", "L3"})
      for (std::size_t n = 0; n < 2; ++n)
        outcome.measurements.push_back(measured(region, page.definitions[n], 25.04 + static_cast<double>(n)));
    outcome.measurements.push_back(measured("L1-S1", page.definitions[2], -43.26));
  }
  std::string html() {
    page.outcome = &outcome;
    return case_page(page);
  }
};

TEST(CasePage, SaysResearchUseOnlyAtTopAndBottom) {
  const std::string html = Example().html();
  EXPECT_EQ(count_of(html, "Research use only. Not for diagnosis."), 2U);
  EXPECT_LT(html.find("Research use only"), html.find("<h1>"));
  EXPECT_GT(html.rfind("Research use only"), html.rfind("</table>"));
}

TEST(CasePage, PutsRegionsInRowsAndEndpointsInColumns) {
  const std::string html = Example().html();
  EXPECT_THAT(
      html,
      HasSubstr(
          "<tr><th scope=\"row\">L2</th><td class=\"good\">25.0</td><td class=\"good\">26.0</td></tr>"));
  EXPECT_THAT(html, HasSubstr("<td>L1-S1</td><td class=\"good\">\u221243.3 \u00B0</td>"));
  EXPECT_THAT(html, HasSubstr("Nothing asks for a reader&#39;s eyes"));
}

TEST(CasePage, MarksWhatIsUncertainOrFailedAndGivesEachReasonOnce) {
  Example e;
  e.outcome.measurements[0] = uncertain("L1", e.page.definitions[0], 24.0, "faint endplate");
  e.outcome.measurements[1] = uncertain("L1", e.page.definitions[1], 23.0, "faint endplate");
  e.outcome.measurements[4] = failed("L3", e.page.definitions[0], "not in view");
  const std::string html = e.html();
  EXPECT_THAT(html, HasSubstr("Needs a reader&#39;s eyes: 3 values"));
  EXPECT_THAT(html, HasSubstr("<td class=\"uncertain\">24.0 ?<sup><a href=\"#reason-1\""));
  EXPECT_THAT(html, HasSubstr("<td class=\"failed\">\u2014 <sup><a href=\"#reason-2\""));
  EXPECT_THAT(html, HasSubstr("Ha, Hp of L1: faint endplate"));
  EXPECT_THAT(html, HasSubstr("Ha of L3: not in view"));
  EXPECT_THAT(html, HasSubstr("1 not measurable, 2 uncertain, 4 good"));
  EXPECT_EQ(count_of(html, "<li id=\"reason-1\">"), 1U);
  EXPECT_EQ(count_of(html, "faint endplate"), 2U);  // at the top, and below the tables
}

TEST(CasePage, AsksForEyesWhenTheCallerDoes) {
  Example e;
  e.page.ok = false;
  EXPECT_THAT(e.html(), HasSubstr("Needs a reader&#39;s eyes"));
}

TEST(CasePage, AGapThatNoReaderCanMendIsGreyAndAsksForNothing) {
  Example e;
  e.outcome.measurements[0] = inherent(failed("L1", e.page.definitions[0], "cut by the border"));
  e.outcome.measurements[1] = inherent(uncertain("L1", e.page.definitions[1], 23.0, "TE not known"));
  const std::string html = e.html();
  EXPECT_THAT(html, HasSubstr("Nothing asks for a reader&#39;s eyes"));
  EXPECT_THAT(html, HasSubstr("<td class=\"absent\">"));
  EXPECT_THAT(html, HasSubstr("<td class=\"limited\">"));
  EXPECT_EQ(count_of(html, "cut by the border"), 1U) << "below the table, not at the top";
}

TEST(CasePage, TheSummaryStandsAboveThePicturesAndMarksWhatIsBeyondACutOff) {
  Example e;
  e.outcome.summary = {{"Levels", "T11 to S1", SummaryLine::Tone::kPlain},
                       {"Canal", "L4/L5: 9.2 mm", SummaryLine::Tone::kAbnormal},
                       {"Canal", "L3/L4: 11.2 mm", SummaryLine::Tone::kAbnormal}};
  e.page.pictures = {{"", "", "Man"}};
  const std::string html = e.html();
  EXPECT_THAT(html, HasSubstr("<tr class=\"plain\"><th scope=\"row\">Levels</th><td>T11 to S1</td></tr>"));
  EXPECT_THAT(html, HasSubstr("<tr class=\"abnormal\"><th scope=\"row\">Canal</th><td>L4/L5: 9.2 mm</td>"));
  EXPECT_THAT(html, HasSubstr("<th scope=\"row\"></th><td>L3/L4")) << "a topic is named once";
  EXPECT_LT(html.find("T11 to S1"), html.find("<figure>"));
}

TEST(CasePage, ATableToFillInHasABoxInEveryCellThatAsks) {
  Example e;
  e.outcome.tables = {{"form", "A form", "How to fill it in.", {{"Unit"}, {"Points", true}}, {}}};
  e.outcome.tables[0].rows = {{{"L1/L2", "1"}}, {{"L2/L3", "0"}}, {{"L3/L4", "2"}, false}};
  std::string html = e.html();
  EXPECT_THAT(html, HasSubstr("<h2>A form</h2>"));
  EXPECT_THAT(html, HasSubstr("<th scope=\"col\">Unit</th><th scope=\"col\">Points</th>"));
  EXPECT_EQ(count_of(html, "<span class=\"box\""), 2U);
  EXPECT_THAT(html, Not(HasSubstr("L3/L4"))) << "a row for the file alone";
  e.outcome.tables[0].rows.push_back({{"L4/L5"}});
  EXPECT_THROW(e.html(), Error);
}

TEST(CasePage, AReasonThatRepeatsAnotherIsNotToldTwiceAtTheTop) {
  Example e;
  e.outcome.measurements[0] = uncertain("L1", e.page.definitions[0], 24.0, "faint endplate");
  e.outcome.measurements[6] = uncertain("L1-S1", e.page.definitions[2], 24.0, "L1: faint endplate");
  std::string html = e.html();
  EXPECT_EQ(count_of(html.substr(0, html.find("<main>")), "faint endplate"), 1U);
  e.outcome.measurements[6].reason += "; S1: not seen";
  html = e.html();
  EXPECT_THAT(html.substr(0, html.find("<main>")), HasSubstr("L1: faint endplate; S1: not seen"));
}

TEST(CasePage, GradesAreWholeAndRatiosAreNot) {
  Example e;
  e.page.definitions.push_back(definition("Grade", "1"));
  e.page.definitions.push_back(definition("Ratio", "1"));
  for (const double value : {1.0, 2.0}) {
    const std::string region = value == 1.0 ? "L1" : "L2";
    e.outcome.measurements.push_back(measured(region, e.page.definitions[3], value));
    e.outcome.measurements.push_back(measured(region, e.page.definitions[4], value / 2.0));
  }
  const std::string html = e.html();
  EXPECT_THAT(html, HasSubstr("<td class=\"good\">2</td>"));
  EXPECT_THAT(html, HasSubstr("<td class=\"good\">1.000</td>"));
}

TEST(CasePage, DefinesWhatStandsOnItAndNothingElse) {
  Example e;
  e.page.definitions.push_back(definition("Unused", "mm"));
  const std::string html = e.html();
  EXPECT_THAT(html, HasSubstr("id=\"def-Ha\""));
  EXPECT_THAT(html, Not(HasSubstr("Unused")));
}

TEST(CasePage, ErrorsOfValuesAreNotCountedAsValues) {
  Example e;
  Measurement se = e.outcome.measurements[0];
  se.statistic = "se";
  e.outcome.measurements.push_back(se);
  EXPECT_THAT(e.html(), HasSubstr(">7 good<"));
}

TEST(CasePage, SideIsPartOfTheRegion) {
  Example e;
  e.outcome.measurements[0].side = "R";
  EXPECT_THAT(e.html(), HasSubstr("right L1"));
}

TEST(CasePage, EscapesEveryText) {
  Example e;
  e.page.title = kEvil + "title";
  e.page.facts = {{kEvil + "name", kEvil + "value"}};
  e.page.definitions = {{kEvil + "key",
                         kEvil + "heading",
                         kEvil + "unit",
                         kEvil + "method",
                         kEvil + "text",
                         kEvil + "source",
                         kEvil + "precision"}};
  const auto& d = e.page.definitions[0];
  e.outcome.notes = {kEvil + "note"};
  e.outcome.summary = {{kEvil + "topic", kEvil + "line", SummaryLine::Tone::kDoubt}};
  e.outcome.tables = {{"name", kEvil + "form", kEvil + "howto", {{kEvil + "column"}}, {{{kEvil + "cell"}}}}};
  e.outcome.measurements = {measured(kEvil + "region", d, 1.0),
                            uncertain("L2", d, 2.0, kEvil + "reason"),
                            failed("L3", d, kEvil + "failure")};
  e.outcome.measurements[1].side = kEvil + "side";
  for (auto& m : e.outcome.measurements) m.statistic = kEvil + "statistic";
  Measurement single = measured(kEvil + "place", d, 3.0);
  single.statistic = kEvil + "only";
  e.outcome.measurements.push_back(single);
  e.page.pictures = {{"picture", kEvil + "caption", "png"}};
  const std::string html = e.html();
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_THAT(html, Not(HasSubstr("\"'>")));
  for (const char* field :
       {"title",     "name",    "value", "key",       "heading", "unit",  "method", "text", "source",
        "precision", "note",    "topic", "line",      "form",    "howto", "column", "cell", "region",
        "reason",    "failure", "side",  "statistic", "place",   "only",  "caption"})
    EXPECT_THAT(html, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;&amp;" + std::string(field))) << field;
}

TEST(CasePage, IsSelfContainedAndPicturesAreBase64) {
  Example e;
  e.page.pictures = {{"", "", "Man"}, {"", "", "Ma"}, {"", "", "M"}};  // RFC 4648, 10
  const std::string html = e.html();
  EXPECT_THAT(html, HasSubstr("src=\"data:image/png;base64,TWFu\""));
  EXPECT_THAT(html, HasSubstr("src=\"data:image/png;base64,TWE=\""));
  EXPECT_THAT(html, HasSubstr("src=\"data:image/png;base64,TQ==\""));
  EXPECT_THAT(html, Not(HasSubstr("http")));
  EXPECT_EQ(html, e.html());
}

TEST(CasePage, WithoutMeasurementsSaysSoAndWithoutOutcomeIsRefused) {
  Outcome nothing;
  CasePage page;
  EXPECT_THROW(case_page(page), Error);
  page.outcome = &nothing;
  EXPECT_THAT(case_page(page), HasSubstr("Nothing was measured."));
}

IndexRow row(const std::string& id, const std::string& state, std::size_t uncertain, std::size_t failed) {
  return {id,
          state,
          "reason of " + id,
          "spine-mri",
          "T2",
          "cases/" + id + "/report.html",
          5,
          uncertain,
          failed,
          "",
          uncertain + failed};
}

TEST(IndexPage, PutsFailedCasesFirstThenDoubtfulOnesThenById) {
  const std::string html = index_page("Cases",
                                      {row("e", "done", 0, 0),
                                       row("d", "cached", 0, 0),
                                       row("c", "done", 1, 0),
                                       row("b", "done", 0, 1),
                                       row("a", "quarantined", 0, 0)});
  std::size_t last = 0;
  for (const char* id : {"reason of a", "reason of b", "reason of c", "reason of d", "reason of e"}) {
    const std::size_t at = html.find(id);
    ASSERT_NE(at, std::string::npos) << id;
    EXPECT_GT(at, last) << id;
    last = at;
  }
  EXPECT_THAT(html,
              HasSubstr("5 cases: 1 without a result, 2 with values that need a reader&#39;s eyes, 2 "));
}

TEST(IndexPage, ACaseWhoseGapsNoReaderCanMendComesLast) {
  IndexRow mended = row("a", "done", 3, 5);
  mended.eyes = 0;
  const std::string html = index_page("Cases", {mended, row("b", "done", 1, 0)});
  EXPECT_LT(html.find("reason of b"), html.find("reason of a"));
}

TEST(IndexPage, LinksToThePageOrShowsThePlainId) {
  IndexRow plain = row("x", "failed", 0, 0);
  plain.link = "";
  const std::string html = index_page("Cases", {plain, row("y", "done", 0, 0)});
  EXPECT_THAT(html, HasSubstr("<th scope=\"row\">x</th>"));
  EXPECT_THAT(html, HasSubstr("<a href=\"cases/y/report.html\">y</a>"));
}

TEST(IndexPage, RefusesALinkThatLeadsOut) {
  for (const char* link : {"javascript:alert(1)", "https://example.org", "/etc/passwd", "\\\\host\\x"}) {
    IndexRow bad = row("x", "done", 0, 0);
    bad.link = link;
    EXPECT_THROW(index_page("Cases", {bad}), Error) << link;
    bad.link = "";
    bad.thumbnail = link;
    EXPECT_THROW(index_page("Cases", {bad}), Error) << link;
  }
}

TEST(IndexPage, EscapesEveryText) {
  IndexRow evil{kEvil + "id",
                kEvil + "state",
                kEvil + "reason",
                kEvil + "pipeline",
                kEvil + "series",
                kEvil + "link",
                1,
                0,
                0,
                kEvil + "thumbnail",
                0,
                kEvil + "decision",
                kEvil + "reader"};
  const std::string html = index_page(kEvil + "title", {evil});
  EXPECT_EQ(count_of(html, "<script"), 1U) << "more than the page's own";
  for (const char* field :
       {"id", "state", "reason", "pipeline", "series", "link", "title", "thumbnail", "decision", "reader"})
    EXPECT_THAT(html, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;&amp;" + std::string(field))) << field;
}

}  // namespace
}  // namespace ledd::report
