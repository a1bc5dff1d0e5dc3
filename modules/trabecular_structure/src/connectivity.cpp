#include "ledd/trabecular_structure/connectivity.h"

#include <tbb/parallel_for.h>

#include <bit>
#include <vector>

#include "box.h"

namespace ledd {
namespace trabeculae {

std::optional<Box> box_of(const Mask& mask) {
  const Size size = size_of(mask);
  Box box{size, {-1, -1, -1}};
  const std::uint8_t* row = mask.GetBufferPointer();
  for (int z = 0; z < size[2]; ++z)
    for (int y = 0; y < size[1]; ++y, row += size[0]) {
      const auto is_set = [](std::uint8_t v) { return v != 0; };
      const std::uint8_t* const end = row + size[0];
      const std::uint8_t* const first = std::find_if(row, end, is_set);
      if (first == end) continue;
      int last = size[0] - 1;
      while (row[last] == 0) --last;
      const std::array<int, 3> lo{static_cast<int>(first - row), y, z}, hi{last, y, z};
      for (unsigned a = 0; a < 3; ++a) {
        box.lo[a] = std::min(box.lo[a], lo[a]);
        box.hi[a] = std::max(box.hi[a], hi[a]);
      }
    }
  if (box.hi[0] < 0) return std::nullopt;
  return box;
}

}  // namespace trabeculae

namespace {

using trabeculae::Box;
using trabeculae::offset;
using trabeculae::Size;

/// Eight times the share of a place, by its eight voxels: bit x + 2 y + 4 z.
std::array<int, 256> shares() {
  std::array<int, 256> all{};
  for (unsigned code = 1; code < 256; ++code) {
    int share = 8 - std::popcount(code);  // the point, and the eighths of the cubes
    for (unsigned axis = 0; axis < 3; ++axis) {
      const unsigned step = 1U << axis;
      unsigned upper = 0;
      for (unsigned voxel = 0; voxel < 8; ++voxel)
        if ((voxel & step) != 0) upper |= 1U << voxel;
      for (const unsigned half : {upper, 255U & ~upper})
        if ((code & half) != 0) share -= 4;  // half an edge, which four voxels hold
      for (unsigned voxel = 0; voxel < 8; ++voxel)
        if ((voxel & step) == 0 && (code & (1U << voxel | 1U << (voxel | step))) != 0)
          share += 2;  // the quarter of a face, which two voxels hold
    }
    all[code] = share;
  }
  return all;
}

/// Four rows side by side, one after another: bits 0, 2, 4, 6 of the code.
struct Rows {
  std::array<const std::uint8_t*, 4> row{};
  Rows(const Mask& mask, const Size& size, int y, int z) {
    for (int k = 0; k < 4; ++k)
      row[static_cast<unsigned>(k)] = mask.GetBufferPointer() + offset(size, 0, y + k % 2, z + k / 2);
  }
  unsigned at(int x) const {
    return (row[0][x] != 0 ? 1U : 0U) | (row[1][x] != 0 ? 4U : 0U) | (row[2][x] != 0 ? 16U : 0U) |
           (row[3][x] != 0 ? 64U : 0U);
  }
};

}  // namespace

double euler_number(const Mask& bone, const Mask& within) {
  require_same_grid(bone, within, "bone and compartment");
  const auto box = trabeculae::box_of(within);
  if (!box) return 0.0;
  const Size size = trabeculae::size_of(bone);
  std::array<int, 3> from{}, to{};
  for (unsigned a = 0; a < 3; ++a) {
    from[a] = std::max(box->lo[a] - 1, 0);
    to[a] = std::min(box->hi[a], size[a] - 2);
  }
  if (to[2] < from[2]) return 0.0;
  static const std::array<int, 256> share = shares();
  std::vector<std::int64_t> of_slice(static_cast<std::size_t>(to[2] - from[2] + 1), 0);
  tbb::parallel_for(from[2], to[2] + 1, [&](int z) {
    std::int64_t sum = 0;
    for (int y = from[1]; y <= to[1]; ++y) {
      const Rows solid(bone, size, y, z), inside(within, size, y, z);
      unsigned b = solid.at(from[0]), c = inside.at(from[0]);
      for (int x = from[0]; x <= to[0]; ++x) {
        const unsigned next_b = solid.at(x + 1), next_c = inside.at(x + 1);
        sum += share[b | next_b << 1U] * std::popcount(c | next_c << 1U);
        b = next_b;
        c = next_c;
      }
    }
    of_slice[static_cast<std::size_t>(z - from[2])] = sum;
  });
  std::int64_t whole = 0;
  for (const std::int64_t sum : of_slice) whole += sum;
  return static_cast<double>(whole) / 64.0;
}

}  // namespace ledd
