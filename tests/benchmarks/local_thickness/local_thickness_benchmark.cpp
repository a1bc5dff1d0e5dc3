// How long local thickness takes on thresholded smooth noise with a quarter of bone: arguments are the edge
// of the cube and the number of threads. `plain` is the definition written down: ITK's Maurer distance, and a
// sphere painted from every voxel, on one thread. `peak_B` is memory above that before the run, a voxel.
#include <benchmark/benchmark.h>
#include <itkDiscreteGaussianImageFilter.h>
#include <itkSignedMaurerDistanceMapImageFilter.h>
#include <tbb/global_control.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "ledd/local_thickness/local_thickness.h"

namespace {

using ledd::Mask;
using ledd::Volume;

Mask::Pointer bone(int size) {
  auto noise = Volume::New();
  Volume::SizeType extent;
  extent.Fill(static_cast<itk::SizeValueType>(size));
  noise->SetRegions(extent);
  noise->Allocate();
  const auto voxels = static_cast<std::ptrdiff_t>(noise->GetLargestPossibleRegion().GetNumberOfPixels());
  std::mt19937_64 random(1);
  for (std::ptrdiff_t v = 0; v < voxels; ++v)
    noise->GetBufferPointer()[v] = static_cast<float>(random() >> 40U) / 16777216.0F - 0.5F;
  auto filter = itk::DiscreteGaussianImageFilter<Volume, Volume>::New();
  filter->SetInput(noise);
  filter->SetVariance(9.0);
  filter->SetMaximumKernelWidth(21);
  filter->Update();
  const float* smooth = filter->GetOutput()->GetBufferPointer();
  std::vector<float> sorted(smooth, smooth + voxels);
  const auto quarter = sorted.begin() + voxels * 3 / 4;
  std::nth_element(sorted.begin(), quarter, sorted.end());
  auto mask = Mask::New();
  mask->SetRegions(extent);
  mask->Allocate();
  for (std::ptrdiff_t v = 0; v < voxels; ++v) mask->GetBufferPointer()[v] = smooth[v] > *quarter ? 1 : 0;
  return mask;
}

/// kB of a line of /proc/self/status.
double status(const std::string& name) {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);)
    if (line.rfind(name, 0) == 0) return std::stod(line.substr(name.size() + 1));
  return 0.0;
}

void ours(benchmark::State& state) {
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                  static_cast<std::size_t>(state.range(1)));
  const auto mask = bone(static_cast<int>(state.range(0)));
  const double before = status("VmRSS:");
  std::ofstream("/proc/self/clear_refs") << 5;  // the peak so far is forgotten
  ledd::Context context({}, static_cast<int>(state.range(1)));
  for (auto unused : state) {
    benchmark::DoNotOptimize(ledd::LocalThickness()(*mask, context));
    benchmark::DoNotOptimize(&unused);
  }
  state.counters["peak_B"] = 1024.0 * (status("VmHWM:") - before) /
                             static_cast<double>(mask->GetLargestPossibleRegion().GetNumberOfPixels());
}
BENCHMARK(ours)
    ->Args({128, 1})
    ->Args({128, 2})
    ->Args({256, 1})
    ->Args({256, 2})
    ->UseRealTime()
    ->MeasureProcessCPUTime()
    ->Unit(benchmark::kMillisecond);

void plain(benchmark::State& state) {
  const int n = static_cast<int>(state.range(0));
  const auto mask = bone(n);
  for (auto unused : state) {
    auto maurer = itk::SignedMaurerDistanceMapImageFilter<Mask, Volume>::New();
    maurer->SetInput(mask);
    maurer->SetSquaredDistance(false);
    maurer->SetInsideIsPositive(true);
    maurer->SetNumberOfWorkUnits(1);
    maurer->Update();
    const float* distance = maurer->GetOutput()->GetBufferPointer();
    std::vector<float> out(static_cast<std::size_t>(n) * static_cast<std::size_t>(n) *
                           static_cast<std::size_t>(n));
    const auto at = [n](int x, int y, int z) { return (static_cast<std::ptrdiff_t>(z) * n + y) * n + x; };
    for (int z = 0; z < n; ++z)
      for (int y = 0; y < n; ++y)
        for (int x = 0; x < n; ++x) {
          const float r = distance[at(x, y, z)];
          if (!(r > 0.0F)) continue;
          const int reach = static_cast<int>(r);
          for (int c = std::max(0, z - reach); c <= std::min(n - 1, z + reach); ++c)
            for (int b = std::max(0, y - reach); b <= std::min(n - 1, y + reach); ++b)
              for (int a = std::max(0, x - reach); a <= std::min(n - 1, x + reach); ++a) {
                const int square = (a - x) * (a - x) + (b - y) * (b - y) + (c - z) * (c - z);
                float& value = out[static_cast<std::size_t>(at(a, b, c))];
                if (static_cast<float>(square) < r * r) value = std::max(value, 2.0F * r);
              }
        }
    benchmark::DoNotOptimize(out.data());
    benchmark::DoNotOptimize(&unused);
  }
}
BENCHMARK(plain)->Arg(128)->Arg(256)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
