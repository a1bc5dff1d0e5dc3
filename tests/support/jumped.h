#pragma once
#include <algorithm>

#include "ledd/image/image.h"

namespace ledd::phantom {

/// The scan as if the bone had jumped in the middle of it: both places, half each.
inline Volume::Pointer jumped(const Volume& still, double x_mm, double y_mm) {
  auto moved = Volume::New();
  moved->CopyInformation(&still);
  moved->SetRegions(still.GetLargestPossibleRegion());
  moved->Allocate();
  const auto size = still.GetLargestPossibleRegion().GetSize();
  const double dx = x_mm / still.GetSpacing()[0], dy = y_mm / still.GetSpacing()[1];
  const auto at = [&](double x, double y, long z) {
    const auto limit = [](double v, std::size_t n) {
      return std::min(std::max(v, 0.0), static_cast<double>(n) - 1.001);
    };
    x = limit(x, size[0]);
    y = limit(y, size[1]);
    const auto u = static_cast<long>(x), v = static_cast<long>(y);
    const double s = x - static_cast<double>(u), t = y - static_cast<double>(v);
    const auto value = [&](long i, long j) { return static_cast<double>(still.GetPixel({{i, j, z}})); };
    return (1 - s) * ((1 - t) * value(u, v) + t * value(u, v + 1)) +
           s * ((1 - t) * value(u + 1, v) + t * value(u + 1, v + 1));
  };
  for (long z = 0; z < static_cast<long>(size[2]); ++z)
    for (long y = 0; y < static_cast<long>(size[1]); ++y)
      for (long x = 0; x < static_cast<long>(size[0]); ++x)
        moved->SetPixel(
            {{x, y, z}},
            static_cast<float>(0.5 * (static_cast<double>(still.GetPixel({{x, y, z}})) +
                                      at(static_cast<double>(x) - dx, static_cast<double>(y) - dy, z))));
  return moved;
}

}  // namespace ledd::phantom
