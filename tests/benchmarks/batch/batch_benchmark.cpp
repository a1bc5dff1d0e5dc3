// What a batch costs beside its cases, what a second core gives, and how a long run holds up.
//
//   batch_benchmark workers [INPUT PIPELINE]   two workers on two cores against one
//   batch_benchmark overhead [CASES]           a case's time in the batch and what of it is the batch's
//   batch_benchmark long [CASES]               memory, file descriptors and throughput of a long run
//   batch_benchmark tables [CASES]             the end of a run over many finished cases
#include <fmt/format.h>
#include <tbb/global_control.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <functional>
#include <map>
#include <thread>

#include "ledd/cases/batch.h"
#include "ledd/cases/overview.h"
#include "ledd/core/error.h"
#include "ledd/files/files.h"

#include "folder.h"
#include "record.h"
#include "scans.h"
#include "threshold_pipeline.h"

namespace {

using namespace ledd;

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double seconds_of(const std::function<void()>& body) {
  const auto start = Clock::now();
  body();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double resident_mb() {
  std::ifstream in("/proc/self/statm");
  double pages = 0.0, resident = 0.0;
  in >> pages >> resident;
  return resident * 4096.0 / (1024.0 * 1024.0);
}

long descriptors() {
  return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator());
}

std::vector<cases::PlannedCase> planned(const fs::path& input, const cases::Pipeline& pipeline) {
  Context context({}, 2);
  return cases::plan(cases::survey({input}, {}, {pipeline}, context), pipeline, {});
}

cases::Summary run(const std::vector<cases::PlannedCase>& all,
                   const cases::Pipeline& pipeline,
                   const cases::BatchOptions& options,
                   const ValueMap& parameters = {},
                   const cases::Listener& listener = {}) {
  cases::Stop stop;
  const auto summary =
      cases::run_batch(all, {pipeline, pipeline.prepare(parameters)}, options, listener, stop);
  if (summary.exit != 0) throw Error(Errc::kInternal, fmt::format("the run ended with {}", summary.exit));
  return summary;
}

/// Scans that differ in their bytes, of a size that is nothing to measure.
void write_scans(const fs::path& folder, std::size_t count) {
  for (std::size_t n = 0; n < count; ++n) {
    auto scan = ledd::testing::sagittal_scan(1 + n % 400);
    scan->GetBufferPointer()[479] = static_cast<float>(n) / 1e5F;
    files::write_volume(*scan, folder / fmt::format("{:05}.nii.gz", n));
  }
}

/// The threshold pipeline with a second of work that memory and library threads have no part in.
cases::Pipeline busy_pipeline() {
  auto pipeline = ledd::testing::threshold_pipeline();
  const auto prepare = pipeline.prepare;
  pipeline.prepare = [prepare](const ValueMap& given) {
    auto prepared = prepare(given);
    prepared.run = [inner = prepared.run](const cases::CaseInput& input, Context& context) {
      volatile double sum = 0.0;
      for (long i = 0; i < 300'000'000; ++i) sum = sum + 1.0;
      return inner(input, context);
    };
    return prepared;
  };
  return pipeline;
}

void compare_workers(const std::string& name,
                     const std::vector<cases::PlannedCase>& all,
                     const cases::Pipeline& pipeline) {
  std::map<int, double> least;
  for (int round = 0; round < 3; ++round)
    for (const int workers : {1, 2}) {
      const tbb::global_control cores(tbb::global_control::max_allowed_parallelism,
                                      static_cast<std::size_t>(workers));
      const Folder out;
      cases::BatchOptions options;
      options.out = out / "out";
      options.jobs = options.threads = workers;
      const double s = seconds_of([&] { run(all, pipeline, options); });
      least[workers] = least.contains(workers) ? std::min(least[workers], s) : s;
    }
  fmt::print("{}: {} cases, one worker {:.2f} s, two {:.2f} s: {:.2f} times (least of 3)\n",
             name,
             all.size(),
             least[1],
             least[2],
             least[1] / least[2]);
}

void workers(const std::vector<std::string>& words) {
  const Folder input;
  write_scans(input.path(), 8);
  const auto busy = busy_pipeline();
  compare_workers("threshold, a second of work each", planned(input.path(), busy), busy);
  if (words.size() < 2) return;
  const auto share = fs::read_symlink("/proc/self/exe").parent_path() / "../../../share/ledd";
  const auto registry = cases::builtin_pipelines({share});
  const auto& pipeline = cases::find_pipeline(registry, words[1]);
  compare_workers(pipeline.name, planned(words[0], pipeline), pipeline);
}

/// What loading a scan and measuring it take, with nothing of the batch.
double bare_s(const std::vector<cases::PlannedCase>& all, const cases::Pipeline& pipeline) {
  const auto prepared = pipeline.prepare({});
  return seconds_of([&] {
    for (const auto& one : all) {
      Context context;
      const auto scan = files::read_volume(one.series->image);
      prepared.run({scan.GetPointer(), nullptr}, context);
    }
  });
}

void overhead(std::size_t count) {
  const Folder input;
  write_scans(input.path(), count);
  const auto pipeline = ledd::testing::threshold_pipeline();
  const auto all = planned(input.path(), pipeline);
  double batch = 1e9, cached = 1e9, bare = 1e9;
  for (int round = 0; round < 5; ++round) {
    const Folder out;
    cases::BatchOptions options;
    options.out = out / "out";
    options.tables = cases::Tables::kLater;
    batch = std::min(batch, seconds_of([&] { run(all, pipeline, options); }));
    cached = std::min(cached, seconds_of([&] { run(all, pipeline, options); }));
    bare = std::min(bare, bare_s(all, pipeline));
  }
  const double per_case_ms = 1000.0 / static_cast<double>(count);
  fmt::print(
      "{} cases, ms a case: batch {:.1f}, load and pipeline {:.1f}, difference {:.1f}; up to date {:.1f} "
      "(least of 5)\n",
      count,
      batch * per_case_ms,
      bare * per_case_ms,
      (batch - bare) * per_case_ms,
      cached * per_case_ms);
}

void long_run(std::size_t count) {
  const Folder input, out;
  write_scans(input.path(), count);
  const auto pipeline = ledd::testing::threshold_pipeline();
  const auto all = planned(input.path(), pipeline);
  cases::BatchOptions options;
  options.out = out / "out";
  options.jobs = options.threads = 2;
  options.tables = cases::Tables::kLater;
  std::vector<Clock::time_point> ends;
  std::map<std::size_t, std::pair<double, long>> seen;
  cases::Listener listener;
  listener.finished = [&](const auto&) {
    ends.push_back(Clock::now());
    if (ends.size() == 100 || ends.size() == count) seen[ends.size()] = {resident_mb(), descriptors()};
  };
  const auto start = Clock::now();
  run(all, pipeline, options, {}, listener);
  const auto rate = [&](std::size_t from, std::size_t to) {
    const auto since = from == 0 ? start : ends[from - 1];
    return static_cast<double>(to - from) / std::chrono::duration<double>(ends[to - 1] - since).count();
  };
  const auto [early_mb, early_open] = seen.at(100);
  const auto [late_mb, late_open] = seen.at(count);
  const std::size_t part = count / 4;
  fmt::print(
      "{} cases, two at once: resident {:.1f} MB after 100, {:.1f} MB after all ({:+.1f} %); "
      "open files {} and {}; cases a second: first quarter {:.1f}, last {:.1f} ({:+.1f} %)\n",
      count,
      early_mb,
      late_mb,
      100.0 * (late_mb / early_mb - 1.0),
      early_open,
      late_open,
      rate(0, part),
      rate(count - part, count),
      100.0 * (rate(count - part, count) / rate(0, part) - 1.0));
}

/// Case folders that are copies of one, under other ids.
void tables(std::size_t count) {
  const Folder input, out;
  write_scans(input.path(), 1);
  const auto pipeline = ledd::testing::threshold_pipeline();
  const auto all = planned(input.path(), pipeline);
  cases::BatchOptions options;
  options.out = out / "out";
  run(all, pipeline, options);
  const fs::path first = options.out / "cases" / all[0].id;
  for (std::size_t n = 0; n < count; ++n) {
    const std::string id = fmt::format("{:012x}", n);
    fs::copy(first, options.out / "cases" / id, fs::copy_options::recursive);
    for (const char* name : {"provenance.json", "endpoints.json"}) {
      std::string text = files::read_bytes(first / name);
      for (std::size_t at = 0; (at = text.find(all[0].id, at)) != std::string::npos;)
        text.replace(at, id.size(), id);
      std::ofstream(options.out / "cases" / id / name) << text;
    }
  }
  const double rebuilt = seconds_of([&] { cases::refresh_overview(options.out); });
  const double kept = seconds_of([&] { cases::refresh_overview(options.out); });
  fmt::print(
      "tables over {} cases: written in {:.2f} s; found to be current in {:.3f} s\n", count, rebuilt, kept);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  const std::string what = words.empty() ? "" : words[0];
  const auto count = [&](std::size_t standard) { return words.size() > 1 ? std::stoul(words[1]) : standard; };
  if (what == "workers") return workers({words.begin() + 1, words.end()}), 0;
  if (what == "overhead") return overhead(count(50)), 0;
  if (what == "long") return long_run(count(1000)), 0;
  if (what == "tables") return tables(count(10000)), 0;
  fmt::print(stderr, "batch_benchmark workers [INPUT PIPELINE] | overhead [N] | long [N] | tables [N]\n");
  return 2;
}
