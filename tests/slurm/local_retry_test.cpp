#include <gmock/gmock.h>
#include <signal.h>

#include <chrono>
#include <thread>

#include "folder.h"
#include "program.h"
#include "scans.h"

namespace ledd::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;
using Words = std::vector<std::string>;

/// `ledd retry` of runs on this machine: no SLURM is needed.
class LocalRetry : public ::testing::Test {
 protected:
  LocalRetry() {
    fs::create_directories(folder_ / "in");
    for (std::size_t n = 0; n < 4; ++n) write_scan(folder_ / "in" / (std::to_string(n) + ".nii.gz"), 10 + n);
    write_scan(folder_ / "in" / "dark.nii.gz", 0);
  }
  Words run_words(const Words& more = {}) const {
    Words words{"run", "threshold", (folder_ / "in").string(), "-o", out().string()};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  fs::path out() const { return folder_ / "out"; }
  Ended retry(const Words& more = {}) const {
    Words words{"retry", out().string()};
    words.insert(words.end(), more.begin(), more.end());
    return ledd(words);
  }

  Folder folder_;
};

TEST_F(LocalRetry, TakesUpAStoppedRunWithItsOwnParametersAndLeavesBadDataAlone) {
  const Running run(run_words({"--jobs", "1", "--set", "wait_s=0.6", "--set", "threshold=40"}));
  for (int i = 0; i < 600 && !fs::exists(out() / "cases"); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  run.signal(SIGTERM);
  EXPECT_EQ(run.wait().exit, 75);
  const Ended first = retry();
  EXPECT_THAT(first.exit, ::testing::AnyOf(0, 8)) << first.err;  // 8: the dark one came only now
  const Ended again = retry();
  EXPECT_EQ(again.exit, 0) << again.err;
  EXPECT_THAT(again.out, HasSubstr("done 0, cached 4, failed 0, set aside 0"));
  for (const auto& entry : fs::directory_iterator(out() / "cases"))
    EXPECT_THAT(files::read_bytes(entry.path() / "provenance.json"), HasSubstr("\"threshold\": 40"));
}

TEST_F(LocalRetry, BadDataAreTriedAgainOnlyWithAll) {
  EXPECT_EQ(ledd(run_words()).exit, 8);
  EXPECT_THAT(retry().out, HasSubstr("done 0, cached 4, failed 0, set aside 0"));
  EXPECT_THAT(retry({"--all"}).out, HasSubstr("done 0, cached 4, failed 0, set aside 1"));
}

TEST_F(LocalRetry, KnowsTheRunFromAnyFolder) {
  fs::create_directories(folder_ / "elsewhere");
  const Ended ended = Running({"-c",
                               "cd '" + folder_.path().string() + "' && '" + LEDD_UNDER_TEST +
                                   "' run threshold in -o out --set threshold=1000; cd elsewhere && '" +
                                   LEDD_UNDER_TEST + "' retry ../out --all"},
                              "/bin/sh")
                          .wait();
  EXPECT_EQ(ended.exit, 65) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("set aside 5"));
}

TEST_F(LocalRetry, WithoutARecordItSaysWhatToDo) {
  EXPECT_EQ(ledd(run_words()).exit, 8);
  fs::remove_all(out() / ".ledd");
  const Ended ended = retry();
  EXPECT_EQ(ended.exit, 66);
  EXPECT_THAT(ended.err, HasSubstr("give the command again"));
}

TEST_F(LocalRetry, ADamagedRecordIsNoRecord) {
  EXPECT_EQ(ledd(run_words()).exit, 8);
  for (const auto& entry : fs::directory_iterator(out() / ".ledd" / "runs"))
    files::write_bytes("{", entry.path());
  EXPECT_EQ(retry().exit, 66);
}

}  // namespace
}  // namespace ledd::testing
