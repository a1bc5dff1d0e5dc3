#include "ridge.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <bit>
#include <limits>

#include "registers.h"
#include "vec.h"

namespace ledd::thickness {
namespace {

/// A voxel is of the ridge when the distance grows by less than this per millimetre towards every neighbour.
constexpr float kSlope = 0.6F;

void add(Touching& touching,
         const Grid& grid,
         const Field& field,
         const std::array<int, 3>& home,
         std::uint32_t code) {
  if (code == Nearest::kNone || !touching.is_new(code)) return;
  const unsigned axis = Nearest::axis(code);
  const std::array<int, 3> at = Nearest::first(code, grid);
  const std::size_t v = code / 3;
  Vec p = scaled(grid, {at[0] - home[0], at[1] - home[1], at[2] - home[2]});
  p[axis] += grid.spacing_mm[axis] * crossing(field[v], field[v + static_cast<std::size_t>(grid.step[axis])]);
  touching.points[touching.count++] = p;
}

/// Grows a sphere until no direction lets it grow: first away from the nearest point, then between two, then
/// on the axis of three. Every step is a linear equation, since all distances hold the same t squared.
class Growing {
 public:
  Growing(const Touching& touching, float farthest) : touching_(touching), farthest_(farthest) {
    radius_ = length(touching_.points[0]);
  }

  void grow() {
    if (!(radius_ > 0.0F)) return;
    if (!step(along({}, touching_.points[0], -1.0F / radius_), 1)) return;
    const Vec a = touching_.points[held_[0]], b = touching_.points[held_[1]];
    const Vec between = minus(centre_, along(a, minus(b, a), 0.5F));
    if (!pushes(between) || !step(unit(between), 2)) return;
    const Vec normal = cross(minus(b, a), minus(touching_.points[held_[2]], a));
    const float square = dot(normal, normal);
    if (!(square > 0.0F)) return;
    const Vec up = along({}, normal, dot(minus(centre_, a), normal) / square);
    if (pushes(up)) step(unit(up), 3);
  }

  const Vec& centre() const { return centre_; }
  float radius() const { return radius_; }

 private:
  /// Whether going this way makes the sphere grow by more than the surface's roughness does.
  bool pushes(const Vec& way) const { return length(way) > 0.15F * radius_; }

  /// Moves along `way` (of length 1) until the sphere that keeps its first points meets the next one.
  bool step(const Vec& way, std::size_t number) {
    const Vec& own = touching_.points[held_[0]];
    const auto end = held_.begin() + static_cast<std::ptrdiff_t>(number);
    float least = std::numeric_limits<float>::infinity();
    for (std::size_t j = 0; j < touching_.count; ++j) {
      const Vec& p = touching_.points[j];
      const float towards = 2.0F * dot(way, minus(p, own));
      if (!(towards > 1e-3F * radius_)) continue;
      const Vec w = minus(centre_, p);
      const float gap = std::max(0.0F, dot(w, w) - radius_ * radius_);
      if (!(gap < least * towards) || std::find(held_.begin(), end, j) != end) continue;
      least = gap / towards;
      held_[number] = j;
    }
    centre_ = along(centre_, way, std::min(least, farthest_));
    radius_ = length(minus(centre_, own));
    return least <= farthest_;
  }

  const Touching& touching_;
  float farthest_;
  Vec centre_{};
  float radius_ = 0.0F;
  std::array<std::size_t, 4> held_{};
};

/// Marks where the distance grows by more than `most`.
LEDD_WIDE_REGISTERS
void mark_rises(const float* here, const float* there, float most, int n, int* __restrict marks) {
  for (int x = 0; x < n; ++x) marks[x] |= there[x] - here[x] > most ? 1 : 0;
}

/// Marks those voxels of a row that are not of the ridge.
void flanks(const Grid& grid,
            const std::vector<Neighbour>& neighbours,
            const float* distance_mm,
            const std::array<int, 2>& yz,
            std::vector<int>& marks) {
  const int nx = grid.size[0];
  const float* row = distance_mm + grid.at(0, yz[0], yz[1]);
  std::fill(marks.begin(), marks.end(), 0);
  for (const Neighbour& n : neighbours) {
    if (!grid.holds(0, yz[0] + n.by[1], yz[1] + n.by[2])) continue;
    const int first = std::max(0, -n.by[0]), last = nx - std::max(0, n.by[0]);
    mark_rises(row + first, row + first + n.step, n.rise_mm, last - first, marks.data() + first);
  }
}

/// Calls visit for the numbers of all balls found within `way` voxels of a ball's voxel, while it says true.
template <class Visit>
void near(const Grid& grid, const float* index, std::uint32_t voxel, int way, const Visit& visit) {
  const int v = static_cast<int>(voxel), plane = grid.size[0] * grid.size[1];
  const std::array<int, 3> at{v % grid.size[0], v % plane / grid.size[0], v / plane};
  std::array<int, 3> from{}, to{};
  for (unsigned a = 0; a < 3; ++a) {
    from[a] = std::max(0, at[a] - way);
    to[a] = std::min(grid.size[a] - 1, at[a] + way);
  }
  for (int z = from[2]; z <= to[2]; ++z)
    for (int y = from[1]; y <= to[1]; ++y) {
      const float* row = index + grid.at(0, y, z);
      for (int x = from[0]; x <= to[0]; ++x) {
        const auto number = std::bit_cast<std::uint32_t>(row[x]);
        if (number != 0 && !visit(number - 1)) return;
      }
    }
}

/// The room of a map that is not needed yet holds, bit by bit, 1 + the number of the ball found in a voxel.
void fill(const Grid& grid, const std::vector<Ball>& balls, float* index) {
  std::fill_n(index, grid.voxels, std::bit_cast<float>(0U));
  for (std::size_t i = 0; i < balls.size(); ++i)
    index[balls[i].voxel] = std::bit_cast<float>(static_cast<std::uint32_t>(i + 1));
}

}  // namespace

std::vector<Neighbour> neighbours_of(const Grid& grid) {
  std::vector<Neighbour> all;
  for (int z = -1; z <= 1; ++z)
    for (int y = -1; y <= 1; ++y)
      for (int x = -1; x <= 1; ++x) {
        if (x == 0 && y == 0 && z == 0) continue;
        all.push_back(
            {{x, y, z}, x + y * grid.step[1] + z * grid.step[2], kSlope * length(scaled(grid, {x, y, z}))});
      }
  std::stable_sort(
      all.begin(), all.end(), [](const auto& a, const auto& b) { return a.rise_mm < b.rise_mm; });
  return all;
}

Ball grown(const Touching& touching, float farthest_mm) {
  Growing growing(touching, farthest_mm);
  growing.grow();
  return {growing.centre(), growing.radius()};
}

std::vector<Ball> inscribed_balls(const Grid& grid,
                                  const Field& field,
                                  const float* distance_mm,
                                  const std::vector<std::uint32_t>& nearest) {
  const std::vector<Neighbour> neighbours = neighbours_of(grid);
  const auto [nx, ny, nz] = grid.size;
  std::vector<std::vector<Ball>> by_slice(static_cast<std::size_t>(nz));
  tbb::parallel_for(0, nz, [&, nx = nx, ny = ny](int z) {
    std::vector<int> flank(static_cast<std::size_t>(nx));
    for (int y = 0; y < ny; ++y) {
      const std::int16_t* row = field.data() + grid.at(0, y, z);
      if (std::none_of(row, row + nx, [](std::int16_t f) { return f > 0; })) continue;
      flanks(grid, neighbours, distance_mm, {y, z}, flank);
      for (int x = 0; x < nx; ++x) {
        if (flank[static_cast<std::size_t>(x)] != 0 || row[x] < 0) continue;
        const std::size_t v = grid.at(x, y, z);
        if (nearest[v] == Nearest::kNone) continue;
        Touching touching;
        add(touching, grid, field, {x, y, z}, nearest[v]);
        for (const Neighbour& n : neighbours) {
          if (!grid.holds(x + n.by[0], y + n.by[1], z + n.by[2])) continue;
          const std::size_t w = v + static_cast<std::size_t>(n.step);
          if (field[w] > 0) add(touching, grid, field, {x, y, z}, nearest[w]);
        }
        Ball ball = grown(touching, grid.coarsest_mm());
        ball.centre_mm = along(scaled(grid, {x, y, z}), ball.centre_mm, 1.0F);
        ball.voxel = static_cast<std::uint32_t>(v);
        by_slice[static_cast<std::size_t>(z)].push_back(ball);
      }
    }
  });
  std::size_t count = 0;
  for (const auto& part : by_slice) count += part.size();
  std::vector<Ball> balls;
  balls.reserve(count);
  for (auto& part : by_slice) {
    balls.insert(balls.end(), part.begin(), part.end());
    part = {};
  }
  return balls;
}

void prune(const Grid& grid, float slack_mm, std::vector<Ball>& balls, float* index) {
  fill(grid, balls, index);
  std::vector<std::uint8_t> within(balls.size(), 0);
  tbb::parallel_for(std::size_t{0}, balls.size(), [&](std::size_t i) {
    const Ball& ball = balls[i];
    near(grid, index, ball.voxel, 1, [&](std::size_t j) {
      const Ball& other = balls[j];
      const bool larger = other.radius_mm > ball.radius_mm || (other.radius_mm == ball.radius_mm && j < i);
      const float rest = other.radius_mm + slack_mm - ball.radius_mm;
      const Vec w = minus(other.centre_mm, ball.centre_mm);
      within[i] = larger && dot(w, w) <= rest * rest;
      return within[i] == 0;
    });
  });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < balls.size(); ++i)
    if (within[i] == 0) balls[kept++] = balls[i];
  balls.resize(kept);
}

void even(const Grid& grid, float like_mm, std::vector<Ball>& balls, float* index) {
  fill(grid, balls, index);
  std::vector<float> radii(balls.size());
  tbb::parallel_for(std::size_t{0}, balls.size(), [&](std::size_t i) {
    float sum = 0.0F;
    int count = 0;
    near(grid, index, balls[i].voxel, 2, [&](std::size_t j) {
      const float more = balls[j].radius_mm - balls[i].radius_mm;
      if (std::abs(more) <= like_mm) {
        sum += more;
        ++count;
      }
      return true;
    });
    radii[i] = balls[i].radius_mm + sum / static_cast<float>(count);
  });
  for (std::size_t i = 0; i < balls.size(); ++i) balls[i].radius_mm = radii[i];
}

void keep_complete(const Grid& grid, float margin_mm, std::vector<Ball>& balls) {
  std::erase_if(balls, [&](const Ball& ball) {
    for (unsigned a = 0; a < 3; ++a) {
      const float last = grid.spacing_mm[a] * static_cast<float>(grid.size[a]);  // voxels have an extent
      const float at = ball.centre_mm[a] + 0.5F * grid.spacing_mm[a];
      if (std::min(at, last - at) < ball.radius_mm + margin_mm - 0.5F * grid.spacing_mm[a]) return true;
    }
    return false;
  });
}

}  // namespace ledd::thickness
