#include "ledd/isosurface/isosurface.h"

#include <fmt/format.h>
#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "ledd/mesh/vectors.h"

namespace ledd {
namespace {

constexpr std::uint32_t kNone = ~std::uint32_t{0};

struct Grid {
  const float* values;
  std::array<long, 3> size;
  std::array<long, 3> step;  ///< In the buffer, along each axis.
  double level;
  bool above(long n) const { return double{values[n]} > level; }
};

/// Mean of the crossings on the twelve edges of the cell whose first corner is voxel n; false without one.
bool crossing(const Grid& grid, long n, Point& mean) {
  int crossed = 0;
  Point sum{};
  for (unsigned a = 0; a < 3; ++a) {
    const unsigned b = (a + 1) % 3, c = (a + 2) % 3;
    for (long v = 0; v < 2; ++v)
      for (long u = 0; u < 2; ++u) {
        const long from = n + u * grid.step[b] + v * grid.step[c], to = from + grid.step[a];
        if (grid.above(from) == grid.above(to)) continue;
        const double low = grid.values[from], high = grid.values[to];
        sum[a] += (grid.level - low) / (high - low);
        sum[b] += static_cast<double>(u);
        sum[c] += static_cast<double>(v);
        ++crossed;
      }
  }
  if (crossed == 0) return false;
  mean = vec::scaled(sum, 1.0 / crossed);
  return true;
}

/// Moves a point onto the level, at most by `limit_mm`.
Point settled(const FieldSampler& sampler, double level, const Point& start, double limit_mm) {
  Point p = start;
  for (int round = 0; round < 3; ++round) {
    const Point slope = sampler.gradient(p);
    const double squared = vec::dot(slope, slope);
    if (!(squared > 1e-12)) return start;
    p = vec::along(p, (level - sampler.value(p)) / squared, slope);
  }
  return vec::distance(p, start) <= limit_mm ? p : start;
}

struct Cells {
  std::vector<std::uint32_t> point_of;  ///< By first corner.
  std::vector<Point> points_vox;
};

Cells cells_of(const Grid& grid) {
  Cells cells;
  cells.point_of.assign(static_cast<std::size_t>(grid.size[0] * grid.size[1] * grid.size[2]), kNone);
  for (long k = 0; k + 1 < grid.size[2]; ++k)
    for (long j = 0; j + 1 < grid.size[1]; ++j)
      for (long i = 0; i + 1 < grid.size[0]; ++i) {
        const long n = i + j * grid.step[1] + k * grid.step[2];
        const bool first = grid.above(n);
        bool mixed = false;
        for (long corner = 1; corner < 8 && !mixed; ++corner)
          mixed = grid.above(n + (corner & 1) + ((corner >> 1) & 1) * grid.step[1] +
                             (corner >> 2) * grid.step[2]) != first;
        Point within{};
        if (!mixed || !crossing(grid, n, within)) continue;
        cells.point_of[static_cast<std::size_t>(n)] = static_cast<std::uint32_t>(cells.points_vox.size());
        cells.points_vox.push_back({within[0] + static_cast<double>(i),
                                    within[1] + static_cast<double>(j),
                                    within[2] + static_cast<double>(k)});
      }
  return cells;
}

void push_quadrangle(TriangleMesh& mesh, std::array<std::uint32_t, 4> q, bool turned) {
  if (turned) std::swap(q[1], q[3]);
  const auto& p = mesh.points_lps_mm;
  if (vec::distance(p[q[0]], p[q[2]]) <= vec::distance(p[q[1]], p[q[3]])) {
    mesh.triangles.push_back({q[0], q[1], q[2]});
    mesh.triangles.push_back({q[0], q[2], q[3]});
  } else {
    mesh.triangles.push_back({q[0], q[1], q[3]});
    mesh.triangles.push_back({q[1], q[2], q[3]});
  }
}

/// The quadrangles across all crossed edges along axis a.
void push_faces(const Grid& grid, const Cells& cells, unsigned a, bool left_handed, TriangleMesh& mesh) {
  const unsigned b = (a + 1) % 3, c = (a + 2) % 3;
  std::array<long, 3> at{};
  for (at[2] = 0; at[2] < grid.size[2]; ++at[2])
    for (at[1] = 0; at[1] < grid.size[1]; ++at[1])
      for (at[0] = 0; at[0] < grid.size[0]; ++at[0]) {
        if (at[a] + 1 >= grid.size[a] || at[b] == 0 || at[c] == 0 || at[b] + 1 >= grid.size[b] ||
            at[c] + 1 >= grid.size[c])
          continue;
        const long n = at[0] + at[1] * grid.step[1] + at[2] * grid.step[2];
        const bool inside = grid.above(n);
        if (inside == grid.above(n + grid.step[a])) continue;
        const auto cell = [&](long u, long v) {
          return cells.point_of[static_cast<std::size_t>(n - u * grid.step[b] - v * grid.step[c])];
        };
        push_quadrangle(mesh, {cell(1, 1), cell(0, 1), cell(0, 0), cell(1, 0)}, inside == left_handed);
      }
}

}  // namespace

TriangleMesh isosurface(const Volume& field, double level) {
  const auto size = field.GetLargestPossibleRegion().GetSize();
  Grid grid{field.GetBufferPointer(), {}, {}, level};
  for (unsigned a = 0; a < 3; ++a) grid.size[a] = static_cast<long>(size[a]);
  grid.step = {1, grid.size[0], grid.size[0] * grid.size[1]};
  const std::size_t count = size[0] * size[1] * size[2];
  const float* wrong =
      std::find_if(grid.values, grid.values + count, [](float v) { return !std::isfinite(v); });
  if (wrong != grid.values + count)
    throw Error(Errc::kNumeric, fmt::format("voxel {} of a field is {}", wrong - grid.values, *wrong));
  const Cells cells = cells_of(grid);
  const FieldSampler sampler(field);
  TriangleMesh mesh;
  mesh.points_lps_mm.resize(cells.points_vox.size());
  const auto spacing = field.GetSpacing();
  const double limit_mm = std::max({spacing[0], spacing[1], spacing[2]});
  tbb::parallel_for(tbb::blocked_range<std::size_t>(0, cells.points_vox.size()), [&](const auto& range) {
    for (std::size_t n = range.begin(); n < range.end(); ++n)
      mesh.points_lps_mm[n] = settled(sampler, level, sampler.point_of(cells.points_vox[n]), limit_mm);
  });
  const auto& direction = field.GetDirection().GetVnlMatrix();
  const double determinant =
      direction(0, 0) * (direction(1, 1) * direction(2, 2) - direction(1, 2) * direction(2, 1)) -
      direction(0, 1) * (direction(1, 0) * direction(2, 2) - direction(1, 2) * direction(2, 0)) +
      direction(0, 2) * (direction(1, 0) * direction(2, 1) - direction(1, 1) * direction(2, 0));
  for (unsigned a = 0; a < 3; ++a) push_faces(grid, cells, a, determinant < 0.0, mesh);
  return mesh;
}

}  // namespace ledd
