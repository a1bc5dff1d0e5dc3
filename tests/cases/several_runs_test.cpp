// Several runs in one output folder at the same time.
#include <gmock/gmock.h>

#include <cerrno>
#include <future>
#include <thread>

#include "ledd/cases/batch.h"
#include "ledd/core/error.h"
#include "ledd/files/files.h"

#include "case_folder.h"
#include "dicom_writer.h"
#include "folder.h"
#include "record.h"
#include "scans.h"
#include "threshold_pipeline.h"

namespace {

using ledd::Context;
using ledd::Errc;
using ledd::Error;
using ledd::Folder;
using ledd::cases::CaseReport;
using ledd::cases::Pipeline;
using ledd::cases::PlannedCase;
using ledd::cases::State;
using ledd::cases::Summary;
using ledd::testing::threshold_pipeline;
using ledd::testing::write_scan;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

namespace fs = std::filesystem;

/// The threshold pipeline, which says when it has begun and waits to be let go on.
struct Held {
  std::promise<void> begun, let_go;

  Pipeline pipeline() {
    Pipeline pipeline = threshold_pipeline();
    const auto prepare = pipeline.prepare;
    pipeline.prepare = [this, prepare](const ledd::ValueMap& given) {
      auto prepared = prepare(given);
      prepared.run = [this, run = prepared.run](const ledd::cases::CaseInput& input, Context& context) {
        begun.set_value();
        let_go.get_future().wait();
        return run(input, context);
      };
      return prepared;
    };
    return pipeline;
  }
};

struct Ended {
  Summary summary;
  std::vector<CaseReport> reports;
};

struct SeveralRuns : testing::Test {
  Folder input, output;
  fs::path out = output / "out";

  std::vector<PlannedCase> planned(const fs::path& from) const {
    Context context;
    const auto seen = ledd::cases::survey({from}, out, {threshold_pipeline()}, context);
    return ledd::cases::plan(seen, threshold_pipeline(), {});
  }
  static Ended run(const std::vector<PlannedCase>& cases,
                   const fs::path& to,
                   const Pipeline& pipeline = threshold_pipeline(),
                   ledd::cases::Tables tables = ledd::cases::Tables::kAfterRun) {
    Ended ended;
    ledd::cases::Listener listener;
    listener.finished = [&](const CaseReport& report) { ended.reports.push_back(report); };
    ledd::cases::Stop stop;
    ledd::cases::BatchOptions options;
    options.out = to;
    options.tables = tables;
    ended.summary = ledd::cases::run_batch(cases, {pipeline, pipeline.prepare({})}, options, listener, stop);
    return ended;
  }
  std::vector<std::string> folders(const std::string& part) const {
    std::vector<std::string> names;
    if (fs::is_directory(out / part))
      for (const auto& entry : fs::directory_iterator(out / part))
        names.push_back(entry.path().filename().string());
    return names;
  }
};

TEST_F(SeveralRuns, ACaseThatAnotherRunHasInHandIsLeftToTheLastAndFoundDone) {
  write_scan(input / "a.nii.gz", 3);
  write_scan(input / "b.nii.gz", 5);
  const auto both = planned(input.path());
  Held held;
  const Pipeline waiting = held.pipeline();
  auto first = std::async(std::launch::async, [&] { return run({both[0]}, out, waiting); });
  held.begun.get_future().wait();
  auto second = std::async(std::launch::async, [&] { return run(both, out); });
  while (!fs::exists(out / "cases" / both[1].id)) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  EXPECT_FALSE(fs::exists(out / "cases" / both[0].id));
  held.let_go.set_value();
  EXPECT_EQ(first.get().summary.done, 1U);
  const Ended ended = second.get();
  ASSERT_EQ(ended.reports.size(), 2U);
  EXPECT_EQ(ended.reports[0].case_id, both[1].id);
  EXPECT_EQ(ended.reports[1].state, State::kCached);
  EXPECT_EQ(ended.summary.exit, 0);
  const auto table = ledd::files::read_bytes(out / "endpoints.csv");
  for (const auto& one : both) EXPECT_THAT(table, HasSubstr(one.id));
}

TEST_F(SeveralRuns, OfTwoThatRaceForACaseOneWritesAHundredTimes) {
  write_scan(input / "a.nii.gz", 3);
  const auto cases = planned(input.path());
  for (int trial = 0; trial < 100; ++trial) {
    const fs::path to = output / std::to_string(trial);
    auto other = std::async(std::launch::async, [&] { return run(cases, to); });
    const Ended one = run(cases, to), two = other.get();
    ASSERT_EQ(one.summary.exit, 0);
    ASSERT_EQ(two.summary.exit, 0);
    ASSERT_EQ(one.summary.done + two.summary.done, 1U) << trial;
    ASSERT_EQ(one.summary.cached + two.summary.cached, 1U) << trial;
    const auto record = ledd::cases::parse_provenance(
        ledd::files::read_bytes(to / "cases" / cases[0].id / "provenance.json"));
    EXPECT_EQ(record.run_id, one.summary.done == 1 ? one.summary.run_id : two.summary.run_id);
    EXPECT_FALSE(fs::exists(to / "superseded"));
  }
}

TEST_F(SeveralRuns, AStoppedRunDoesNotWaitForAnother) {
  write_scan(input / "a.nii.gz", 3);
  const auto cases = planned(input.path());
  ledd::cases::make_output(out);
  const auto taken = ledd::cases::try_lock_case(out, cases[0].id);
  ledd::cases::Stop stop;
  auto waiting = std::async(std::launch::async, [&] {
    ledd::cases::BatchOptions options;
    options.out = out;
    const auto pipeline = threshold_pipeline();
    return ledd::cases::run_batch(cases, {pipeline, pipeline.prepare({})}, options, {}, stop);
  });
  EXPECT_EQ(waiting.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  stop.request();
  EXPECT_EQ(waiting.get().exit, 75);
}

TEST_F(SeveralRuns, WithTablesLaterThereAreNone) {
  write_scan(input / "a.nii.gz", 3);
  run(planned(input.path()), out, threshold_pipeline(), ledd::cases::Tables::kLater);
  EXPECT_EQ(folders("cases").size(), 1U);
  EXPECT_FALSE(fs::exists(out / "endpoints.csv"));
  EXPECT_FALSE(fs::exists(out / "index.html"));
}

TEST_F(SeveralRuns, WhatDeadRunsLeftIsSweptWhenNobodyElseWorksThere) {
  write_scan(input / "a.nii.gz", 3);
  write_scan(input / "b.nii.gz", 5);
  const auto both = planned(input.path());
  Held held;
  const Pipeline waiting = held.pipeline();
  auto first = std::async(std::launch::async, [&] { return run({both[0]}, out, waiting); });
  held.begun.get_future().wait();
  const std::string own = "." + both[1].id + ".tmp-0";
  for (const auto& name : {std::string(".0123456789ab.tmp-0"), own})
    fs::create_directories(out / "cases" / name);
  run({both[1]}, out);  // may not know whose the other is
  EXPECT_THAT(folders("cases"), UnorderedElementsAre(both[1].id, ".0123456789ab.tmp-0"));
  held.let_go.set_value();
  first.get();
  EXPECT_THAT(folders("cases"), UnorderedElementsAre(both[0].id, both[1].id));
}

TEST_F(SeveralRuns, WhoNeedsTheFolderAloneIsTurnedAwayAndRunsWaitForHim) {
  write_scan(input / "a.nii.gz", 3);
  const auto cases = planned(input.path());
  Held held;
  const Pipeline waiting = held.pipeline();
  auto first = std::async(std::launch::async, [&] { return run(cases, out, waiting); });
  held.begun.get_future().wait();
  try {
    const ledd::cases::OutputLock lock(out);
    ADD_FAILURE() << "a run is working there";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Errc::kCancelled);
  }
  held.let_go.set_value();
  first.get();
  auto lock = std::make_unique<ledd::cases::OutputLock>(out);
  auto second = std::async(std::launch::async, [&] { return run(cases, out); });
  EXPECT_EQ(second.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  lock.reset();
  EXPECT_EQ(second.get().summary.cached, 1U);
}

TEST(FileLock, AFileSystemWithoutLocksIsRefusedAndSaysWhatToDo) {
  for (const int error : {ENOLCK, EOPNOTSUPP, ENOSYS}) {
    const Error failure = ledd::cases::lock_failure("/lustre/out/.ledd/locks/output", error);
    EXPECT_EQ(failure.code(), Errc::kCreate);
    EXPECT_THAT(failure.what(), HasSubstr("/lustre/out/.ledd/locks/output: this file system has no locks"));
    EXPECT_THAT(failure.what(), HasSubstr("another one"));
  }
  EXPECT_EQ(ledd::cases::lock_failure("x", EIO).code(), Errc::kIo);
}

TEST(FileLock, IsGivenBackAtTheEndAndSharedByManyReaders) {
  using ledd::cases::FileLock;
  const Folder folder;
  const fs::path file = folder / "lock";
  {
    const auto one = FileLock::try_take(file, FileLock::Kind::kShared);
    const auto two = FileLock::try_take(file, FileLock::Kind::kShared);
    EXPECT_TRUE(one && two);
    EXPECT_FALSE(FileLock::try_take(file, FileLock::Kind::kExclusive));
  }
  auto alone = FileLock::try_take(file, FileLock::Kind::kExclusive);
  ASSERT_TRUE(alone);
  EXPECT_FALSE(FileLock::try_take(file, FileLock::Kind::kShared));
  alone->share();
  EXPECT_TRUE(FileLock::try_take(file, FileLock::Kind::kShared));
}

/// A series of eight slices, of which one run saw six.
struct LateSlices : SeveralRuns {
  Folder late;
  std::vector<PlannedCase> six, eight;
  LateSlices() {
    const auto all = ledd::testing::pictures(
        {.slices = 8, .row_lps = {0, 1, 0}, .column_lps = {0, 0, -1}, .gap_mm = 4.0, .uid = "1.2.3.77"});
    for (unsigned k = 0; k < 8; ++k) {
      write(all[k], late / (std::to_string(k) + ".dcm"));
      if (k < 6) write(all[k], input / (std::to_string(k) + ".dcm"));
    }
    six = planned(input.path());
    eight = planned(late.path());
  }
  /// Both begin with nothing done; `held` is finished last.
  std::pair<Ended, Ended> finish_last(const std::vector<PlannedCase>& last,
                                      const std::vector<PlannedCase>& first) const {
    Held held;
    const Pipeline waiting = held.pipeline();
    auto running = std::async(std::launch::async, [&] { return run(last, out, waiting); });
    held.begun.get_future().wait();
    Ended ended = run(first, out);
    held.let_go.set_value();
    return {running.get(), ended};
  }
};

TEST_F(LateSlices, ACaseOfAllImagesFinishedMeanwhileKeepsTheOneOfFewerOut) {
  const auto [fewer, all] = finish_last(six, eight);
  EXPECT_EQ(all.summary.done, 1U);
  ASSERT_EQ(fewer.reports.size(), 1U);
  EXPECT_EQ(fewer.reports[0].state, State::kQuarantined);
  EXPECT_THAT(fewer.reports[0].reason, HasSubstr(eight[0].id));
  EXPECT_THAT(folders("cases"), ElementsAre(eight[0].id));
}

TEST_F(LateSlices, ACaseOfFewerImagesFinishedMeanwhileIsSuperseded) {
  const auto [all, fewer] = finish_last(eight, six);
  EXPECT_EQ(fewer.summary.done, 1U);
  EXPECT_EQ(all.summary.done, 1U);
  EXPECT_THAT(folders("cases"), ElementsAre(eight[0].id));
  EXPECT_THAT(folders("superseded"), ElementsAre(HasSubstr(six[0].id)));
  const auto record =
      ledd::cases::parse_provenance(ledd::files::read_bytes(out / "cases" / eight[0].id / "provenance.json"));
  EXPECT_EQ(record.case_version, 2U);
  EXPECT_THAT(record.supersedes, ElementsAre(six[0].id));
}

}  // namespace
