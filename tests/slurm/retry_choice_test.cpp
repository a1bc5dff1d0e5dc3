#include <gmock/gmock.h>
#include <rapidcheck.h>

#include <set>

#include "run_record.h"
#include "slurm_job.h"
#include "slurm_run.h"

namespace ledd::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

CaseNow standing(const std::string& id, Standing how, const std::string& code = "") {
  CaseNow one;
  one.id = id;
  one.standing = how;
  one.code = code;
  return one;
}

CaseNow out_of_memory(const std::string& id, unsigned doublings, std::optional<double> had_mb) {
  CaseNow one = standing(id, Standing::kLost);
  one.out_of_memory = true;
  one.doublings = doublings;
  one.memory_mb = had_mb;
  return one;
}

TEST(RetryChoice, TakesWhatIsLostOrMayPassAndLeavesTheRest) {
  JobNow now;
  now.cases = {standing("done", Standing::kDone),
               standing("lost", Standing::kLost),
               standing("machine", Standing::kFailed, "internal error"),
               standing("unreadable", Standing::kSetAside, "I/O error"),
               standing("bad data", Standing::kSetAside, "bad input"),
               standing("implausible", Standing::kSetAside, "implausible result"),
               standing("running", Standing::kRunning),
               standing("waiting", Standing::kWaiting)};
  const auto groups = choose(now, false);
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_THAT(groups[0].cases, ElementsAre("lost", "machine", "unreadable"));
  EXPECT_FALSE(groups[0].memory_mb.has_value());
}

TEST(RetryChoice, WithAllTakesBadDataToo) {
  JobNow now;
  now.cases = {standing("done", Standing::kDone),
               standing("bad data", Standing::kSetAside, "bad input"),
               standing("running", Standing::kRunning)};
  ASSERT_EQ(choose(now, true).size(), 1U);
  EXPECT_THAT(choose(now, true)[0].cases, ElementsAre("bad data"));
}

TEST(RetryChoice, NeverTakesWhatATaskStillHolds) {
  JobNow now;
  now.cases = {standing("a", Standing::kFailed, "internal error"), standing("b", Standing::kLost)};
  for (CaseNow& one : now.cases) one.queued = true;
  EXPECT_THAT(choose(now, false), IsEmpty());
  EXPECT_THAT(choose(now, true), IsEmpty());
}

TEST(RetryChoice, DoublesTheMemoryTwiceAtMost) {
  JobNow now;
  now.cases = {out_of_memory("first", 0, 3000.0),
               out_of_memory("second", 1, 6000.0),
               out_of_memory("third", 2, 12000.0)};
  const auto groups = choose(now, false);
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_THAT(groups[0].cases, ElementsAre("first"));
  EXPECT_EQ(groups[0].memory_mb, 6000U);
  EXPECT_THAT(groups[1].cases, ElementsAre("second"));
  EXPECT_EQ(groups[1].memory_mb, 12000U);
}

TEST(RetryChoice, AskedForAllTheThirdTimeHasNotMoreThanTheSecond) {
  JobNow now;
  now.cases = {out_of_memory("third", 2, 12000.0)};
  ASSERT_EQ(choose(now, true).size(), 1U);
  EXPECT_EQ(choose(now, true)[0].memory_mb, 12000U);
}

TEST(RetryChoice, WhatIsLostForAnotherReasonKeepsItsMemory) {
  JobNow now;
  now.cases = {standing("a", Standing::kLost)};
  now.cases[0].doublings = 1;
  now.cases[0].memory_mb = 6000.0;
  ASSERT_EQ(choose(now, false).size(), 1U);
  EXPECT_EQ(choose(now, false)[0].doublings, 1U);
  EXPECT_EQ(choose(now, false)[0].memory_mb, 6000U);
}

TEST(RetryChoice, NoCaseIsInTwoGroups) {
  EXPECT_TRUE(rc::check([] {
    JobNow now;
    const auto count = *rc::gen::inRange<std::size_t>(0, 20);
    for (std::size_t i = 0; i < count; ++i) {
      CaseNow one = standing(std::to_string(i), static_cast<Standing>(*rc::gen::inRange(0, 7)));
      one.queued = *rc::gen::arbitrary<bool>();
      one.out_of_memory = *rc::gen::arbitrary<bool>();
      one.doublings = *rc::gen::inRange(0U, 3U);
      one.code = *rc::gen::element<std::string>("", "bad input", "internal error");
      now.cases.push_back(one);
    }
    std::set<std::string> taken;
    for (const auto& group : choose(now, *rc::gen::arbitrary<bool>()))
      for (const auto& id : group.cases) {
        RC_ASSERT(taken.insert(id).second);
        const CaseNow& one = now.cases[std::stoul(id)];
        RC_ASSERT(!one.queued && one.standing != Standing::kDone && one.standing != Standing::kRunning);
      }
  }));
}

TEST(ExitOfABatch, IsThatOfALocalRun) {
  JobNow now;
  now.cases = {standing("a", Standing::kDone)};
  EXPECT_EQ(exit_of(now), 0);
  now.cases.push_back(standing("b", Standing::kSetAside, "bad input"));
  EXPECT_EQ(exit_of(now), 8);
  now.cases.erase(now.cases.begin());
  EXPECT_EQ(exit_of(now), 65);
  now.cases.push_back(standing("c", Standing::kLost));
  EXPECT_EQ(exit_of(now), 75);
}

TEST(Array, IsReadBack) {
  Array array;
  array.number = 3;
  array.name = "ledd.x.3";
  array.job_id = "17";
  array.launcher = {"apptainer", "exec"};
  array.wishes = {"long", "acc", 7, std::nullopt, 2, 5, {"--gres=gpu:1"}};
  array.doublings = 1;
  array.all = true;
  array.tasks = {{"a", "b"}, {"c"}};
  const Array back = parse_array(print(array));
  EXPECT_EQ(back.number, 3U);
  EXPECT_EQ(back.launcher, array.launcher);
  EXPECT_EQ(back.wishes, array.wishes);
  EXPECT_EQ(back.tasks, array.tasks);
  EXPECT_TRUE(back.all);
  EXPECT_EQ(print(back), print(array));
  EXPECT_THROW(parse_array("{}"), Error);
  EXPECT_THROW(parse_array("no json"), Error);
}

TEST(RunRecord, IsReadBack) {
  RunRecord record;
  record.run_id = "r";
  RunArguments& a = record.request.arguments;
  a.pipeline = "threshold";
  a.inputs = {"/in/a b", "/in/c"};
  a.out = "/out";
  a.labels = "/l.nii";
  a.series = {"s1"};
  a.no_companions = true;
  a.executor = "slurm";
  a.cluster.partition = "p";
  a.cluster.minutes = 9;
  a.cluster.options = {"--nice=3"};
  record.request.values = {
      {"step.size_mm", 3.5}, {"flag", true}, {"n", std::int64_t{4}}, {"name", std::string("true")}};
  record.exit = 8;
  const RunRecord back = parse_run_record(print(record));
  EXPECT_EQ(print(back), print(record));
  EXPECT_EQ(back.request.values, record.request.values);
  EXPECT_EQ(back.request.arguments.cluster, a.cluster);
  EXPECT_EQ(back.exit, 8);
  EXPECT_THROW(parse_run_record("{}"), Error);
}

TEST(Chunks, HoldEveryCaseOnceInOrder) {
  EXPECT_THAT(in_chunks({"a", "b", "c", "d", "e"}, 2),
              ElementsAre(ElementsAre("a", "b"), ElementsAre("c", "d"), ElementsAre("e")));
  EXPECT_THAT(in_chunks({}, 3), IsEmpty());
}

TEST(PrivatePlace, WithAKeyTheListOfCasesLiesOutsideTheResults) {
  RunArguments a;
  a.out = "/tmp/results/r";
  a.work = "";
  EXPECT_NO_THROW(require_private_place(a));
  a.key = "/k";
  EXPECT_THROW(require_private_place(a), Error);
  a.work = "/tmp/results/r/private";
  EXPECT_THROW(require_private_place(a), Error);
  a.work = "/tmp/results/../results/r";
  EXPECT_THROW(require_private_place(a), Error);
  a.work = "/tmp/results/r2";
  EXPECT_NO_THROW(require_private_place(a));
}

}  // namespace
}  // namespace ledd::cli
