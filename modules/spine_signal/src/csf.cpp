#include "ledd/spine_signal/csf.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ledd/anatomy/anatomy.h"
#include "ledd/spine_signal/stats.h"

namespace ledd::spine_signal {
namespace {

constexpr std::size_t kFewest = 12;
constexpr double kBrightPart = 0.7;
constexpr double kClippedPart = 0.02;

/// All four neighbours within the slice bear the same label.
bool within_rim(const Labels& labels, const Slices& s, Offset voxel) {
  const auto at = s.index(voxel);
  const std::uint16_t id = labels.GetBufferPointer()[voxel];
  for (const unsigned a : s.within)
    for (const long step : {-1L, 1L}) {
      auto to = at;
      to[a] += step;
      if (to[a] < 0 || to[a] >= s.size[a] || labels.GetBufferPointer()[s.offset(to)] != id) return false;
    }
  return true;
}

double bright_peak(const std::vector<double>& values) {
  const double cut = kBrightPart * quantile(values, 0.95);
  std::vector<double> bright;
  for (const double v : values)
    if (v >= cut) bright.push_back(v);
  return peak_centred_mean(bright);
}

}  // namespace

CsfSignal csf_at(const Volume& volume, const Labels& labels, const LevelBand& band, CsfLooks looks) {
  const Slices s = slices_of(labels);
  BySlice sample;
  bool any = false;
  for (const Offset v : voxels_of(labels, anatomy::kCanal)) {
    any = true;
    const Point p = s.centre_lps_mm(v);
    double along = 0.0;
    for (unsigned c = 0; c < 3; ++c) along += (p[c] - band.centre_lps_mm[c]) * band.superior[c];
    if (std::fabs(along) > band.half_mm || !within_rim(labels, s, v)) continue;
    sample.add(static_cast<double>(volume.GetBufferPointer()[v]), s.slice(v));
  }
  CsfSignal csf;
  csf.voxels = sample.values.size();
  if (csf.voxels < kFewest) {
    csf.reason = any ? fmt::format(
                           "{} voxels of the dural sac (label 61) inside its rim within {:.0f} mm of the "
                           "level; {} are needed for the signal of CSF",
                           csf.voxels,
                           band.half_mm,
                           kFewest)
                     : "no CSF to compare with: the dural sac (label 61) is not labelled";
    return csf;
  }
  const auto estimate = [&](const std::vector<double>& values) {
    return looks == CsfLooks::kBright ? bright_peak(values) : peak_centred_mean(values);
  };
  const double value = estimate(sample.values);
  if (!(value > 0.0)) {
    csf.reason = fmt::format("the signal of CSF at this level is {:.3g}; a positive one is needed", value);
    return csf;
  }
  csf.value = value;
  csf.se = jackknife_se(sample, estimate);
  const Offset count = volume.GetLargestPossibleRegion().GetNumberOfPixels();
  const double top = *std::max_element(volume.GetBufferPointer(), volume.GetBufferPointer() + count);
  const auto at_top =
      std::count_if(sample.values.begin(), sample.values.end(), [&](double v) { return v >= top; });
  csf.clipped = static_cast<double>(at_top) > kClippedPart * static_cast<double>(csf.voxels);
  return csf;
}

}  // namespace ledd::spine_signal
