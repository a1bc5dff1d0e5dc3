// How fast a folder is indexed (40 series of 50 single-slice files of 256x256 pixels) and loaded (50 slices
// of 256x256, 300 of 512x512), made in a temporary folder, warm cache; with children that parse and without.
// Prints files per second as items_per_second. With --benchmark_repetitions=N also the least of N times.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "ledd/dicom/dicom.h"

#include "dicom_writer.h"

namespace {

using ledd::testing::Folder;

constexpr unsigned kSeries = 40;
constexpr unsigned kSlices = 50;

const std::filesystem::path& study() {
  static const Folder folder;
  static const bool made = [] {
    for (unsigned s = 0; s < kSeries; ++s) {
      ledd::testing::Series series = ledd::testing::oblique_series();
      series.uid = fmt::format("1.2.3.{}", s + 1);
      series.slices = kSlices;
      series.columns = series.rows = 256;
      const auto to = folder / fmt::format("{:02}", s);
      std::filesystem::create_directory(to);
      ledd::testing::write(ledd::testing::pictures(series), to);
    }
    return true;
  }();
  benchmark::DoNotOptimize(made);
  return folder.path();
}

/// 300 slices of 512 x 512, as a CT scan has.
const std::filesystem::path& scan() {
  static const Folder folder;
  static const bool made = [] {
    ledd::testing::Series series = ledd::testing::oblique_series();
    series.slices = 300;
    series.columns = series.rows = 512;
    ledd::testing::write(ledd::testing::pictures(series), folder.path());
    return true;
  }();
  benchmark::DoNotOptimize(made);
  return folder.path();
}

ledd::dicom::Isolation isolation(const benchmark::State& state) {
  return state.range(1) == 1 ? ledd::dicom::Isolation::kOn : ledd::dicom::Isolation::kOff;
}

void index_folder(benchmark::State& state) {
  const std::vector<std::filesystem::path> inputs{study()};
  ledd::Context context({}, static_cast<int>(state.range(0)));
  for (auto unused : state) {
    const ledd::dicom::Index found = ledd::dicom::index(inputs, context, isolation(state));
    if (found.stacks.size() != kSeries) state.SkipWithError("not every series became a stack");
    benchmark::DoNotOptimize(&unused);
  }
  state.SetItemsProcessed(state.iterations() * kSeries * kSlices);
}

void load_stack(benchmark::State& state, const std::filesystem::path& folder) {
  ledd::Context context({}, static_cast<int>(state.range(0)));
  const ledd::dicom::Index found = ledd::dicom::index({folder}, context);
  for (auto unused : state) {
    benchmark::DoNotOptimize(ledd::dicom::load(found.stacks.at(0), context, isolation(state)));
    benchmark::DoNotOptimize(&unused);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(found.files.size()));
}

void load_small(benchmark::State& state) {
  load_stack(state, study() / "00");
}

void load_large(benchmark::State& state) {
  load_stack(state, scan());
}

void threads_and_isolation(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"threads", "isolation"})->ArgsProduct({{1, 2}, {0, 1}});
  benchmark->UseRealTime()->Unit(benchmark::kMillisecond)->ComputeStatistics("min", [](const auto& times) {
    return *std::min_element(times.begin(), times.end());
  });
}
BENCHMARK(index_folder)->Apply(threads_and_isolation);
BENCHMARK(load_small)->Apply(threads_and_isolation);
BENCHMARK(load_large)->Apply(threads_and_isolation);

}  // namespace

BENCHMARK_MAIN();
