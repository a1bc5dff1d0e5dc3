#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ledd/local_thickness/local_thickness.h"

#include "paint.h"
#include "vec.h"

namespace ledd {
namespace {

using namespace thickness;  // NOLINT(google-build-using-namespace): this module's own

constexpr std::uint32_t kNobody = 0xFFFFFFFFU;

/// Which of many points is nearest to each voxel, axis by axis: what a voxel's neighbours along a line know
/// is measured anew from the voxel. A point may lie half a voxel off its line, so that the search goes on one
/// voxel farther than a point on the line would need.
class NearestPoints {
 public:
  NearestPoints(const Grid& grid, const std::vector<Vec>& points_mm) : grid_(grid), points_(points_mm) {
    nearest_.assign(grid.voxels, kNobody);
    for (std::uint32_t i = 0; i < points_mm.size(); ++i) {
      std::array<int, 3> at{};
      for (unsigned a = 0; a < 3; ++a)
        at[a] = std::clamp(
            static_cast<int>(std::lround(points_mm[i][a] / grid.spacing_mm[a])), 0, grid.size[a] - 1);
      std::uint32_t& here = nearest_[grid.at(at[0], at[1], at[2])];
      if (here == kNobody || squared(at, i) < squared(at, here)) here = i;
    }
    for (unsigned axis = 0; axis < 3; ++axis) pass(axis);
  }

  std::vector<std::uint32_t> nearest_;

  float squared(const std::array<int, 3>& at, std::uint32_t point) const {
    const Vec w = minus(scaled(grid_, at), points_[point]);
    return dot(w, w);
  }

 private:
  /// A point as seen from a line: where along it, and how far beside it, squared.
  struct Entry {
    float along_mm = 0.0F, beside_mm2 = 0.0F;
    std::uint32_t point = kNobody;
  };

  /// Lines that begin beside one another along the first axis are read together: one alone would touch one
  /// number in each line of the cache.
  void pass(unsigned axis) {
    constexpr int kTogether = 16;
    const unsigned across = axis == 0 ? 1 : 0, parallel = axis == 2 ? 1 : 2;
    const int wide = axis == 0 ? 1 : kTogether;
    tbb::parallel_for(0, grid_.size[parallel], [&](int k) {
      std::vector<Entry> entries(static_cast<std::size_t>(wide * grid_.size[axis]));
      for (int j = 0; j < grid_.size[across]; j += wide) {
        std::array<int, 3> at{};
        at[across] = j;
        at[parallel] = k;
        pass_lines(axis, at, std::min(wide, grid_.size[across] - j), entries);
      }
    });
  }

  void pass_lines(unsigned axis, std::array<int, 3> at, int wide, std::vector<Entry>& entries) {
    const int n = grid_.size[axis];
    const std::size_t first = grid_.at(at[0], at[1], at[2]);
    const auto step = static_cast<std::size_t>(grid_.step[axis]);
    const auto entry = [&](int line, int i) -> Entry& {
      return entries[static_cast<std::size_t>(line) * static_cast<std::size_t>(n) +
                     static_cast<std::size_t>(i)];
    };
    const std::array<int, 3> start = at;
    for (int i = 0; i < n; ++i)
      for (int line = 0; line < wide; ++line) {
        at = start;
        at[0] += axis == 0 ? 0 : line;
        entry(line, i) = seen_from(
            axis, at, nearest_[first + static_cast<std::size_t>(i) * step + static_cast<std::size_t>(line)]);
      }
    for (int line = 0; line < wide; ++line)
      for (int i = 0; i < n; ++i)
        nearest_[first + static_cast<std::size_t>(i) * step + static_cast<std::size_t>(line)] =
            best(&entry(line, 0), n, i, grid_.spacing_mm[axis]);
  }

  Entry seen_from(unsigned axis, const std::array<int, 3>& line, std::uint32_t point) const {
    if (point == kNobody) return {};
    const Vec w = minus(scaled(grid_, line), points_[point]);
    return {points_[point][axis], dot(w, w) - w[axis] * w[axis], point};
  }

  static std::uint32_t best(const Entry* line, int n, int i, float spacing_mm) {
    const float here_mm = static_cast<float>(i) * spacing_mm;
    std::uint32_t found = kNobody, last = kNobody;
    float least = std::numeric_limits<float>::infinity();
    const auto look = [&](const Entry& entry) {
      if (entry.point == last || entry.point == kNobody) return;
      last = entry.point;
      const float along = here_mm - entry.along_mm;
      const float d = along * along + entry.beside_mm2;
      if (d >= least) return;
      least = d;
      found = entry.point;
    };
    look(line[i]);
    for (int way = 1; way < n; ++way) {
      const float far = static_cast<float>(way - 1) * spacing_mm;
      if (far * far >= least) break;
      if (i >= way) look(line[i - way]);
      if (i + way < n) look(line[i + way]);
    }
    return found;
  }

  const Grid& grid_;
  const std::vector<Vec>& points_;
};

/// Adds the middle between every two points that are at most two voxels apart: a sphere between mid-planes
/// would else sink in between their points.
void densify(const Grid& grid, std::vector<Vec>& points) {
  const float most = 2.0F * grid.coarsest_mm();
  std::vector<std::pair<std::size_t, std::uint32_t>> cells;
  const auto cell = [&](const Vec& p) {
    std::array<int, 3> at{};
    for (unsigned a = 0; a < 3; ++a) at[a] = std::clamp(static_cast<int>(p[a] / most), 0, grid.size[a]);
    return at;
  };
  const auto key = [&](const std::array<int, 3>& at) {
    const auto n = static_cast<std::size_t>(std::max({grid.size[0], grid.size[1], grid.size[2]})) + 2;
    return (static_cast<std::size_t>(at[2] + 1) * n + static_cast<std::size_t>(at[1] + 1)) * n +
           static_cast<std::size_t>(at[0] + 1);
  };
  const auto count = static_cast<std::uint32_t>(points.size());
  for (std::uint32_t i = 0; i < count; ++i) cells.emplace_back(key(cell(points[i])), i);
  std::sort(cells.begin(), cells.end());
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::array<int, 3> home = cell(points[i]);
    for (int z = -1; z <= 1; ++z)
      for (int y = -1; y <= 1; ++y) {
        const std::size_t first = key({home[0] - 1, home[1] + y, home[2] + z});
        auto it = std::lower_bound(cells.begin(), cells.end(), std::pair{first, std::uint32_t{0}});
        for (; it != cells.end() && it->first <= first + 2; ++it) {
          const Vec way = minus(points[it->second], points[i]);
          if (it->second > i && length(way) <= most) points.push_back(along(points[i], way, 0.5F));
        }
      }
  }
}

/// The largest spheres between the points, from the voxels of the ridge of their distance.
std::vector<Ball> balls_between(const Grid& grid,
                                const std::vector<Vec>& points,
                                const std::vector<std::uint32_t>& nearest,
                                const float* distance_mm) {
  const std::vector<Neighbour> neighbours = neighbours_of(grid);
  const auto [nx, ny, nz] = grid.size;
  std::vector<std::vector<Ball>> by_slice(static_cast<std::size_t>(nz));
  tbb::parallel_for(0, nz, [&, nx = nx, ny = ny, nz = nz](int z) {
    for (int y = 0; y < ny; ++y)
      for (int x = 0; x < nx; ++x) {
        const std::size_t v = grid.at(x, y, z);
        const auto there = [&](const Neighbour& n) {
          return x + n.by[0] >= 0 && x + n.by[0] < nx && y + n.by[1] >= 0 && y + n.by[1] < ny &&
                 z + n.by[2] >= 0 && z + n.by[2] < nz;
        };
        const bool flank = std::any_of(neighbours.begin(), neighbours.end(), [&](const Neighbour& n) {
          return there(n) &&
                 distance_mm[static_cast<std::ptrdiff_t>(v) + n.step] - distance_mm[v] > n.rise_mm;
        });
        if (flank || !(distance_mm[v] > 0.0F)) continue;
        const Vec home = scaled(grid, {x, y, z});
        Touching touching;
        const auto add = [&](std::size_t w) {
          if (touching.is_new(nearest[w]))
            touching.points[touching.count++] = minus(points[nearest[w]], home);
        };
        add(v);
        for (const Neighbour& n : neighbours)
          if (there(n)) add(v + static_cast<std::size_t>(n.step));
        Ball ball = grown(touching, grid.coarsest_mm());
        ball.centre_mm = along(home, ball.centre_mm, 1.0F);
        ball.voxel = static_cast<std::uint32_t>(v);
        by_slice[static_cast<std::size_t>(z)].push_back(ball);
      }
  });
  std::vector<Ball> balls;
  for (const auto& part : by_slice) balls.insert(balls.end(), part.begin(), part.end());
  return balls;
}

}  // namespace

Volume::Pointer mid_axis_spacing(const itk::ImageBase<3>& image,
                                 const std::vector<MidAxisBall>& mid_axis,
                                 Context& context,
                                 double max_lean) {
  const Grid grid(image);
  std::vector<Vec> points;
  float mean_radius_mm = 0.0F;
  for (const MidAxisBall& ball : mid_axis) {
    if (ball.lean > max_lean) continue;
    Vec p{};
    for (unsigned a = 0; a < 3; ++a) p[a] = static_cast<float>(ball.centre_vox[a]) * grid.spacing_mm[a];
    points.push_back(p);
    mean_radius_mm += static_cast<float>(ball.radius_mm);
  }
  require(!points.empty(), Errc::kInput, "distance of mid-axes: there is no mid-axis");
  mean_radius_mm /= static_cast<float>(points.size());
  densify(grid, points);
  auto spacing = Volume::New();
  spacing->CopyInformation(&image);
  spacing->SetRegions(image.GetLargestPossibleRegion());
  spacing->Allocate();
  float* out = spacing->GetBufferPointer();
  std::vector<Ball> balls;
  {
    const NearestPoints transform(grid, points);
    tbb::parallel_for(0, grid.size[2], [&](int z) {
      for (int y = 0; y < grid.size[1]; ++y)
        for (int x = 0; x < grid.size[0]; ++x) {
          const std::size_t v = grid.at(x, y, z);
          out[v] = std::sqrt(transform.squared({x, y, z}, transform.nearest_[v]));
        }
    });
    context.throw_if_cancelled();
    balls = balls_between(grid, points, transform.nearest_, out);
  }
  // Where a structure is cut so that its other side is outside the image, it has no mid-axis.
  keep_complete(grid, mean_radius_mm, balls);
  prune(grid, 0.25F * grid.finest_mm(), balls, out);
  paint(grid, balls, 0.0F, out);
  return spacing;
}

}  // namespace ledd
