// How fast results are written and read: 160 slices of 384 x 384 pixels with nine structures of a knee, most
// slices holding most of them. The series is made in memory; nothing is on the disk but the file read back.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "ledd/dicom_results/measurement_report.h"
#include "ledd/dicom_results/parametric_map.h"
#include "ledd/dicom_results/segmentation.h"

namespace {

using ledd::dicom_results::Origin;

constexpr unsigned kSlices = 160, kPixels = 384, kStructures = 9;

const ledd::dicom::Stack& stack() {
  static const ledd::dicom::Stack made = [] {
    ledd::dicom::Stack s;
    s.study_uid = "1.2.3";
    s.series_uid = "1.2.3.1";
    s.modality = "MR";
    s.columns = s.rows = kPixels;
    s.pixel_spacing_mm = {0.365, 0.365};
    s.slice_spacing_mm = 0.7;
    s.row_lps = {1, 0, 0};
    s.column_lps = {0, 1, 0};
    s.normal_lps = {0, 0, 1};
    for (unsigned k = 0; k < kSlices; ++k)
      s.slices.push_back({.path = "none",
                          .sop_instance_uid = fmt::format("1.2.3.1.{}", k + 1),
                          .sop_class_uid = "1.2.840.10008.5.1.4.1.1.4",
                          .position_lps_mm = {0, 0, 0.7 * k}});
    return s;
  }();
  return made;
}

template <class Image>
typename Image::Pointer image() {
  auto made = Image::New();
  made->SetRegions(typename Image::SizeType{{kPixels, kPixels, kSlices}});
  typename Image::SpacingType spacing;
  spacing[0] = spacing[1] = 0.365;
  spacing[2] = 0.7;
  made->SetSpacing(spacing);
  made->Allocate(true);
  return made;
}

/// Nine upright blocks, a third of all voxels, with wavy edges; each leaves out a few slices of its own.
const ledd::Labels& labels() {
  static const auto made = [] {
    auto all = image<ledd::Labels>();
    ledd::Labels::PixelType* voxel = all->GetBufferPointer();
    for (unsigned k = 0; k < kSlices; ++k)
      for (unsigned j = 0; j < kPixels; ++j)
        for (unsigned i = 0; i < kPixels; ++i, ++voxel) {
          const unsigned block = (j / 128) * 3 + i / 128;
          const double edge = 37 + 8 * std::sin(0.2 * j + 0.1 * k);
          const bool inside = std::abs(static_cast<int>(i % 128) - 64) < edge &&
                              std::abs(static_cast<int>(j % 128) - 64) < 40 && k % 40 >= block / 3;
          if (inside) *voxel = static_cast<std::uint16_t>(201 + block);
        }
    return all;
  }();
  return *made;
}

Origin origin() {
  return {.source = &stack(), .pipeline = "knee-mri", .version = "0.1.0", .side = "R"};
}

void write_segmentation(benchmark::State& state) {
  std::size_t bytes = 0;
  labels();
  for (auto unused : state) {
    bytes = ledd::dicom_results::segmentation(labels(), origin()).bytes.size();
    benchmark::DoNotOptimize(&unused);
  }
  state.counters["megabytes"] = static_cast<double>(bytes) / 1e6;
  state.counters["structures"] = kStructures;
}
BENCHMARK(write_segmentation)->UseRealTime()->Unit(benchmark::kMillisecond);

void parse_segmentation(benchmark::State& state) {
  const auto path = std::filesystem::temp_directory_path() / fmt::format("ledd-benchmark-{}.dcm", ::getpid());
  std::ofstream(path, std::ios::binary) << ledd::dicom_results::segmentation(labels(), origin()).bytes;
  for (auto unused : state) {
    benchmark::DoNotOptimize(ledd::dicom_results::parse_segmentation(path, &stack()).labels);
    benchmark::DoNotOptimize(&unused);
  }
  std::filesystem::remove(path);
}
BENCHMARK(read_segmentation)->UseRealTime()->Unit(benchmark::kMillisecond);

void write_map(benchmark::State& state) {
  const auto map = image<ledd::Volume>();
  map->FillBuffer(40.0F);
  for (auto unused : state) {
    benchmark::DoNotOptimize(ledd::dicom_results::parametric_map(*map, {"T2", "ms"}, origin()));
    benchmark::DoNotOptimize(&unused);
  }
}
BENCHMARK(write_map)->UseRealTime()->Unit(benchmark::kMillisecond);

void write_report(benchmark::State& state) {
  const ledd::EndpointDefinition definition{"VC", "Cartilage volume", "mm3", "voxels/1", "", "", ""};
  const std::vector<ledd::Measurement> rows(
      400, {"R", "MT", "VC", "value", 1502.1, "mm3", ledd::Quality::kGood, ""});
  for (auto unused : state) {
    benchmark::DoNotOptimize(ledd::dicom_results::measurement_report(rows, {definition}, nullptr, origin()));
    benchmark::DoNotOptimize(&unused);
  }
}
BENCHMARK(write_report)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
