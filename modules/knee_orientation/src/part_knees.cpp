#include "ledd/knee_orientation/part_knees.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "ledd/anatomy/knee.h"
#include "ledd/core/error.h"

namespace ledd {
namespace {

constexpr double kBinMm = 2.0;
constexpr double kLeastGapMm = 10.0;      // thighs and shins are wider apart; a knee's bones overlap
constexpr double kLeastKneeMm = 50.0;     // a whole knee's condyles are wider, also a child's
constexpr double kStrayShare = 0.02;      // of all bone: less is no part of a knee
constexpr double kStrayBinShare = 0.001;  // of the fullest bin: less leaves a gap a gap

bool is_bone(std::uint16_t id) {
  return id == anatomy::kFemur || id == anatomy::kTibia;
}

/// Calls each(voxel, LPS x of its centre) in the order of memory.
template <class Each>
void for_voxels(const Labels& labels, const Each& each) {
  const auto size = labels.GetLargestPossibleRegion().GetSize();
  const auto step = labels.GetDirection();
  const auto mm = labels.GetSpacing();
  std::size_t n = 0;
  for (std::size_t k = 0; k < size[2]; ++k)
    for (std::size_t j = 0; j < size[1]; ++j)
      for (std::size_t i = 0; i < size[0]; ++i, ++n)
        each(n,
             labels.GetOrigin()[0] + step(0, 0) * mm[0] * static_cast<double>(i) +
                 step(0, 1) * mm[1] * static_cast<double>(j) + step(0, 2) * mm[2] * static_cast<double>(k));
}

/// Bone from `low_mm` to `high_mm` along the patient's x.
struct Run {
  double low_mm = 0.0, high_mm = 0.0, voxels = 0.0;
};

/// What is parted by gaps of `kLeastGapMm`; stray voxels left out.
std::vector<Run> runs_of_bone(const Labels& labels) {
  double low = 0.0, high = 0.0;
  bool any = false;
  for_voxels(labels, [&](std::size_t n, double x_mm) {
    if (!is_bone(labels.GetBufferPointer()[n])) return;
    low = any ? std::min(low, x_mm) : x_mm;
    high = any ? std::max(high, x_mm) : x_mm;
    any = true;
  });
  if (!any) return {};
  std::vector<double> bins(static_cast<std::size_t>((high - low) / kBinMm) + 1);
  for_voxels(labels, [&](std::size_t n, double x_mm) {
    if (is_bone(labels.GetBufferPointer()[n])) bins[static_cast<std::size_t>((x_mm - low) / kBinMm)] += 1.0;
  });
  const double least = kStrayBinShare * *std::max_element(bins.begin(), bins.end());
  std::vector<Run> runs;
  double total = 0.0;
  for (std::size_t b = 0; b < bins.size(); ++b) {
    total += bins[b];
    if (bins[b] <= least) continue;
    const double from_mm = low + kBinMm * static_cast<double>(b);
    if (runs.empty() || from_mm - runs.back().high_mm >= kLeastGapMm) runs.push_back({from_mm, 0.0, 0.0});
    runs.back().high_mm = from_mm + kBinMm;
    runs.back().voxels += bins[b];
  }
  std::erase_if(runs, [&](const Run& run) { return run.voxels < kStrayShare * total; });
  return runs;
}

/// What lies between two places along the patient's x.
Labels::Pointer between(const Labels& labels, double from_mm, double to_mm) {
  auto part = Labels::New();
  part->CopyInformation(&labels);
  part->SetRegions(labels.GetLargestPossibleRegion());
  part->Allocate(true);
  for_voxels(labels, [&](std::size_t n, double x_mm) {
    if (x_mm >= from_mm && x_mm < to_mm) part->GetBufferPointer()[n] = labels.GetBufferPointer()[n];
  });
  return part;
}

}  // namespace

std::vector<LabelledKnee> part_knees(const Labels& labels) {
  constexpr double kFar = std::numeric_limits<double>::infinity();
  const auto runs = runs_of_bone(labels);
  const auto centre = [](const Run& run) { return 0.5 * (run.low_mm + run.high_mm); };
  if (runs.size() < 2)
    return {{between(labels, -kFar, kFar), false, Toward::kRight, runs.empty() ? 0.0 : centre(runs.front())}};
  for (const Run& run : runs)
    require(
        run.high_mm - run.low_mm >= kLeastKneeMm,
        Errc::kInput,
        fmt::format("femur and tibia are in {} parts from right to left, one of them {:.0f} mm wide: a knee "
                    "needs {:.0f} mm; crop the segmentation to whole knees",
                    runs.size(),
                    run.high_mm - run.low_mm,
                    kLeastKneeMm));
  require(runs.size() == 2,
          Errc::kInput,
          fmt::format("femur and tibia are in {} parts from right to left: two knees at most can be measured",
                      runs.size()));
  const double cut_mm = 0.5 * (runs[0].high_mm + runs[1].low_mm);
  return {{between(labels, -kFar, cut_mm), true, Toward::kRight, centre(runs[0])},
          {between(labels, cut_mm, kFar), true, Toward::kLeft, centre(runs[1])}};
}

}  // namespace ledd
