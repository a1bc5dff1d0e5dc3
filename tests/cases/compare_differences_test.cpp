#include <gmock/gmock.h>

#include "ledd/cases/compare.h"
#include "ledd/cases/repeatability.h"
#include "ledd/core/error.h"

#include "differences.h"
#include "folder.h"
#include "made_cases.h"
#include "study_record.h"
#include "threshold_pipeline.h"

namespace ledd::cases {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MadeCase;
using testing::row;
using testing::thickness;
using testing::volume;

/// A known error of ThC in MT: least significant change 0.1 mm.
Precision known(const std::string& method = "ray/1", const std::string& side = "R+L", std::size_t df = 40) {
  store::RepeatabilityRow r;
  r.pipeline = "threshold";
  r.endpoint = "ThC";
  r.region = "MT";
  r.side = side;
  r.statistic = "value";
  r.unit = "mm";
  r.method = method;
  r.version = "0.2.0";
  r.subjects = 40;
  r.df = df;
  r.rms_sd = 0.1 / 2.7718;
  r.lsc = 0.1;
  return {{r}, "pilot.csv"};
}

struct Differences : ::testing::Test {
  Folder out;
  MadeCase before{"a", "S1", "2024-01-01", "R"}, after{"b", "S1", "2025-01-01", "R"};

  std::vector<store::ChangeRow> compare(const Precision& precision = {},
                                        const std::vector<std::string>& sides = {"R"}) {
    write(before, out.path());
    write(after, out.path());
    const auto cases = finished_cases(out.path());
    return differences(cases.at(0), cases.at(1), sides, precision);
  }
  store::ChangeRow thinner_by(double mm, const Precision& precision = known()) {
    before.rows = {row(thickness(), "MT", "R", 2.0)};
    after.rows = {row(thickness(), "MT", "R", 2.0 - mm)};
    return compare(precision).at(0);
  }
};

TEST_F(Differences, AreFollowUpMinusBaselineWithPerCentOfTheBaseline) {
  const auto found = thinner_by(0.25, {});
  EXPECT_DOUBLE_EQ(*found.change.value, -0.25);
  EXPECT_DOUBLE_EQ(*found.change_pct, -12.5);
  EXPECT_DOUBLE_EQ(*found.baseline_value, 2.0);
  EXPECT_DOUBLE_EQ(*found.followup_value, 1.75);
  EXPECT_EQ(found.verdict, "precision unknown");
  EXPECT_FALSE(found.sdc);
  EXPECT_EQ(found.change.quality, Quality::kGood);
}

TEST_F(Differences, AreJudgedByTheSmallestDetectableChange) {
  EXPECT_EQ(thinner_by(0.25).verdict, "decreased");
  EXPECT_EQ(thinner_by(-0.25).verdict, "increased");
  EXPECT_EQ(thinner_by(0.0625).verdict, "within error");
  const auto found = thinner_by(0.25);
  EXPECT_DOUBLE_EQ(*found.sdc, 0.1);
  EXPECT_THAT(found.sdc_source, HasSubstr("pilot.csv: 40 subjects, df 40, sides together, version 0.2.0"));
}

TEST_F(Differences, PrecisionOfAnotherMethodIsNotUsed) {
  const auto found = thinner_by(0.25, known("ray/2"));
  EXPECT_EQ(found.verdict, "precision unknown");
  EXPECT_THAT(found.change.reason, HasSubstr("that of the method ray/2, not of ray/1"));
}

TEST_F(Differences, PrecisionOfTheOtherSideIsNotUsed) {
  EXPECT_EQ(thinner_by(0.25, known("ray/1", "L")).verdict, "precision unknown");
  EXPECT_EQ(thinner_by(0.25, known("ray/1", "R")).verdict, "decreased");
}

TEST_F(Differences, APrecisionOfFewRepeatsIsNamedAsSuch) {
  const auto found = thinner_by(0.25, known("ray/1", "R", 6));
  EXPECT_EQ(found.verdict, "decreased");
  EXPECT_EQ(found.change.quality, Quality::kUncertain);
  EXPECT_THAT(found.change.reason, HasSubstr("df 6, 30 are asked for"));
}

TEST_F(Differences, AnotherScannerIsFlaggedAndItsPrecisionUnknown) {
  after.scanner = "Vendor, Other 1.5T";
  const auto found = thinner_by(0.25);
  EXPECT_EQ(found.verdict, "precision unknown");
  EXPECT_EQ(found.change.quality, Quality::kUncertain);
  EXPECT_THAT(found.change.reason, HasSubstr("scanned by Vendor, Model 3T and Vendor, Other 1.5T"));
}

TEST_F(Differences, AnotherVersionOrOtherParametersAreFlagged) {
  after.version = "0.3.0";
  after.parameters = {{"threshold", 3.0}};
  const auto found = thinner_by(0.25);
  EXPECT_EQ(found.verdict, "decreased");
  EXPECT_EQ(found.change.quality, Quality::kUncertain);
  EXPECT_THAT(found.change.reason, HasSubstr("versions 0.2.0 and 0.3.0; measured with other parameters"));
}

TEST_F(Differences, WhatOneVisitLacksIsNotMeasurableWithTheReason) {
  before.rows = {row(thickness(), "MT", "R", 2.0), row(volume(), "MT", "R", 900)};
  after.rows = {failed("MT", thickness(), "cut by the field of view"), row(thickness(), "LT", "R", 3.0)};
  after.rows[0].side = "R";
  const auto rows = compare(known());
  ASSERT_EQ(rows.size(), 3U);
  for (const auto& one : rows) {
    EXPECT_EQ(one.verdict, "not measurable");
    EXPECT_FALSE(one.change.value);
  }
  EXPECT_EQ(rows[0].change.reason, "follow-up: cut by the field of view");
  EXPECT_EQ(rows[0].baseline_value, 2.0);
  EXPECT_EQ(rows[1].change.reason, "baseline: no such row");
  EXPECT_EQ(rows[2].change.reason, "follow-up: no such row");
}

TEST_F(Differences, RightIsNeverHeldAgainstLeft) {
  before.rows = {row(thickness(), "MT", "R", 2.0), row(thickness(), "MT", "L", 5.0)};
  after.rows = {row(thickness(), "MT", "L", 4.0), row(thickness(), "MT", "R", 1.5)};
  const auto right = compare({}, {"R"}), both = compare({}, {});
  ASSERT_EQ(right.size(), 1U);
  EXPECT_DOUBLE_EQ(*right[0].change.value, -0.5);
  ASSERT_EQ(both.size(), 2U);
  EXPECT_DOUBLE_EQ(*both[0].change.value, -1.0);
}

TEST_F(Differences, RowsThatAreErrorsOfOthersHaveNone) {
  before.rows = {row(thickness(), "MT", "R", 2.0), row(thickness(), "MT", "R", 0.1)};
  before.rows[1].statistic = "se";
  after.rows = before.rows;
  EXPECT_EQ(compare().size(), 1U);
}

/// Twelve people, each scanned twice on one day; the two values differ by `d`.
struct RepeatStudy : ::testing::Test {
  Folder out;
  void SetUp() override {
    for (int n = 0; n < 12; ++n)
      for (int scan = 0; scan < 2; ++scan) {
        MadeCase one{fmt::format("c{:02}{}", n, scan), fmt::format("S{}", n), "2024-05-31", "R"};
        one.series = 10 - 5 * scan;  // the second id was scanned first
        one.rows = {row(thickness(), "MT", "R", 2.0 + 0.1 * n + (scan == 0 ? 0.05 : 0.0)),
                    row(volume(), "MT", "R", 900.0 + n)};
        if (n == 3 && scan == 1) {
          one.rows[1] = failed("MT", volume(), "no contrast");
          one.rows[1].side = "R";
        }
        write(one, out.path());
      }
  }
  Repeats read(const std::string& csv = "") const {
    RepeatOptions options;
    options.out = out.path();
    if (!csv.empty()) {
      files::write_bytes(csv, out / "groups.csv");
      options.repeats = out / "groups.csv";
    }
    return read_repeats(options);
  }
  std::string refusal(const std::string& csv) const {
    try {
      read(csv);
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  }
};

TEST_F(RepeatStudy, GivesErrorAndBiasInTheOrderOfTheSeries) {
  const auto found = read();
  EXPECT_EQ(found.sets, 12U);
  EXPECT_EQ(found.cases, 24U);
  ASSERT_EQ(found.rows.size(), 2U);
  const auto& r = found.rows[0];
  EXPECT_EQ(r.endpoint, "ThC");
  EXPECT_EQ(r.df, 12U);
  EXPECT_NEAR(*r.rms_sd, 0.05 / std::sqrt(2.0), 1e-9);
  EXPECT_NEAR(*r.lsc, 2.7718 * 0.05 / std::sqrt(2.0), 1e-5);
  EXPECT_NEAR(*r.bias, 0.05, 1e-9) << "series 5 is the first, series 10 the second";
  EXPECT_GT(*r.icc_2_1, 0.9);
  EXPECT_THAT(r.verdict, HasSubstr("no figure in the catalogue"));
  EXPECT_THAT(r.verdict, HasSubstr("12 degrees of freedom, 30 are asked for"));
  EXPECT_THAT(r.verdict, HasSubstr("second scan differs from the first"));
}

TEST_F(RepeatStudy, CountsWhatWasMissed) {
  const auto r = read().rows.at(1);
  EXPECT_EQ(r.endpoint, "VC");
  EXPECT_EQ(r.missed, 1U);
  EXPECT_EQ(r.sets, 11U);
  EXPECT_EQ(r.scans, 22U);
  EXPECT_THAT(r.verdict, HasSubstr("agree to the last digit"));
}

TEST_F(RepeatStudy, WritesATableThatReadsBackAndAPageWithAPlotOfEach) {
  RepeatOptions options;
  options.out = out.path();
  const auto found = write_repeatability(options);
  const std::string csv = files::read_bytes(out / "repeatability.csv");
  EXPECT_EQ(store::repeatability_csv(store::parse_repeatability_csv(csv)), csv);
  EXPECT_EQ(store::parse_repeatability_csv(csv).size(), found.rows.size());
  const std::string page = files::read_bytes(out / "repeatability.html");
  EXPECT_THAT(page, HasSubstr("Research use only"));
  EXPECT_THAT(page, HasSubstr("1 values are missing"));
  std::size_t plots = 0, points = 0;
  for (std::size_t at = page.find("<svg"); at != std::string::npos; at = page.find("<svg", at + 1)) ++plots;
  for (std::size_t at = page.find("<circle"); at != std::string::npos; at = page.find("<circle", at + 1))
    ++points;
  EXPECT_EQ(plots, 2U);
  EXPECT_EQ(points, 12U + 11U);
  EXPECT_EQ(page.find("<script"), std::string::npos);
}

TEST_F(RepeatStudy, GroupsOfAFileTakeThePlaceOfDays) {
  const auto found = read("case_id,group\nc000,one\nc001,one\nc010,two\nc011,two\n");
  EXPECT_EQ(found.sets, 2U);
  EXPECT_NEAR(*found.rows[0].bias, -0.05, 1e-9) << "in the order of the file";
  EXPECT_THAT(refusal("case_id,group\nc000,one\nnone,one\n"), HasSubstr("no finished case none"));
  EXPECT_THAT(refusal("case_id,group\nc000,one\nc000,one\n"), HasSubstr("stands twice"));
  EXPECT_THAT(refusal("case_id,group\nc000,one\nc010,one\n"), HasSubstr("two subjects"));
  EXPECT_THAT(refusal("case,group\nc000,one\n"), HasSubstr("there is no column 'case_id'"));
  EXPECT_THAT(refusal("case_id,group\nc000,one\nc010,two\n"), HasSubstr("no repeats are there"));
}

TEST_F(RepeatStudy, AnotherScannerOrDayIsNoRepeat) {
  MadeCase other{"d", "S0", "2024-05-31", "R"};
  other.scanner = "Vendor, Other";
  other.rows = {row(thickness(), "MT", "R", 7.0)};
  write(other, out.path());
  other.id = "e";
  other.date = "2024-06-01";
  write(other, out.path());
  EXPECT_EQ(read().sets, 12U);
}

TEST_F(RepeatStudy, SidesTogetherGiveOneFigureOfBoth) {
  for (int scan = 0; scan < 2; ++scan) {
    MadeCase left{fmt::format("left{}", scan), "S0", "2024-05-31", "L"};
    left.rows = {row(thickness(), "MT", "L", 2.0 + 0.4 * scan)};
    write(left, out.path());
  }
  EXPECT_EQ(read().rows.size(), 3U);
  RepeatOptions options;
  options.out = out.path();
  options.pooling = Pooling::kTogether;
  const auto rows = read_repeats(options).rows;
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].side, "R+L");
  EXPECT_EQ(rows[0].df, 13U);
  EXPECT_EQ(rows[0].subjects, 12U);
  EXPECT_EQ(rows[0].sets, 13U);
}

TEST_F(RepeatStudy, GivesComparisonsInTheSameFolderTheirPrecision) {
  for (int visit = 0; visit < 2; ++visit) {
    MadeCase one{fmt::format("v{}", visit), "T1", visit == 0 ? "2024-01-01" : "2025-01-01", "L"};
    one.rows = {row(thickness(), "MT", "L", 2.0 - 0.5 * visit)};
    write(one, out.path());
  }
  const auto registry = testing::threshold_registry({});
  auto pairings = pair_visits(out.path(), registry, "");
  ASSERT_EQ(pairings.size(), 1U);
  EXPECT_THAT(pairings[0].pairs, ElementsAre(VisitPair{"v0", "v1", {"L"}}));
  const auto result = compare_visits({{pairings[0], &registry[0], nullptr}}, {out.path(), 1, {}}, {});
  EXPECT_EQ(result.summary.exit, 0);
  // The repeats are of right knees: nothing is known of a left one alone, but sides together are.
  EXPECT_THAT(result.verdicts, ElementsAre(std::pair("decreased", 1U)));
  const std::string csv = files::read_bytes(out / "changes.csv");
  EXPECT_THAT(csv, HasSubstr("repeats of these cases: 12 subjects, df 12, sides together"));
  // and a file of another study takes its place
  write_repeatability({out.path()});
  const auto given =
      compare_visits({{pairings[0], &registry[0], nullptr}}, {out.path(), 1, out / "repeatability.csv"}, {});
  EXPECT_THAT(given.verdicts, ElementsAre(std::pair("precision unknown", 1U)));
}

TEST_F(RepeatStudy, VisitsOfAStudyAreToldApartByName) {
  MadeCase one{"v0", "T1", "2024-01-01", "L"}, two{"v1", "T1", "2024-01-03", "L"},
      three{"v2", "T1", "2025-01-01", "L"};
  for (auto* made : {&one, &two, &three}) {
    made->rows = {row(thickness(), "MT", "L", 2.0)};
    write(*made, out.path());
    StudyRecord named;
    named.visit = made == &three ? "m12" : "m00";
    files::write_bytes(print(named), out / "cases" / made->id / "study.json");
  }
  const auto pairing = pair_visits(out.path(), testing::threshold_registry({}), "").at(0);
  EXPECT_THAT(pairing.pairs, IsEmpty());
  EXPECT_THAT(pairing.apart, ::testing::Contains(HasSubstr("another case of this visit")));
}

}  // namespace
}  // namespace ledd::cases
