#include "two_knees.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "ledd/core/error.h"

namespace ledd::knee {
namespace {

constexpr double kBrightShare = 0.2;      // of the 98th percentile: tissue, not air
constexpr double kSmoothMm = 8.0;         // vessels and a seam of skin are no valley
constexpr double kFilledShare = 0.1;      // of the fullest slice: belongs to the leg
constexpr double kValleyShare = 0.5;      // of the smaller hump
constexpr double kLeastHumpMm = 60.0;     // from the valley to the end of a leg
constexpr std::size_t kSampleStride = 7;  // odd, so that it does not run along a column

float bright_value(const Volume& v) {
  const std::size_t n = v.GetLargestPossibleRegion().GetNumberOfPixels();
  std::vector<float> sample;
  sample.reserve(n / kSampleStride + 1);
  for (std::size_t q = 0; q < n; q += kSampleStride) sample.push_back(v.GetBufferPointer()[q]);
  const auto at = sample.begin() + static_cast<long>(sample.size() * 98 / 100);
  std::nth_element(sample.begin(), at, sample.end());
  return *at;
}

std::vector<double> foreground(const Volume& v) {
  const auto size = v.GetLargestPossibleRegion().GetSize();
  const float bright = bright_value(v);
  require(bright > 0.0F, Errc::kInput, "the image is empty: its 98th percentile is not above 0");
  const auto threshold = static_cast<float>(kBrightShare) * bright;
  std::vector<double> counts(size[2]);
  const std::size_t plane = size[0] * size[1];
  for (std::size_t k = 0; k < size[2]; ++k) {
    const float* from = v.GetBufferPointer() + k * plane;
    counts[k] =
        static_cast<double>(std::count_if(from, from + plane, [&](float x) { return x > threshold; }));
  }
  return counts;
}

std::vector<double> smoothed(const std::vector<double>& values, long half) {
  std::vector<double> out(values.size());
  const long n = static_cast<long>(values.size());
  for (long k = 0; k < n; ++k) {
    const long a = std::max(0L, k - half), b = std::min(n, k + half + 1);
    out[static_cast<std::size_t>(k)] =
        std::accumulate(values.begin() + a, values.begin() + b, 0.0) / static_cast<double>(b - a);
  }
  return out;
}

/// The deepest place between two humps that are each wide enough for a knee.
std::optional<long> valley_of(const std::vector<double>& f, long first, long last, double spacing_mm) {
  const long least = static_cast<long>(std::ceil(kLeastHumpMm / spacing_mm));
  std::optional<long> best;
  double best_share = kValleyShare;
  for (long k = first + least; k <= last - least; ++k) {
    const double low = f[static_cast<std::size_t>(k)];
    const double left = *std::max_element(f.begin() + first, f.begin() + k);
    const double right = *std::max_element(f.begin() + k, f.begin() + last + 1);
    const double share = low / std::min(left, right);
    if (share < best_share) {
      best_share = share;
      best = k;
    }
  }
  return best;
}

}  // namespace

Span span_of(const Volume& sagittal) {
  const double spacing_mm = sagittal.GetSpacing()[2];
  const auto f =
      smoothed(foreground(sagittal), static_cast<long>(std::floor(0.5 * kSmoothMm / spacing_mm + 0.5)));
  const double filled = kFilledShare * *std::max_element(f.begin(), f.end());
  const auto is_filled = [&](double x) { return x >= filled; };
  const long first = std::find_if(f.begin(), f.end(), is_filled) - f.begin();
  const long last =
      static_cast<long>(f.size()) - 1 - (std::find_if(f.rbegin(), f.rend(), is_filled) - f.rbegin());
  return {static_cast<double>(last - first + 1) * spacing_mm, valley_of(f, first, last, spacing_mm)};
}

Volume::Pointer slices_of(const Volume& sagittal, long first, long end) {
  auto size = sagittal.GetLargestPossibleRegion().GetSize();
  Volume::IndexType corner{};
  corner[2] = first;
  size[2] = static_cast<std::size_t>(end - first);
  Volume::PointType origin;
  sagittal.TransformIndexToPhysicalPoint(corner, origin);
  auto out = Volume::New();
  out->SetRegions(size);
  out->SetSpacing(sagittal.GetSpacing());
  out->SetDirection(sagittal.GetDirection());
  out->SetOrigin(origin);
  out->Allocate();
  const float* from = sagittal.GetBufferPointer() + sagittal.ComputeOffset(corner);
  std::copy(from, from + size[0] * size[1] * size[2], out->GetBufferPointer());
  return out;
}

}  // namespace ledd::knee
