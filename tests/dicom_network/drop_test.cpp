#include <gmock/gmock.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>

#include <fstream>

#include "ledd/core/error.h"
#include "ledd/files/files.h"

#include "network.h"
#include "small_disk.h"

namespace {

using ledd::Error;
using ledd::dicom_network::Drop;
using ledd::dicom_network::study_key;
using ledd::dicom_network::StudyState;
using ledd::testing::Event;
using ledd::testing::Folder;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

namespace fs = std::filesystem;

struct Books : testing::Test {
  Folder folder;
  const std::string key = study_key("1.2.3");

  /// An object as the receiver leaves it, and what it tells.
  Event stored(const std::string& sop_uid, Event::Kind kind = Event::Kind::kStored) const {
    Event event;
    event.kind = kind;
    event.study = key;
    event.study_uid = "1.2.3";
    event.name =
        ledd::files::sha256(sop_uid).substr(0, 32) + (kind == Event::Kind::kConflicting ? "-2.dcm" : ".dcm");
    const fs::path file = folder / ("studies/" + key) / event.name;
    fs::create_directories(file.parent_path());
    ledd::testing::write_slice(file, sop_uid);
    event.file_sha256 = ledd::files::sha256_of_file(file);
    event.data_set_sha256 = ledd::dicom_network::data_set_digest(file);
    return event;
  }
  nlohmann::json book() const {
    return nlohmann::json::parse(ledd::files::read_bytes(folder / ("studies/" + key) / "study.json"));
  }
};

TEST_F(Books, AStudyIsClosedAfterItsLastArrivalAndNotBefore) {
  Drop drop(folder.path());
  drop.take(stored("1.1"));
  EXPECT_THAT(drop.idle(std::chrono::hours(1)), IsEmpty());
  EXPECT_THAT(drop.idle(milliseconds(0)), ElementsAre(key));
  drop.close(key, {}, {"a warning"});
  EXPECT_THAT(drop.idle(milliseconds(0)), IsEmpty());
  EXPECT_EQ(book()["state"], "complete");
  EXPECT_EQ(book()["versions"][0]["warnings"][0], "a warning");
}

TEST_F(Books, AnIncompleteStudyKeepsItsReason) {
  Drop drop(folder.path());
  drop.take(stored("1.1"));
  drop.close(key, {"3 of 4 objects arrived"}, {});
  EXPECT_EQ(book()["state"], "incomplete");
  EXPECT_EQ(book()["versions"][0]["incomplete"][0], "3 of 4 objects arrived");
}

TEST_F(Books, ALateObjectMakesAVersionAndTheFormerOneKeepsWhatWasFound) {
  Drop drop(folder.path());
  drop.take(stored("1.1"));
  drop.close(key, {}, {});
  drop.begin_run(key, 1);
  drop.take(stored("1.2"));
  EXPECT_EQ(drop.studies().at(key).version(), 2);
  EXPECT_EQ(drop.studies().at(key).state(), StudyState::kReceiving);
  drop.end_run(key, 1, {"threshold", 0, "2026-01-01T00:00:00Z"});
  EXPECT_EQ(drop.studies().at(key).state(), StudyState::kReceiving);
  const auto json = book();
  EXPECT_EQ(json["version"], 2);
  EXPECT_EQ(json["versions"][0]["state"], "done");
  EXPECT_EQ(json["versions"][0]["count"], 1);
  EXPECT_EQ(json["versions"][0]["run"]["exit"], 0);
  EXPECT_EQ(json["versions"][1]["count"], 2);
  EXPECT_EQ(json["files"][1]["version"], 2);
}

TEST_F(Books, TheSameObjectAgainIsCountedOnceAndOpensNothing) {
  Drop drop(folder.path());
  const Event event = stored("1.1");
  drop.take(event);
  drop.close(key, {}, {});
  Event again = event;
  again.kind = Event::Kind::kRepeated;
  drop.take(again);
  drop.save(true);
  EXPECT_EQ(book()["count"], 1);
  EXPECT_EQ(book()["repeats"], 1);
  EXPECT_EQ(book()["state"], "complete");
}

TEST_F(Books, APipelineStoppedEarlyIsTakenUpAgain) {
  Drop drop(folder.path());
  drop.take(stored("1.1"));
  drop.close(key, {}, {});
  drop.begin_run(key, 1);
  drop.end_run(key, 1, {"threshold", 75, ""});
  EXPECT_EQ(drop.studies().at(key).state(), StudyState::kComplete);
  drop.begin_run(key, 1);
  drop.end_run(key, 1, {"threshold", 8, ""});
  EXPECT_EQ(drop.studies().at(key).state(), StudyState::kFailed);
}

TEST_F(Books, AreRebuiltFromTheFilesAfterADeathAtAnyInstant) {
  {
    Drop drop(folder.path());
    drop.take(stored("1.1"));  // written at once
    drop.take(stored("1.2"));  // not yet written
  }
  const Event third = stored("1.3");  // renamed, and nobody told
  Drop drop(folder.path());
  const auto& study = drop.studies().at(key);
  ASSERT_EQ(study.files.size(), 3U);
  EXPECT_EQ(study.state(), StudyState::kReceiving);
  const auto it = std::find_if(
      study.files.begin(), study.files.end(), [&](const auto& file) { return file.name == third.name; });
  ASSERT_NE(it, study.files.end());
  EXPECT_EQ(it->file_sha256, third.file_sha256);
  EXPECT_EQ(it->data_set_sha256, third.data_set_sha256);
}

TEST_F(Books, ThatAreUnreadableOrMissingAreMadeAnew) {
  {
    Drop drop(folder.path());
    drop.take(stored("1.1"));
    drop.close(key, {}, {});
  }
  const fs::path file = folder / ("studies/" + key) / "study.json";
  std::ofstream(file) << "{\"format\":\"ledd-study-1\"";
  {
    const Drop drop(folder.path());
    EXPECT_EQ(drop.studies().at(key).files.size(), 1U);
    EXPECT_EQ(drop.studies().at(key).study_uid, "1.2.3");
    EXPECT_TRUE(fs::exists(file.string() + ".unreadable"));
  }
  fs::remove(file);
  const Drop drop(folder.path());
  EXPECT_EQ(drop.studies().at(key).files.size(), 1U);
}

TEST_F(Books, ARunThatWasUnderWayAtADeathIsRunAgain) {
  {
    Drop drop(folder.path());
    drop.take(stored("1.1"));
    drop.close(key, {}, {});
    drop.begin_run(key, 1);
  }
  const Drop drop(folder.path());
  EXPECT_EQ(drop.studies().at(key).state(), StudyState::kComplete);
}

TEST_F(Books, SweepTemporaryFilesAndLeaveWhatIsNotTheirs) {
  fs::create_directories(folder / "incoming");
  fs::create_directories(folder / "studies/notes");
  for (const char* name : {"incoming/12-0.part", "studies/notes/x.dcm"}) std::ofstream(folder / name) << "x";
  const Drop drop(folder.path());
  EXPECT_FALSE(fs::exists(folder / "incoming/12-0.part"));
  EXPECT_TRUE(fs::exists(folder / "studies/notes/x.dcm"));
  EXPECT_THAT(drop.studies(), IsEmpty());
}

TEST_F(Books, OnAFullDiskAreWrittenWhenThereIsRoomAgain) {
  const ledd::SmallDisk disk(1U << 18U);
  LEDD_NEEDS_MOUNT(disk);
  Drop drop(disk.folder().path());
  Event event = stored("1.1");
  fs::create_directories(drop.folder_of(key));
  std::ofstream(disk.folder() / "junk") << std::string(1U << 18U, 'x');
  drop.take(event);
  EXPECT_NE(drop.problem(), "");
  EXPECT_FALSE(fs::exists(drop.folder_of(key) / "study.json"));
  fs::remove(disk.folder() / "junk");
  drop.save(true);
  EXPECT_EQ(drop.problem(), "");
  EXPECT_TRUE(fs::exists(drop.folder_of(key) / "study.json"));
}

TEST_F(Books, AFileDamagedOnTheDiskDoesNotKeepTheReceiverFromStarting) {
  const Event event = stored("1.1");
  std::ofstream(folder / ("studies/" + key) / event.name) << "damaged";
  const Drop drop(folder.path());
  ASSERT_EQ(drop.studies().at(key).files.size(), 1U);
  EXPECT_EQ(drop.studies().at(key).files[0].data_set_sha256, "");
}

TEST_F(Books, BelongToOneReceiver) {
  const Drop drop(folder.path());
  EXPECT_THROW(Drop(folder.path()), Error);
}

TEST_F(Books, TakeNoNameThatIsNotADigest) {
  Drop drop(folder.path());
  Event event = stored("1.1");
  event.name = "../../x.dcm";
  drop.take(event);
  event = stored("1.1");
  event.study = "../x";
  drop.take(event);
  EXPECT_THAT(drop.studies(), IsEmpty());
}

}  // namespace
