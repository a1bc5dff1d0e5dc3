#include "distance.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace ledd::thickness {
namespace {

constexpr float kFar = std::numeric_limits<float>::infinity();
constexpr int kWide = 16;  // lines taken together: a cache line of floats

/// A line of voxels with what is known of each, and the crossings on the line itself.
class Line {
 public:
  explicit Line(int n) : reals_(2 * static_cast<std::size_t>(n)), codes_(reals_.size()), on_(reals_.size() / 2) {
    squared = reals_.data();
    result = squared + n;
    code = codes_.data();
    found = code + n;
    on = on_.data();
  }
  Line(const Line& other) = delete;
  Line(Line&& other) = default;
  Line& operator=(const Line& other) = delete;
  Line& operator=(Line&& other) = delete;
  ~Line() = default;

  float *squared, *result;      ///< Squared distance so far; negative outside. And after this pass.
  std::uint32_t *code, *found;  ///< To which crossing.
  float* on;                    ///< Where the surface cuts the edge to the next voxel; negative: nowhere.

 private:
  std::vector<float> reals_;
  std::vector<std::uint32_t> codes_;
  std::vector<float> on_;
};

std::vector<Line> lines_of(int n) {
  std::vector<Line> lines;
  lines.reserve(kWide);
  for (int i = 0; i < kWide; ++i) lines.emplace_back(n);
  return lines;
}

std::uint32_t moved(std::uint32_t code, unsigned axis, int by) {
  return code + (static_cast<std::uint32_t>(by) << (20U - 10U * axis));
}

float cut(std::int16_t here, std::int16_t there) { return (here ^ there) < 0 ? crossing(here, there) : -1.0F; }

/// Lets the nearest crossing on the line itself in, for every voxel that is inside (squared >= 0).
void own_crossings(Line& line, unsigned axis, int n, float spacing) {
  int edge = -1;
  for (int i = 0; i < n; ++i) {  // those before a voxel
    if (edge >= 0 && line.squared[i] >= 0.0F && i - edge <= Nearest::kReach) {
      const float d = spacing * (static_cast<float>(i - edge) - line.on[edge]);
      if (d * d < line.result[i]) {
        line.result[i] = d * d;
        line.found[i] = Nearest::on_line(axis, edge - i);
      }
    }
    if (line.on[i] >= 0.0F) edge = i;
  }
  edge = -1;
  for (int i = n - 1; i >= 0; --i) {  // those behind it
    if (line.on[i] >= 0.0F) edge = i;
    if (edge >= 0 && line.squared[i] >= 0.0F && edge - i <= Nearest::kReach) {
      const float d = spacing * (static_cast<float>(edge - i) + line.on[edge]);
      if (d * d < line.result[i]) {
        line.result[i] = d * d;
        line.found[i] = Nearest::on_line(axis, edge - i);
      }
    }
  }
}

/// Lets in what the other voxels of the line know.
void others(Line& line, unsigned axis, int n, float spacing) {
  const float unit = spacing * spacing;
  for (int i = 0; i < n; ++i) {
    if (line.squared[i] < 0.0F) continue;
    float best = line.result[i];
    std::uint32_t code = line.found[i];
    const int reach = std::min(std::max(i, n - 1 - i), Nearest::kReach);
    for (int k = 1; k <= reach; ++k) {
      const float way = unit * static_cast<float>(k) * static_cast<float>(k);
      if (way >= best) break;
      for (const int j : {i - k, i + k}) {
        if (j < 0 || j >= n || line.squared[j] < 0.0F) continue;
        const float d = line.squared[j] + way;
        if (d < best) {
          best = d;
          code = moved(line.code[j], axis, j - i);
        }
      }
    }
    line.result[i] = best;
    line.found[i] = code;
  }
}

/// The passes along y and z: lines beginning at `first`, `kWide` of them side by side.
void pass(const Grid& grid,
          const Field& field,
          unsigned axis,
          std::size_t first,
          int wide,
          float* distance,
          std::uint32_t* nearest,
          std::vector<Line>& lines) {
  const int n = grid.size[axis];
  const auto step = static_cast<std::size_t>(grid.step[axis]);
  for (int i = 0; i < n; ++i)
    for (int w = 0; w < wide; ++w) {
      const std::size_t v = first + static_cast<std::size_t>(i) * step + static_cast<std::size_t>(w);
      Line& line = lines[static_cast<std::size_t>(w)];
      line.squared[i] = line.result[i] = distance[v];
      line.code[i] = line.found[i] = nearest[v];
      line.on[i] = i + 1 < n ? cut(field[v], field[v + step]) : -1.0F;
    }
  for (int w = 0; w < wide; ++w) {
    Line& line = lines[static_cast<std::size_t>(w)];
    own_crossings(line, axis, n, grid.spacing_mm[axis]);
    others(line, axis, n, grid.spacing_mm[axis]);
  }
  for (int i = 0; i < n; ++i)
    for (int w = 0; w < wide; ++w) {
      const std::size_t v = first + static_cast<std::size_t>(i) * step + static_cast<std::size_t>(w);
      const Line& line = lines[static_cast<std::size_t>(w)];
      distance[v] = axis == 2 ? (line.squared[i] < 0.0F ? 0.0F : std::sqrt(line.result[i])) : line.result[i];
      nearest[v] = line.found[i];
    }
}

}  // namespace

void distances(const Grid& grid, const Field& field, float* distance_mm, std::vector<std::uint32_t>& nearest) {
  nearest.resize(grid.voxels);
  const auto [nx, ny, nz] = grid.size;
  tbb::parallel_for(0, nz, [&, nx = nx, ny = ny](int z) {
    Line row(nx);
    std::vector<Line> lines = lines_of(ny);
    for (int y = 0; y < ny; ++y) {
      const std::size_t v = grid.at(0, y, z);
      const std::int16_t* line = field.data() + v;
      for (int x = 0; x < nx; ++x) {
        row.squared[x] = row.result[x] = line[x] > 0 ? kFar : -1.0F;
        row.found[x] = Nearest::kNone;
        row.on[x] = x + 1 < nx ? cut(line[x], line[x + 1]) : -1.0F;
      }
      own_crossings(row, 0, nx, grid.spacing_mm[0]);
      std::copy_n(row.result, nx, distance_mm + v);
      std::copy_n(row.found, nx, nearest.begin() + static_cast<std::ptrdiff_t>(v));
    }
    for (int x = 0; x < nx; x += kWide)
      pass(grid, field, 1, grid.at(x, 0, z), std::min(kWide, nx - x), distance_mm, nearest.data(), lines);
  });
  tbb::parallel_for(0, ny, [&, nx = nx, nz = nz](int y) {
    std::vector<Line> lines = lines_of(nz);
    for (int x = 0; x < nx; x += kWide)
      pass(grid, field, 2, grid.at(x, y, 0), std::min(kWide, nx - x), distance_mm, nearest.data(), lines);
  });
}

}  // namespace ledd::thickness
