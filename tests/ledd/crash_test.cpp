// Cases that end the program: the batch goes on.
#include <gmock/gmock.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "program.h"
#include "scans.h"

namespace {

using ledd::testing::Ended;
using ledd::testing::Folder;
using ledd::testing::json_lines;
using ledd::testing::ledd;
using ledd::testing::Running;
using ledd::testing::tree;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

namespace fs = std::filesystem;

/// Six scans, of which one has three bright voxels.
struct Crash : testing::Test {
  Folder in, out;
  Crash() {
    for (std::size_t bright = 1; bright <= 6; ++bright)
      ::ledd::testing::write_scan(in / (std::to_string(bright) + ".nii.gz"), bright);
  }
  std::vector<std::string> words(const std::string& to, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> all{
        "run", "threshold", in.path().string(), "-o", (out / to).string(), "--json", "--jobs", "2"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  static std::vector<std::string> crashing(int signal) {
    return {"--set", "crash_voxels=3", "--set", "crash_signal=" + std::to_string(signal)};
  }
};

/// The JSON lines of a run by what they say.
struct Lines {
  std::multiset<std::string> cases, files;
  std::vector<std::string> states;
  nlohmann::json failed, summary;
  explicit Lines(const std::string& text) {
    for (const auto& line : json_lines(text)) {
      if (line.at("type") == "file") files.insert(line.at("path"));
      if (line.at("type") == "summary") summary = line;
      if (line.at("type") != "case") continue;
      cases.insert(line.at("case_id"));
      states.push_back(line.at("state"));
      if (line.at("state") == "failed") failed = line;
    }
  }
};

TEST_F(Crash, ACaseThatCrashesTheProgramIsSetAsideAndTheRestIsDone) {
  for (const int signal : {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL}) {
    const std::string to = std::to_string(signal);
    const Ended ended = ledd(words(to, crashing(signal)));
    EXPECT_EQ(ended.exit, 8) << ended.err;
    const Lines lines(ended.out);
    EXPECT_THAT(lines.states, UnorderedElementsAre("done", "done", "done", "done", "done", "failed"));
    EXPECT_EQ(std::set<std::string>(lines.cases.begin(), lines.cases.end()).size(), 6U)
        << "a case told twice";
    EXPECT_EQ(lines.files.size(), 6U);
    EXPECT_EQ(lines.summary.at("done"), 5);
    EXPECT_EQ(lines.summary.at("failed"), 1);
    EXPECT_EQ(lines.failed.at("code"), "internal error");
    const std::string id = lines.failed.at("case_id");
    const auto reason =
        nlohmann::json::parse(::ledd::files::read_bytes(out / to / "quarantine" / id / "reason.json"));
    EXPECT_THAT(reason.at("reason"), HasSubstr("signal " + to));
    EXPECT_EQ(reason.at("state"), "failed");
    EXPECT_EQ(reason.at("run_id"), lines.summary.at("run_id"));
    EXPECT_THAT(::ledd::files::read_bytes(out / to / "status.csv"), HasSubstr("signal " + to));
  }
}

TEST_F(Crash, WhatWasKilledOnceIsDoneTheSecondTime) {
  EXPECT_EQ(ledd(words("whole")).exit, 0);
  const std::string mark = (out / "crashed").string();
  ::setenv("LEDD_TEST_CRASHED", mark.c_str(), 1);
  const Ended ended = ledd(words("once", crashing(SIGKILL)));
  ::unsetenv("LEDD_TEST_CRASHED");
  EXPECT_TRUE(fs::exists(mark));
  EXPECT_EQ(ended.exit, 0) << ended.err;
  const Lines lines(ended.out);
  EXPECT_EQ(std::set<std::string>(lines.cases.begin(), lines.cases.end()).size(), 6U);
  EXPECT_EQ(lines.cases.size(), 6U);
  EXPECT_EQ(lines.summary.at("done"), 6);
  EXPECT_EQ(tree(out / "once"), tree(out / "whole"));
}

TEST_F(Crash, WhatIsKilledTwiceIsSetAsideForWantOfMemory) {
  const Ended ended = ledd(words("r", crashing(SIGKILL)));
  EXPECT_EQ(ended.exit, 8) << ended.err;
  const Lines lines(ended.out);
  EXPECT_EQ(lines.summary.at("done"), 5);
  EXPECT_THAT(lines.failed.at("reason"), HasSubstr("memory"));
  // The next run tries it again, and only it.
  const Lines again(ledd(words("r")).out);
  EXPECT_EQ(again.summary.at("done"), 6);  // another parameter: all are made anew
  EXPECT_EQ(again.summary.at("exit"), 0);
}

TEST_F(Crash, TheOnlyCaseOfABatchMayCrashToo) {
  for (const char* other : {"1", "2", "4", "5", "6"}) fs::remove(in / (std::string(other) + ".nii.gz"));
  const Ended ended = ledd(words("r", crashing(SIGSEGV)));
  EXPECT_EQ(ended.exit, 1) << ended.err;
  EXPECT_EQ(Lines(ended.out).summary.at("failed"), 1);
}

/// The processes of this name that have `parent` as theirs.
std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> found;
  std::ifstream in("/proc/" + std::to_string(parent) + "/task/" + std::to_string(parent) + "/children");
  for (pid_t child = 0; in >> child;) found.push_back(child);
  return found;
}

TEST_F(Crash, TheWorkingProcessDiesWithTheOneThatWatchesIt) {
  const Running running(words("r", {"--set", "wait_s=60"}));
  while (!fs::exists(out / "r" / ".ledd" / "locks"))
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  const auto children = children_of(running.pid());
  if (children.empty()) {
    running.signal(SIGKILL);
    running.wait();
    GTEST_SKIP() << "needs a kernel that lists the children of a process";
  }
  running.signal(SIGKILL);
  running.wait();
  bool gone = false;
  for (int i = 0; i < 2000 && !gone; ++i) {
    gone = !fs::exists("/proc/" + std::to_string(children.front()) + "/exe");
    if (!gone) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_TRUE(gone);
}

TEST_F(Crash, OneSignalToTheWholeGroupIsOneWishToStop) {
  const Running running(words("r", {"--set", "wait_s=60"}));
  while (!fs::exists(out / "r" / ".ledd" / "locks"))
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  for (const pid_t child : children_of(running.pid())) ::kill(child, SIGTERM);
  running.signal(SIGTERM);
  const Ended ended = running.wait();
  EXPECT_EQ(ended.exit, 75) << ended.err;
  EXPECT_EQ(Lines(ended.out).summary.at("exit"), 75);
}

}  // namespace
