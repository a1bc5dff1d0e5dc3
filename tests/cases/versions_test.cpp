// Images that arrive after their series was measured.
#include <gmock/gmock.h>

#include "ledd/cases/batch.h"
#include "ledd/files/files.h"

#include "case_folder.h"
#include "dicom_writer.h"
#include "folder.h"
#include "record.h"
#include "threshold_pipeline.h"

namespace {

using ledd::Context;
using ledd::Folder;
using ledd::cases::CaseReport;
using ledd::cases::parse_provenance;
using ledd::cases::Preview;
using ledd::cases::Provenance;
using ledd::cases::State;
using ledd::testing::Picture;
using ledd::testing::threshold_pipeline;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace fs = std::filesystem;

/// A sagittal series of eight slices, of which those asked for lie in the input folder.
struct Arrivals : ::testing::Test {
  Folder input, output;
  std::vector<Picture> all = ledd::testing::pictures(
      {.slices = 8, .row_lps = {0, 1, 0}, .column_lps = {0, 0, -1}, .gap_mm = 4.0, .uid = "1.2.3.77"});

  std::optional<ledd::cases::LabelRequest> labels;

  void give(unsigned from, unsigned to) {
    fs::remove_all(input.path());
    fs::create_directories(input.path());
    for (unsigned k = from; k < to; ++k) write(all[k], input.path() / (std::to_string(k) + ".dcm"));
  }
  std::vector<ledd::cases::PlannedCase> planned() const {
    Context context;
    const auto seen = ledd::cases::survey({input.path()}, output.path(), {threshold_pipeline()}, context);
    return ledd::cases::plan(seen, threshold_pipeline(), {});
  }
  CaseReport run() {
    CaseReport last;
    ledd::cases::Listener listener;
    listener.finished = [&](const CaseReport& report) { last = report; };
    ledd::cases::Stop stop;
    ledd::cases::BatchOptions options;
    options.out = output.path();
    options.labels = labels;
    ledd::cases::run_batch(
        planned(), {threshold_pipeline(), threshold_pipeline().prepare({})}, options, listener, stop);
    return last;
  }
  Preview preview() const {
    ledd::cases::BatchOptions options;
    options.out = output.path();
    return ledd::cases::preview(planned(), {threshold_pipeline(), threshold_pipeline().prepare({})}, options)
        .at(0);
  }
  std::vector<std::string> folders(const std::string& part) const {
    std::vector<std::string> names;
    if (fs::is_directory(output.path() / part))
      for (const auto& entry : fs::directory_iterator(output.path() / part))
        names.push_back(entry.path().filename().string());
    return names;
  }
  Provenance record(const std::string& id) const {
    return parse_provenance(ledd::files::read_bytes(output.path() / "cases" / id / "provenance.json"));
  }
};

TEST_F(Arrivals, LateSlicesMakeTheNextVersionAndTheFirstIsKeptOutOfTheTables) {
  give(0, 6);
  const std::string first = run().case_id;
  give(0, 8);
  EXPECT_EQ(preview().action, "new");
  EXPECT_THAT(preview().why, HasSubstr("Version 2: 2 images came after version 1, case " + first));
  const CaseReport second = run();
  EXPECT_EQ(second.state, State::kDone) << second.reason;
  EXPECT_NE(second.case_id, first);
  EXPECT_THAT(folders("cases"), ElementsAre(second.case_id));
  EXPECT_THAT(folders("superseded"), ElementsAre(HasSubstr(first)));
  EXPECT_EQ(record(second.case_id).case_version, 2U);
  EXPECT_THAT(record(second.case_id).supersedes, ElementsAre(first));
  EXPECT_THAT(ledd::files::read_bytes(output.path() / "endpoints.csv"), Not(HasSubstr(first)));
}

TEST_F(Arrivals, TheNextVersionIsFoundAgainAndStaysTheSecond) {
  give(0, 6);
  run();
  give(0, 8);
  const std::string second = run().case_id;
  EXPECT_EQ(run().state, State::kCached);
  EXPECT_EQ(record(second).case_version, 2U);
  give(0, 7);
  EXPECT_EQ(run().state, State::kQuarantined);
}

TEST_F(Arrivals, FewerSlicesThanWereMeasuredAreNotMeasured) {
  give(0, 8);
  const std::string full = run().case_id;
  give(0, 6);
  EXPECT_EQ(preview().action, "set aside");
  const CaseReport fewer = run();
  EXPECT_EQ(fewer.state, State::kQuarantined);
  EXPECT_THAT(fewer.reason, HasSubstr("has 6 images here, but case " + full));
  EXPECT_THAT(folders("cases"), ElementsAre(full));
  EXPECT_THAT(folders("superseded"), IsEmpty());
}

TEST_F(Arrivals, PartsOfASeriesAreNotTwoCases) {
  give(0, 5);
  const std::string first = run().case_id;
  give(3, 8);
  EXPECT_THAT(run().reason, HasSubstr("give all files of the series in one run"));
  EXPECT_THAT(folders("cases"), ElementsAre(first));
}

TEST_F(Arrivals, AnOldCaseDoesNotStandBesideTheNewsThatItsNextVersionFailed) {
  give(0, 6);
  const std::string first = run().case_id;
  all[7].position_lps_mm[0] += 2.0;  // no regular grid any more
  give(0, 8);
  const CaseReport second = run();
  EXPECT_EQ(second.state, State::kQuarantined);
  EXPECT_THAT(folders("cases"), IsEmpty());
  EXPECT_THAT(folders("superseded"), ElementsAre(HasSubstr(first)));
}

TEST_F(Arrivals, ACorrectedSegmentationMakesTheNextVersionAndTheAutomaticOneIsKept) {
  give(0, 8);
  const std::string id = run().case_id;
  const auto automatic = ledd::files::read_labels(output.path() / "cases" / id / "labels.nii.gz");
  const Folder corrected;
  automatic->GetBufferPointer()[7] = 21;
  ledd::files::write_labels(*automatic, corrected.path() / "corrected.nii.gz");
  labels = ledd::cases::LabelRequest{corrected.path() / "corrected.nii.gz", "ledd"};
  const CaseReport second = run();
  EXPECT_EQ(second.state, State::kDone) << second.reason;
  EXPECT_EQ(second.case_id, id);
  EXPECT_EQ(record(id).case_version, 2U);
  EXPECT_THAT(folders("superseded"), ElementsAre(HasSubstr(id)));
  EXPECT_THAT(ledd::files::read_bytes(output.path() / "endpoints.csv"), HasSubstr(",L2,"));
}

TEST(Staging, WhatIsKeptAndWhatIsNewChangePlacesWhole) {
  const Folder out;
  const auto write = [](const fs::path& folder, const std::string& text) {
    fs::create_directories(folder);
    ledd::files::write_bytes(text, folder / "x.txt");
  };
  write(out / "cases" / "id", "old");
  write(out / "superseded" / "id-run", "of a process of this run that died");
  {
    ledd::cases::Staging staging(out / "cases", "id");
    write(staging.path(), "new");
    staging.publish(out / "superseded", "id-run");
  }
  EXPECT_EQ(ledd::files::read_bytes(out / "cases" / "id" / "x.txt"), "new");
  EXPECT_EQ(ledd::files::read_bytes(out / "superseded" / "id-run-1" / "x.txt"), "old");
  EXPECT_EQ(ledd::files::read_bytes(out / "superseded" / "id-run" / "x.txt"),
            "of a process of this run that died");
}

TEST_F(Arrivals, AnotherSeriesIsAnotherCase) {
  give(0, 8);
  run();
  for (Picture& picture : all) {
    picture.series_uid = "1.2.3.78";
    picture.sop_uid = "1.2.3.78." + picture.sop_uid.substr(picture.sop_uid.rfind('.') + 1);
  }
  give(0, 6);
  EXPECT_EQ(run().state, State::kDone);
  EXPECT_EQ(folders("cases").size(), 2U);
}

}  // namespace
