#include <gmock/gmock.h>
#include <rapidcheck.h>

#include "ledd/core/error.h"
#include "ledd/slurm/slurm.h"

namespace ledd::slurm {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Lines as SLURM 22.05 prints them, without the fields behind MinMemory.
std::string line(const std::string& tasks,
                 const std::string& state,
                 const std::string& more = "ExitCode=0:0") {
  return "JobId=3 ArrayJobId=1 ArrayTaskId=" + tasks +
         " ArrayTaskThrottle=2 JobName=ledd.x.1 UserId=root(0) GroupId=root(0) MCS_label=N/A "
         "Priority=4294901759 "
         "Nice=0 Account=(null) QOS=(null) JobState=" +
         state + " Reason=None Dependency=(null) Requeue=1 Restarts=0 BatchFlag=1 Reboot=0 " + more +
         " RunTime=00:00:00 TimeLimit=00:01:00 NumNodes=1 NumCPUs=2 NumTasks=1 CPUs/Task=2 "
         "MinCPUsNode=1 MinMemoryCPU=300M MinTmpDiskNode=0 Command=/x StdOut=/tmp/with 50%% "
         "blank/JobState=1.log Power=\n";
}

TEST(ParseNumbers, RangesListsAndTheLimitBehindThem) {
  EXPECT_THAT(parse_numbers("7"), ElementsAre(7U));
  EXPECT_THAT(parse_numbers("2-5%2"), ElementsAre(2U, 3U, 4U, 5U));
  EXPECT_THAT(parse_numbers("0,2-3,9%10"), ElementsAre(0U, 2U, 3U, 9U));
}

TEST(ParseNumbers, WhatIsNoneIsRefused) {
  for (const char* bad : {"a", "1-", "-3", "5-2", "1,,2", "1-99999999999", "4-9,..."})
    EXPECT_THROW(parse_numbers(bad), Error) << bad;
}

TEST(ParseTasks, PendingTasksOfOneLineAreOnesOfTheirOwn) {
  const auto tasks =
      parse_tasks(line("2-4%2", "PENDING") + line("1", "RUNNING") + line("0", "COMPLETED"), "ledd.x.1");
  ASSERT_EQ(tasks.size(), 5U);
  EXPECT_EQ(tasks[0].phase, Phase::kEnded);
  EXPECT_EQ(tasks[1].phase, Phase::kRunning);
  for (std::size_t n : {2U, 3U, 4U}) {
    EXPECT_EQ(tasks[n].number, n);
    EXPECT_EQ(tasks[n].phase, Phase::kWaiting);
  }
}

TEST(ParseTasks, AnotherJobOfTheSameNumberIsNotOurs) {
  EXPECT_THAT(parse_tasks(line("0", "RUNNING"), "ledd.y.1"), IsEmpty());
}

TEST(ParseTasks, ExitStateAndMemoryOfOneThatEnded) {
  const auto tasks = parse_tasks(line("0", "FAILED", "ExitCode=75:0"), "ledd.x.1");
  ASSERT_EQ(tasks.size(), 1U);
  EXPECT_EQ(tasks[0].exit, 75);
  EXPECT_EQ(tasks[0].state, "FAILED");
  EXPECT_FALSE(tasks[0].out_of_memory);
  EXPECT_EQ(tasks[0].memory_mb, 600.0);
}

TEST(ParseTasks, WhatEndsForMemoryIsToldFromWhatIsCancelled) {
  const auto is_out = [](const std::string& state, const std::string& exit) {
    return parse_tasks(line("0", state, "ExitCode=" + exit), "ledd.x.1").at(0).out_of_memory;
  };
  EXPECT_TRUE(is_out("OUT_OF_MEMORY", "0:125"));
  EXPECT_TRUE(is_out("FAILED", "0:9"));
  EXPECT_TRUE(is_out("FAILED", "137:0"));
  EXPECT_FALSE(is_out("CANCELLED", "0:9"));
  EXPECT_FALSE(is_out("TIMEOUT", "0:9"));
  EXPECT_FALSE(is_out("NODE_FAIL", "1:0"));
  EXPECT_FALSE(is_out("FAILED", "8:0"));
}

TEST(ParseTasks, EveryStateHasItsPhaseAndAnUnknownOneIsNotSubmittedAgain) {
  const auto phase = [](const std::string& state) {
    return parse_tasks(line("0", state), "ledd.x.1").at(0).phase;
  };
  for (const char* state : {"PENDING", "REQUEUED", "REQUEUE_HOLD", "SPECIAL_EXIT"})
    EXPECT_EQ(phase(state), Phase::kWaiting) << state;
  for (const char* state : {"RUNNING", "COMPLETING", "CONFIGURING", "SUSPENDED", "A_STATE_TO_COME"})
    EXPECT_EQ(phase(state), Phase::kRunning) << state;
  for (const char* state : {"COMPLETED",
                            "FAILED",
                            "CANCELLED",
                            "TIMEOUT",
                            "NODE_FAIL",
                            "OUT_OF_MEMORY",
                            "BOOT_FAIL",
                            "DEADLINE",
                            "PREEMPTED"})
    EXPECT_EQ(phase(state), Phase::kEnded) << state;
}

TEST(ParseTasks, ATaskThatIsThereTwiceIsTheOneFurthestFromItsEnd) {
  EXPECT_EQ(parse_tasks(line("0", "FAILED") + line("0", "PENDING"), "ledd.x.1").at(0).phase, Phase::kWaiting);
  EXPECT_EQ(parse_tasks(line("0", "RUNNING") + line("0", "FAILED"), "ledd.x.1").at(0).phase, Phase::kRunning);
}

TEST(ParseTasks, WhatIsNoAnswerIsRefused) {
  EXPECT_THROW(parse_tasks("JobId=1 ArrayTaskId=0 JobName=ledd.x.1 Reason=None\n", "ledd.x.1"), Error);
  EXPECT_THROW(parse_tasks(line("4-7,...", "PENDING"), "ledd.x.1"), Error);
  EXPECT_THAT(parse_tasks("", "ledd.x.1"), IsEmpty());
}

TEST(ParseTasks, RandomBytesNeverDoHarm) {
  EXPECT_TRUE(rc::check([](const std::string& noise, std::size_t at) {
    std::string text = line("0-3", "RUNNING");
    text.insert(at % text.size(), noise);
    try {
      parse_tasks(text, "ledd.x.1");
    } catch (const Error& e) {
      RC_ASSERT(e.code() == Errc::kFormat);
    }
  }));
}

}  // namespace
}  // namespace ledd::slurm
