#include <gmock/gmock.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <thread>

#include "program.h"

namespace {

using ledd::testing::Ended;
using ledd::testing::Folder;
using ledd::testing::ledd;
using ledd::testing::Running;
using ledd::testing::sagittal_series;
using ledd::testing::tree;
using ledd::testing::write_series;
using testing::HasSubstr;

namespace fs = std::filesystem;

struct Interrupted : testing::Test {
  Folder in, out;
  Interrupted() {
    for (const std::string n : {"1", "2", "3"}) write_series(in / n, sagittal_series("1.2.3." + n));
  }
  std::vector<std::string> words(const std::string& to, const std::string& wait_s) const {
    return {"run", "threshold", in.path().string(), "-o", (out / to).string(), "--set", "wait_s=" + wait_s};
  }
  std::size_t finished(const std::string& to) const {
    if (!fs::exists(out / to / "cases")) return 0;
    std::size_t n = 0;
    for (const auto& entry : fs::directory_iterator(out / to / "cases"))
      n += entry.path().filename().string().front() == '.' ? 0U : 1U;
    return n;
  }
  void wait_for(const std::string& to, std::size_t cases) const {
    for (int i = 0; i < 2000 && finished(to) < cases; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
};

TEST_F(Interrupted, SigtermEndsWithSeventyFiveAndTheSameCommandResumes) {
  const Running running(words("r", "0.4"));
  wait_for("r", 1);
  running.signal(SIGTERM);
  const Ended ended = running.wait();
  EXPECT_EQ(ended.exit, 75) << ended.err;
  const std::size_t before = finished("r");
  EXPECT_GE(before, 1U);
  EXPECT_LT(before, 3U);
  EXPECT_TRUE(fs::exists(out / "r" / "endpoints.csv"));  // over what is done

  const Ended again = ledd(words("r", "0.4"));
  EXPECT_EQ(again.exit, 0) << again.err;
  EXPECT_THAT(again.out, HasSubstr("cached " + std::to_string(before)));
  EXPECT_EQ(finished("r"), 3U);
}

TEST_F(Interrupted, KillNineAtAnyInstantLeavesNoPartialFolderAndTheSameBytesInTheEnd) {
  EXPECT_EQ(ledd(words("whole", "0.02")).exit, 0);
  const auto whole = tree(out / "whole");
  for (int trial = 0; trial < 12; ++trial) {
    const std::string to = "r" + std::to_string(trial);
    const Running running(words(to, "0.02"));
    std::this_thread::sleep_for(std::chrono::milliseconds(30 + 17 * trial));
    running.signal(SIGKILL);
    running.wait();
    if (fs::exists(out / to / "cases"))
      for (const auto& entry : fs::directory_iterator(out / to / "cases"))
        if (entry.path().filename().string().front() != '.') {
          EXPECT_TRUE(fs::exists(entry.path() / "provenance.json")) << entry.path();
        }
    const Ended again = ledd(words(to, "0.02"));
    EXPECT_EQ(again.exit, 0) << again.err;
    EXPECT_EQ(tree(out / to), whole) << "trial " << trial;
  }
}

TEST_F(Interrupted, WhatADeadRunLeftBesideTheTablesIsSweptAndNothingElse) {
  fs::create_directories(out / "left" / "changes" / ".3f2a-77aa.tmp-99");
  for (const char* name : {".tmp-15880-25.bytes", ".tmp-1-0", ".probe.tmp-7", ".tmp-notes", "mine.tmp-1-2"})
    std::ofstream(out / "left" / name) << "x";
  EXPECT_EQ(ledd(words("left", "0.02")).exit, 0);
  for (const char* gone : {".tmp-15880-25.bytes", ".tmp-1-0", ".probe.tmp-7", "changes/.3f2a-77aa.tmp-99"})
    EXPECT_FALSE(fs::exists(out / "left" / gone)) << gone;
  for (const char* kept : {".tmp-notes", "mine.tmp-1-2"})
    EXPECT_TRUE(fs::exists(out / "left" / kept)) << kept;
}

}  // namespace
