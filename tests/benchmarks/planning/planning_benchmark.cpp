// What it costs to find out that nothing is to be done. Arguments:
//
// make DIR N [FIRST]: N series of three slices to DIR/dicom, N images to DIR/nifti; with FIRST others beside
// them.
//
// ledd ...: the program with the tests' pipeline; it does not wait for the disk.
//
// plan IN OUT: seconds of each part of a dry run.
#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "ledd/cases/batch.h"
#include "ledd/cases/overview.h"
#include "ledd/cases/plan_cache.h"
#include "ledd/cases/survey.h"

#include "cli.h"
#include "dicom_writer.h"
#include "scans.h"
#include "threshold_pipeline.h"

// Finished folders for 10,000 cases are to be made in minutes: their bytes are the same without this.
extern "C" int fsync(int) {
  return 0;
}

namespace {

namespace fs = std::filesystem;
using namespace ledd;

constexpr unsigned kSlices = 3, kSeriesOfStudy = 4;

cases::Registry registry(const cases::Resources& = {}) {
  cases::Pipeline pipeline = ledd::testing::threshold_pipeline();
  pipeline.match_stack = [](const dicom::Stack& stack) {
    return cases::match_sagittal_mr(stack, kSlices, "threshold");
  };
  return {pipeline};
}

/// subject-00012/visit-1/series-3/0000.dcm
void make_series(const fs::path& to, unsigned n) {
  const unsigned study = n / kSeriesOfStudy, series = n % kSeriesOfStudy + 1;
  ledd::testing::Series made;
  made.slices = kSlices;
  made.columns = made.rows = 16;
  made.row_lps = {0, 1, 0};
  made.column_lps = {0, 0, -1};
  made.gap_mm = 4.0;
  made.start_lps_mm = {500.0 * series, 0, 0};
  made.uid = fmt::format("1.2.826.0.1.3680043.8.498.{}.{}", 1000 + study, series);
  auto slices = ledd::testing::pictures(made);
  for (auto& slice : slices) {
    slice.attributes.emplace_back("PatientID", fmt::format("S{:05}", study / 2));
    slice.attributes.emplace_back("PatientName", fmt::format("Subject^{:05}", study / 2));
    slice.attributes.emplace_back("StudyInstanceUID",
                                  fmt::format("1.2.826.0.1.3680043.8.498.{}", 1000 + study));
    slice.attributes.emplace_back("FrameOfReferenceUID",
                                  fmt::format("1.2.826.0.1.3680043.8.498.{}.0", 1000 + study));
    slice.attributes.emplace_back("SeriesNumber", std::to_string(series));
    slice.attributes.emplace_back("SeriesDescription", fmt::format("sag series {}", series));
  }
  const fs::path folder = to / fmt::format("subject-{:05}", study / 2) /
                          fmt::format("visit-{}", study % 2 + 1) / fmt::format("series-{}", series);
  fs::create_directories(folder);
  ledd::testing::write(slices, folder);
}

int make(const fs::path& folder, unsigned count, unsigned first) {
  for (unsigned n = first; n < first + count; ++n) {
    make_series(folder / "dicom", n);
    const fs::path site = folder / "nifti" / fmt::format("site-{:02}", n / 500);
    fs::create_directories(site);
    auto scan = ledd::testing::sagittal_scan(20);
    for (unsigned digit = 0; digit < 5; ++digit)
      scan->GetBufferPointer()[100 + digit] =
          static_cast<float>(n / static_cast<unsigned>(std::pow(10, digit)) % 10);
    files::write_volume(*scan, site / fmt::format("subject-{:05}.nii.gz", n));
  }
  return 0;
}

double seconds(const std::function<void()>& body) {
  const auto start = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

/// Of this process and the children it waited for.
double processor_s() {
  double all = 0.0;
  for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage{};
    ::getrusage(who, &usage);
    all += seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
  }
  return all;
}

double peak_mb() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024.0;
}

void say(const char* part, const std::function<void()>& body) {
  const double before = processor_s();
  const double wall = seconds(body);
  fmt::print("{:10} {:7.2f} s, of processor {:6.2f} s   peak {:.0f} MB\n",
             part,
             wall,
             processor_s() - before,
             peak_mb());
}

int plan(const fs::path& in, const fs::path& out) {
  const auto pipelines = registry();
  const auto prepared = pipelines.front().prepare({});
  Context context({}, 2);
  cases::Survey survey;
  std::vector<cases::PlannedCase> planned;
  std::vector<cases::Preview> previews;
  cases::BatchOptions options;
  options.out = out;
  std::optional<cases::PlanCache> known;
  say("cache", [&] { known.emplace(cases::PlanCache::Params{.out = out}); });
  options.known = &*known;
  say("survey", [&] { survey = cases::survey({in}, out, pipelines, context, &*known); });
  say("plan", [&] { planned = cases::plan(survey, pipelines.front(), {}); });
  say("preview", [&] { previews = cases::preview(planned, {pipelines.front(), prepared}, options); });
  say("status", [&] { cases::read_status(out); });
  std::map<std::string, std::size_t> actions;
  for (const auto& one : previews) ++actions[one.action];
  for (const auto& [action, count] : actions) fmt::print("{} {}\n", count, action);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string verb = argc > 1 ? argv[1] : "";
  if (verb == "make" && (argc == 4 || argc == 5))
    return make(argv[2],
                static_cast<unsigned>(std::stoul(argv[3])),
                argc == 5 ? static_cast<unsigned>(std::stoul(argv[4])) : 0U);
  if (verb == "plan" && argc == 4) return plan(argv[2], argv[3]);
  if (verb == "ledd") return cli::run(argc - 1, argv + 1, registry);
  fmt::print(stderr, "planning_benchmark make DIR N [FIRST] | plan IN OUT | ledd ...\n");
  return 2;
}
