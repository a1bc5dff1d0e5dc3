#include "ledd/cases/batch.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <thread>

#include "ledd/cases/overview.h"
#include "ledd/core/error.h"

#include "folder.h"
#include "scans.h"
#include "small_disk.h"
#include "threshold_pipeline.h"

namespace {

using ledd::Context;
using ledd::Errc;
using ledd::Error;
using ledd::Folder;
using ledd::ValueMap;
using ledd::cases::BatchOptions;
using ledd::cases::CaseReport;
using ledd::cases::State;
using ledd::cases::Stop;
using ledd::cases::Summary;
using ledd::testing::threshold_pipeline;
using ledd::testing::write_scan;
using testing::HasSubstr;

namespace fs = std::filesystem;

/// Runs the threshold pipeline over a folder and keeps the reports.
struct Session {
  fs::path input, out;
  ValueMap params;
  BatchOptions options;
  std::vector<CaseReport> reports;
  Stop stop;

  std::vector<ledd::cases::PlannedCase> planned() const {
    Context context;
    const auto seen = ledd::cases::survey({input}, out, {threshold_pipeline()}, context);
    return ledd::cases::plan(seen, threshold_pipeline(), {options.labels, false, {}});
  }
  Summary run() {
    reports.clear();
    options.out = out;
    ledd::cases::Listener listener;
    listener.finished = [this](const CaseReport& report) { reports.push_back(report); };
    return ledd::cases::run_batch(
        planned(), {threshold_pipeline(), threshold_pipeline().prepare(params)}, options, listener, stop);
  }
};

/// Relative path -> content, of every file below a folder; what is declared to differ between runs left out.
std::map<std::string, std::string> tree(const fs::path& folder, bool all = false) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    const bool declared = name == "provenance.json" || name == "log.txt" || name == "status.csv";
    if (entry.is_regular_file() && (all || !declared))
      files[entry.path().lexically_relative(folder).string()] = ledd::files::read_bytes(entry.path());
  }
  return files;
}

std::vector<std::string> names(const fs::path& folder) {
  std::vector<std::string> all;
  for (const auto& [name, bytes] : tree(folder, true))
    if (name.rfind(".ledd/", 0) != 0) all.push_back(name);
  return all;
}

/// Three scans, of which the one called "dark" has nothing above the threshold.
struct Night : testing::Test {
  Folder input, output;
  Session session;
  Night() {
    write_scan(input / "a.nii.gz", 3);
    write_scan(input / "b.nii.gz", 5);
    write_scan(input / "dark.nii.gz", 0);
    session.input = input.path();
    session.out = output / "out";
  }
  std::string id_of(const std::string& series) const {
    for (const auto& report : session.reports)
      if (report.series == series) return report.case_id;
    return "no such case";
  }
};

using Batch = Night;

TEST_F(Batch, WritesThePromisedTreeAndNothingElse) {
  fs::remove(input / "b.nii.gz");
  session.run();
  const std::string good = "cases/" + id_of("a.nii.gz") + "/";
  EXPECT_THAT(names(session.out),
              testing::UnorderedElementsAre("index.html",
                                            "group.html",
                                            "status.csv",
                                            "endpoints.csv",
                                            "endpoints.sqlite",
                                            "data_dictionary.csv",
                                            "dataset_description.json",
                                            good + "labels.nii.gz",
                                            good + "labels.json",
                                            good + "drawings.json",
                                            good + "endpoints.json",
                                            good + "report.html",
                                            good + "figures/middle.png",
                                            good + "figures/thumbnail.png",
                                            good + "provenance.json",
                                            good + "log.txt",
                                            "quarantine/" + id_of("dark.nii.gz") + "/reason.json"));
}

TEST_F(Batch, OneBadCaseIsSetAsideWithItsReasonAndTheOthersGoOn) {
  const Summary summary = session.run();
  EXPECT_EQ(summary.done, 2U);
  EXPECT_EQ(summary.quarantined, 1U);
  EXPECT_EQ(summary.exit, 8);
  const auto reason =
      ledd::files::read_bytes(session.out / "quarantine" / id_of("dark.nii.gz") / "reason.json");
  EXPECT_THAT(reason, HasSubstr("no voxel is above the threshold"));
  EXPECT_THAT(reason, HasSubstr("bad input"));
  EXPECT_FALSE(fs::exists(session.out / "cases" / id_of("dark.nii.gz")));
  const auto rows = ledd::cases::read_status(session.out);
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_TRUE(std::is_sorted(
      rows.begin(), rows.end(), [](const auto& x, const auto& y) { return x.case_id < y.case_id; }));
}

TEST_F(Batch, WhenAllInputIsUnusableTheExitStatusSaysSo) {
  fs::remove(input / "a.nii.gz");
  fs::remove(input / "b.nii.gz");
  EXPECT_EQ(session.run().exit, 65);
}

TEST_F(Batch, TheTableHoldsTheMeasuredVolume) {
  session.run();
  const auto table = ledd::files::read_bytes(session.out / "endpoints.csv");
  EXPECT_THAT(table, HasSubstr(",a,"));
  EXPECT_THAT(table, HasSubstr("L1,Vol,value,12,mm3,good"));  // 3 voxels of 1 x 1 x 4 mm
  EXPECT_THAT(table, HasSubstr("L1,Vol,value,20,mm3,good"));
}

TEST_F(Batch, FinishedCasesAreNotDoneAgain) {
  session.run();
  const auto before = tree(session.out / "cases", true);
  const Summary again = session.run();
  EXPECT_EQ(again.cached, 2U);
  EXPECT_EQ(again.done, 0U);
  EXPECT_EQ(tree(session.out / "cases", true), before);
}

TEST_F(Batch, AParameterAnInputOrForceMakesACaseAgain) {
  session.run();
  session.params["threshold"] = 60.0;
  EXPECT_EQ(session.run().done, 2U);
  EXPECT_EQ(session.run().cached, 2U);
  session.options.force = true;
  EXPECT_EQ(session.run().done, 2U);
}

TEST_F(Batch, ADamagedResultIsMadeAgain) {
  session.run();
  const auto folder = session.out / "cases" / id_of("a.nii.gz");
  const auto whole = ledd::files::read_bytes(folder / "endpoints.json");
  fs::remove(folder / "endpoints.json");
  EXPECT_EQ(session.run().done, 1U);
  EXPECT_EQ(ledd::files::read_bytes(folder / "endpoints.json"), whole);
}

TEST_F(Batch, AnEditInACaseFolderIsNeverLost) {
  session.run();
  const auto id = id_of("a.nii.gz");
  ledd::files::write_bytes("by hand", session.out / "cases" / id / "corrected.txt");
  session.options.force = true;
  session.run();
  EXPECT_FALSE(fs::exists(session.out / "cases" / id / "corrected.txt"));
  EXPECT_EQ(ledd::files::read_bytes(session.out / "superseded" / (id + "-1") / "corrected.txt"), "by hand");
}

TEST_F(Batch, AFailureTakesTheOlderResultOutOfTheTables) {
  session.run();
  const auto id = id_of("a.nii.gz");
  session.params["threshold"] = 1000.0;
  EXPECT_EQ(session.run().exit, 65);
  EXPECT_FALSE(fs::exists(session.out / "cases" / id));
  EXPECT_THAT(ledd::files::read_bytes(session.out / "endpoints.csv"), testing::Not(HasSubstr(id)));
  EXPECT_EQ(std::distance(fs::directory_iterator(session.out / "superseded"), fs::directory_iterator()), 2);
}

TEST_F(Batch, ASuccessClearsTheQuarantine) {
  session.params["threshold"] = 1000.0;
  session.run();
  session.params["threshold"] = 50.0;
  session.run();
  EXPECT_FALSE(fs::exists(session.out / "quarantine" / id_of("a.nii.gz")));
  EXPECT_TRUE(fs::exists(session.out / "quarantine" / id_of("dark.nii.gz")));
}

TEST_F(Batch, LeftoversOfADeadRunAreSwept) {
  fs::create_directories(session.out / "cases" / ".0123456789ab.tmp-1");
  ledd::files::write_bytes("half", session.out / "cases" / ".0123456789ab.tmp-1" / "labels.json");
  session.run();
  for (const auto& entry : fs::directory_iterator(session.out / "cases"))
    EXPECT_NE(entry.path().filename().string().front(), '.') << entry.path();
}

TEST_F(Batch, TwoJobsGiveTheSameBytesAsOne) {
  session.run();
  Session two;
  two.input = session.input;
  two.out = output / "two";
  two.options.jobs = 2;
  two.options.threads = 2;
  two.run();
  EXPECT_EQ(tree(session.out / "cases"), tree(two.out / "cases"));
  for (const char* table : {"endpoints.csv", "endpoints.sqlite", "data_dictionary.csv", "index.html"})
    EXPECT_EQ(ledd::files::read_bytes(session.out / table), ledd::files::read_bytes(two.out / table))
        << table;
}

TEST_F(Batch, TablesAreNotWrittenAgainWhenNothingChangedAndAreWhenAnythingDid) {
  session.params["threshold"] = 0.5;  // so that no scan is set aside anew each time
  session.run();
  const auto written = [&](const char* table) { return fs::last_write_time(session.out / table); };
  const auto before = written("endpoints.csv");
  session.run();
  EXPECT_EQ(written("endpoints.csv"), before);
  fs::remove(session.out / "status.csv");
  session.run();
  EXPECT_TRUE(fs::exists(session.out / "status.csv"));
  EXPECT_NE(written("endpoints.csv"), before);
  const auto index = ledd::files::read_bytes(session.out / "index.html");
  ledd::files::write_bytes("<html>", session.out / "index.html");
  session.run();
  EXPECT_EQ(ledd::files::read_bytes(session.out / "index.html"), index);
  fs::remove_all(session.out / "cases" / id_of("a.nii.gz"));
  fs::remove(input / "a.nii.gz");
  session.run();
  EXPECT_THAT(ledd::files::read_bytes(session.out / "endpoints.csv"), testing::Not(HasSubstr(",a,")));
}

TEST_F(Batch, StoppedWorkLeavesNothingHalfAndIsTakenUpAgain) {
  session.params["wait_s"] = 30.0;
  std::thread stopper([this] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    session.stop.request();
  });
  const Summary stopped = session.run();
  stopper.join();
  EXPECT_EQ(stopped.exit, 75);
  EXPECT_TRUE(stopped.stopped);
  EXPECT_EQ(stopped.done, 0U);
  EXPECT_FALSE(fs::exists(session.out / "cases") && !fs::is_empty(session.out / "cases"));

  Session again;
  again.input = session.input;
  again.out = session.out;
  EXPECT_EQ(again.run().done, 2U);
}

TEST_F(Batch, AGivenSegmentationIsMeasuredOnItsScanOnly) {
  fs::remove(input / "b.nii.gz");
  fs::remove(input / "dark.nii.gz");
  const Folder other;
  auto labels = ledd::phantom::blank<ledd::Labels>({8, 10, 6}, {1, 1, 4}, 24);
  labels->SetDirection(ledd::testing::sagittal_scan(1)->GetDirection());
  ledd::files::write_labels(*labels, other / "labels.nii.gz");
  session.options.labels = ledd::cases::LabelRequest{other / "labels.nii.gz", "ledd"};
  EXPECT_EQ(session.run().done, 1U);
  EXPECT_THAT(ledd::files::read_bytes(session.out / "endpoints.csv"), HasSubstr("L5,Vol,value,1920,mm3"));

  labels->SetSpacing(std::array<double, 3>{1.0, 1.0, 5.0}.data());
  ledd::files::write_labels(*labels, other / "labels.nii.gz");
  EXPECT_EQ(session.run().exit, 65);
  EXPECT_THAT(session.reports.at(0).reason, HasSubstr("spacing"));
}

TEST_F(Batch, PreviewSaysWhatARunWouldDo) {
  session.run();
  session.params["threshold"] = 60.0;
  ledd::testing::write_scan(input / "new.nii.gz", 9);
  const auto previews =
      ledd::cases::preview(session.planned(),
                           {threshold_pipeline(), threshold_pipeline().prepare(session.params)},
                           session.options);
  std::map<std::string, std::string> count;
  for (const auto& one : previews) count[one.action] += one.why + ";";
  EXPECT_THAT(count["redo"], HasSubstr("threshold was 50, is 60"));
  EXPECT_EQ(std::count(count["new"].begin(), count["new"].end(), ';'), 2);  // the new scan and the dark one
}

TEST_F(Batch, AFullDiskEndsTheRunWithNothingPartial) {
  for (const std::size_t kib : {96U, 128U, 192U}) {
    const ledd::SmallDisk disk(kib * 1024);
    LEDD_NEEDS_MOUNT(disk);
    Session small;
    small.input = input.path();
    small.out = disk.folder() / "out";
    // Noise does not compress: the label map alone is more than the disk holds.
    int exit = 0;
    try {
      fs::create_directories(small.out);
      ledd::files::write_bytes(std::string((kib - 80U) * std::size_t{1024}, 'x'), disk.folder() / "ballast");
      const Summary summary = small.run();
      exit = summary.exit;
    } catch (const Error& e) {
      exit = ledd::exit_status(e.code());
    }
    EXPECT_EQ(exit, 74) << kib;
    if (fs::exists(small.out / "cases"))
      for (const auto& entry : fs::directory_iterator(small.out / "cases")) {
        EXPECT_NE(entry.path().filename().string().front(), '.');
        EXPECT_TRUE(fs::exists(entry.path() / "provenance.json")) << entry.path();
      }
  }
}

TEST_F(Batch, AFolderThatCannotBeWrittenToIsFoundBeforeAnyWork) {
  const ledd::SmallDisk disk(1 << 20);
  LEDD_NEEDS_MOUNT(disk);
  ASSERT_TRUE(disk.freeze());
  session.out = disk.folder() / "out";
  EXPECT_THROW(session.run(), Error);
  EXPECT_TRUE(session.reports.empty());
}

}  // namespace
