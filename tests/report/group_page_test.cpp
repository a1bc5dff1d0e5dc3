#include "ledd/report/group_page.h"

#include <gmock/gmock.h>

#include <chrono>
#include <cmath>
#include <iostream>
#include <map>
#include <set>

#include "ledd/core/error.h"
#include "ledd/files/files.h"
#include "ledd/report/report.h"

#include "chromium.h"
#include "folder.h"
#include "group_parts.h"

namespace ledd::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kEvil = "\"'></script><script>document.title='caught'</script>&";

EndpointDefinition thickness() {
  return {"ThC", "Cartilage thickness", "mm", "distance/1", "Mean distance.", "nobody", "1 %"};
}

/// Cases of three sites, two scanners and three visits, with both sides; case 7 far off, case 8 not
/// measurable, every tenth from case 4 uncertain.
class Cohort {
 public:
  explicit Cohort(std::size_t count) : rows_(count) {
    page.title = "Values";
    page.definitions = {thickness()};
    for (std::size_t n = 0; n < count; ++n) {
      for (const char* side : {"R", "L"}) {
        const double value =
            2.0 + 0.1 * std::sin(static_cast<double>(n * 7)) + (n == 7 && *side == 'R' ? 3.0 : 0.0);
        Measurement m = n == 8        ? failed("FC", thickness(), "not in view")
                        : n % 10 == 4 ? uncertain("FC", thickness(), value, "faint")
                                      : measured("FC", thickness(), value);
        m.side = side;
        rows_[n].push_back(m);
      }
      const std::string id = "case" + std::to_string(n);
      page.cases.push_back({id,
                            "knee-mri",
                            "S" + std::to_string(n / 3),
                            "m" + std::to_string(n % 3 * 12),
                            "2024-01-01",
                            std::array{"North", "West", "South"}[n / 3 % 3],
                            n / 3 % 3 == 0 ? "A 3 T" : "B 1.5 T",
                            "cases/" + id + "/report.html",
                            nullptr});
    }
    for (std::size_t n = 0; n < count; ++n) page.cases[n].measurements = &rows_[n];
  }

  Measurement& row(std::size_t n, std::size_t k) { return rows_[n][k]; }
  GroupPage page;

 private:
  std::vector<std::vector<Measurement>> rows_;
};

std::size_t count_of(const std::string& text, const std::string& word) {
  std::size_t count = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++count;
  return count;
}

/// What stands between two words, the first time.
std::string between(const std::string& text, const std::string& begin, const std::string& end) {
  const std::size_t from = text.find(begin);
  if (from == std::string::npos) return "nothing begins with " + begin;
  const std::size_t start = from + begin.size();
  return text.substr(start, text.find(end, start) - start);
}

/// The page in a browser, with what is chosen in the address.
class Shown {
 public:
  Shown(const GroupPage& page, const std::string& chosen = "") {
    files::write_bytes(group_page(page), folder_ / "group.html");
    std::filesystem::create_directories(folder_ / "profile");
    dom = dumped_dom((folder_ / "group.html").string() + (chosen.empty() ? "" : "#" + chosen),
                     folder_ / "profile");
  }
  std::string dom;

  std::string plot() const { return between(dom, "<div id=\"plot\">", "</div>"); }
  /// Values drawn: round dots and triangles.
  std::size_t good() const { return count_of(between(plot(), "class=\"dots\" d=\"", "\""), "M"); }
  std::size_t doubtful() const { return count_of(between(plot(), "class=\"marks\" d=\"", "\""), "M"); }
  std::string outliers() const { return between(dom, "<tbody id=\"outliers\">", "</tbody>"); }
  std::vector<std::string> strips() const {
    std::vector<std::string> names;
    std::string rest = plot();
    for (std::size_t at = 0; (at = rest.find("class=\"group\">")) != std::string::npos;) {
      rest = rest.substr(at + 14);
      names.push_back(rest.substr(0, rest.find('<')));
    }
    return names;
  }

 private:
  Folder folder_;
};

TEST(GroupPage, DrawsEveryValueOnceAndCountsWhatIsNotMeasurable) {
  LEDD_NEEDS_CHROMIUM();
  const Shown shown(Cohort(60).page);
  EXPECT_EQ(shown.good() + shown.doubtful(), 118U) << "60 cases of two sides, two values not measurable";
  EXPECT_EQ(shown.doubtful(), 12U);
  EXPECT_THAT(shown.strips(), testing::ElementsAre("North", "South", "West"));
  EXPECT_THAT(shown.plot(), HasSubstr("2 not measurable"));
  EXPECT_THAT(shown.dom, HasSubstr("<span id=\"n-unmeasured\">2</span>"));
  EXPECT_THAT(between(shown.dom, "<tbody id=\"unmeasured\">", "</tbody>"), HasSubstr("not in view"));
}

TEST(GroupPage, AnOutlierIsMarkedAndLeadsToItsCase) {
  LEDD_NEEDS_CHROMIUM();
  Cohort cohort(60);
  cohort.page.cases[7].decision = "rejected";
  const Shown shown(cohort.page);
  EXPECT_THAT(shown.dom, HasSubstr("<span id=\"n-outliers\">1</span>"));
  EXPECT_THAT(shown.plot(), HasSubstr("<a class=\"outlier\" href=\"cases/case7/report.html\""));
  EXPECT_THAT(shown.outliers(), HasSubstr("<a href=\"cases/case7/report.html\">case7</a>"));
  EXPECT_THAT(shown.plot(), HasSubstr("case case7, subject S2, 2024-01-01, side R, "))
      << "what hovering tells";
  EXPECT_THAT(shown.plot(), HasSubstr(", good, rejected")) << "what readers decided";
}

TEST(GroupPage, TheRuleOfOutliersIsThreeScaledDeviationsFromTheMedian) {
  LEDD_NEEDS_CHROMIUM();
  Cohort five(5);  // each side has 1, 2, 3, 4 and then 5.5: median 3, MAD 1, so limits are 3 -+ 4.4478
  for (std::size_t n = 0; n < 5; ++n)
    for (std::size_t k = 0; k < 2; ++k) {
      const std::string side = five.row(n, k).side;
      five.row(n, k) = measured("FC", thickness(), std::array{1.0, 2.0, 3.0, 4.0, 7.4}[n]);
      five.row(n, k).side = side;
    }
  EXPECT_THAT(Shown(five.page).dom, HasSubstr("outliers lie below -1.4478 or above 7.4478 mm"));
  EXPECT_THAT(Shown(five.page).dom, HasSubstr("<span id=\"n-outliers\">0</span>"));
  five.row(4, 0).value = 7.45;
  EXPECT_THAT(Shown(five.page).dom, HasSubstr("<span id=\"n-outliers\">1</span>"));
}

TEST(GroupPage, FewOrEqualValuesHaveNoOutliersAndThePageSaysSo) {
  LEDD_NEEDS_CHROMIUM();
  EXPECT_THAT(Shown(Cohort(2).page).dom, HasSubstr("fewer than 5 values"));
  Cohort equal(6);
  for (std::size_t n = 0; n < 6; ++n)
    for (std::size_t k = 0; k < 2; ++k) equal.row(n, k) = measured("FC", thickness(), n == 5 ? 9.0 : 2.0);
  const std::string dom = Shown(equal.page).dom;
  EXPECT_THAT(dom, HasSubstr("more than half of the values are equal"));
  EXPECT_THAT(dom, HasSubstr("<span id=\"n-outliers\">0</span>"));
}

TEST(GroupPage, TheAddressChoosesStripsAndFilters) {
  LEDD_NEEDS_CHROMIUM();
  const Shown by_visit(Cohort(60).page, "by=visit&site=North&side=R");
  EXPECT_THAT(by_visit.strips(), testing::ElementsAre("m0", "m12", "m24"));
  EXPECT_EQ(by_visit.good() + by_visit.doubtful(), 21U) << "21 cases of North, one side";
  const Shown good(Cohort(60).page, "by=side&quality=good&scanner=B%201.5%20T");
  EXPECT_THAT(good.strips(), testing::ElementsAre("L", "R"));
  EXPECT_EQ(good.doubtful(), 0U);
  EXPECT_THAT(good.dom, HasSubstr("values shown (0 uncertain)"));
}

TEST(GroupPage, EndpointRegionAndStatisticAreChosen) {
  LEDD_NEEDS_CHROMIUM();
  Cohort cohort(12);
  EndpointDefinition other = thickness();
  other.key = "VC";
  other.title = "Cartilage volume";
  other.unit = "mm3";
  cohort.page.definitions.push_back(other);
  std::vector<Measurement> rows{cohort.row(0, 0), measured("MT", other, 1250.0)};
  rows[1].statistic = "sd";
  cohort.page.cases[0].measurements = &rows;
  const Shown shown(cohort.page, "endpoint=VC&region=MT&statistic=sd");
  EXPECT_EQ(shown.good(), 1U);
  EXPECT_THAT(shown.plot(), HasSubstr(">mm3</text>"));
  EXPECT_THAT(shown.dom, HasSubstr("VC: Cartilage volume"));
}

TEST(GroupPage, HostileTextShowsAsText) {
  LEDD_NEEDS_CHROMIUM();
  Cohort cohort(12);
  GroupCase& c = cohort.page.cases[0];
  for (std::string* text :
       {&c.case_id, &c.pipeline, &c.subject, &c.visit, &c.study_date, &c.site, &c.scanner, &c.decision})
    *text = kEvil + "!--";
  cohort.page.title = kEvil;
  for (Measurement* m : {&cohort.row(0, 0), &cohort.row(0, 1)})
    m->region = m->statistic = m->unit = m->side = m->reason = kEvil;
  cohort.row(0, 0).value = 99.0;
  cohort.row(0, 1).quality = Quality::kFailed;
  cohort.row(0, 1).value.reset();
  cohort.page.deviations = {{kEvil, kEvil, kEvil, kEvil}};
  cohort.page.failures = {{kEvil, kEvil, kEvil, kEvil, kEvil, kEvil}};
  const std::string html = group_page(cohort.page);
  EXPECT_EQ(count_of(html, "<script"), 2U) << "the data and the page's own";
  const Shown shown(cohort.page);
  EXPECT_THAT(shown.dom, Not(HasSubstr("<title>caught")));
  EXPECT_THAT(shown.strips(), testing::Contains(HasSubstr("&lt;/script&gt;")));
  EXPECT_EQ(count_of(shown.dom, "<script"), 2U);
}

TEST(GroupPage, EscapesEveryTextWhereNoBrowserIsInstalledToo) {
  Cohort cohort(1);
  cohort.page.cases[0].subject = kEvil + "\xff";
  cohort.page.deviations = {{"case0", kEvil, kEvil, kEvil}};
  cohort.page.failures = {{kEvil, kEvil, kEvil, kEvil, kEvil, kEvil}};
  const std::string html = group_page(cohort.page);
  EXPECT_EQ(count_of(html, "</script>"), 2U);
  EXPECT_THAT(html, HasSubstr("\\u003c/script>"));
  EXPECT_THAT(html, HasSubstr("\\ufffd")) << "what is no UTF-8";
  EXPECT_THAT(html, HasSubstr("<a href=\"cases/case0/report.html\">case0</a>"));
}

TEST(GroupPage, NeedsNothingFromElsewhere) {
  const std::string html = group_page(Cohort(3).page);
  EXPECT_EQ(count_of(html, "http"), 1U) << "the name of SVG's elements, which nothing fetches";
  EXPECT_THAT(html, Not(HasSubstr(" src=")));
  EXPECT_THAT(html, Not(HasSubstr("@import")));
  EXPECT_EQ(html, group_page(Cohort(3).page));
}

TEST(GroupPage, TablesTellFailuresDeviationsAndFlags) {
  Cohort cohort(30);
  cohort.page.deviations = {{"case3", "S1", "m00", "TE 12 ms, 4.5 to 5.5 ms are asked for"}};
  cohort.page.failures = {{"0c11d20f3ab9", "knee-mri", "quarantined", "intake", "slice gap of 8 mm", "DESS"}};
  const std::string html = group_page(cohort.page);
  EXPECT_THAT(between(html, "id=\"deviations\"", "</table>"), HasSubstr("4.5 to 5.5 ms"));
  EXPECT_THAT(between(html, "id=\"failures\"", "</table>"), HasSubstr("slice gap of 8 mm"));
  EXPECT_THAT(
      between(html, "id=\"flags\"", "</table>"),
      HasSubstr("<td class=\"number\">52</td><td class=\"number\">6</td><td class=\"number\">2</td><td "
                "class=\"number\">8</td><td>faint (6 times)</td>"));
}

TEST(GroupPage, WithoutCasesOrValuesSaysSo) {
  GroupPage page;
  EXPECT_THAT(group_page(page), HasSubstr("There are no cases here yet."));
  page.failures = {{"a", "knee-mri", "failed", "fit", "a bug", ""}};
  EXPECT_THAT(group_page(page), HasSubstr("No case has a measurement"));
  if (!chromium().empty()) {
    const Shown shown(page);
    EXPECT_THAT(shown.dom, HasSubstr("<section id=\"explore\" hidden=\"\">"));
  }
}

TEST(GroupPage, OneCaseIsDrawn) {
  LEDD_NEEDS_CHROMIUM();
  EXPECT_EQ(Shown(Cohort(1).page).good(), 2U);
}

TEST(GroupPage, RefusesALinkThatLeadsOut) {
  Cohort cohort(1);
  cohort.page.cases[0].link = "javascript:alert(1)";
  EXPECT_THROW(group_page(cohort.page), Error);
}

TEST(GroupPage, TenThousandCasesOfFiftyEndpointsAreDrawn) {
  LEDD_NEEDS_CHROMIUM();
  Cohort cohort(10000);
  std::vector<std::vector<Measurement>> rows(10000);
  for (std::size_t n = 0; n < rows.size(); ++n) {
    for (int k = 0; k < 50; ++k)
      rows[n].push_back(
          measured("R" + std::to_string(k), thickness(), 2.0 + std::sin(static_cast<double>(n) + k)));
    cohort.page.cases[n].measurements = &rows[n];
  }
  const auto begin = std::chrono::steady_clock::now();
  const std::string html = group_page(cohort.page);
  const double made_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  EXPECT_LT(html.size(), 15000000U);
  const Shown shown(cohort.page, "region=R49");
  EXPECT_EQ(shown.good(), 10000U);
  std::cout << "10,000 cases of 50 endpoints: " << static_cast<double>(html.size()) / 1e6 << " MB, made in "
            << made_s << " s, first plot after " << between(shown.dom, "data-first-plot-ms=\"", "\"")
            << " ms\n";
}

TEST(IndexPage, TenThousandRowsStaySmall) {
  std::vector<IndexRow> rows(10000);
  for (std::size_t n = 0; n < rows.size(); ++n) {
    rows[n].case_id = "3f2a91c0" + std::to_string(n + 10000);
    rows[n].state = "done";
    rows[n].pipeline = "spine-mri";
    rows[n].series = "series 4 \"T2 TSE sagittal\": 15 slices of 384 x 384";
    rows[n].link = "cases/" + rows[n].case_id + "/report.html";
    rows[n].thumbnail = "cases/" + rows[n].case_id + "/figures/thumbnail.png";
  }
  const auto begin = std::chrono::steady_clock::now();
  const std::string html = index_page("Cases", rows);
  const double made_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  EXPECT_LT(html.size(), 15000000U);
  EXPECT_EQ(count_of(html, "loading=\"lazy\""), 10000U);
  std::cout << "10,000 cases: " << static_cast<double>(html.size()) / 1e6 << " MB, made in " << made_s
            << " s\n";
}

TEST(IndexPage, WithoutCasesSaysSo) {
  EXPECT_THAT(index_page("Cases", {}), HasSubstr("There are no cases here yet."));
}

}  // namespace
}  // namespace ledd::report
