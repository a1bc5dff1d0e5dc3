// What is tried again, what it costs, and what is written down of it.
#include <gmock/gmock.h>

#include <atomic>
#include <new>
#include <thread>

#include "ledd/cases/batch.h"
#include "ledd/core/error.h"
#include "ledd/files/files.h"

#include "folder.h"
#include "record.h"
#include "scans.h"
#include "threshold_pipeline.h"
#include "transient.h"

namespace {

using ledd::Context;
using ledd::Errc;
using ledd::Error;
using ledd::Folder;
using ledd::cases::CaseReport;
using ledd::cases::Pipeline;
using ledd::cases::Provenance;
using ledd::cases::State;
using ledd::cases::transience_of;
using ledd::cases::Transient;
using ledd::testing::threshold_pipeline;
using ledd::testing::write_scan;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace fs = std::filesystem;

/// The threshold pipeline, with something done before each of its runs.
Pipeline with(const std::function<void(Context&)>& before) {
  Pipeline pipeline = threshold_pipeline();
  const auto prepare = pipeline.prepare;
  pipeline.prepare = [=](const ledd::ValueMap& given) {
    auto prepared = prepare(given);
    prepared.run = [before, run = prepared.run](const ledd::cases::CaseInput& input, Context& context) {
      before(context);
      return run(input, context);
    };
    return prepared;
  };
  return pipeline;
}

struct Attempts : testing::Test {
  Folder input, output;
  ledd::cases::BatchOptions options;
  ledd::cases::Stop stop;
  std::vector<CaseReport> reports;
  std::string warnings;

  Attempts() {
    write_scan(input / "a.nii.gz", 3);
    options.out = output / "out";
  }
  ledd::cases::Summary run(const Pipeline& pipeline) {
    Context context;
    const auto seen = ledd::cases::survey({input.path()}, options.out, {pipeline}, context);
    ledd::cases::Listener listener;
    listener.finished = [&](const CaseReport& report) { reports.push_back(report); };
    listener.log = [&](const auto&, Context::Level level, std::string_view text) {
      if (level == Context::Level::kWarn) warnings += std::string(text) + '\n';
    };
    return ledd::cases::run_batch(
        ledd::cases::plan(seen, pipeline, {}), {pipeline, pipeline.prepare({})}, options, listener, stop);
  }
  std::string file(const std::string& part, const std::string& name) const {
    return ledd::files::read_bytes(options.out / part / reports.at(0).case_id / name);
  }
  Provenance record() const { return ledd::cases::parse_provenance(file("cases", "provenance.json")); }
};

TEST_F(Attempts, AFaultThatPassesIsTriedAgainAndWrittenDown) {
  int failures = 2;
  const auto summary = run(with([&](Context&) {
    if (failures-- > 0) throw Error(Errc::kIo, "cannot read scan.dcm: Input/output error");
  }));
  EXPECT_EQ(summary.done, 1U);
  EXPECT_EQ(reports.at(0).attempts, 3U);
  EXPECT_EQ(record().attempts, 3U);
  EXPECT_THAT(record().retried_for, ElementsAre(HasSubstr("Input/output"), HasSubstr("Input/output")));
  EXPECT_THAT(file("cases", "log.txt"),
              HasSubstr("attempt 2 of 3: cannot read scan.dcm: Input/output error"));
  EXPECT_THAT(warnings, HasSubstr("tried again in 4 s"));
}

TEST_F(Attempts, AFaultThatStaysEndsTheCaseAfterThree) {
  int begun = 0;
  const auto summary = run(with([&](Context&) {
    ++begun;
    throw Error(Errc::kInput,
                "a.dcm: cannot be read; the child process that decoded it took longer than 30 s");
  }));
  EXPECT_EQ(begun, 3);
  EXPECT_EQ(summary.exit, 65);
  const auto reason = ledd::cases::parse_reason(file("quarantine", "reason.json"));
  EXPECT_EQ(reason.attempts, 3U);
  EXPECT_EQ(reason.retried_for.size(), 2U);
  EXPECT_FALSE(reason.host.empty());
}

TEST_F(Attempts, BadDataAndBugsAreNotTriedAgain) {
  for (const auto& error : {Error(Errc::kInput, "a slice is missing"),
                            Error(Errc::kFormat, "not a number"),
                            Error(Errc::kImplausible, "a spine of 3 m"),
                            Error(Errc::kInternal, "vector::_M_range_check")}) {
    int begun = 0;
    run(with([&](Context&) {
      ++begun;
      throw error;
    }));
    EXPECT_EQ(begun, 1) << error.what();
  }
  EXPECT_THAT(reports.at(0).retried_for, IsEmpty());
}

TEST_F(Attempts, WhatRanOutOfMemoryIsTriedAgainAlone) {
  write_scan(input / "b.nii.gz", 5);
  write_scan(input / "c.nii.gz", 7);
  options.jobs = options.threads = 3;
  std::atomic<int> in{0};
  std::atomic<bool> failed{false}, alone{false};
  const auto pipeline = with([&](Context& context) {
    const bool first = !failed.exchange(true);
    const int beside = in++;
    if (!first && context.threads() == 3) alone = beside == 0;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    --in;
    if (first) context.stage("fit", []() -> int { throw std::bad_alloc(); });
  });
  EXPECT_EQ(run(pipeline).done, 3U);
  EXPECT_TRUE(alone);
  EXPECT_THAT(warnings, HasSubstr("with no other case beside it"));
}

TEST_F(Attempts, AStopEndsThePauseBetweenThem) {
  std::thread stopper;
  const auto summary = run(with([&](Context&) {
    if (!stopper.joinable()) stopper = std::thread([&] { stop.request(); });
    throw Error(Errc::kIo, "cannot read x: Stale file handle");
  }));
  stopper.join();
  EXPECT_EQ(summary.exit, 75);
  EXPECT_THAT(reports, IsEmpty());
}

TEST(Transience, IsKnownByCodeAndWords) {
  EXPECT_EQ(transience_of(Error(Errc::kInternal, "label: std::bad_alloc")), Transient::kMemory);
  EXPECT_EQ(transience_of(Error(Errc::kInternal, "Failed to allocate memory for image.")),
            Transient::kMemory);
  EXPECT_EQ(transience_of(Error(Errc::kIo, "cannot read x: Connection timed out")), Transient::kReading);
  for (const char* how :
       {"was ended by signal 9 (Killed)", "took longer than 30 s", "asked for more than 4.0 GB"})
    EXPECT_EQ(transience_of(Error(Errc::kInput, std::string("x: the child process that read it ") + how)),
              Transient::kChild);
  EXPECT_EQ(transience_of(Error(Errc::kInput, "the scan took longer than 30 s")), Transient::kNo);
  EXPECT_EQ(transience_of(Error(Errc::kParam, "std::bad_alloc")), Transient::kNo);
}

/// Uses a core until the process has spent so much.
void spend(double seconds) {
  const auto clock = [] {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
  };
  for (const double until = clock() + seconds; clock() < until;) {
  }
}

TEST_F(Attempts, AloneAllProcessorTimeCountsThreadsOfLibrariesToo) {
  run(with([](Context&) {
    std::thread other([] { spend(0.2); });
    spend(0.1);
    other.join();
  }));
  EXPECT_TRUE(record().peak_alone);
  EXPECT_GE(record().cpu_seconds, 0.3);
  EXPECT_GE(reports.at(0).cpu_seconds, record().cpu_seconds);
  EXPECT_FALSE(record().host.empty());
}

TEST_F(Attempts, BesideOthersTheSumIsWhatAllTookThreadsOfLibrariesToo) {
  write_scan(input / "b.nii.gz", 5);
  options.jobs = options.threads = 2;
  std::atomic<int> in{0};
  std::atomic<bool> is_spent{false};
  run(with([&](Context&) {
    const bool is_first = in++ == 0;
    while (in < 2) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (is_first) {
      std::thread([] { spend(0.4); }).join();
      is_spent = true;
    }
    while (!is_spent) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }));
  ASSERT_EQ(reports.size(), 2U);
  EXPECT_GE(reports[0].cpu_seconds + reports[1].cpu_seconds, 0.4);
  EXPECT_GE(std::min(reports[0].cpu_seconds, reports[1].cpu_seconds), 0.1)
      << "shared while both were in hand";
  EXPECT_FALSE(reports[0].peak_alone || reports[1].peak_alone);
}

TEST_F(Attempts, ACaseBeyondTheBudgetRunsAloneAndSaysSo) {
  write_scan(input / "b.nii.gz", 5);
  options.jobs = options.threads = 2;
  options.memory_mb = 1.0;
  std::atomic<int> in{0}, most{0};
  run(with([&](Context& context) {
    most = std::max<int>(most, ++in);
    EXPECT_EQ(context.threads(), 2);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    --in;
  }));
  EXPECT_EQ(most, 1);
  for (const auto& report : reports) {
    EXPECT_TRUE(report.peak_alone);
    EXPECT_THAT(report.warning, HasSubstr("more than the 1 MB of the budget"));
  }
  EXPECT_THAT(warnings, HasSubstr("it runs alone"));
}

}  // namespace
