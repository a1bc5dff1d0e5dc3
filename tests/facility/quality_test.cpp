#include "ledd/cases/quality.h"

#include <gmock/gmock.h>

#include <random>

#include "ledd/core/error.h"

#include "folder.h"
#include "made_case.h"

namespace ledd::cases {
namespace {

using ledd::testing::MadeCase;
using ledd::testing::phantom_run;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::Not;

/// A phantom run a week; noise of 0.003 HU per mg/cm3 on the slope and 0.4 HU on the intercept.
struct Quality : ::testing::Test {
  Folder out, to;
  QualityOptions options;

  void SetUp() override {
    options.outs = {out.path()};
    options.to = to.path();
  }
  MadeCase run(int week, double drift_hu = 0.0) {
    std::normal_distribution<double> normal(0.0, 1.0);
    const std::string date = fmt::format("2026-{:02}-{:02}T08:30:00", 1 + week / 4, 1 + 7 * (week % 4));
    const double slope = 1.4 + 0.003 * normal(random), intercept = 5.0 + 0.4 * normal(random) + drift_hu;
    return phantom_run(fmt::format("case{:02}", week), date, slope, intercept);
  }
  void write_runs(int count, double drift_per_run_hu = 0.0, int from = 1000) {
    for (int week = 0; week < count; ++week)
      write(run(week, week >= from ? drift_per_run_hu * (week - from + 1) : 0.0), out.path());
  }
  std::string page() const { return files::read_bytes(to / "quality.html"); }
  std::string table() const { return files::read_bytes(to / "quality.csv"); }

  std::mt19937_64 random{2};
};

TEST_F(Quality, ADriftIsToldByDateRuleAndLimitsAndASteadyScannerIsCalm) {
  write_runs(24);
  const auto steady = scanner_quality(options);
  EXPECT_EQ(steady.runs, 24U);
  std::size_t drifts = 0;
  for (const auto& alarm : steady.alarms) drifts += alarm.endpoint == "calibration_drift" ? 1U : 0U;
  EXPECT_EQ(drifts, 0U);
  random.seed(2);
  write_runs(24, 0.4, 14);
  const auto drifting = scanner_quality(options);
  ASSERT_THAT(drifting.alarms,
              Contains(::testing::AllOf(Field(&QualityAlarm::endpoint, "calibration_drift"),
                                        Field(&QualityAlarm::rule, "CUSUM"))));
  for (const auto& alarm : drifting.alarms)
    EXPECT_TRUE(alarm.endpoint != "calibration_drift" || alarm.date >= "2026-04-15") << "not before it began";
  EXPECT_THAT(files::read_bytes(to / "alarms.csv"), HasSubstr("calibration_drift,scan,mg/cm3,case"));
  EXPECT_THAT(page(), HasSubstr("class=\"alarm\""));
}

TEST_F(Quality, DriftIsInDensityByTheBaselinesLine) {
  for (int week = 0; week < 12; ++week) {
    auto made = run(week);
    if (week == 11) made = phantom_run("case11", "2026-03-22T08:30:00", 1.4, 5.0 + 14.0);
    write(made, out.path());
  }
  scanner_quality(options);
  const std::string csv = table();
  const auto at = csv.find("calibration_drift,scan,mg/cm3,2026-03-22T08:30:00,case11,");
  ASSERT_NE(at, std::string::npos);
  const double drift = std::stod(csv.substr(csv.find("case11,", at) + 7));
  EXPECT_NEAR(drift, 10.0, 0.7) << "14 HU at 1.4 HU for each mg/cm3; the baseline's own scatter beside it";
}

TEST_F(Quality, FewRunsAreSaidToBeFewAndGetNoLimits) {
  write_runs(7);
  const auto summary = scanner_quality(options);
  EXPECT_EQ(summary.charts_with_limits, 0U);
  EXPECT_TRUE(summary.alarms.empty());
  EXPECT_THAT(page(), HasSubstr("No limits: 7 runs in the baseline"));
  EXPECT_THAT(page(), Not(HasSubstr("class=\"limit\"")));
}

TEST_F(Quality, AChangeOfSoftwareIsMarkedAndBeginsABaselineOnlyWhenAsked) {
  for (int week = 0; week < 20; ++week) {
    auto made = run(week, week < 10 ? 0.0 : 6.0);
    made.device.software = week < 10 ? "v1" : "v2";
    write(made, out.path());
  }
  const auto before = scanner_quality(options);
  EXPECT_FALSE(before.alarms.empty());
  EXPECT_THAT(page(), HasSubstr("software v2 instead of v1"));
  options.new_baselines = {"2026-03-15"};
  const auto after = scanner_quality(options);
  EXPECT_LT(after.alarms.size(), before.alarms.size());
  EXPECT_THAT(page(), HasSubstr("a new baseline begins, as asked"));
  options.new_baselines = {"Another*=2026-03-15"};
  EXPECT_EQ(scanner_quality(options).alarms.size(), before.alarms.size());
}

TEST_F(Quality, ScannersPhantomsAndProtocolsAreKeptApart) {
  write_runs(8);
  auto other = run(8);
  other.device.serial = "43";
  write(other, out.path());
  auto another = run(9);
  another.calibration.replace(another.calibration.find("Model 3"), 7, "Model 9");
  write(another, out.path());
  const auto summary = scanner_quality(options);
  EXPECT_EQ(summary.runs, 10U);
  EXPECT_THAT(page(), HasSubstr("Maker Model, serial 43"));
  EXPECT_THAT(page(), HasSubstr("Model 9"));
  EXPECT_EQ(summary.charts_with_limits, 4U) << "drift, slope, intercept and scale of the first alone";
}

TEST_F(Quality, PatientsAreNoPhantomRunsUnlessAskedFor) {
  write_runs(9);
  auto patient = run(9);
  patient.subject = "P7";
  patient.measurements.push_back(measured("L1", ledd::testing::definition("Tb_vBMD", "mg/cm3"), 120.0));
  write(patient, out.path());
  auto tissues = run(10);
  tissues.calibration.clear();
  write(tissues, out.path());
  EXPECT_EQ(scanner_quality(options).runs, 9U);
  options.in_scan = true;
  EXPECT_EQ(scanner_quality(options).runs, 10U);
  EXPECT_THAT(page(), HasSubstr("beneath a body"));
  options.in_scan = false;
  options.phantom_subjects = {"P?"};
  EXPECT_EQ(scanner_quality(options).runs, 10U);
}

TEST_F(Quality, ASubjectOfAnotherPipelineMayBeAPhantom) {
  for (int week = 0; week < 9; ++week) {
    auto made = run(week);
    made.pipeline = "knee-t2";
    made.subject = "QA-bottle";
    made.calibration.clear();
    made.measurements = {measured("MF", ledd::testing::definition("T2", "ms"), 40.0 + 0.3 * (week % 3))};
    write(made, out.path());
  }
  EXPECT_THROW(scanner_quality(options), Error);
  options.phantom_subjects = {"QA-*"};
  const auto summary = scanner_quality(options);
  EXPECT_EQ(summary.charts, 1U);
  EXPECT_EQ(summary.charts_with_limits, 1U);
  EXPECT_THAT(table(), HasSubstr("knee-t2,T2,MF,ms,2026-01-01T08:30:00"));
}

TEST_F(Quality, WhatIsLeftOutIsSaid) {
  write_runs(9);
  auto undated = run(9);
  undated.acquired.clear();
  write(undated, out.path());
  options.leave_out = {"case03"};
  const auto summary = scanner_quality(options);
  EXPECT_EQ(summary.runs, 8U);
  EXPECT_THAT(summary.notes, Contains(HasSubstr("case09: left out: neither")));
  EXPECT_THAT(summary.notes, Contains(HasSubstr("case03: left out, as asked")));
}

TEST_F(Quality, ARunThatNeedsEyesIsInNoBaseline) {
  write_runs(8);
  auto doubtful = run(0, 40.0);
  doubtful.measurements[1] = uncertain(
      "scan", ledd::testing::definition("calibration_intercept", "[hnsf'U]"), 45.0, "somebody should look");
  write(doubtful, out.path());
  EXPECT_EQ(scanner_quality(options).charts_with_limits, 0U) << "seven clean runs";
  write(run(8), out.path());
  EXPECT_GT(scanner_quality(options).charts_with_limits, 0U);
}

TEST_F(Quality, TheBaselineMayBeGivenByDates) {
  write_runs(24, 0.0);
  options.baseline_from = "2026-02-01";
  options.baseline_to = "2026-04-30";
  scanner_quality(options);
  EXPECT_THAT(page(), HasSubstr("from 12 runs"));
  options.baseline_to = "2026-02-01";
  EXPECT_EQ(scanner_quality(options).charts_with_limits, 0U);
}

TEST_F(Quality, RefusesOptionsThatMakeNoSense) {
  write_runs(9);
  const auto refused = [&](auto&& change) {
    QualityOptions wrong = options;
    change(wrong);
    EXPECT_THROW(scanner_quality(wrong), Error);
  };
  refused([](auto& o) { o.baseline_runs = 7; });
  refused([](auto& o) { o.baseline_from = "2026-01-01"; });
  refused([](auto& o) { o.new_baselines = {"soon"}; });
  refused([](auto& o) { o.new_baselines = {"x=2026-13-01"}; });
}

TEST_F(Quality, SameRunsGiveTheSameBytes) {
  write_runs(12);
  scanner_quality(options);
  const std::string first = page() + table();
  scanner_quality(options);
  EXPECT_EQ(page() + table(), first);
}

}  // namespace
}  // namespace ledd::cases
