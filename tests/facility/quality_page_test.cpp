#include "ledd/report/quality_page.h"

#include <gmock/gmock.h>

#include <limits>

#include "ledd/core/error.h"

#include "quality_chart.h"

namespace ledd::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

QualityChart chart() {
  QualityChart c{"Density drift", "mg/cm3", "", {}, {}};
  for (int day = 0; day < 12; ++day) {
    QualityPoint p;
    p.day = 20000 + 7 * day;
    p.date = "2026-01-01";
    p.value = day % 3;
    p.baseline = day < 8;
    p.case_id = "abc";
    c.points.push_back(p);
  }
  c.limits.push_back({20000, 20077, 1.0, 0.8});
  return c;
}

QualityPage page_of(QualityChart c) {
  QualityPage page;
  page.title = "Scanner quality";
  page.scanners.push_back({"Maker", {{"Phantom", "P"}}, {}, {std::move(c)}});
  return page;
}

TEST(QualityPage, IsOneFileWithoutScriptAndSaysResearchUseOnly) {
  const std::string html = quality_page(page_of(chart()));
  EXPECT_THAT(html, HasSubstr("Research use only"));
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_THAT(html, Not(HasSubstr("http")));
  EXPECT_THAT(html, HasSubstr("Alarms: none"));
}

TEST(QualityPage, TextOfStrangersIsEscapedEverywhere) {
  auto hostile = chart();
  const std::string bad = "<img src=x onerror=alert(1)>\"'&";
  hostile.title = hostile.unit = hostile.note = bad;
  for (auto& p : hostile.points) p.case_id = p.rules = p.date = bad;
  QualityPage page = page_of(hostile);
  page.notes = {bad};
  page.alarms = {{bad, bad, bad, bad, bad, bad, bad, bad, bad}};
  page.rules = {{bad, bad}};
  page.scanners[0].name = bad;
  page.scanners[0].facts = {{bad, bad}};
  page.scanners[0].marks = {{20010, bad, bad}};
  EXPECT_THAT(quality_page(page), Not(HasSubstr("<img")));
}

TEST(QualityPage, LimitsAndSumsAreDrawnOnlyWhereTheyAre) {
  auto without = chart();
  without.limits.clear();
  EXPECT_THAT(chart_svg(without, {}, 5.0), Not(HasSubstr("class=\"limit\"")));
  EXPECT_THAT(chart_svg(without, {}, 5.0), Not(HasSubstr("CUSUM")));
  EXPECT_THAT(chart_svg(chart(), {}, 5.0), HasSubstr("class=\"limit\""));
  EXPECT_THAT(chart_svg(chart(), {}, 5.0), HasSubstr("CUSUM"));
}

TEST(QualityPage, ASumThatRunsAwayLeavesItsLimitsApart) {
  auto away = chart();
  away.points.back().cusum_low = 1e4;
  EXPECT_THAT(chart_svg(away, {}, 5.0), HasSubstr("drawn as far as 15 s"));
  EXPECT_THAT(chart_svg(away, {}, 5.0), Not(HasSubstr("y=\"-")));
}

TEST(QualityPage, OneRunOrManyAlikeOnOneDayAreDrawnWithinThePicture) {
  auto one = chart();
  one.points.resize(1);
  one.limits.clear();
  EXPECT_THAT(chart_svg(one, {}, 5.0), Not(HasSubstr("nan")));
  EXPECT_THAT(chart_svg(one, {}, 5.0), Not(HasSubstr("inf")));
  one.points.clear();
  EXPECT_EQ(chart_svg(one, {}, 5.0), "");
}

TEST(QualityPage, AValueThatIsNoNumberIsRefused) {
  auto broken = chart();
  broken.points[3].value = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(quality_page(page_of(broken)), Error);
}

}  // namespace
}  // namespace ledd::report
