#include <chrono>
#include <thread>

#include "night.h"
#include "small_disk.h"

namespace {

using ledd::testing::Ended;
using ledd::testing::json_lines;
using ledd::testing::ledd;
using ledd::testing::Running;
using ledd::testing::tree;
using testing::HasSubstr;
using testing::Key;
using testing::UnorderedElementsAre;

namespace fs = std::filesystem;

struct Export : ledd::testing::Night {
  Ended run(std::vector<std::string> more, const fs::path& to) const {
    std::vector<std::string> words{"export", out.string(), "-o", to.string()};
    words.insert(words.end(), more.begin(), more.end());
    return ledd(words);
  }
};

TEST_F(Export, EachFormatMakesItsFiles) {
  ASSERT_EQ(run({"--format", "csv"}, folder / "csv").exit, 0);
  EXPECT_THAT(tree(folder / "csv"),
              UnorderedElementsAre(Key("endpoints.csv"), Key("data_dictionary.csv"), Key("export.json")));
  EXPECT_EQ(tree(folder / "csv")["endpoints.csv"], beside(out)["endpoints.csv"]);
  ASSERT_EQ(run({"--format", "sqlite"}, folder / "sqlite").exit, 0);
  EXPECT_EQ(tree(folder / "sqlite")["endpoints.sqlite"], beside(out)["endpoints.sqlite"]);
  ASSERT_EQ(run({"--format", "wide"}, folder / "wide/").exit, 0);
  EXPECT_THAT(tree(folder / "wide")["wide.csv"], HasSubstr(",Vol_L1_value,reviewed,reader,decision\r\n"));
  const Ended redcap = run({"--format", "redcap", "--json"}, folder / "redcap");
  ASSERT_EQ(redcap.exit, 0) << redcap.err;
  EXPECT_THAT(tree(folder / "redcap")["import_threshold.csv"], HasSubstr("S-1,"));
  const auto summary = json_lines(redcap.out).back();
  EXPECT_EQ(summary["cases"], 3);
  EXPECT_EQ(summary["rows"], 3);
  EXPECT_EQ(summary["without_record"], 0);
}

TEST_F(Export, AnEarlierExportIsReplacedWholeAndAnythingElseIsLeftAlone) {
  const fs::path to = folder / "e";
  ASSERT_EQ(run({"--format", "wide"}, to).exit, 0);
  ASSERT_EQ(run({"--format", "csv"}, to).exit, 0);
  EXPECT_FALSE(fs::exists(to / "wide.csv"));
  const auto before = tree(to);
  ::ledd::files::write_bytes("mine", to / "notes.txt");
  Ended refused = run({"--format", "csv"}, to);
  EXPECT_EQ(refused.exit, 73);
  EXPECT_THAT(refused.err, HasSubstr("name another folder"));
  fs::remove(to / "notes.txt");
  ::ledd::files::write_bytes("a,b\r\n", to / "endpoints.csv");
  EXPECT_EQ(run({"--format", "csv"}, to).exit, 73) << "an edit";
  EXPECT_EQ(tree(to)["endpoints.csv"], "a,b\r\n");
  EXPECT_EQ(run({"--format", "csv"}, out).exit, 73) << "the results themselves";
  fs::create_directory(folder / "empty");
  EXPECT_EQ(run({"--format", "csv"}, folder / "empty").exit, 0);
  EXPECT_EQ(tree(folder / "empty"), before);
}

TEST_F(Export, KilledAtAnyMomentTheFolderIsWholeOrNotThere) {
  for (int n = 0; n < 15; ++n) {
    const fs::path to = folder / ("k" + std::to_string(n));
    const Running running({"export", out.string(), "--format", "wide", "-o", to.string()});
    std::this_thread::sleep_for(std::chrono::milliseconds(20 + 12 * n));
    running.signal(SIGKILL);
    running.wait();
    if (fs::exists(to)) {
      EXPECT_TRUE(fs::exists(to / "export.json")) << n;
    }
    EXPECT_EQ(run({"--format", "wide"}, to).exit, 0);
  }
}

TEST_F(Export, OnAFullDiskNothingIsLeft) {
  const ::ledd::SmallDisk disk(4096);
  LEDD_NEEDS_MOUNT(disk);
  const Ended ended = run({"--format", "wide"}, disk.folder() / "e");
  EXPECT_EQ(ended.exit, 74) << ended.err;
  EXPECT_EQ(disk.folder().entries(), 0);
}

TEST_F(Export, WhatNobodyHasOrDoesNotGoTogetherIsAUsageError) {
  EXPECT_THAT(run({"--format", "csv", "--endpoint", "Volume"}, folder / "e").err,
              HasSubstr("did you mean 'Vol'"));
  EXPECT_EQ(run({"--format", "csv", "--endpoint", "Volume"}, folder / "e").exit, 2);
  EXPECT_EQ(run({"--format", "csv", "--repeat-instrument"}, folder / "e").exit, 2);
  EXPECT_EQ(run({"--format", "xlsx"}, folder / "e").exit, 2);
  EXPECT_EQ(run({}, folder / "e").exit, 2);
  EXPECT_FALSE(fs::exists(folder / "e"));
}

TEST_F(Export, EventsOfTheMapAndCasesWithoutOne) {
  ::ledd::files::write_bytes("session,redcap_event_name\r\nnone,baseline_arm_1\r\n", folder / "map.csv");
  const Ended ended = run({"--format", "redcap", "--event-map", (folder / "map.csv").string()}, folder / "e");
  EXPECT_EQ(ended.exit, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("3 of 3 cases have no record"));
  EXPECT_THAT(tree(folder / "e")["left_out.csv"], HasSubstr("the event map has no session"));
  ::ledd::files::write_bytes("visit\r\n", folder / "map.csv");
  const Ended bad = run({"--format", "redcap", "--event-map", (folder / "map.csv").string()}, folder / "f");
  EXPECT_EQ(bad.exit, 65);
  EXPECT_THAT(bad.err, HasSubstr("map.csv"));
}

}  // namespace
