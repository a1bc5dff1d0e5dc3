#include "field.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>
#include <tbb/parallel_reduce.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace ledd::thickness {
namespace {

/// A symmetric filter for one axis with integer weights: a binomial B of variance s2, with its curvature
/// taken back: B (1 - s2 d2). Such a filter leaves a plane and, to the second order, a sphere where they are;
/// see docs/local-thickness.md.
struct Filter {
  static constexpr int kReach = 5;
  std::array<int, kReach + 1> taps{};  ///< From the middle outwards.
  std::array<int, 3> shift{};          ///< Divides by 2^shift after each axis, so that 16 bits suffice.
  int level = 0;                       ///< Half of what a place deep inside comes to.
};
constexpr Filter kFine{{10, 5, -1, -1, 0, 0}, {0, 0, 0}, 2048};               // variance 1; sum 16
constexpr Filter kCoarse{{126, 84, 12, -18, -11, -2}, {0, 4, 8}, 2048};       // variance 2; sum 256
constexpr Filter kCoarseAgain{{126, 84, 12, -18, -11, -2}, {8, 8, 8}, 2048};  // on a field already filtered

/// `n` lines of `width` values, `step` apart, filtered across; borders go on as they end.
template <class In>
void across(const Filter& filter,
            unsigned axis,
            const In* in,
            std::ptrdiff_t step,
            int n,
            int width,
            std::int16_t* out) {
  std::vector<int> sums(static_cast<std::size_t>(width));
  for (int i = 0; i < n; ++i) {
    int* const sum = sums.data();
    const In* middle = in + i * step;
    for (int j = 0; j < width; ++j) sum[j] = filter.taps[0] * middle[j];
    for (int k = 1; k <= Filter::kReach; ++k) {
      const int tap = filter.taps[static_cast<std::size_t>(k)];
      if (tap == 0) break;
      const In *before = in + std::max(i - k, 0) * step, *behind = in + std::min(i + k, n - 1) * step;
      for (int j = 0; j < width; ++j) sum[j] += tap * (before[j] + behind[j]);
    }
    std::int16_t* to = out + static_cast<std::ptrdiff_t>(i) * width;
    for (int j = 0; j < width; ++j) to[j] = static_cast<std::int16_t>(sum[j] >> filter.shift[axis]);
  }
}

/// Filters along all three axes and takes the level off. `source(v)` is the value of a voxel.
template <class Source>
void run(const Filter& filter, const Mask& mask, const Grid& grid, const Source& source, Field& field) {
  const std::uint8_t* in = mask.GetBufferPointer();
  const auto [nx, ny, nz] = grid.size;
  const std::ptrdiff_t slice = grid.step[2];
  constexpr int kReach = Filter::kReach;
  tbb::parallel_for(0, nz, [&, nx = nx, ny = ny](int z) {
    Field lines(static_cast<std::size_t>(slice));
    std::vector<int> row(static_cast<std::size_t>(nx + 2 * kReach)), sum(static_cast<std::size_t>(nx));
    for (int y = 0; y < ny; ++y) {
      const std::size_t v = grid.at(0, y, z);
      int* const r = row.data() + kReach;
      for (int x = 0; x < nx; ++x) r[x] = source(v + static_cast<std::size_t>(x));
      std::fill_n(row.data(), kReach, r[0]);
      std::fill_n(r + nx, kReach, r[nx - 1]);
      int* const s = sum.data();
      for (int x = 0; x < nx; ++x) s[x] = filter.taps[0] * r[x];
      for (int k = 1; k <= kReach; ++k) {
        const int tap = filter.taps[static_cast<std::size_t>(k)];
        for (int x = 0; x < nx; ++x) s[x] += tap * (r[x - k] + r[x + k]);
      }
      std::int16_t* to = lines.data() + grid.at(0, y, 0);
      for (int x = 0; x < nx; ++x) to[x] = static_cast<std::int16_t>(s[x] >> filter.shift[0]);
    }
    across(filter, 1, lines.data(), nx, ny, nx, field.data() + z * slice);
  });
  tbb::parallel_for(0, ny, [&, nx = nx, nz = nz](int y) {
    Field lines(static_cast<std::size_t>(nx) * static_cast<std::size_t>(nz));
    across(filter, 2, field.data() + grid.at(0, y, 0), slice, nz, nx, lines.data());
    for (int z = 0; z < nz; ++z) {
      const std::int16_t* from = lines.data() + static_cast<std::ptrdiff_t>(z) * nx;
      std::int16_t* to = field.data() + grid.at(0, y, z);
      const std::uint8_t* own = in + grid.at(0, y, z);
      // The mask decides what is inside. Where filtering says otherwise, the surface goes close by the voxel;
      // where it says so clearly, as at single voxels, half way between the two.
      for (int x = 0; x < nx; ++x) {
        const int sign = own[x] != 0 ? 1 : -1, above = sign * (from[x] - filter.level);
        const int right = above > 0 ? above : (above < -filter.level / 4 ? filter.level / 2 : 1);
        to[x] = static_cast<std::int16_t>(sign * right);
      }
    }
  });
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
                if ((here >= 0.0F) != (there >= 0.0F))
                  most = std::max({most, std::abs(here), std::abs(there)});
              }
            }
        return most;
      },
      [](float a, float b) { return std::max(a, b); });
}

}  // namespace

void field_of(const Mask& mask, Roughness roughness, Field& field) {
  const Grid grid(mask);
  field.resize(grid.voxels);
  const std::uint8_t* in = mask.GetBufferPointer();
  const auto of_mask = [in](std::size_t v) { return static_cast<int>(in[v] != 0); };
  if (roughness == Roughness::kFine) {
    run(kFine, mask, grid, of_mask, field);
    return;
  }
  run(kCoarse, mask, grid, of_mask, field);
  if (roughness == Roughness::kCoarsest) {
    const Field once = field;
    run(
        kCoarseAgain, mask, grid, [&](std::size_t v) { return once[v] + kCoarse.level; }, field);
  }
}

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
      field[v] =
          static_cast<std::int16_t>(source[v] >= threshold ? std::max(above, 1.0F) : std::min(above, -1.0F));
    }
  });
  return field;
}

}  // namespace ledd::thickness
