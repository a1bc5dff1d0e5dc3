#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>

#include "discs.h"

namespace ledd::calibration {
namespace {

constexpr double kPixelMm = 1.2;
constexpr float kLowest = -400.0F;  // air has no say beyond its edge
constexpr float kNoAir = -1000.5F;

/// Mean of one block of voxels. What no CT number can be, or is all alike below air, lies outside the field;
/// of a block of few voxels only the former is sure, since air may be clipped.
void fill_pixel(const View& view,
                const std::array<std::size_t, 3>& begin,
                const std::array<std::size_t, 3>& end,
                Slab& slab,
                std::size_t pixel) {
  double sum = 0.0;
  std::size_t count = 0;
  float low = 1e9F, high = -1e9F;
  for (std::size_t w = begin[2]; w < end[2]; ++w)
    for (std::size_t v = begin[1]; v < end[1]; ++v)
      for (std::size_t u = begin[0]; u < end[0]; ++u) {
        const float value = view.at(u, v, w);
        low = std::min(low, value);
        high = std::max(high, value);
        sum += static_cast<double>(std::clamp(value, kLowest, kHighestHu));
        ++count;
      }
  slab.hu[pixel] = static_cast<float>(sum / static_cast<double>(count));
  slab.outside[pixel] = low < -1100.0F || (count >= 4 && low == high && high < kNoAir) ? 1 : 0;
}

Slab slab_of(const View& view, std::size_t first, std::size_t last, const std::array<std::size_t, 2>& block) {
  Slab slab;
  slab.w_mm = 0.5 * static_cast<double>(first + last - 1) * view.step_mm[2];
  for (std::size_t n = 0; n < 2; ++n) {
    slab.size[n] = view.size[n] / block[n];
    slab.step_mm[n] = static_cast<double>(block[n]) * view.step_mm[n];
    slab.first_mm[n] = 0.5 * static_cast<double>(block[n] - 1) * view.step_mm[n];
  }
  slab.hu.resize(slab.size[0] * slab.size[1]);
  slab.outside.resize(slab.hu.size());
  for (std::size_t v = 0; v < slab.size[1]; ++v)
    for (std::size_t u = 0; u < slab.size[0]; ++u)
      fill_pixel(view,
                 {u * block[0], v * block[1], first},
                 {(u + 1) * block[0], (v + 1) * block[1], last},
                 slab,
                 v * slab.size[0] + u);
  return slab;
}

}  // namespace

double Slab::at(const Spot& p_mm) const {
  std::array<std::size_t, 2> low{};
  std::array<double, 2> part{};
  for (std::size_t n = 0; n < 2; ++n) {
    const double x = std::clamp((p_mm[n] - first_mm[n]) / step_mm[n], 0.0, static_cast<double>(size[n] - 1));
    low[n] = std::min(static_cast<std::size_t>(x), size[n] - 2);
    part[n] = x - static_cast<double>(low[n]);
  }
  const float* p = hu.data() + low[1] * size[0] + low[0];
  const double near = (1 - part[0]) * static_cast<double>(p[0]) + part[0] * static_cast<double>(p[1]);
  p += size[0];
  const double far = (1 - part[0]) * static_cast<double>(p[0]) + part[0] * static_cast<double>(p[1]);
  return (1 - part[1]) * near + part[1] * far;
}

bool Slab::in_field(const Spot& p_mm) const {
  std::array<std::size_t, 2> at{};
  for (std::size_t n = 0; n < 2; ++n) {
    const double x = std::round((p_mm[n] - first_mm[n]) / step_mm[n]);
    if (!(x >= 0.0 && x <= static_cast<double>(size[n] - 1))) return false;
    at[n] = static_cast<std::size_t>(x);
  }
  return outside[at[1] * size[0] + at[0]] == 0;
}

std::vector<Slab> slabs_of(const View& view, double thickness_mm, std::size_t most) {
  const auto thick = std::clamp<std::size_t>(
      static_cast<std::size_t>(std::lround(thickness_mm / view.step_mm[2])), 1, view.size[2]);
  std::array<std::size_t, 2> block{};
  for (std::size_t n = 0; n < 2; ++n)
    block[n] = std::max<std::size_t>(1, static_cast<std::size_t>(std::lround(kPixelMm / view.step_mm[n])));
  const std::size_t all = std::max<std::size_t>(1, view.size[2] / thick), count = std::min(all, most);
  std::vector<Slab> slabs(count);
  tbb::parallel_for(std::size_t{0}, count, [&](std::size_t n) {
    const std::size_t which = count > 1 ? n * (all - 1) / (count - 1) : 0;
    slabs[n] = slab_of(view, which * thick, std::min(view.size[2], (which + 1) * thick), block);
  });
  return slabs;
}

Inside inside(const Slab& slab, const Spot& centre_mm, double radius_mm) {
  double sum = 0, squares = 0, count = 0;
  const auto range = [&](std::size_t n) {
    const double from = (centre_mm[n] - radius_mm - slab.first_mm[n]) / slab.step_mm[n];
    const double to = (centre_mm[n] + radius_mm - slab.first_mm[n]) / slab.step_mm[n];
    const double last = static_cast<double>(slab.size[n] - 1);
    return std::array<std::size_t, 2>{static_cast<std::size_t>(std::clamp(std::ceil(from), 0.0, last)),
                                      static_cast<std::size_t>(std::clamp(std::floor(to), 0.0, last))};
  };
  const auto columns = range(0), rows = range(1);
  for (std::size_t v = rows[0]; v <= rows[1]; ++v)
    for (std::size_t u = columns[0]; u <= columns[1]; ++u) {
      const double x = slab.first_mm[0] + static_cast<double>(u) * slab.step_mm[0] - centre_mm[0];
      const double y = slab.first_mm[1] + static_cast<double>(v) * slab.step_mm[1] - centre_mm[1];
      if (x * x + y * y > radius_mm * radius_mm) continue;
      const double hu = static_cast<double>(slab.hu[v * slab.size[0] + u]);
      sum += hu;
      squares += hu * hu;
      count += 1;
    }
  if (count < 1) return {slab.at(centre_mm), 0.0};
  const double mean = sum / count;
  return {mean, std::sqrt(std::max(0.0, squares / count - mean * mean))};
}

}  // namespace ledd::calibration
