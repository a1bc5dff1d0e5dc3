#include <gmock/gmock.h>

#include "program.h"

namespace {

using ledd::testing::Ended;
using ledd::testing::Folder;
using ledd::testing::json_lines;
using ledd::testing::ledd;
using ledd::testing::sagittal_series;
using ledd::testing::write_series;
using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

namespace fs = std::filesystem;

/// Visits of one patient's knees; a series states R, L, B for both, or no side.
struct CompareSides : testing::Test {
  Folder in, out;

  /// What lies above `threshold` is measured. Of B, the first slices are the right knee; words count up from
  /// slice to slice.
  void visit(const std::string& date, const std::string& laterality, const std::string& threshold) const {
    auto series =
        sagittal_series("1.2.3." + date + "." + std::to_string(laterality.empty() ? 0 : laterality[0]));
    std::vector<ledd::testing::Attribute> attributes{{"StudyDate", date}, {"SeriesDescription", "SAG KNEE"}};
    if (!laterality.empty()) attributes.push_back({"Laterality", laterality});
    write_series(in / series.uid, series, attributes);
    const Ended ended = ledd({"run",
                              "sided",
                              (in / series.uid).string(),
                              "-o",
                              (out / "r").string(),
                              "--set",
                              "threshold=" + threshold});
    ASSERT_EQ(ended.exit, 0) << ended.err;
  }
  Ended compare(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words{"compare", (out / "r").string(), "--pipeline", "sided"};
    words.insert(words.end(), more.begin(), more.end());
    return ledd(words);
  }
  std::string table() const { return ::ledd::files::read_bytes(out / "r" / "changes.csv"); }
  long changes() const {
    return std::distance(fs::directory_iterator(out / "r" / "changes"), fs::directory_iterator());
  }
};

TEST_F(CompareSides, TwoVisitsOfBothKneesAreOneComparisonWithRowsOfEach) {
  visit("20240531", "B", "50");
  visit("20250602", "B", "199.5");
  const Ended ended = compare();
  EXPECT_EQ(ended.exit, 0) << ended.err;
  EXPECT_EQ(changes(), 1);
  // Words from 0 up, 90 in the right knee's and 90 in the left one's slices: only right ones lie below 199.5.
  EXPECT_THAT(table(),
              ContainsRegex("P1,R,[^\n]*2024-05-31,2025-06-02,sided,L1,Vol_change,value,-30,mm3,good,"));
  EXPECT_THAT(table(),
              ContainsRegex("P1,L,[^\n]*2024-05-31,2025-06-02,sided,L1,Vol_change,value,0,mm3,good,"));
}

TEST_F(CompareSides, OneKneeIsComparedWithTheSameSideOfATwoKneeVisit) {
  visit("20240531", "B", "50");
  visit("20250602", "L", "50");
  EXPECT_EQ(compare().exit, 0);
  EXPECT_THAT(table(), AllOf(HasSubstr("P1,L,"), Not(HasSubstr("P1,R,"))));
}

TEST_F(CompareSides, EachKneeHasItsOwnFirstVisit) {
  visit("20230530", "R", "50");
  visit("20240531", "B", "50");
  visit("20250602", "B", "50");
  const auto lines = json_lines(compare({"--dry-run", "--json"}).out);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0]["sides"], nlohmann::json({"R"}));
  EXPECT_EQ(lines[1]["sides"], nlohmann::json({"R"}));
  EXPECT_EQ(lines[0]["baseline"], lines[1]["baseline"]);
  EXPECT_EQ(lines[2]["sides"], nlohmann::json({"L"}));
  EXPECT_EQ(lines[2]["baseline"], lines[0]["followup"]);
  EXPECT_EQ(lines[2]["followup"], lines[1]["followup"]);
  ASSERT_EQ(compare().exit, 0);
  EXPECT_EQ(changes(), 3);
  std::size_t right = 0, left = 0;
  const std::string rows = table();
  for (std::size_t at = rows.find("P1,"); at != std::string::npos; at = rows.find("P1,", at + 1))
    if (rows.substr(at, rows.find('\n', at) - at).find("Vol_change") != std::string::npos)
      ++(rows[at + 3] == 'R' ? right : left);
  EXPECT_EQ(right, 2U);
  EXPECT_EQ(left, 1U);
}

TEST_F(CompareSides, AKneeOfUnknownSideStaysApartWithTheReason) {
  visit("20240531", "", "50");
  visit("20250602", "L", "50");
  const Ended ended = compare();
  EXPECT_EQ(ended.exit, 66);
  EXPECT_THAT(ended.err, HasSubstr("its side is not known; name a pair with --pair"));
  EXPECT_THAT(ended.err, HasSubstr("there is no other visit of this joint"));
}

TEST_F(CompareSides, OneKneeSeenTwiceOnADayLeavesTheOtherPaired) {
  visit("20240531", "B", "50");
  visit("20240531", "R", "50");
  visit("20250602", "B", "50");
  const Ended ended = compare();
  EXPECT_EQ(ended.exit, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr(", right: another case of this day shows the same"));
  EXPECT_THAT(table(), AllOf(HasSubstr("P1,L,"), Not(HasSubstr("P1,R,"))));
}

TEST_F(CompareSides, ARefusedPairHasRowsForItsSide) {
  visit("20240531", "R", "50");
  visit("20250602", "L", "50");
  EXPECT_EQ(compare().exit, 66);
  std::vector<std::string> ids;
  for (const auto& entry : fs::directory_iterator(out / "r" / "cases"))
    ids.push_back(entry.path().filename().string());
  ASSERT_EQ(ids.size(), 2U);
  EXPECT_EQ(compare({"--pair", ids[0], ids[1]}).exit, 65);
  EXPECT_THAT(table(), HasSubstr("Vol_change,value,,mm3,failed,no side is shown at both visits"));
}

}  // namespace
