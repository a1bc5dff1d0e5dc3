#include "head_candidates.h"

#include <algorithm>

#include "ledd/smoothing/smoothing.h"

namespace ledd::hip {
namespace {

constexpr float kLow = -100.0F, kHigh = 600.0F;  // HU: neither air nor metal outvotes bone
constexpr double kLeast = 8.0, kMost = 24.0;     // HU/mm
constexpr double kNearMm = 17.0, kFarMm = 33.0, kApartMm = 15.0;

struct Steps {
  std::array<long, 3> size{}, step{};
  explicit Steps(const Volume& image) {
    for (unsigned a = 0; a < 3; ++a) {
      size[a] = static_cast<long>(image.GetLargestPossibleRegion().GetSize(a));
      step[a] = a == 0 ? 1 : step[a - 1] * size[a - 1];
    }
  }
};

Volume::Pointer clipped(const Volume& coarse) {
  auto soft = Volume::New();
  soft->CopyInformation(&coarse);
  soft->SetRegions(coarse.GetLargestPossibleRegion());
  soft->Allocate();
  const float* const in = coarse.GetBufferPointer();
  std::transform(
      in, in + coarse.GetLargestPossibleRegion().GetNumberOfPixels(), soft->GetBufferPointer(), [](float v) {
        return std::clamp(v, kLow, kHigh);
      });
  return gaussian(*soft, 0.8 * coarse.GetSpacing()[0]);
}

void vote(const Steps& s,
          const std::array<long, 3>& at,
          const Point& toward,
          float weight,
          double edge_mm,
          float* votes) {
  for (double r = kNearMm; r <= kFarMm; r += edge_mm) {
    std::array<long, 3> to{};
    bool within = true;
    for (unsigned a = 0; a < 3; ++a) {
      to[a] = at[a] + std::lround(toward[a] * r / edge_mm);
      within = within && to[a] >= 0 && to[a] < s.size[a];
    }
    if (within) votes[to[0] + to[1] * s.step[1] + to[2] * s.step[2]] += weight;
  }
}

Volume::Pointer votes_of(const Volume& coarse) {
  const auto soft = clipped(coarse);
  const Steps s(*soft);
  const double edge_mm = coarse.GetSpacing()[0];
  const float* const value = soft->GetBufferPointer();
  auto votes = Volume::New();
  votes->CopyInformation(&coarse);
  votes->SetRegions(coarse.GetLargestPossibleRegion());
  votes->Allocate(true);
  for (long k = 1; k + 1 < s.size[2]; ++k)
    for (long j = 1; j + 1 < s.size[1]; ++j)
      for (long i = 1; i + 1 < s.size[0]; ++i) {
        const float* const v = value + i + j * s.step[1] + k * s.step[2];
        Point g{};
        for (unsigned a = 0; a < 3; ++a) g[a] = (v[s.step[a]] - v[-s.step[a]]) / (2.0 * edge_mm);
        const double steep = length(g);
        if (steep < kLeast) continue;
        vote(s,
             {i, j, k},
             (1.0 / steep) * g,
             static_cast<float>(std::min(steep, kMost)),
             edge_mm,
             votes->GetBufferPointer());
      }
  return gaussian(*votes, edge_mm);
}

}  // namespace

std::vector<Point> head_candidates(const Volume& coarse, std::size_t most) {
  const auto votes = votes_of(coarse);
  const float* const v = votes->GetBufferPointer();
  const std::size_t count = votes->GetLargestPossibleRegion().GetNumberOfPixels();
  const Steps s(*votes);
  std::vector<std::size_t> peaks;
  for (long k = 1; k + 1 < s.size[2]; ++k)
    for (long j = 1; j + 1 < s.size[1]; ++j)
      for (long i = 1; i + 1 < s.size[0]; ++i) {
        const long n = i + j * s.step[1] + k * s.step[2];
        bool top = v[n] > 0.0F;
        for (const long step : s.step) top = top && v[n] >= v[n - step] && v[n] >= v[n + step];
        if (top) peaks.push_back(static_cast<std::size_t>(n));
      }
  std::stable_sort(peaks.begin(), peaks.end(), [&](auto a, auto b) { return v[a] > v[b]; });
  std::vector<Point> found;
  for (const std::size_t n : peaks) {
    if (found.size() == most || n >= count) break;
    const Point p = place_of(*votes, n);
    if (std::none_of(found.begin(), found.end(), [&](const Point& f) { return length(f - p) < kApartMm; }))
      found.push_back(p);
  }
  return found;
}

}  // namespace ledd::hip
