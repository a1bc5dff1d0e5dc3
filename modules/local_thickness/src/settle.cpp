#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "ridge.h"
#include "vec.h"

namespace ledd::thickness {
namespace {
/// Planes farther from the sphere than this, in voxels, do not touch it.
constexpr float kWindow = 0.7F;
/// Distance, in voxels, from where on the way to the nearest point tells the normal better than the field.
constexpr float kFar = 4.0F;
/// Where the distance is larger than this, in voxels, the surface is looked at two voxels beside the nearest
/// point, and not one.
constexpr float kWide = 4.0F;

/// In a large sphere all directions are nearly as near, and only voxels some way off its centre see different
/// sides of it: so far, as a part of the radius.
constexpr float kStride = 0.2F;

using Index = std::array<int, 3>;

/// A tangent plane of the surface: the distance from it is up . x + offset, positive inside.
struct Plane {
  Vec up{};
  float offset = 0.0F;
};

/// The surface where it cuts an edge of the lattice. Balls beside each other touch the same places, so that
/// the last ones are kept: which, changes no result.
class Places {
 public:
  struct Place {
    std::uint32_t code = Nearest::kNone;
    float part = 0.0F;  ///< Of the edge, from its first voxel.
    Vec up{};           ///< The field's slope, into the inside, of length 1.
  };

  Places(const Grid& grid, const Field& field) : grid_(grid), field_(field), kept_(kKept) {}

  const Place& at(const Index& first, unsigned axis) {
    const std::uint32_t code = Nearest::pack(axis, grid_.at(first[0], first[1], first[2]));
    Place& place = kept_[code * 0x9E3779B1U >> 20U];
    if (place.code != code) place = look(code, first, axis);
    return place;
  }

 private:
  static constexpr std::size_t kKept = 4096;

  Place look(std::uint32_t code, const Index& at, unsigned axis) const {
    const auto step = [this](unsigned a) { return static_cast<std::size_t>(grid_.step[a]); };
    const std::size_t v = grid_.at(at[0], at[1], at[2]), w = v + step(axis);
    const float t = crossing(field_[v], field_[w]);
    Vec g{};
    for (unsigned a = 0; a < 3; ++a) {
      const std::size_t up = at[a] + 1 < grid_.size[a] ? step(a) : 0, down = at[a] > 0 ? step(a) : 0;
      const float rise = a == axis ? static_cast<float>(field_[w] - field_[v])
                                   : (up != 0 && down != 0 ? 0.5F : 1.0F) *
                                         ((1.0F - t) * static_cast<float>(field_[v + up] - field_[v - down]) +
                                          t * static_cast<float>(field_[w + up] - field_[w - down]));
      g[a] = rise / grid_.spacing_mm[a];
    }
    return {code, t, unit(g)};
  }

  const Grid& grid_;
  const Field& field_;
  std::vector<Place> kept_;
};

/// Looks at the surface from one ball's voxel; positions are in mm from there.
class View {
 public:
  View(const Grid& grid, const Field& field, Places& places, const Index& home)
      : grid_(grid), field_(field), places_(places), home_(home) {}

  /// Adds what voxel home + by sees: its nearest crossing and two beside.
  void add(const Index& by, std::uint32_t code) {
    if (code == Nearest::kNone) return;
    if (std::find(codes_.begin(), codes_.begin() + seen_, code) != codes_.begin() + seen_) return;
    codes_[static_cast<std::size_t>(seen_)] = code;
    const unsigned axis = Nearest::axis(code);
    const Index at = Nearest::first(code, grid_);
    const Vec from = scaled(grid_, by);
    const Vec foot = point(at, axis);
    plane(at, axis, foot, minus(from, foot));
    const bool falls = field_[grid_.at(at[0], at[1], at[2])] > 0;
    const unsigned across = (axis + 1 + static_cast<unsigned>(seen_) % 2) % 3;
    // Across thick slices, what lies beside is too far away to be of the same place.
    if (grid_.spacing_mm[across] > 1.5F * grid_.finest_mm()) {
      ++seen_;
      return;
    }
    const int side = length(minus(from, foot)) > kWide * grid_.finest_mm() ? 2 : 1;
    for (const int by_side : {-side, side}) {
      Index beside = at;
      beside[across] += by_side;
      if (beside[across] < 0 || beside[across] >= grid_.size[across]) continue;
      const std::size_t v = grid_.at(beside[0], beside[1], beside[2]);
      if ((field_[v] > 0) != falls || (field_[v + step(axis)] > 0) == falls) continue;
      const Vec q = point(beside, axis);
      // Whether the surface is bent or flat is not known: between the two ways, so that half of the error of
      // either is made.
      plane(beside, axis, q, along(along({}, minus(from, q), 0.3F), minus(from, foot), 0.7F));
    }
    ++seen_;
  }

  /// The ball whose surface lies in the mean of the planes that it touches, by least squares; its centre goes
  /// only where the planes say so. @return  Whether they hold it from more than one side.
  bool settle(Vec& x, float& radius, float& lean) const {
    float least = std::numeric_limits<float>::infinity();
    for (std::size_t j = 0; j < count_; ++j) least = std::min(least, distance(j, x));
    std::array<std::array<float, 5>, 4> m{};
    int used = 0;
    for (std::size_t j = 0; j < count_; ++j) {
      const float d = distance(j, x);
      if (d > least + kWindow * grid_.coarsest_mm()) continue;
      ++used;
      const std::array<float, 5> row{planes_[j].up[0], planes_[j].up[1], planes_[j].up[2], -1.0F, radius - d};
      for (std::size_t a = 0; a < 4; ++a)
        for (std::size_t b = a; b < 5; ++b) m[a][b] += row[a] * row[b];
    }
    const float n = static_cast<float>(used);
    lean = length({m[0][3], m[1][3], m[2][3]}) / n;
    if (!(lean <= 0.9F)) return false;
    for (std::size_t a = 0; a < 4; ++a) m[a][a] += (a < 3 ? 0.03F : 1e-6F) * n;
    const std::array<float, 4> by = solve(m);
    x = along(x, {by[0], by[1], by[2]}, 1.0F);
    radius += by[3];
    return radius > 0.0F;
  }

  /// Distance from the voxel to the nearest of the planes.
  float own_radius() const {
    float least = std::numeric_limits<float>::infinity();
    for (std::size_t j = 0; j < count_; ++j) least = std::min(least, planes_[j].offset);
    return std::max(least, 0.0F);
  }

  /// The nearest point lies at the border and is no foot: the true one is outside the image.
  bool beyond_border() const { return beyond_border_; }

 private:
  float distance(std::size_t j, const Vec& x) const { return dot(planes_[j].up, x) + planes_[j].offset; }
  std::size_t step(unsigned axis) const { return static_cast<std::size_t>(grid_.step[axis]); }
  Vec point(const Index& at, unsigned axis) const {
    Vec q = scaled(grid_, {at[0] - home_[0], at[1] - home_[1], at[2] - home_[2]});
    q[axis] += grid_.spacing_mm[axis] * places_.at(at, axis).part;
    return q;
  }

  void plane(const Index& at, unsigned axis, const Vec& q, const Vec& way) {
    bool border = false;
    for (unsigned a = 0; a < 3; ++a)
      border = border || at[a] == 0 || at[a] + (a == axis ? 2 : 1) >= grid_.size[a];
    Vec up = places_.at(at, axis).up;
    const float d = length(way);
    if (border) {
      beyond_border_ = beyond_border_ || (count_ == 0 && dot(up, way) < 0.9F * d);
    } else {
      const float ease = d / (kFar * grid_.finest_mm());
      up = unit(along(up, way, ease * ease / d));
    }
    planes_[count_++] = {up, -dot(up, q)};
  }

  /// Gauss on a symmetric positive matrix, of which the upper part is given.
  static std::array<float, 4> solve(std::array<std::array<float, 5>, 4>& m) {
    for (std::size_t a = 0; a < 4; ++a)
      for (std::size_t b = a + 1; b < 4; ++b) {
        const float k = m[a][b] / m[a][a];
        for (std::size_t c = b; c < 5; ++c) m[b][c] -= k * m[a][c];
      }
    std::array<float, 4> y{};
    for (std::size_t a = 4; a-- > 0;) {
      y[a] = m[a][4];
      for (std::size_t b = a + 1; b < 4; ++b) y[a] -= m[a][b] * y[b];
      y[a] /= m[a][a];
    }
    return y;
  }

  const Grid& grid_;
  const Field& field_;
  Places& places_;
  Index home_;
  std::array<std::uint32_t, 27> codes_;
  std::ptrdiff_t seen_ = 0;
  std::array<Plane, std::size_t{27} * 3> planes_;
  std::size_t count_ = 0;
  bool beyond_border_ = false;
};

/// What the voxels around a ball see, in all six directions and towards the corners.
void look_around(View& view, const Surface& surface, const Index& home, int stride) {
  const Grid& grid = surface.grid;
  for (int z = -1; z <= 1; ++z)
    for (int y = -1; y <= 1; ++y)
      for (int x = -1; x <= 1; ++x) {
        if (std::abs(x) + std::abs(y) + std::abs(z) == 2) continue;  // faces and corners do
        const Index by{x * stride, y * stride, z * stride};
        const Index at{home[0] + by[0], home[1] + by[1], home[2] + by[2]};
        if (!grid.holds(at[0], at[1], at[2])) continue;
        const std::size_t w = grid.at(at[0], at[1], at[2]);
        if (surface.field[w] > 0) view.add(by, surface.nearest[w]);
      }
}

void settle_one(const Surface& surface, Places& places, Ball& ball) {
  const Grid& grid = surface.grid;
  const int v = static_cast<int>(ball.voxel), plane = grid.size[0] * grid.size[1];
  const Index home{v % grid.size[0], v % plane / grid.size[0], v / plane};
  const int stride = std::max(1, static_cast<int>(std::lround(kStride * ball.radius_mm / grid.finest_mm())));
  View view(grid, surface.field, places, home);
  view.add({}, surface.nearest[ball.voxel]);
  look_around(view, surface, home, stride);
  const Vec here = scaled(grid, home);
  Vec centre = minus(ball.centre_mm, here);
  const bool held = !view.beyond_border() && view.settle(centre, ball.radius_mm, ball.lean);
  if (!held) {
    // What the border cuts in half, and single voxels, have no second side: as far as is known.
    bool border = false;
    for (unsigned a = 0; a < 3; ++a) border = border || home[a] == 0 || home[a] + 1 == grid.size[a];
    const float own = view.own_radius();
    ball.radius_mm = (border && !view.beyond_border()) || own < 0.75F * grid.finest_mm() ? own : 0.0F;
    ball.lean = 1.0F;
    centre = {};
  }
  ball.centre_mm = along(here, centre, 1.0F);
}

}  // namespace

void settle(const Surface& surface,
            std::array<float, 2> range_mm,
            const std::vector<float>& found_mm,
            std::vector<Ball>& balls) {
  constexpr std::size_t kTogether = 4096;
  tbb::parallel_for(tbb::blocked_range<std::size_t>(0, balls.size(), kTogether),
                    [&](const tbb::blocked_range<std::size_t>& range) {
                      Places places(surface.grid, surface.field);
                      for (std::size_t i = range.begin(); i != range.end(); ++i)
                        if (found_mm[i] >= range_mm[0] && found_mm[i] < range_mm[1])
                          settle_one(surface, places, balls[i]);
                    });
}

}  // namespace ledd::thickness
