#include <gmock/gmock.h>
#include <opencv2/imgcodecs.hpp>
#include <zlib.h>

#include <array>

#include "ledd/core/error.h"
#include "ledd/report/report.h"

#include "sheet.h"

namespace ledd::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// All that the streams of a PDF hold, inflated, with the text between them.
std::string content_of(const std::string& pdf) {
  std::string all;
  for (std::size_t at = pdf.find("stream\r\n"); at != std::string::npos; at = pdf.find("stream\r\n", at)) {
    at += 8;
    const std::size_t end = pdf.find("endstream", at);
    std::vector<unsigned char> plain(4'000'000);
    uLongf size = plain.size();
    if (uncompress(plain.data(),
                   &size,
                   reinterpret_cast<const unsigned char*>(pdf.data() + at),
                   static_cast<uLong>(end - at)) == Z_OK)
      all.append(plain.begin(), plain.begin() + static_cast<std::ptrdiff_t>(size));
    at = end;
  }
  return all;
}

std::string grey_png(int columns, int rows) {
  std::vector<unsigned char> bytes;
  cv::imencode(".png", cv::Mat(rows, columns, CV_8UC3, cv::Scalar(90, 90, 90)), bytes);
  return {bytes.begin(), bytes.end()};
}

struct Example {
  Outcome outcome;
  CasePage page;
  EndpointDefinition height{
      "Ha", "Anterior height", "mm", "method/1", "How.", "A source", "not yet measured"};
  explicit Example(int bodies = 3) {
    page.title = "spine-mri: case 1";
    page.facts = {{"Subject", "S0001"}, {"Scanner", "Vendor 1.5 T"}};
    page.definitions = {height};
    for (int n = 0; n < bodies; ++n)
      outcome.measurements.push_back(measured("B" + std::to_string(n), height, 25.0 + n));
  }
  std::string pdf() {
    page.outcome = &outcome;
    return summary_pdf(page);
  }
};

TEST(SummaryPdf, HoldsTitleFactsAndValuesAndSaysResearchUseOnly) {
  const std::string text = content_of(Example().pdf());
  for (const char* part :
       {"spine-mri: case 1", "S0001", "B2", "27.0", "Research use only. Not for diagnosis."})
    EXPECT_THAT(text, HasSubstr(part));
}

TEST(SummaryPdf, IsOneSheetHoweverMuchWasMeasuredAndSaysHowMuchIsLeftOut) {
  Example e(600);
  e.page.pictures = {{"a", "", grey_png(300, 400)}, {"b", "", grey_png(300, 900)}};
  const std::string pdf = e.pdf();
  EXPECT_THAT(pdf, HasSubstr("/Count 1"));
  EXPECT_THAT(content_of(pdf), HasSubstr("more values in the report"));
  EXPECT_THAT(content_of(pdf), Not(HasSubstr("B599")));
}

TEST(SummaryPdf, SaysWhatNeedsEyes) {
  Example e;
  EXPECT_THAT(content_of(e.pdf()), HasSubstr("Nothing asks for a reader's eyes"));
  e.outcome.measurements.push_back(failed("B9", e.height, "the lower endplate is outside of the scan"));
  const std::string text = content_of(e.pdf());
  EXPECT_THAT(text, HasSubstr("Needs a reader's eyes: 1 value"));
  EXPECT_THAT(text, HasSubstr("the lower endplate is outside of the scan"));
}

TEST(SummaryPdf, TheSamePageGivesTheSameBytes) {
  Example a;
  Example b;
  EXPECT_EQ(a.pdf(), b.pdf());
}

TEST(SummaryPdf, TextOfStrangersCannotEndAStringOfThePage) {
  Example e;
  e.page.facts = {{"Subject", "x) Tj ET q (\\"}};
  EXPECT_THAT(content_of(e.pdf()), HasSubstr("(x\\051 Tj ET q \\050\\134)"));
}

TEST(SummaryPdf, WithoutOutcomeOrWithABrokenPictureItIsRefused) {
  EXPECT_THROW(summary_pdf(CasePage{}), Error);
  Example e;
  e.page.pictures = {{"a", "", "no picture"}};
  EXPECT_THROW(e.pdf(), Error);
}

TEST(LatinText, WritesWhatCodePage1252HasAndAQuestionMarkForTheRest) {
  EXPECT_EQ(latin_text("a \u00B5m\u00B3 \u00B1 \u2014"), "a \xB5m\xB3 \xB1 \x97");
  EXPECT_EQ(latin_text("\u2265 3 \u5C71\xFF"), ">= 3 ??");
  EXPECT_EQ(latin_text("\xE5\xB1"), "??");  // cut within a character
}

}  // namespace
}  // namespace ledd::report
