#include "ridge.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <cstdlib>

namespace ledd::thickness {
namespace {

/// A voxel is of the ridge when the distance grows by less than this per millimetre towards every neighbour.
constexpr float kSlope = 0.9F;

Vec minus(const Vec& a, const Vec& b) { return {a[0] - b[0], a[1] - b[1], a[2] - b[2]}; }
Vec along(const Vec& a, const Vec& u, float t) { return {a[0] + t * u[0], a[1] + t * u[1], a[2] + t * u[2]}; }
float dot(const Vec& a, const Vec& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }
float length(const Vec& a) { return std::sqrt(dot(a, a)); }
Vec cross(const Vec& a, const Vec& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

inline float blend() { static const float b = std::getenv("LT_BLEND") ? static_cast<float>(std::atof(std::getenv("LT_BLEND"))) : 4.0F; return b; }

/// Unit vector into the inside, from the field around a point on an edge.
Vec slope(const Grid& grid, const Field& field, const std::array<int, 3>& at, unsigned axis, float t) {
  const std::size_t v = grid.at(at[0], at[1], at[2]);
  const std::size_t w = v + static_cast<std::size_t>(grid.step[axis]);
  Vec g{};
  for (unsigned a = 0; a < 3; ++a) {
    if (a == axis) {
      g[a] = static_cast<float>(field[w] - field[v]);
    } else {
      const auto up = static_cast<std::size_t>(at[a] + 1 < grid.size[a] ? grid.step[a] : 0);
      const auto down = static_cast<std::size_t>(at[a] > 0 ? grid.step[a] : 0);
      const float scale = up != 0 && down != 0 ? 0.5F : 1.0F;
      g[a] = scale * ((1.0F - t) * static_cast<float>(field[v + up] - field[v - down]) +
                      t * static_cast<float>(field[w + up] - field[w - down]));
    }
    g[a] /= grid.spacing_mm[a];
  }
  return along({}, g, 1.0F / length(g));
}

/// A tangent plane of the surface: the distance from it is up . x + offset, positive inside.
struct Facet {
  Vec up{};
  float offset = 0.0F;
};

/// The points of the surface nearest to a voxel and its neighbours, in mm from the voxel, the first one being
/// its own; and the tangent planes there and one voxel beside.
struct Touching {
  std::array<Vec, 27> points;
  std::array<std::uint64_t, 27> keys;
  std::size_t count = 0;
  std::array<Facet, 27 * 5> facets;
  std::size_t facet_count = 0;
  bool beyond_border = false;

  /// @param home  The voxel.  @param by  Step to its neighbour, whose nearest crossing is `code`.
  void add(const Grid& grid,
           const Field& field,
           const std::array<int, 3>& home,
           const std::array<int, 3>& by,
           std::uint32_t code) {
    if (code == Nearest::kNone) return;
    const unsigned axis = Nearest::axis(code);
    const std::array<int, 3> offset = Nearest::offset(code);
    std::array<int, 3> at = home;
    for (unsigned a = 0; a < 3; ++a) at[a] += by[a] + offset[a];
    const std::size_t edge = grid.at(at[0], at[1], at[2]);
    const std::uint64_t key = static_cast<std::uint64_t>(edge) * 4 + axis;
    for (std::size_t i = 0; i < count; ++i)
      if (keys[i] == key) return;
    const Vec here{grid.spacing_mm[0] * static_cast<float>(by[0]),
                   grid.spacing_mm[1] * static_cast<float>(by[1]),
                   grid.spacing_mm[2] * static_cast<float>(by[2])};
    points[count] = facet(grid, field, home, at, axis, here, nullptr);
    keys[count++] = key;
    const bool falls = field[edge] > 0;
    for (unsigned a = 0; a < 3; ++a)
      for (const int side : {-1, 1}) {
        std::array<int, 3> beside = at;
        beside[a] += side;
        if (a == axis || beside[a] < 0 || beside[a] >= grid.size[a]) continue;
        const std::size_t v = grid.at(beside[0], beside[1], beside[2]);
        const std::size_t w = v + static_cast<std::size_t>(grid.step[axis]);
        if ((field[v] > 0) == falls && (field[w] > 0) != falls) facet(grid, field, home, beside, axis, here, &points[count - 1]);
      }
  }

 private:
  /// The point of an edge, whose tangent plane is added.
  Vec facet(const Grid& grid, const Field& field, const std::array<int, 3>& home, const std::array<int, 3>& at, unsigned axis, const Vec& seen_from, const Vec* main) {
    const std::size_t v = grid.at(at[0], at[1], at[2]);
    const float t = crossing(field[v], field[v + static_cast<std::size_t>(grid.step[axis])]);
    Vec q{};
    bool border = false;
    for (unsigned a = 0; a < 3; ++a) {
      q[a] = grid.spacing_mm[a] * (static_cast<float>(at[a] - home[a]) + (a == axis ? t : 0.0F));
      border = border || at[a] == 0 || at[a] + 1 + (a == axis ? 1 : 0) >= grid.size[a];
    }
    Vec up = slope(grid, field, at, axis, t);
    if (border && main == nullptr && count == 0 && dot(up, minus(seen_from, q)) < 0.9F * length(minus(seen_from, q))) beyond_border = true;
    if (!border) {
      Vec way = minus(seen_from, q);
      if (main != nullptr) way = along(along({}, way, 0.3F), minus(seen_from, *main), 0.7F);
      const float d = length(way);
      const float ease = d / (blend() * grid.finest_mm());
      up = along(up, way, ease * ease / d);
      up = along({}, up, 1.0F / length(up));
    }
    facets[facet_count++] = {up, -dot(up, q)};
    return q;
  }
};

/// Least squares
inline bool settle(const Touching& t, float window, Vec& x, float& r) {
  float least = std::numeric_limits<float>::infinity();
  for (std::size_t j = 0; j < t.facet_count; ++j) least = std::min(least, t.facets[j].offset + dot(t.facets[j].up, x));
  double m[4][5] = {};
  int used = 0;
  for (std::size_t j = 0; j < t.facet_count; ++j) {
    const float f = t.facets[j].offset + dot(t.facets[j].up, x);
    if (f > least + window) continue;
    ++used;
    const double row[4] = {t.facets[j].up[0], t.facets[j].up[1], t.facets[j].up[2], -1.0};
    for (int a = 0; a < 4; ++a) {
      for (int b = 0; b < 4; ++b) m[a][b] += row[a] * row[b];
      m[a][4] -= row[a] * (f - r);
    }
  }
  for (int a = 0; a < 3; ++a) m[a][a] += 0.03 * used;
  const double lean = std::sqrt(m[0][3] * m[0][3] + m[1][3] * m[1][3] + m[2][3] * m[2][3]);
  if (lean > 0.9 * used) return false;
  m[3][3] += 1e-6;
  for (int a = 0; a < 4; ++a)
    for (int b = a + 1; b < 4; ++b) {
      const double k = m[b][a] / m[a][a];
      for (int c = a; c < 5; ++c) m[b][c] -= k * m[a][c];
    }
  double y[4];
  for (int a = 3; a >= 0; --a) {
    y[a] = m[a][4];
    for (int b = a + 1; b < 4; ++b) y[a] -= m[a][b] * y[b];
    y[a] /= m[a][a];
  }
  for (unsigned a = 0; a < 3; ++a) x[a] += static_cast<float>(y[a]);
  r += static_cast<float>(y[3]);
  return true;
}

/// Grows a sphere until no direction lets it grow: first away from the nearest point, then between two, then
/// on the axis of three. Every step is a linear equation, since all distances hold the same t squared.
class Growing {
 public:
  Growing(const Touching& touching, float farthest) : touching_(touching), farthest_(farthest) {
    radius_ = length(touching_.points[0]);
    held_[0] = 0;
  }

  /// @return  Whether the sphere met a second point near its first centre.
  bool grow() {
    if (!(radius_ > 0.0F)) return false;
    if (!step(along({}, touching_.points[0], -1.0F / radius_), 1)) return false;
    const Vec a = touching_.points[held_[0]], b = touching_.points[held_[1]];
    const Vec between = minus(centre_, along(a, minus(b, a), 0.5F));
    if (!pushes(between)) return true;
    if (!step(along({}, between, 1.0F / length(between)), 2)) return true;
    const Vec c = touching_.points[held_[2]];
    const Vec normal = cross(minus(b, a), minus(c, a));
    const float square = dot(normal, normal);
    if (!(square > 0.0F)) return true;
    const Vec up = along({}, normal, dot(minus(centre_, a), normal) / square);
    if (pushes(up)) step(along({}, up, 1.0F / length(up)), 3);
    return true;
  }

  const Vec& centre() const { return centre_; }
  float radius() const { return radius_; }

 private:
  /// Whether going this way makes the sphere grow by more than the surface's roughness.
  bool pushes(const Vec& way) const { return length(way) > 0.15F * radius_; }

  /// Moves along `way` (of length 1) until the sphere that keeps its first points meets the next one.
  bool step(const Vec& way, std::size_t number) {
    const Vec& own = touching_.points[held_[0]];
    float least = std::numeric_limits<float>::infinity();
    for (std::size_t j = 0; j < touching_.count; ++j) {
      if (std::find(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(number), j) !=
          held_.begin() + static_cast<std::ptrdiff_t>(number))
        continue;
      const Vec& p = touching_.points[j];
      const float towards = 2.0F * dot(way, minus(p, own));
      if (!(towards > 1e-3F * radius_)) continue;
      const Vec w = minus(centre_, p);
      const float t = std::max(0.0F, (dot(w, w) - radius_ * radius_) / towards);
      if (t < least) {
        least = t;
        held_[number] = j;
      }
    }
    const bool met = least <= farthest_;
    centre_ = along(centre_, way, std::min(least, farthest_));
    radius_ = length(minus(centre_, own));
    return met;
  }

  const Touching& touching_;
  float farthest_;
  Vec centre_{};
  float radius_ = 0.0F;
  std::array<std::size_t, 4> held_{};
};

/// Steps to the 26 neighbours.
struct Neighbour {
  std::array<int, 3> by{};
  std::ptrdiff_t step = 0;
  float rise_mm = 0.0F;
};
std::vector<Neighbour> neighbours_of(const Grid& grid) {
  std::vector<Neighbour> all;
  for (int z = -1; z <= 1; ++z)
    for (int y = -1; y <= 1; ++y)
      for (int x = -1; x <= 1; ++x) {
        if (x == 0 && y == 0 && z == 0) continue;
        const Vec way{static_cast<float>(x) * grid.spacing_mm[0],
                      static_cast<float>(y) * grid.spacing_mm[1],
                      static_cast<float>(z) * grid.spacing_mm[2]};
        all.push_back({{x, y, z}, x + y * grid.step[1] + z * grid.step[2], kSlope * length(way)});
      }
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.rise_mm < b.rise_mm; });
  return all;
}

}  // namespace

std::vector<Ball> inscribed_balls(const Grid& grid,
                                  const Field& field,
                                  const float* distance_mm,
                                  std::vector<std::uint32_t>& nearest) {
  const std::vector<Neighbour> neighbours = neighbours_of(grid);
  const auto [nx, ny, nz] = grid.size;
  std::vector<std::vector<Ball>> by_slice(static_cast<std::size_t>(nz));
  tbb::parallel_for(0, nz, [&, nx = nx, ny = ny, nz = nz](int z) {
    for (int y = 0; y < ny; ++y)
      for (int x = 0; x < nx; ++x) {
        const std::size_t v = grid.at(x, y, z);
        const float d = distance_mm[v];
        if (!(d > 0.0F) || nearest[v] == Nearest::kNone) continue;
        const bool within = x > 0 && y > 0 && z > 0 && x + 1 < nx && y + 1 < ny && z + 1 < nz;
        const auto there = [&](const Neighbour& n) {
          return within || (x + n.by[0] >= 0 && x + n.by[0] < nx && y + n.by[1] >= 0 && y + n.by[1] < ny &&
                            z + n.by[2] >= 0 && z + n.by[2] < nz);
        };
        const bool ridge = std::none_of(neighbours.begin(), neighbours.end(), [&](const Neighbour& n) {
          return there(n) && distance_mm[static_cast<std::ptrdiff_t>(v) + n.step] - d > n.rise_mm;
        });
        if (!ridge) continue;
        Touching touching;
        touching.add(grid, field, {x, y, z}, {}, nearest[v]);
        for (const Neighbour& n : neighbours) {
          if (!there(n)) continue;
          const std::size_t w = v + static_cast<std::size_t>(n.step);
          if (distance_mm[w] > 0.0F) touching.add(grid, field, {x, y, z}, n.by, nearest[w]);
        }
        Growing growing(touching, grid.finest_mm());
        growing.grow();
        Vec centre = growing.centre();
        float radius = growing.radius();
        if (touching.beyond_border) continue;
        static const float window = static_cast<float>(std::atof(std::getenv("LT_LSQ")));
        if (!settle(touching, window * grid.finest_mm(), centre, radius)) continue;
        const Vec at{static_cast<float>(x) * grid.spacing_mm[0],
                     static_cast<float>(y) * grid.spacing_mm[1],
                     static_cast<float>(z) * grid.spacing_mm[2]};
        by_slice[static_cast<std::size_t>(z)].push_back({along(at, centre, 1.0F), radius, static_cast<std::uint32_t>(v)});
      }
  });
  std::vector<Ball> balls;
  for (auto& part : by_slice) balls.insert(balls.end(), part.begin(), part.end());
  const int reach = std::getenv("LT_AVG") ? std::atoi(std::getenv("LT_AVG")) : 2;
  const float like = std::getenv("LT_LIKE") ? static_cast<float>(std::atof(std::getenv("LT_LIKE"))) : 0.5F;
  const float slack = (std::getenv("LT_SLACK") ? static_cast<float>(std::atof(std::getenv("LT_SLACK"))) : 0.2F) * grid.finest_mm();
  const auto near = [&, nx = nx, ny = ny, nz = nz](const Ball& b, int way, const auto& visit) {
      const int v = static_cast<int>(b.voxel), x = v % nx, y = v / nx % ny, z = v / nx / ny;
      for (int c = std::max(0, z - way); c <= std::min(nz - 1, z + way); ++c)
        for (int k = std::max(0, y - way); k <= std::min(ny - 1, y + way); ++k)
          for (int j = std::max(0, x - way); j <= std::min(nx - 1, x + way); ++j) {
            const std::uint32_t id = nearest[grid.at(j, k, c)];
            if (id != 0 && !visit(id - 1)) return;
          }
  };
  const auto index = [&] {
    std::fill(nearest.begin(), nearest.end(), 0U);
    for (std::size_t i = 0; i < balls.size(); ++i) nearest[balls[i].voxel] = static_cast<std::uint32_t>(i + 1);
  };
  std::vector<float> radii(balls.size());
  index();
  tbb::parallel_for(std::size_t{0}, balls.size(), [&](std::size_t i) {
    const Ball& b = balls[i];
    radii[i] = b.radius_mm;
    near(b, 2, [&](std::size_t j) {
      const Ball& o = balls[j];
      if (!(o.radius_mm > b.radius_mm || (o.radius_mm == b.radius_mm && j < i))) return true;
      if (length(minus(o.centre_mm, b.centre_mm)) + b.radius_mm > o.radius_mm + slack) return true;
      radii[i] = -1.0F;
      return false;
    });
  });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < balls.size(); ++i)
    if (radii[i] > 0.0F) balls[kept++] = balls[i];
  balls.resize(kept);
  if (reach > 0) {
    index();
    tbb::parallel_for(std::size_t{0}, balls.size(), [&](std::size_t i) {
      double sum = 0; int n = 0;
      near(balls[i], reach, [&](std::size_t j) {
            const float r = balls[j].radius_mm;
            if (std::abs(r - balls[i].radius_mm) <= like * grid.finest_mm()) { sum += r; ++n; }
            return true;
          });
      radii[i] = static_cast<float>(sum / n);
    });
    for (std::size_t i = 0; i < balls.size(); ++i) balls[i].radius_mm = radii[i];
  }
  return balls;
}

}  // namespace ledd::thickness
