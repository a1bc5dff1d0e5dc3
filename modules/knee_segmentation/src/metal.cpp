#include "metal.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "cleaning.h"

namespace ledd::knee {
namespace {

constexpr float kDarkShare =
    0.025F;  // of the 98th percentile: below suppressed marrow, at the level of noise
constexpr double kReachMm = 15.0;
constexpr double kThickMm = 8.0;  // a tendon may be as dark and as large, but is thinner
constexpr std::size_t kSampleStride = 7;

float bright_value(const Volume& v) {
  const std::size_t n = v.GetLargestPossibleRegion().GetNumberOfPixels();
  std::vector<float> sample;
  for (std::size_t q = 0; q < n; q += kSampleStride) sample.push_back(v.GetBufferPointer()[q]);
  const auto at = sample.begin() + static_cast<long>(sample.size() * 98 / 100);
  std::nth_element(sample.begin(), at, sample.end());
  return *at;
}

/// Voxels whose 5 x 5 neighbours in the slice are dark on the mean.
std::vector<std::uint8_t> dark_voxels(const Volume& v, const Grid& g) {
  constexpr long kHalf = 2;
  const float threshold =
      kDarkShare * bright_value(v) * static_cast<float>((2 * kHalf + 1) * (2 * kHalf + 1));
  std::vector<std::uint8_t> dark(g.classes.size());
  std::vector<float> columns(static_cast<std::size_t>(g.nx));
  for (long z = 0; z < g.nz; ++z)
    for (long y = kHalf; y + kHalf < g.ny; ++y) {
      for (long x = 0; x < g.nx; ++x) {
        float sum = 0.0F;
        for (long d = -kHalf; d <= kHalf; ++d) sum += v.GetBufferPointer()[g.at(x, y + d, z)];
        columns[static_cast<std::size_t>(x)] = sum;
      }
      for (long x = kHalf; x + kHalf < g.nx; ++x) {
        float sum = 0.0F;
        for (long d = -kHalf; d <= kHalf; ++d) sum += columns[static_cast<std::size_t>(x + d)];
        dark[g.at(x, y, z)] = sum < threshold ? 1 : 0;
      }
    }
  return dark;
}

/// Dark voxels in the middle of a dark square of kThickMm in the slice.
std::vector<std::uint8_t> cores_of(const std::vector<std::uint8_t>& dark, const Grid& g) {
  const long half_x = std::lround(0.5 * kThickMm / g.mm[0]), half_y = std::lround(0.5 * kThickMm / g.mm[1]);
  std::vector<std::uint8_t> in_row(dark.size()), cores(dark.size());
  for (long z = 0; z < g.nz; ++z) {
    for (long y = 0; y < g.ny; ++y)
      for (long x = 0, run = 0; x < g.nx; ++x) {
        run = dark[g.at(x, y, z)] != 0 ? run + 1 : 0;
        if (run > 2 * half_x) in_row[g.at(x - half_x, y, z)] = 1;
      }
    for (long x = 0; x < g.nx; ++x)
      for (long y = 0, run = 0; y < g.ny; ++y) {
        run = in_row[g.at(x, y, z)] != 0 ? run + 1 : 0;
        if (run > 2 * half_y) cores[g.at(x, y - half_y, z)] = 1;
      }
  }
  return cores;
}

struct Box {
  std::array<long, 3> low{}, high{};
};

Box joint_box(const Grid& g) {
  Box b{{g.nx, g.ny, g.nz}, {-1, -1, -1}};
  for (long z = 0; z < g.nz; ++z)
    for (long y = 0; y < g.ny; ++y)
      for (long x = 0; x < g.nx; ++x) {
        const auto c = g.classes[g.at(x, y, z)];
        if (c != kFemoral && c != kTibial && c != kPatellar) continue;
        const std::array<long, 3> at{x, y, z};
        for (unsigned a = 0; a < 3; ++a) {
          b.low[a] = std::min(b.low[a], at[a]);
          b.high[a] = std::max(b.high[a], at[a]);
        }
      }
  const std::array<long, 3> n{g.nx, g.ny, g.nz};
  for (unsigned a = 0; a < 3; ++a) {
    const long margin = static_cast<long>(kReachMm / g.mm[a]);
    b.low[a] = std::max(0L, b.low[a] - margin);
    b.high[a] = std::min(n[a] - 1, b.high[a] + margin);
  }
  return b;
}

}  // namespace

double largest_void_mm3(const Volume& sagittal, const Grid& grid) {
  constexpr long kRim = 3;  // the outermost voxels have no full neighbourhood
  const auto dark = dark_voxels(sagittal, grid);
  const auto cores = cores_of(dark, grid);
  const Parts parts = parts_of(grid, dark);
  std::vector<char> open(parts.sizes.size()), thick(parts.sizes.size());
  std::vector<std::size_t> inside(parts.sizes.size());
  const Box box = joint_box(grid);
  for (long z = 0; z < grid.nz; ++z)
    for (long y = 0; y < grid.ny; ++y)
      for (long x = 0; x < grid.nx; ++x) {
        const auto number = parts.number[grid.at(x, y, z)];
        if (number == 0) continue;
        if (cores[grid.at(x, y, z)] != 0) thick[number] = 1;
        if (x < kRim || y < kRim || x >= grid.nx - kRim || y >= grid.ny - kRim) open[number] = 1;
        if (x >= box.low[0] && x <= box.high[0] && y >= box.low[1] && y <= box.high[1] && z >= box.low[2] &&
            z <= box.high[2])
          ++inside[number];
      }
  std::size_t most = 0;
  for (std::size_t n = 1; n < inside.size(); ++n)
    if (open[n] == 0 && thick[n] != 0) most = std::max(most, inside[n]);
  return static_cast<double>(most) * grid.voxel_mm3();
}

}  // namespace ledd::knee
