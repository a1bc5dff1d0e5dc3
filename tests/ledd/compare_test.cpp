#include <gmock/gmock.h>

#include "program.h"

namespace {

using ledd::testing::Ended;
using ledd::testing::Folder;
using ledd::testing::json_lines;
using ledd::testing::ledd;
using ledd::testing::sagittal_series;
using ledd::testing::tree;
using ledd::testing::write_series;
using testing::HasSubstr;
using testing::Not;

namespace fs = std::filesystem;

struct Compare : testing::Test {
  Folder in, out;

  /// A visit of one patient; the mask is what lies above `threshold`.
  void visit(const std::string& uid, const std::string& date, unsigned slices = 6) const {
    auto series = sagittal_series(uid);
    series.slices = slices;
    write_series(in / uid, series, {{"StudyDate", date}, {"SeriesDescription", "SAG T2"}});
  }
  Ended run(const std::string& uid, const std::string& threshold) const {
    return ledd({"run",
                 "threshold",
                 (in / uid).string(),
                 "-o",
                 (out / "r").string(),
                 "--set",
                 "threshold=" + threshold});
  }
  Ended compare(std::vector<std::string> more = {}) const {
    std::vector<std::string> words{"compare", (out / "r").string(), "--pipeline", "threshold"};
    words.insert(words.end(), more.begin(), more.end());
    return ledd(words);
  }
  std::string table() const { return ::ledd::files::read_bytes(out / "r" / "changes.csv"); }
  /// Voxels of 1.5 mm3: 100 of the words from 100 up, 80 of those from 120 up.
  void two_visits() const {
    visit("1.2.3.1", "20240531");
    visit("1.2.3.2", "20250602");
    ASSERT_EQ(run("1.2.3.1", "50").exit, 0);
    ASSERT_EQ(run("1.2.3.2", "199.5").exit, 0);
  }
};

TEST_F(Compare, TwoVisitsOfOneSubjectArePairedByTheirDates) {
  two_visits();
  const Ended ended = compare();
  EXPECT_EQ(ended.exit, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("compared 1, set aside 0, failed 0"));
  EXPECT_THAT(table(),
              HasSubstr("2024-05-31,2025-06-02,threshold,L1,Vol_change,value,-30,mm3,good,,voxel-count/1,"));
  const fs::path folder = fs::directory_iterator(out / "r" / "changes")->path();
  for (const char* name : {"report.html", "endpoints.json", "provenance.json"})
    EXPECT_TRUE(fs::exists(folder / name)) << name;
  EXPECT_THAT(::ledd::files::read_bytes(folder / "report.html"), HasSubstr("2025-06-02"));
}

TEST_F(Compare, AgainGivesTheSameBytesAndLeavesTheCasesAlone) {
  two_visits();
  const auto before = tree(out / "r" / "cases", true);
  ASSERT_EQ(compare().exit, 0);
  const auto first = tree(out / "r");
  ASSERT_EQ(compare().exit, 0);
  EXPECT_EQ(tree(out / "r"), first);
  EXPECT_EQ(tree(out / "r" / "cases", true), before);
}

TEST_F(Compare, DryRunPrintsThePairsAndWritesNothing) {
  two_visits();
  const auto before = tree(out / "r", true);
  const Ended ended = compare({"--dry-run", "--json"});
  EXPECT_EQ(ended.exit, 0);
  EXPECT_EQ(json_lines(ended.out).at(0)["type"], "pair");
  EXPECT_EQ(tree(out / "r", true), before);
}

TEST_F(Compare, VisitsOfOneDayAreNotGuessedButCanBeNamed) {
  visit("1.2.3.1", "20240531");
  visit("1.2.3.2", "20240531");
  ASSERT_EQ(run("1.2.3.1", "50").exit, 0);
  ASSERT_EQ(run("1.2.3.2", "199.5").exit, 0);
  const Ended refused = compare();
  EXPECT_EQ(refused.exit, 66);
  EXPECT_THAT(refused.err, HasSubstr("another case of this day"));
  EXPECT_FALSE(fs::exists(out / "r" / "changes.csv"));
  std::vector<std::string> ids;
  for (const auto& entry : fs::directory_iterator(out / "r" / "cases"))
    ids.push_back(entry.path().filename().string());
  ASSERT_EQ(ids.size(), 2U);
  EXPECT_EQ(compare({"--pair", ids[0], ids[1]}).exit, 0);
  EXPECT_EQ(compare({"--pair", ids[0], ids[0]}).exit, 2);
  const Ended ambiguous = compare({"--pair", "P1", ids[0]});
  EXPECT_EQ(ambiguous.exit, 2);
  EXPECT_THAT(ambiguous.err, HasSubstr("2 cases are of subject P1"));
}

TEST_F(Compare, WhatCannotBeComparedHasARowWithItsReason) {
  visit("1.2.3.1", "20240531");
  visit("1.2.3.2", "20250602", 7);
  ASSERT_EQ(run("1.2.3.1", "50").exit, 0);
  ASSERT_EQ(run("1.2.3.2", "50").exit, 0);
  const Ended ended = compare();
  EXPECT_EQ(ended.exit, 65);
  EXPECT_THAT(ended.err, HasSubstr("the visits"));
  EXPECT_THAT(table(), HasSubstr("Vol_change,value,,mm3,failed,"));
  const fs::path folder = fs::directory_iterator(out / "r" / "changes")->path();
  EXPECT_TRUE(fs::exists(folder / "reason.json"));
  EXPECT_FALSE(fs::exists(folder / "report.html"));
}

TEST_F(Compare, WhereNothingIsThereIsSixtySix) {
  const Ended ended = compare();
  EXPECT_EQ(ended.exit, 66);
  EXPECT_THAT(ended.err, Not(HasSubstr("internal")));
}

}  // namespace
