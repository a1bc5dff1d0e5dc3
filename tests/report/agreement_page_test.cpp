#include "ledd/report/agreement_page.h"

#include <gmock/gmock.h>

#include "ledd/core/error.h"

namespace ledd::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

GradeTable sample_table() {
  return {"anna, <ben>: whole case", "anna", "<ben>", {"yes", "no"}, {{7, 1}, {0, 12}}};
}

std::size_t count(const std::string& text, const std::string& word) {
  std::size_t n = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++n;
  return n;
}

TEST(GradeTableSvg, DrawsASquareOfEachTwoGradesDarkestWhereMostCasesAre) {
  const std::string svg = grade_table_svg(sample_table());
  EXPECT_EQ(count(svg, "<rect"), 4U);
  for (const char* number : {">7<", ">1<", ">0<", ">12<"}) EXPECT_THAT(svg, HasSubstr(number));
  EXPECT_EQ(count(svg, "fill:#0b4f8a"), 1U) << "full blue where twelve are";
  EXPECT_EQ(count(svg, "fill:#ffffff;stroke"), 1U) << "white where none is";
  EXPECT_EQ(count(svg, "stroke-width:2"), 2U) << "agreement is framed";
  EXPECT_EQ(grade_table_svg(sample_table()), svg);
}

TEST(GradeTableSvg, EscapesNamesAndDrawsATableOfNoCase) {
  EXPECT_THAT(grade_table_svg(sample_table()), Not(HasSubstr("<ben>")));
  GradeTable empty = sample_table();
  empty.counts = {{0, 0}, {0, 0}};
  EXPECT_EQ(count(grade_table_svg(empty), "fill:#ffffff;stroke"), 4U);
}

TEST(GradeTableSvg, RefusesWhatIsNoSquare) {
  GradeTable bad = sample_table();
  bad.counts.pop_back();
  EXPECT_THROW(grade_table_svg(bad), Error);
  bad.counts = {{1, 2}, {3}};
  EXPECT_THROW(grade_table_svg(bad), Error);
}

TEST(AgreementPage, HoldsItsSectionsAndEscapesEveryText) {
  AgreementPage page;
  page.title = "<title>";
  page.summary = "<summary>";
  page.notes = {"<note>"};
  AgreementSection section;
  section.title = "<section>";
  section.text = "<text>";
  section.columns = {"<column>", "b"};
  section.rows = {{{"<cell>", "<range>"}, {"-", "<reason>", Figures::Tone::kDoubt}}};
  section.tables = {sample_table()};
  AgreementPlot plot{"<plot>", "mm", {{1, 2}, {2, 3}, {4, 4}}, {"<a>", "b", "c"}, {}};
  plot.agreement = statistics::bland_altman({1, 2, 4}, {2, 3, 4});
  section.plots = {plot};
  page.sections = {section};
  const std::string html = agreement_page(page);
  for (const char* raw :
       {"<title><", "<summary>", "<note>", "<section>", "<text>", "<column>", "<cell>", "<reason>", "<plot>"})
    EXPECT_THAT(html, Not(HasSubstr(raw)));
  EXPECT_THAT(html, HasSubstr("&lt;reason&gt;"));
  EXPECT_EQ(count(html, "<svg"), 2U);
  EXPECT_EQ(count(html, "Research use only"), 2U);
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_EQ(agreement_page(page), html);
}

TEST(AgreementPage, RefusesARowOfAnotherLength) {
  AgreementPage page;
  page.sections.emplace_back();
  page.sections[0].columns = {"a", "b"};
  page.sections[0].rows = {{{"1"}}};
  EXPECT_THROW(agreement_page(page), Error);
}

}  // namespace
}  // namespace ledd::report
