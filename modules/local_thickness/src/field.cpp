#include "field.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>
#include <tbb/parallel_reduce.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace ledd::thickness {
namespace {

#ifndef LT_K
#define LT_K 5
#endif
#if LT_K == 5
constexpr int kReach = 3, kShift = 0, kShift3 = 0;
constexpr std::array<int, 2 * kReach + 1> kTaps{-1, -1, 5, 10, 5, -1, -1};
constexpr int kLevel = 2048;
#elif LT_K == 7
constexpr int kReach = 4, kShift = 4, kShift3 = 4;
constexpr std::array<int, 2 * kReach + 1> kTaps{-3, -10, 0, 42, 70, 42, 0, -10, -3};
constexpr int kLevel = 4096;
#else
constexpr int kReach = 5, kShift = 4, kShift3 = 8;
constexpr std::array<int, 2 * kReach + 1> kTaps{-2, -11, -18, 12, 84, 126, 84, 12, -18, -11, -2};
constexpr int kLevel = 2048;
#endif

template <class In>
void filter(const In* in, std::ptrdiff_t step, int n, int width, int shift, std::int16_t* out) {
  std::vector<int> sums(static_cast<std::size_t>(width));
  for (int i = 0; i < n; ++i) {
    std::int16_t* to = out + static_cast<std::ptrdiff_t>(i) * width;
    std::fill(sums.begin(), sums.end(), 0);
    int* const sum = sums.data();
    for (int k = -kReach; k <= kReach; ++k) {
      const In* row = in + std::clamp(i + k, 0, n - 1) * step;
      const int tap = kTaps[static_cast<std::size_t>(k + kReach)];
      for (int j = 0; j < width; ++j) sum[j] += tap * row[j];
    }
    for (int j = 0; j < width; ++j) to[j] = static_cast<std::int16_t>(sum[j] >> shift);
  }
}

/// The mask filtered along all three axes; 2 kLevel deep inside.
Field smooth(const Mask& mask, const Grid& grid) {
  const std::uint8_t* source = mask.GetBufferPointer();
  Field field(grid.voxels);
  const auto [nx, ny, nz] = grid.size;
  const std::ptrdiff_t slice = grid.step[2];
  tbb::parallel_for(0, nz, [&, nx = nx, ny = ny](int z) {
    Field lines(static_cast<std::size_t>(slice));
    std::vector<std::uint8_t> row(static_cast<std::size_t>(nx + 2 * kReach));
    for (int y = 0; y < ny; ++y) {
      const std::uint8_t* from = source + grid.at(0, y, z);
      for (int x = -kReach; x < nx + kReach; ++x)
        row[static_cast<std::size_t>(x + kReach)] = from[std::clamp(x, 0, nx - 1)] != 0;
      std::int16_t* to = lines.data() + grid.at(0, y, 0);
      for (int x = 0; x < nx; ++x) {
        int sum = 0;
        for (int k = 0; k <= 2 * kReach; ++k) sum += kTaps[static_cast<std::size_t>(k)] * row[static_cast<std::size_t>(x + k)];
        to[x] = static_cast<std::int16_t>(sum);
      }
    }
    filter(lines.data(), nx, ny, nx, kShift, field.data() + z * slice);
  });
  tbb::parallel_for(0, ny, [&, nx = nx, nz = nz](int y) {
    Field line(static_cast<std::size_t>(nx) * static_cast<std::size_t>(nz));
    filter(field.data() + grid.at(0, y, 0), slice, nz, nx, kShift3, line.data());
    for (int z = 0; z < nz; ++z) {
      const std::int16_t* from = line.data() + static_cast<std::ptrdiff_t>(z) * nx;
      std::int16_t* to = field.data() + grid.at(0, y, z);
      const std::uint8_t* in = source + grid.at(0, y, z);
      // The mask decides what is inside: where filtering says otherwise, the surface goes close by the voxel.
      for (int x = 0; x < nx; ++x) {
        const int above = from[x] - kLevel;
        to[x] = static_cast<std::int16_t>(in[x] != 0 ? std::max(above, 1) : std::min(above, -1));
      }
    }
  });
  return field;
}

/// The largest value beside the surface: what the range of the field has to hold.
float range_at_surface(const float* source, const Grid& grid, float threshold) {
  const auto [nx, ny, nz] = grid.size;
  return tbb::parallel_reduce(
      tbb::blocked_range<int>(0, nz),
      0.0F,
      [&, nx = nx, ny = ny, nz = nz](const tbb::blocked_range<int>& range, float most) {
        for (int z = range.begin(); z != range.end(); ++z)
          for (int y = 0; y < ny; ++y)
            for (int x = 0; x < nx; ++x) {
              const std::size_t v = grid.at(x, y, z);
              const std::array<bool, 3> next{x + 1 < nx, y + 1 < ny, z + 1 < nz};
              for (unsigned a = 0; a < 3; ++a) {
                if (!next[a]) continue;
                const float here = source[v] - threshold;
                const float there = source[v + static_cast<std::size_t>(grid.step[a])] - threshold;
                if ((here >= 0.0F) != (there >= 0.0F)) most = std::max({most, std::abs(here), std::abs(there)});
              }
            }
        return most;
      },
      [](float a, float b) { return std::max(a, b); });
}

}  // namespace

Field field_of(const Mask& mask) { return smooth(mask, Grid(mask)); }

Field field_of(const Volume& volume, float threshold) {
  constexpr float kMost = 32000.0F;
  const Grid grid(volume);
  const float* source = volume.GetBufferPointer();
  const float range = range_at_surface(source, grid, threshold);
  const float scale = range > 0.0F ? kMost / range : 1.0F;
  Field field(grid.voxels);
  tbb::parallel_for(0, grid.size[2], [&](int z) {
    for (std::size_t v = grid.at(0, 0, z); v < grid.at(0, 0, z + 1); ++v) {
      const float above = std::clamp((source[v] - threshold) * scale, -kMost, kMost);
      field[v] = static_cast<std::int16_t>(source[v] >= threshold ? std::max(above, 1.0F) : std::min(above, -1.0F));
    }
  });
  return field;
}

}  // namespace ledd::thickness
