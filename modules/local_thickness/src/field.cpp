#include "field.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>
#include <tbb/parallel_reduce.h>

#include <algorithm>
#include <cmath>

#include "registers.h"

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

/// A line and those before and behind it, from the first to the last that a filter reaches.
using Lines = std::array<const std::int16_t*, 2 * Filter::kReach + 1>;

/// One line of what a filter gives. Whole numbers only, so that wider registers change no result.
LEDD_WIDE_REGISTERS
void filtered(const Filter& filter, unsigned axis, const Lines& lines, int n, std::int16_t* __restrict out) {
  constexpr std::size_t kOwn = Filter::kReach;
  const std::int16_t *own = lines[kOwn], *a1 = lines[kOwn - 1], *b1 = lines[kOwn + 1];
  const std::int16_t *a2 = lines[kOwn - 2], *b2 = lines[kOwn + 2], *a3 = lines[kOwn - 3];
  const std::int16_t *b3 = lines[kOwn + 3], *a4 = lines[kOwn - 4], *b4 = lines[kOwn + 4];
  const std::int16_t *a5 = lines[kOwn - 5], *b5 = lines[kOwn + 5];
  const auto [t0, t1, t2, t3, t4, t5] = filter.taps;
  const int shift = filter.shift[axis];
  if (t4 == 0 && t5 == 0) {
    for (int i = 0; i < n; ++i)
      out[i] = static_cast<std::int16_t>(
          (t0 * own[i] + t1 * (a1[i] + b1[i]) + t2 * (a2[i] + b2[i]) + t3 * (a3[i] + b3[i])) >> shift);
    return;
  }
  for (int i = 0; i < n; ++i)
    out[i] = static_cast<std::int16_t>((t0 * own[i] + t1 * (a1[i] + b1[i]) + t2 * (a2[i] + b2[i]) +
                                        t3 * (a3[i] + b3[i]) + t4 * (a4[i] + b4[i]) + t5 * (a5[i] + b5[i])) >>
                                       shift);
}

/// Takes the level off. The mask decides what is inside. Where filtering says otherwise, the surface goes
/// close by the voxel; where it says so clearly, as at single voxels, half way between the two.
LEDD_WIDE_REGISTERS
void signed_line(int level, const std::uint8_t* own, int n, std::int16_t* __restrict line) {
  const int clear = -level / 4, half = level / 2;
  for (int i = 0; i < n; ++i) {
    const int rest = line[i] - level, above = own[i] != 0 ? rest : -rest;
    const int otherwise = above < clear ? half : 1, right = above > 0 ? above : otherwise;
    line[i] = static_cast<std::int16_t>(own[i] != 0 ? right : -right);
  }
}

/// Filters a slice along x and y. `source(v, n, to)` gives `n` values from a voxel on; the slice may be
/// theirs.
template <class Source>
void filter_slice(const Filter& filter, const Grid& grid, int z, const Source& source, std::int16_t* field) {
  constexpr int kReach = Filter::kReach;
  const auto [nx, ny, nz] = grid.size;
  Field rows(static_cast<std::size_t>(grid.step[2])), row(static_cast<std::size_t>(nx) + 2 * kReach);
  std::int16_t* const middle = row.data() + kReach;
  Lines lines{};
  for (std::size_t k = 0; k < lines.size(); ++k) lines[k] = row.data() + k;
  for (int y = 0; y < ny; ++y) {
    source(grid.at(0, y, z), nx, middle);
    std::fill_n(row.data(), kReach, middle[0]);
    std::fill_n(middle + nx, kReach, middle[nx - 1]);
    filtered(filter, 0, lines, nx, rows.data() + grid.at(0, y, 0));
  }
  for (int y = 0; y < ny; ++y) {
    for (int k = 0; k <= 2 * kReach; ++k)
      lines[static_cast<std::size_t>(k)] = rows.data() + grid.at(0, std::clamp(y + k - kReach, 0, ny - 1), 0);
    filtered(filter, 1, lines, nx, field + grid.at(0, y, z));
  }
}

/// Filters some rows of all slices along z, in place: what is overwritten is kept while it is needed.
void filter_across(
    const Filter& filter, const Grid& grid, const Mask& mask, std::array<int, 2> rows, Field& field) {
  constexpr int kReach = Filter::kReach;
  const int nz = grid.size[2], width = grid.size[0] * (rows[1] - rows[0]);
  Field kept(static_cast<std::size_t>(width) * (kReach + 1));
  const auto own = [&](int z) { return field.data() + grid.at(0, rows[0], z); };
  const auto old = [&](int z) { return kept.data() + static_cast<std::ptrdiff_t>(z % (kReach + 1)) * width; };
  for (int z = 0; z < nz; ++z) {
    std::copy_n(own(z), width, old(z));
    Lines lines{};
    for (int k = 0; k <= kReach; ++k) {
      lines[kReach - static_cast<std::size_t>(k)] = old(std::max(z - k, 0));
      if (k > 0)
        lines[static_cast<std::size_t>(k) + kReach] = z + 1 < nz ? own(std::min(z + k, nz - 1)) : old(z);
    }
    filtered(filter, 2, lines, width, own(z));
    signed_line(filter.level, mask.GetBufferPointer() + grid.at(0, rows[0], z), width, own(z));
  }
}

/// Filters along all three axes and takes the level off.
template <class Source>
void run(const Filter& filter, const Mask& mask, const Grid& grid, const Source& source, Field& field) {
  constexpr int kRows = 8;  // side by side in memory
  const int ny = grid.size[1];
  tbb::parallel_for(0, grid.size[2], [&](int z) { filter_slice(filter, grid, z, source, field.data()); });
  tbb::parallel_for(0, (ny + kRows - 1) / kRows, [&](int strip) {
    filter_across(filter, grid, mask, {strip * kRows, std::min(ny, (strip + 1) * kRows)}, field);
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
  const auto of_mask = [in](std::size_t v, int n, std::int16_t* to) {
    for (int i = 0; i < n; ++i) to[i] = in[v + static_cast<std::size_t>(i)] != 0 ? 1 : 0;
  };
  if (roughness == Roughness::kFine) {
    run(kFine, mask, grid, of_mask, field);
    return;
  }
  run(kCoarse, mask, grid, of_mask, field);
  if (roughness == Roughness::kCoarsest) {
    const auto again = [&](std::size_t v, int n, std::int16_t* to) {
      for (int i = 0; i < n; ++i)
        to[i] = static_cast<std::int16_t>(field[v + static_cast<std::size_t>(i)] + kCoarse.level);
    };
    run(kCoarseAgain, mask, grid, again, field);
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
