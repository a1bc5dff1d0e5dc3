#include "distance.h"

#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ledd/core/error.h"

namespace ledd::thickness {
namespace {

constexpr float kFar = std::numeric_limits<float>::infinity();
constexpr int kWide = 16;  // lines taken together: a cache line of floats

/// Calls visit(first, last, low, high) for every run of voxels inside on a line; low and high are where the
/// surface cuts it, in voxels, or infinite at the border.
template <class Visit>
void for_runs(const std::int16_t* line, int stride, int n, const Visit& visit) {
  for (int i = 0; i < n; ++i) {
    if (line[i * stride] < 0) continue;
    const int first = i;
    while (i + 1 < n && line[(i + 1) * stride] > 0) ++i;
    const auto cut = [&](int edge) {
      return static_cast<float>(edge) + crossing(line[edge * stride], line[(edge + 1) * stride]);
    };
    visit(first, i, first > 0 ? cut(first - 1) : -kFar, i + 1 < n ? cut(i) : kFar);
  }
}

/// `start`: the line's first voxel in memory.
void along_x(const Grid& grid, const Field& field, std::size_t start, float* distance, std::uint32_t* codes) {
  const std::int16_t* line = field.data() + start;
  const int n = grid.size[0];
  const float unit = grid.spacing_mm[0] * grid.spacing_mm[0];
  float* squared = distance + start;
  std::uint32_t* nearest = codes + start;
  std::fill_n(squared, n, 0.0F);
  for_runs(line, 1, n, [&](int first, int last, float low, float high) {
    for (int x = first; x <= last; ++x) {
      const float before = static_cast<float>(x) - low, behind = high - static_cast<float>(x);
      const float way = std::min(before, behind);
      const int edge = before <= behind ? first - 1 : last;
      squared[x] = way * way * unit;
      nearest[x] = way < kFar ? Nearest::pack(0, start + static_cast<std::size_t>(edge)) : Nearest::kNone;
    }
  });
}

/// Sixteen neighbouring lines along y or z, copied out of the image and back.
class Block {
 public:
  explicit Block(int n)
      : n_(n),
        squared_(size()),
        code_(size()),
        field_(size()),
        result_(static_cast<std::size_t>(n)),
        found_(static_cast<std::size_t>(n)) {}

  void run(const Grid& grid,
           const Field& field,
           unsigned axis,
           std::size_t first,
           int wide,
           float* squared,
           std::vector<std::uint32_t>& nearest) {
    const auto step = static_cast<std::size_t>(grid.step[axis]);
    const float unit = grid.spacing_mm[axis] * grid.spacing_mm[axis];
    for (int i = 0; i < n_; ++i) {
      const std::size_t v = first + static_cast<std::size_t>(i) * step;
      std::copy_n(field.data() + v, wide, field_.data() + i * kWide);
      if (outside(i, wide)) continue;
      std::copy_n(squared + v, wide, squared_.data() + i * kWide);
      std::copy_n(nearest.data() + v, wide, code_.data() + i * kWide);
    }
    for (int w = 0; w < wide; ++w)
      for_runs(field_.data() + w, kWide, n_, [&](int from, int to, float low, float high) {
        line({axis, first + static_cast<std::size_t>(w), step, unit}, w, {from, to}, {low, high});
      });
    for (int i = 0; i < n_; ++i) {
      const std::size_t v = first + static_cast<std::size_t>(i) * step;
      if (outside(i, wide)) continue;
      std::copy_n(squared_.data() + i * kWide, wide, squared + v);
      std::copy_n(code_.data() + i * kWide, wide, nearest.data() + v);
    }
  }

 private:
  /// Where a line lies in memory, and the square of its voxels' distance.
  struct Line {
    unsigned axis;
    std::size_t start, step;
    float unit;
  };

  std::size_t size() const { return static_cast<std::size_t>(n_) * kWide; }
  bool outside(int i, int wide) const {
    const std::int16_t* row = field_.data() + i * kWide;
    return std::all_of(row, row + wide, [](std::int16_t f) { return f < 0; });
  }

  void line(const Line& of, int w, std::array<int, 2> run, std::array<float, 2> cut) {
    const float unit = of.unit;
    float* squared = squared_.data() + w;
    std::uint32_t* code = code_.data() + w;
    for (int i = run[0]; i <= run[1]; ++i) {
      float best = squared[i * kWide];
      std::uint32_t found = code[i * kWide];
      const float before = static_cast<float>(i) - cut[0], behind = cut[1] - static_cast<float>(i);
      const float way = std::min(before, behind);
      if (way * way * unit < best) {
        best = way * way * unit;
        const int edge = before <= behind ? run[0] - 1 : run[1];
        found = Nearest::pack(of.axis, of.start + static_cast<std::size_t>(edge) * of.step);
      }
      const int reach = std::max(i - run[0], run[1] - i);
      for (int k = 1; k <= reach; ++k) {
        const float far = unit * static_cast<float>(k) * static_cast<float>(k);
        if (far >= best) break;
        for (const int j : {i - k, i + k}) {
          if (j < run[0] || j > run[1] || !(squared[j * kWide] + far < best)) continue;
          best = squared[j * kWide] + far;
          found = code[j * kWide];
        }
      }
      result_[static_cast<std::size_t>(i)] = best;
      found_[static_cast<std::size_t>(i)] = found;
    }
    for (int i = run[0]; i <= run[1]; ++i) {
      squared[i * kWide] = result_[static_cast<std::size_t>(i)];
      code[i * kWide] = found_[static_cast<std::size_t>(i)];
    }
  }

  int n_;
  std::vector<float> squared_;
  std::vector<std::uint32_t> code_;
  std::vector<std::int16_t> field_;
  std::vector<float> result_;
  std::vector<std::uint32_t> found_;
};

}  // namespace

void distances(const Grid& grid,
               const Field& field,
               float* distance_mm,
               std::vector<std::uint32_t>& nearest) {
  require(
      grid.voxels <= Nearest::kMostVoxels,
      Errc::kUnsupported,
      fmt::format("local thickness: the image has {} voxels, more than the {} that can be measured: crop it "
                  "to the body",
                  grid.voxels,
                  Nearest::kMostVoxels));
  nearest.resize(grid.voxels);
  const auto [nx, ny, nz] = grid.size;
  tbb::parallel_for(0, nz, [&, nx = nx, ny = ny](int z) {
    for (int y = 0; y < ny; ++y) along_x(grid, field, grid.at(0, y, z), distance_mm, nearest.data());
    Block block(ny);
    for (int x = 0; x < nx; x += kWide)
      block.run(grid, field, 1, grid.at(x, 0, z), std::min(kWide, nx - x), distance_mm, nearest);
  });
  tbb::parallel_for(0, ny, [&, nx = nx, nz = nz](int y) {
    Block block(nz);
    for (int x = 0; x < nx; x += kWide)
      block.run(grid, field, 2, grid.at(x, y, 0), std::min(kWide, nx - x), distance_mm, nearest);
    for (int z = 0; z < nz; ++z) {
      float* row = distance_mm + grid.at(0, y, z);
      for (int x = 0; x < nx; ++x) row[x] = std::sqrt(row[x]);
    }
  });
}

}  // namespace ledd::thickness
