#include "ledd/report/repeatability_page.h"

#include <gmock/gmock.h>

#include "ledd/core/error.h"
#include "ledd/report/change_page.h"

#include "svg.h"

namespace ledd::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

AgreementPlot sample_plot() {
  AgreementPlot plot;
  plot.title = "ThC MT, R";
  plot.unit = "mm";
  plot.pairs = {{2.0, 2.1}, {3.0, 2.95}, {2.5, 2.55}};
  plot.names = {"A", "B", "<C> & \"D\""};
  plot.agreement = statistics::bland_altman({2.0, 3.0, 2.5}, {2.1, 2.95, 2.55});
  return plot;
}

std::size_t count(const std::string& text, const std::string& word) {
  std::size_t n = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++n;
  return n;
}

TEST(BlandAltmanSvg, DrawsAPointOfEachPairAndItsLines) {
  const std::string svg = bland_altman_svg(sample_plot());
  EXPECT_EQ(count(svg, "<circle"), 3U);
  EXPECT_EQ(count(svg, "class=\"limit\""), 2U);
  EXPECT_EQ(count(svg, "class=\"bias\""), 1U);
  EXPECT_EQ(count(svg, "class=\"zero\""), 1U);
  EXPECT_EQ(bland_altman_svg(sample_plot()), svg);
}

TEST(BlandAltmanSvg, EscapesNames) {
  const std::string svg = bland_altman_svg(sample_plot());
  EXPECT_THAT(svg, HasSubstr("&lt;C&gt; &amp; &quot;D&quot;: 2.5 then 2.55 mm"));
  EXPECT_THAT(svg, Not(HasSubstr("<C>")));
}

TEST(BlandAltmanSvg, DrawsEqualValuesToo) {
  AgreementPlot plot = sample_plot();
  plot.pairs = {{2, 2}, {2, 2}};
  plot.names = {"A", "B"};
  plot.agreement = statistics::bland_altman({2, 2}, {2, 2});
  EXPECT_THAT(bland_altman_svg(plot), Not(::testing::AnyOf(HasSubstr("nan"), HasSubstr("inf"))));
}

TEST(BlandAltmanSvg, RefusesNoPairs) {
  AgreementPlot plot = sample_plot();
  plot.names.pop_back();
  EXPECT_THROW(bland_altman_svg(plot), Error);
  plot.pairs.clear();
  plot.names.clear();
  EXPECT_THROW(bland_altman_svg(plot), Error);
}

TEST(Ticks, AreRoundAndWithinTheAxis) {
  const auto texts = [](double low, double high) {
    std::vector<std::string> all;
    for (const auto& tick : ticks({low, high, 0, 100}, 6)) all.push_back(tick.text);
    return all;
  };
  EXPECT_EQ(texts(-0.031, 0.052), (std::vector<std::string>{"-0.02", "0.00", "0.02", "0.04"}));
  EXPECT_EQ(texts(98, 1210), (std::vector<std::string>{"200", "400", "600", "800", "1000", "1200"}));
  EXPECT_EQ(texts(0, 6), (std::vector<std::string>{"0", "1", "2", "3", "4", "5", "6"}));
}

TEST(RepeatabilityPage, IsOneFileWithoutScriptThatSaysResearchOnly) {
  RepeatabilityPage page;
  page.title = "Ledd: <repeatability>";
  page.summary = "3 sets";
  page.notes = {"case <x>: alone"};
  page.columns = {"Region", "RMS-SD"};
  page.sections = {{"ThC",
                    "Mean thickness",
                    {{{{"MT"}, {"0.05", "0.04 to 0.07", Figures::Tone::kDoubt}}, "df < 30"}},
                    {sample_plot()}}};
  const std::string html = repeatability_page(page);
  EXPECT_THAT(html, HasSubstr("Research use only. Not for diagnosis."));
  EXPECT_THAT(html, HasSubstr("Ledd: &lt;repeatability&gt;"));
  EXPECT_THAT(html, HasSubstr("case &lt;x&gt;: alone"));
  EXPECT_THAT(html, HasSubstr("<td class=\"uncertain\">0.05<span class=\"unit\">0.04 to 0.07</span></td>"));
  EXPECT_THAT(html, HasSubstr("colspan=\"2\">df &lt; 30</td>"));
  EXPECT_THAT(html, HasSubstr("<svg"));
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_THAT(html, Not(HasSubstr("http")));
  page.sections[0].rows[0].cells.pop_back();
  EXPECT_THROW(repeatability_page(page), Error);
}

TEST(ChangePage, ShowsEveryRowWithItsVerdictAndEscapesIt) {
  ChangePage page;
  page.title = "Changes";
  page.groups = {{"knee-mri", "ThC", "MT", "R", "mm", 2, "-0.1", "0.02", "0.09", 0, 1, 1, 0, 0}};
  page.lines = {
      {"S<1>",
       "R",
       "a to b",
       "ThC",
       "MT",
       "2",
       "1.8",
       "-0.2",
       "-10",
       "0.09",
       "decreased",
       "",
       "changes/x/report.html"},
      {"S2", "R", "a to b", "ThC", "MT", "2", "", "", "", "", "not measurable", "follow-up: cut", ""}};
  page.lines_left_out = 7;
  const std::string html = change_page(page);
  EXPECT_THAT(html, HasSubstr("<a href=\"changes/x/report.html\">S&lt;1&gt;</a>"));
  EXPECT_EQ(count(html, "<tr class=\"changed\">"), 1U);
  EXPECT_EQ(count(html, "<tr class=\"none\">"), 1U);
  EXPECT_THAT(html, HasSubstr("7 more rows stand in changes.csv"));
  EXPECT_THAT(html, HasSubstr("Research use only. Not for diagnosis."));
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  page.lines[0].link = "javascript:alert(1)";
  EXPECT_THROW(change_page(page), Error);
}

}  // namespace
}  // namespace ledd::report
