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

/// Scans of several subjects; what lies above a threshold is measured, so that thresholds make the errors.
struct CompareRepeats : testing::Test {
  Folder in, out;

  void scan(int subject,
            const std::string& date,
            int number,
            const std::string& threshold,
            const std::string& model = "One") const {
    auto series =
        sagittal_series("1.2.3." + std::to_string(subject) + "." + date + "." + std::to_string(number));
    write_series(in / series.uid,
                 series,
                 {{"StudyDate", date},
                  {"SeriesDescription", "SAG T2"},
                  {"SeriesNumber", std::to_string(number)},
                  {"PatientID", "S" + std::to_string(subject)},
                  {"Manufacturer", "Vendor"},
                  {"ManufacturerModelName", model}});
    const Ended ended =
        ledd({"run", "threshold", (in / series.uid).string(), "-o", r(), "--set", "threshold=" + threshold});
    ASSERT_EQ(ended.exit, 0) << ended.err;
  }
  std::string r() const { return (out / "r").string(); }
  std::string file(const std::string& name) const { return ::ledd::files::read_bytes(out / "r" / name); }
};

TEST_F(CompareRepeats, RepeatsOfOneDayGiveTheTableThePageAndTheVerdictOfAChange) {
  for (int subject = 0; subject < 3; ++subject) {
    scan(subject, "20240531", 1, std::to_string(60 + 40 * subject));
    scan(subject, "20240531", 2, std::to_string(64 + 40 * subject));
  }
  scan(7, "20240531", 1, "60");
  scan(7, "20250531", 1, "260");
  scan(8, "20240531", 1, "60");
  scan(8, "20250531", 1, "62");
  const auto cases = tree(out / "r" / "cases", true);
  const Ended repeats = ledd({"compare", r(), "--repeatability"});
  EXPECT_EQ(repeats.exit, 0) << repeats.err;
  EXPECT_THAT(repeats.out, HasSubstr("3 sets of repeats, 6 scans, 1 endpoints"));
  EXPECT_THAT(file("repeatability.csv"), HasSubstr("threshold,Vol,L1,,value,mm3,voxel-count/1,"));
  EXPECT_THAT(file("repeatability.html"), HasSubstr("<svg"));
  const Ended compared = ledd({"compare", r()});
  EXPECT_EQ(compared.exit, 0) << compared.err;
  EXPECT_THAT(compared.out, HasSubstr("1 decreased"));
  EXPECT_THAT(compared.out, HasSubstr("1 within error"));
  EXPECT_THAT(file("changes.csv"), HasSubstr("repeats of these cases: 3 subjects, df 3"));
  EXPECT_THAT(file("changes.csv"), HasSubstr("its precision rests on df 3"));
  EXPECT_EQ(tree(out / "r" / "cases", true), cases) << "cases stay as they are";
  const std::string first = file("repeatability.html") + file("repeatability.csv");
  EXPECT_EQ(ledd({"compare", r(), "--repeatability", "--json"}).exit, 0);
  EXPECT_EQ(file("repeatability.html") + file("repeatability.csv"), first);
}

TEST_F(CompareRepeats, WithoutRepeatsItSaysSoAndADryRunWritesNothing) {
  scan(0, "20240531", 1, "60");
  EXPECT_EQ(ledd({"compare", r(), "--repeatability"}).exit, 66);
  scan(0, "20240531", 2, "60");
  const auto before = tree(out / "r", true);
  const Ended dry = ledd({"compare", r(), "--repeatability", "--dry-run", "--json"});
  EXPECT_EQ(dry.exit, 0) << dry.err;
  EXPECT_EQ(json_lines(dry.out).at(0)["sets"], 1);
  EXPECT_EQ(tree(out / "r", true), before);
  EXPECT_EQ(ledd({"compare", r(), "--pool-sides"}).exit, 2) << "only with --repeatability";
}

TEST_F(CompareRepeats, PrecisionOfAnotherStudyIsReadFromItsFile) {
  scan(7, "20240531", 1, "60");
  scan(7, "20250531", 1, "260");
  EXPECT_EQ(ledd({"compare", r(), "--precision", (out / "none.csv").string()}).exit, 66);
  ::ledd::files::write_bytes("a,b\n", out / "wrong.csv");
  const Ended wrong = ledd({"compare", r(), "--precision", (out / "wrong.csv").string()});
  EXPECT_EQ(wrong.exit, 65);
  EXPECT_THAT(wrong.err, HasSubstr("wrong.csv: there is no column 'pipeline'"));
  const Ended unknown = ledd({"compare", r()});
  EXPECT_THAT(unknown.out, HasSubstr("2 precision unknown")) << "the registered change and the difference";
  const auto lines = json_lines(ledd({"compare", r(), "--json"}).out);
  ASSERT_GE(lines.size(), 2U);
  EXPECT_EQ(lines[lines.size() - 2]["precision unknown"], 2);
  EXPECT_EQ(lines.back()["type"], "summary");
}

TEST_F(CompareRepeats, HarmoniseWritesASecondColumnAndRefusesWhatItCannotTellApart) {
  for (int subject = 0; subject < 8; ++subject)
    scan(subject,
         "20240531",
         1,
         std::to_string((subject % 2 == 0 ? 60 : 180) + 9 * subject),
         subject % 2 == 0 ? "One" : "Two");
  const std::string to = (out / "h").string();
  const auto before = tree(out / "r", true);
  const Ended few = ledd({"harmonise", r(), "-o", to, "--no-eb"});
  EXPECT_EQ(few.exit, 0) << few.err;
  EXPECT_THAT(few.out, HasSubstr("harmonised 0 of 8 values")) << "four cases a scanner";
  const Ended done = ledd({"harmonise", r(), "-o", to, "--no-eb", "--min-cases", "4", "--json"});
  EXPECT_EQ(done.exit, 0) << done.err;
  EXPECT_EQ(json_lines(done.out).at(0)["harmonised"], 8);
  EXPECT_THAT(::ledd::files::read_bytes(out / "h" / "harmonised.csv"), HasSubstr("value_harmonised"));
  std::string rows = "subject,arm\n";
  for (int subject = 0; subject < 8; ++subject)
    rows += "S" + std::to_string(subject) + (subject % 2 == 0 ? ",x\n" : ",y\n");
  ::ledd::files::write_bytes(rows, out / "covariates.csv");
  const Ended refused = ledd({"harmonise",
                              r(),
                              "-o",
                              to,
                              "--no-eb",
                              "--min-cases",
                              "4",
                              "--covariates",
                              (out / "covariates.csv").string(),
                              "--preserve",
                              "arm"});
  EXPECT_EQ(refused.exit, 65);
  EXPECT_THAT(refused.err, HasSubstr("arm (y) is told by the batches"));
  EXPECT_EQ(ledd({"harmonise", r(), "-o", to, "--method", "magic"}).exit, 2);
  EXPECT_EQ(tree(out / "r", true), before);
}

}  // namespace
