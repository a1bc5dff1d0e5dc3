#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ledd/mesh/vectors.h"

#include "parts.h"

namespace ledd::cartilage {
namespace {

constexpr float kUnknown = std::numeric_limits<float>::quiet_NaN();
constexpr double kLeast = 0.02;  ///< Least part of a grid step to a surface: keeps the weights finite.

/// Nodes on the patient's axes; what lies between both surfaces is solved for.
struct Grid {
  Point origin_lps_mm{};
  double step_mm = 0.0;
  std::array<long, 3> size{}, stride{};
  std::vector<std::uint8_t> near;  ///< Close to cartilage: the fields are read there alone.
  std::vector<float> bone, both;   ///< Occupancy - 0.5 at near nodes.
  std::vector<float> u;            ///< 0 on the bone, 1 on the cartilage's surface; NaN where unknown.
  std::size_t count() const { return near.size(); }
  Point point(long n) const {
    const std::array<long, 3> at{n % size[0], n / stride[1] % size[1], n / stride[2]};
    Point p = origin_lps_mm;
    for (unsigned a = 0; a < 3; ++a) p[a] += step_mm * static_cast<double>(at[a]);
    return p;
  }
};

template <class Each>
void for_cartilage(const Labels& labels, const CartilageLayer& layer, const Each& each) {
  std::vector<std::uint8_t> wanted(65536, 0);
  for (const auto& plate : layer.plates) wanted[plate.id] = 1;
  const std::uint16_t* id = labels.GetBufferPointer();
  const std::size_t count = labels.GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t n = 0; n < count; ++n) {
    if (wanted[id[n]] == 0) continue;
    Labels::PointType p;
    labels.TransformIndexToPhysicalPoint(labels.ComputeIndex(static_cast<long>(n)), p);
    each(Point{p[0], p[1], p[2]});
  }
}

Grid grid_around(const Labels& labels, const CartilageLayer& layer, double step_mm) {
  constexpr double kFar = std::numeric_limits<double>::infinity();
  Point low{kFar, kFar, kFar}, high{-kFar, -kFar, -kFar};
  for_cartilage(labels, layer, [&](const Point& p) {
    for (unsigned a = 0; a < 3; ++a) {
      low[a] = std::min(low[a], p[a]);
      high[a] = std::max(high[a], p[a]);
    }
  });
  const auto spacing = labels.GetSpacing();
  const double reach_mm = std::max({spacing[0], spacing[1], spacing[2]}) + 3.0 * step_mm;
  Grid grid;
  grid.step_mm = step_mm;
  for (unsigned a = 0; a < 3; ++a) {
    grid.origin_lps_mm[a] = low[a] - reach_mm - 2 * step_mm;
    grid.size[a] = static_cast<long>(std::ceil((high[a] - low[a] + 2 * reach_mm) / step_mm)) + 5;
  }
  grid.stride = {1, grid.size[0], grid.size[0] * grid.size[1]};
  grid.near.assign(static_cast<std::size_t>(grid.stride[2] * grid.size[2]), 0);
  const long reach = static_cast<long>(std::ceil(reach_mm / step_mm));
  for_cartilage(labels, layer, [&](const Point& p) {
    std::array<long, 3> at{};
    for (unsigned a = 0; a < 3; ++a) at[a] = std::lround((p[a] - grid.origin_lps_mm[a]) / step_mm);
    for (long k = std::max(2L, at[2] - reach); k <= std::min(grid.size[2] - 3, at[2] + reach); ++k)
      for (long j = std::max(2L, at[1] - reach); j <= std::min(grid.size[1] - 3, at[1] + reach); ++j) {
        const long from = std::max(2L, at[0] - reach), to = std::min(grid.size[0] - 3, at[0] + reach);
        auto* row = grid.near.data() + j * grid.stride[1] + k * grid.stride[2];
        std::fill(row + from, row + to + 1, std::uint8_t{1});
      }
  });
  return grid;
}

void read_fields(const Bodies& bodies, Grid& grid) {
  const FieldSampler bone(*bodies.bone), both(*bodies.both);
  grid.bone.assign(grid.count(), kUnknown);
  grid.both.assign(grid.count(), kUnknown);
  tbb::parallel_for(tbb::blocked_range<std::size_t>(0, grid.count()), [&](const auto& range) {
    for (std::size_t n = range.begin(); n < range.end(); ++n) {
      if (grid.near[n] == 0) continue;
      const Point p = grid.point(static_cast<long>(n));
      grid.bone[n] = static_cast<float>(bone.value(p) - 0.5);
      grid.both[n] = static_cast<float>(both.value(p) - 0.5);
    }
  });
}

/// One node with its six neighbours: u = sum of weight * value, where a surface in between has its own value.
struct Stencil {
  std::uint32_t node;
  std::array<std::uint32_t, 6> from;  ///< Neighbours; own index for a surface or where the solved part ends.
  std::array<float, 6> weight;
  float fixed = 0.0F;  ///< What the surfaces give.
};

/// Part of the step from node n to node q at which a surface lies, and its value; 1 when q is in the layer.
struct Way {
  double part = 1.0;
  float surface = 0.0F;
  enum { kLayer, kSurface, kEnd } to = kLayer;
};

Way way(const Grid& grid, std::size_t n, std::size_t q) {
  if (grid.near[q] == 0) return {1.0, 0.0F, Way::kEnd};
  const auto part = [](float here, float there) {
    return std::clamp(double{here} / (double{here} - double{there}), kLeast, 1.0);
  };
  if (grid.bone[q] >= 0.0F) return {part(grid.bone[n], grid.bone[q]), 0.0F, Way::kSurface};
  if (grid.both[q] <= 0.0F) return {part(grid.both[n], grid.both[q]), 1.0F, Way::kSurface};
  return {};
}

bool in_layer(const Grid& grid, std::size_t n) {
  return grid.near[n] != 0 && grid.bone[n] < 0.0F && grid.both[n] > 0.0F;
}

/// Shortley and Weller, J Appl Phys 9:334, 1938: second differences with unequal steps. Where the solved part
/// ends sideways, no flux.
Stencil stencil(const Grid& grid, std::size_t n) {
  Stencil s{static_cast<std::uint32_t>(n), {}, {}};
  std::array<double, 6> weights{};
  double sum = 0.0, fixed = 0.0;
  for (unsigned a = 0; a < 3; ++a) {
    const auto stride = static_cast<std::size_t>(grid.stride[a]);
    const std::array<std::size_t, 2> q{n - stride, n + stride};
    const std::array<Way, 2> ways{way(grid, n, q[0]), way(grid, n, q[1])};
    for (unsigned side = 0; side < 2; ++side) {
      s.from[2 * a + side] = s.node;
      if (ways[side].to == Way::kEnd) continue;
      const double w = 2.0 / (ways[side].part * (ways[0].part + ways[1].part));
      sum += w;
      if (ways[side].to == Way::kLayer) {
        weights[2 * a + side] = w;
        s.from[2 * a + side] = static_cast<std::uint32_t>(q[side]);
      } else {
        fixed += w * double{ways[side].surface};
      }
    }
  }
  for (unsigned e = 0; e < 6; ++e) s.weight[e] = sum > 0.0 ? static_cast<float>(weights[e] / sum) : 0.0F;
  s.fixed = sum > 0.0 ? static_cast<float>(fixed / sum) : 0.5F;
  return s;
}

/// Over-relaxation on the two colours of a chess board in turn: the same result for any number of threads.
void solve(Grid& grid) {
  std::array<std::vector<Stencil>, 2> colours;
  grid.u.assign(grid.count(), kUnknown);
  for (std::size_t n = 0; n < grid.count(); ++n) {
    if (!in_layer(grid, n)) continue;
    const auto at = static_cast<long>(n);
    const long parity = at % grid.size[0] + at / grid.stride[1] % grid.size[1] + at / grid.stride[2];
    colours[static_cast<std::size_t>(parity % 2)].push_back(stencil(grid, n));
    grid.u[n] = 0.5F;
  }
  constexpr float kOver = 1.6F;
  constexpr int kSweeps = 80;  // a layer has few nodes across; the change after 80 sweeps is below 1e-4
  for (int sweep = 0; sweep < kSweeps; ++sweep)
    for (const auto& colour : colours)
      tbb::parallel_for(tbb::blocked_range<std::size_t>(0, colour.size()), [&](const auto& range) {
        for (std::size_t c = range.begin(); c < range.end(); ++c) {
          const Stencil& s = colour[c];
          float next = s.fixed;
          for (unsigned e = 0; e < 6; ++e) next += s.weight[e] * grid.u[s.from[e]];
          grid.u[s.node] += kOver * (next - grid.u[s.node]);
        }
      });
}

/// The field continued beyond both surfaces, so that its slope can be read on them: linear through the
/// surface for the nodes next to the layer, then linear from those.
void extend(Grid& grid) {
  for (int ring = 0; ring < 2; ++ring) {
    std::vector<std::pair<std::size_t, float>> found;
    for (std::size_t n = 0; n < grid.count(); ++n) {
      if (grid.near[n] == 0 || !std::isnan(grid.u[n])) continue;
      double sum = 0.0, weights = 0.0;
      for (unsigned a = 0; a < 3; ++a)
        for (const long sign : {-1L, 1L}) {
          const auto q = static_cast<std::size_t>(static_cast<long>(n) + sign * grid.stride[a]);
          const auto r = static_cast<std::size_t>(static_cast<long>(n) + 2 * sign * grid.stride[a]);
          if (in_layer(grid, q)) {
            const Way w = way(grid, q, n);
            const double weight =
                w.part;  // a surface close to the node in the layer says little of the slope
            const double slope = (double{w.surface} - double{grid.u[q]}) / std::max(w.part, 0.2);
            sum += weight * (double{grid.u[q]} + slope);
            weights += weight;
          } else if (ring == 1 && !std::isnan(grid.u[q]) && !std::isnan(grid.u[r])) {
            sum += 2.0 * double{grid.u[q]} - double{grid.u[r]};
            weights += 1.0;
          }
        }
      if (weights > 0.0) found.emplace_back(n, static_cast<float>(sum / weights));
    }
    for (const auto& [n, value] : found) grid.u[n] = value;
  }
}

/// Slope of the trilinear field; false where it is not known.
bool slope_at(const Grid& grid, const Point& p, Point& slope) {
  std::array<long, 3> low{};
  Point part{};
  for (unsigned a = 0; a < 3; ++a) {
    const double x = (p[a] - grid.origin_lps_mm[a]) / grid.step_mm;
    low[a] = static_cast<long>(std::floor(x));
    if (low[a] < 0 || low[a] + 1 >= grid.size[a]) return false;
    part[a] = x - static_cast<double>(low[a]);
  }
  slope = {};
  for (unsigned corner = 0; corner < 8; ++corner) {
    const std::array<unsigned, 3> bit{corner & 1U, (corner >> 1U) & 1U, corner >> 2U};
    long n = 0;
    for (unsigned a = 0; a < 3; ++a) n += (low[a] + static_cast<long>(bit[a])) * grid.stride[a];
    const double u = double{grid.u[static_cast<std::size_t>(n)]};
    if (std::isnan(u)) return false;
    for (unsigned a = 0; a < 3; ++a) {
      double w = bit[a] == 1 ? 1.0 : -1.0;
      for (unsigned b = 0; b < 3; ++b)
        if (b != a) w *= bit[b] == 1 ? part[b] : 1.0 - part[b];
      slope[a] += w * u;
    }
  }
  return vec::norm(slope) > 1e-9;
}

/// Length of the field line from the bone's surface to where the body ends; NaN when it gets lost.
double streamline_mm(
    const Grid& grid, const FieldSampler& both, const Point& start, const Point& normal, double max_mm) {
  constexpr double kStepMm = 0.1;
  Point p = start, direction = normal;
  double before = both.value(p) - 0.5, length_mm = 0.0;
  if (before <= 0.0) return 0.0;
  while (length_mm < 1.5 * max_mm) {
    Point slope{};
    if (slope_at(grid, p, slope)) {
      const Point half = vec::along(p, 0.5 * kStepMm, vec::unit(slope));
      Point middle{};
      direction = vec::unit(slope_at(grid, half, middle) ? middle : slope);
    } else if (length_mm > 0.5) {
      return std::numeric_limits<double>::quiet_NaN();
    }  // at its very start, the line may go along the normal
    p = vec::along(p, kStepMm, direction);
    const double now = both.value(p) - 0.5;
    if (now <= 0.0) return length_mm + kStepMm * before / (before - now);
    length_mm += kStepMm;
    before = now;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

void measure_streamlines(const Labels& labels,
                         const Bodies& bodies,
                         const CartilageThickness::Params& params,
                         CartilageLayer& layer) {
  Grid grid = grid_around(labels, layer, params.laplace_grid_mm);
  read_fields(bodies, grid);
  solve(grid);
  extend(grid);
  const FieldSampler both(*bodies.both);
  const std::size_t count = layer.plate.size();
  layer.laplace_mm.assign(count, std::numeric_limits<double>::quiet_NaN());
  tbb::parallel_for(tbb::blocked_range<std::size_t>(0, count), [&](const auto& range) {
    for (std::size_t v = range.begin(); v < range.end(); ++v)
      if (layer.plate[v] != 0)
        layer.laplace_mm[v] =
            layer.covered[v] == 0
                ? 0.0
                : streamline_mm(grid, both, layer.bone.points_lps_mm[v], layer.normals[v], params.max_mm);
  });
  for (auto& plate : layer.plates) {
    std::size_t of_plate = 0, lost = 0;
    for (std::size_t v = 0; v < count; ++v)
      if (layer.plate[v] == plate.id && layer.covered[v] != 0) {
        ++of_plate;
        if (std::isnan(layer.laplace_mm[v])) ++lost;
      }
    plate.no_streamline_share =
        of_plate > 0 ? static_cast<double>(lost) / static_cast<double>(of_plate) : 0.0;
  }
}

}  // namespace ledd::cartilage
