#include "ledd/audit/audit.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <iostream>
#include <set>
#include <sstream>

#include "ledd/core/error.h"

namespace ledd::audit {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A folder of its own for each test.
class Audit : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::temp_directory_path() / ("ledd_audit_" + std::to_string(::getpid()) + info->name());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path file() const { return folder_ / "audit.jsonl"; }
  Log log() const { return {file(), "1.2"}; }
  std::string bytes() const {
    std::ostringstream text;
    text << std::ifstream(file(), std::ios::binary).rdbuf();
    return text.str();
  }
  void put(const std::string& bytes) const { std::ofstream(file(), std::ios::binary) << bytes; }
  void add(const std::string& bytes) const {
    std::ofstream(file(), std::ios::binary | std::ios::app) << bytes;
  }
  void three() const {
    for (const char* action : {"run-started", "case-done", "run-ended"}) log().append(action, {{"n", "1"}});
  }

  fs::path folder_;
};

TEST_F(Audit, AnEntryIsReadAsItWasWritten) {
  const Entry first =
      log().append("run-started", {{"pipeline", "bone-qct"}, {"odd", "a \"quote\" \\ \xC3\xB8"}});
  const Entry second = log().append("run-ended", {});
  const Reading reading = read(file());
  EXPECT_FALSE(reading.broken);
  EXPECT_THAT(reading.entries, ElementsAre(first, second));
  EXPECT_EQ(first.sequence, 1U);
  EXPECT_EQ(first.previous, std::string(64, '0'));
  EXPECT_EQ(second.previous, first.sha256);
  EXPECT_EQ(first.uid, ::getuid());
  EXPECT_EQ(first.version, "1.2");
  EXPECT_EQ(first.utc.size(), 24U);
}

TEST_F(Audit, OpenWordsAreCheckedAndNothingIsWrittenForAWrongOne) {
  EXPECT_THROW(log().append("Case Done", {}), Error);
  EXPECT_THROW(log().append("", {}), Error);
  EXPECT_THROW(log().append("accepted", {{"Case", "1"}}), Error);
  EXPECT_THROW(log().append("accepted", {{"case", "two\nlines"}}), Error);
  EXPECT_THROW(log().append("accepted", {{"case", std::string(1001, 'x')}}), Error);
  EXPECT_FALSE(fs::exists(file()));
  EXPECT_NO_THROW(log().append("a-word-of-tomorrow", {{"case", "1"}}));
}

TEST_F(Audit, EveryChangedByteBreaksTheChainAtItsLine) {
  three();
  const std::string good = bytes();
  const auto second = good.find('\n') + 1;
  const auto third = good.find('\n', second) + 1;
  for (std::size_t at = second; at + 1 < third; at += 7) {
    std::string changed = good;
    changed[at] = changed[at] == '1' ? '2' : '1';
    put(changed);
    const Reading reading = read(file());
    ASSERT_TRUE(reading.broken) << "byte " << at;
    EXPECT_EQ(reading.broken->line, 2U) << "byte " << at;
  }
}

TEST_F(Audit, ALineTakenOutOrExchangedBreaksTheChain) {
  three();
  const std::string good = bytes();
  const auto second = good.find('\n') + 1;
  const auto third = good.find('\n', second) + 1;
  put(good.substr(0, second) + good.substr(third));
  EXPECT_EQ(read(file()).broken->line, 2U);
  put(good.substr(second));
  ASSERT_TRUE(read(file()).broken);
  EXPECT_EQ(read(file()).broken->line, 1U);
  EXPECT_THAT(read(file()).broken->why, HasSubstr("first"));
  put(good.substr(0, second) + good.substr(third) + good.substr(second, third - second));
  EXPECT_EQ(read(file()).broken->line, 2U);
  put(good.substr(0, third) + good.substr(second, third - second) + good.substr(third));
  EXPECT_EQ(read(file()).broken->line, 3U);
}

TEST_F(Audit, ALineCutOffAnywhereIsRecoveredAndTheChainGoesOn) {
  three();
  const std::string good = bytes();
  const auto third = good.find('\n', good.find('\n') + 1) + 1;
  for (std::size_t cut = third + 1; cut < good.size(); cut += 11) {
    put(good.substr(0, cut));
    EXPECT_TRUE(read(file()).unfinished);
    EXPECT_FALSE(read(file()).broken) << "an unfinished line waits for the next entry";
    log().append("run-started", {});
    const Reading reading = read(file());
    ASSERT_FALSE(reading.broken) << cut << ": " << reading.broken->why;
    EXPECT_FALSE(reading.unfinished);
    EXPECT_THAT(reading.torn, ElementsAre(3U));
    ASSERT_EQ(reading.entries.size(), 4U);
    EXPECT_EQ(reading.entries[2].action, "recovered");
    EXPECT_EQ(reading.entries[3].sequence, 4U);
    EXPECT_EQ(bytes().substr(0, cut), good.substr(0, cut)) << "nothing that was there is taken away";
  }
}

TEST_F(Audit, AnEntryThatLacksItsEndAloneIsNotLost) {
  three();
  const std::string good = bytes();
  put(good.substr(0, good.size() - 1));
  EXPECT_EQ(read(file()).entries.size(), 3U);
  log().append("run-started", {});
  const Reading reading = read(file());
  EXPECT_FALSE(reading.broken);
  EXPECT_THAT(reading.torn, ElementsAre());
  ASSERT_EQ(reading.entries.size(), 5U);
  EXPECT_EQ(reading.entries[2].action, "run-ended");
  EXPECT_EQ(reading.entries[3].action, "recovered");
}

TEST_F(Audit, ZerosOfALostBlockAreRecoveredToo) {
  three();
  add(std::string(5000, '\0'));
  log().append("run-started", {});
  const Reading reading = read(file());
  EXPECT_FALSE(reading.broken);
  EXPECT_EQ(reading.entries.size(), 5U);
}

TEST_F(Audit, AWholeLineThatWasDamagedStaysBrokenWhateverIsAddedBehindIt) {
  three();
  std::string changed = bytes();
  changed[changed.size() - 100] ^= 1;
  put(changed);
  log().append("run-started", {});
  const Reading reading = read(file());
  ASSERT_TRUE(reading.broken);
  EXPECT_EQ(reading.broken->line, 3U);
  EXPECT_EQ(reading.entries.back().action, "run-started") << "later entries are still read";
}

TEST_F(Audit, AForgedRecoveryOfAnotherLineDoesNotPass) {
  three();
  const std::string good = bytes();
  add("what somebody wrote by hand\n");
  log().append("case-done", {});
  EXPECT_EQ(read(file()).broken->line, 4U);
  put(good);
  EXPECT_FALSE(read(file()).broken);
}

TEST_F(Audit, EightProcessesOfTwoHundredLinesMakeOneWholeChain) {
  constexpr int kProcesses = 8, kLines = 200;
  std::vector<pid_t> children;
  for (int p = 0; p < kProcesses; ++p) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      int status = 0;
      try {
        for (int i = 0; i < kLines; ++i)
          log().append("case-done", {{"process", std::to_string(p)}, {"line", std::to_string(i)}});
      } catch (const Error&) {
        status = 1;
      }
      ::_exit(status);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  const Reading reading = read(file());
  ASSERT_FALSE(reading.broken) << reading.broken->why;
  ASSERT_EQ(reading.entries.size(), static_cast<std::size_t>(kProcesses * kLines));
  std::set<std::pair<std::string, std::string>> told;
  for (const Entry& entry : reading.entries) {
    EXPECT_NE(entry.action, "recovered");
    told.emplace(entry.details.at("process"), entry.details.at("line"));
  }
  EXPECT_EQ(told.size(), reading.entries.size());
}

TEST_F(Audit, ProcessesKilledInTheMiddleLeaveAChainThatGoesOn) {
  for (unsigned round = 0; round < 20; ++round) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0)
      for (;;) log().append("case-done", {{"case", "x"}});
    ::usleep(3000 + 500 * round);
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
  }
  log().append("run-ended", {});
  const Reading reading = read(file());
  EXPECT_FALSE(reading.broken);
  EXPECT_FALSE(reading.unfinished);
  EXPECT_EQ(reading.entries.back().action, "run-ended");
}

TEST_F(Audit, CostOfAnEntryIsPrintedAndDoesNotGrowWithTheFile) {
  using Clock = std::chrono::steady_clock;
  constexpr int kEntries = 200;
  const auto started = Clock::now();
  for (int i = 0; i < kEntries; ++i) log().append("case-done", {{"case", "3f2a91c07d44"}});
  const double ms = std::chrono::duration<double, std::milli>(Clock::now() - started).count() / kEntries;
  std::cout << "an entry with its sync: " << ms << " ms\n";
  EXPECT_EQ(read(file()).entries.size(), static_cast<std::size_t>(kEntries));
}

TEST_F(Audit, AFolderThatIsNotThereIsSaid) {
  EXPECT_THROW(Log(folder_ / "none" / "audit.jsonl", "1").append("run-started", {}), Error);
  EXPECT_THROW(read(folder_ / "none.jsonl"), Error);
}

}  // namespace
}  // namespace ledd::audit
