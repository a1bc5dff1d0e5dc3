#include "ledd/label_editing/packed_labels.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cstring>

namespace ledd::label_editing {
namespace {

std::size_t voxels_of_slice(const Labels& grid) {
  const auto size = grid.GetLargestPossibleRegion().GetSize();
  return size[0] * size[1];
}

std::size_t slices_of(const Labels& grid) {
  return grid.GetLargestPossibleRegion().GetSize()[2];
}

/// The end of the run that begins at `at`; four voxels at a time, since most runs are long.
const std::uint16_t* end_of_run(const std::uint16_t* at, const std::uint16_t* end) {
  const std::uint16_t id = *at;
  const std::uint64_t four = id * std::uint64_t{0x0001000100010001};
  for (std::uint64_t there = 0; end - at >= 4; at += 4) {
    std::memcpy(&there, at, sizeof there);
    if (there != four) break;
  }
  while (at != end && *at == id) ++at;
  return at;
}

void unpack_slice(const PackedSlice& packed, std::uint16_t* to) {
  std::copy(packed.plain.begin(), packed.plain.end(), to);
  for (const Run& run : packed.runs) to = std::fill_n(to, run.count, run.id);
}

}  // namespace

PackedSlice pack_slice(const std::uint16_t* first, std::size_t count) {
  constexpr std::size_t kVoxelsOfARun = sizeof(Run) / sizeof(std::uint16_t);
  PackedSlice packed;
  const std::uint16_t* const end = first + count;
  for (const std::uint16_t* at = first; at != end;) {
    const std::uint16_t* const next = end_of_run(at, end);
    packed.runs.push_back({*at, static_cast<std::uint32_t>(next - at)});
    at = next;
    if (packed.runs.size() * kVoxelsOfARun < count) continue;
    packed.runs = {};
    packed.plain.assign(first, end);
    return packed;
  }
  packed.runs.shrink_to_fit();
  return packed;
}

Labels::Pointer grid_of(const Labels& labels) {
  auto grid = Labels::New();
  grid->CopyInformation(&labels);
  grid->SetRegions(labels.GetLargestPossibleRegion());
  return grid;
}

Labels::Pointer copy_of(const Labels& labels) {
  auto copy = grid_of(labels);
  copy->Allocate();
  std::copy_n(labels.GetBufferPointer(),
              labels.GetLargestPossibleRegion().GetNumberOfPixels(),
              copy->GetBufferPointer());
  return copy;
}

PackedLabels pack(const Labels& labels) {
  PackedLabels packed{grid_of(labels), std::vector<PackedSlice>(slices_of(labels))};
  const std::size_t count = voxels_of_slice(labels);
  const auto* const from = labels.GetBufferPointer();
  tbb::parallel_for(std::size_t{0}, packed.slices.size(), [&](std::size_t slice) {
    packed.slices[slice] = pack_slice(from + slice * count, count);
  });
  return packed;
}

Labels::Pointer unpack(const PackedLabels& packed) {
  auto labels = grid_of(*packed.grid);
  labels->Allocate();
  const std::size_t count = voxels_of_slice(*labels);
  auto* const to = labels->GetBufferPointer();
  tbb::parallel_for(std::size_t{0}, packed.slices.size(), [&](std::size_t slice) {
    unpack_slice(packed.slices[slice], to + slice * count);
  });
  return labels;
}

}  // namespace ledd::label_editing
