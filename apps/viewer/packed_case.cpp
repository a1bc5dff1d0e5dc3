#include "packed_case.h"

#include <sys/mman.h>
#include <tbb/parallel_for.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <limits>

namespace ledd::viewer {
namespace {

constexpr std::size_t kPart = std::size_t{1} << 18U;  ///< Voxels: a megabyte of them.

template <class Body>
void for_each_part(std::size_t count, const Body& body) {
  tbb::parallel_for(std::size_t{0}, (count + kPart - 1) / kPart, [&](std::size_t part) {
    body(part * kPart, std::min(count, (part + 1) * kPart));
  });
}

/// Bit by bit: the sign of -0 would be lost.
bool is_exact(float value) {
  using Limits = std::numeric_limits<std::int16_t>;
  if (!(value >= Limits::min() && value <= Limits::max())) return false;
  const auto whole = static_cast<float>(static_cast<std::int16_t>(value));
  return std::bit_cast<std::uint32_t>(whole) == std::bit_cast<std::uint32_t>(value);
}

bool is_exact(const float* voxels, std::size_t count) {
  std::atomic<bool> exact{true};
  for_each_part(count, [&](std::size_t first, std::size_t last) {
    if (exact && !std::all_of(voxels + first, voxels + last, [](float value) { return is_exact(value); }))
      exact = false;
  });
  return exact;
}

/// The system may have the pages back that lie wholly among these voxels, whose values are lost with them.
void give_up_pages(float* first, float* last) {
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const std::uintptr_t before = (page - reinterpret_cast<std::uintptr_t>(first) % page) % page;
  const std::uintptr_t behind = reinterpret_cast<std::uintptr_t>(last) % page;
  const auto bytes = static_cast<std::uintptr_t>(last - first) * sizeof(float);
  if (before + behind >= bytes) return;
  static_cast<void>(madvise(reinterpret_cast<char*>(first) + before, bytes - before - behind, MADV_DONTNEED));
}

/// Of an image without voxels the pointer to them is null, and its grid is as it was.
template <class Image>
void remove_voxels(Image& image) {
  image.SetPixelContainer(Image::PixelContainer::New());
}

}  // namespace

std::optional<PackedScan> PackedScan::take(Volume& scan) {
  float* const from = scan.GetBufferPointer();
  const std::size_t count = scan.GetLargestPossibleRegion().GetNumberOfPixels();
  const bool owned = scan.GetPixelContainer()->GetContainerManageMemory();
  if (!owned || scan.GetPixelContainer()->Size() != count || !is_exact(from, count)) return std::nullopt;
  PackedScan packed;
  packed.voxels_ = std::make_unique_for_overwrite<std::int16_t[]>(count);
  for_each_part(count, [&](std::size_t first, std::size_t last) {
    std::transform(from + first, from + last, packed.voxels_.get() + first, [](float value) {
      return static_cast<std::int16_t>(value);
    });
    give_up_pages(from + first, from + last);
  });
  remove_voxels(scan);
  return packed;
}

void PackedScan::give_back(Volume& scan) const {
  scan.Allocate();
  float* const to = scan.GetBufferPointer();
  for_each_part(scan.GetLargestPossibleRegion().GetNumberOfPixels(),
                [&](std::size_t first, std::size_t last) {
                  std::copy(voxels_.get() + first, voxels_.get() + last, to + first);
                });
}

void PackedCase::take(Labels& labels) {
  labels_ = label_editing::pack(labels);
  remove_voxels(labels);
}

void PackedCase::take(cases::OpenCase& opened) {
  if (opened.labels && !labels_) take(*opened.labels);
  if (opened.scan) scan_ = PackedScan::take(*opened.scan);
}

void PackedCase::give_back(cases::OpenCase& opened) const {
  if (opened.labels && labels_) opened.labels = label_editing::unpack(*labels_);
  if (opened.scan && scan_) scan_->give_back(*opened.scan);
}

}  // namespace ledd::viewer
