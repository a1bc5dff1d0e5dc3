// How fast a folder is indexed: 40 series of 50 single-slice files of 256x256 pixels, made in a temporary
// folder, warm cache. Prints files per second as items_per_second. Argument: threads.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

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

void index_folder(benchmark::State& state) {
  const std::vector<std::filesystem::path> inputs{study()};
  ledd::Context context({}, static_cast<int>(state.range(0)));
  for (auto unused : state) {
    const ledd::dicom::Index found = ledd::dicom::index(inputs, context);
    if (found.stacks.size() != kSeries) state.SkipWithError("not every series became a stack");
    benchmark::DoNotOptimize(&unused);
  }
  state.SetItemsProcessed(state.iterations() * kSeries * kSlices);
}
BENCHMARK(index_folder)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);

void load_stack(benchmark::State& state) {
  ledd::Context context({}, static_cast<int>(state.range(0)));
  const ledd::dicom::Index found = ledd::dicom::index({study() / "00"}, context);
  for (auto unused : state) {
    benchmark::DoNotOptimize(ledd::dicom::load(found.stacks.at(0), context));
    benchmark::DoNotOptimize(&unused);
  }
  state.SetItemsProcessed(state.iterations() * kSlices);
}
BENCHMARK(load_stack)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
