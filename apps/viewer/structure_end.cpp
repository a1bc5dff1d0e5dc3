#include "structure_end.h"

#include <vnl/algo/vnl_symmetric_eigensystem.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "ledd/anatomy/anatomy.h"
#include "ledd/core/error.h"

namespace ledd::viewer {
namespace {

double dot(const Point& a, const Point& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

Point cross(const Point& a, const Point& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

Point unit(const Point& v) {
  const double length = std::sqrt(dot(v, v));
  return {v[0] / length, v[1] / length, v[2] / length};
}

Point minus(const Point& a, const Point& b) {
  return {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
}

Point place_of(const Labels& labels, const Labels::IndexType& voxel) {
  Labels::PointType p;
  labels.TransformIndexToPhysicalPoint(voxel, p);
  return {p[0], p[1], p[2]};
}

/// Calls body(index, id) for every voxel of a box around a point.
template <class Body>
void for_each_near(const Labels& labels, const Point& p_lps_mm, double reach_mm, Body&& body) {
  Labels::PointType p;
  std::copy(p_lps_mm.begin(), p_lps_mm.end(), p.Begin());
  itk::ContinuousIndex<double, 3> middle;
  static_cast<void>(labels.TransformPhysicalPointToContinuousIndex(p, middle));
  std::array<long, 3> low{}, high{};
  for (unsigned a = 0; a < 3; ++a) {
    const double reach = reach_mm / labels.GetSpacing()[a] + 0.5;  // the voxel below the point at least
    const auto last = static_cast<double>(labels.GetLargestPossibleRegion().GetSize()[a]) - 1.0;
    low[a] = static_cast<long>(std::ceil(std::clamp(middle[a] - reach, 0.0, last + 1.0)));
    high[a] = static_cast<long>(std::floor(std::clamp(middle[a] + reach, -1.0, last)));
  }
  Labels::IndexType at{};
  for (at[2] = low[2]; at[2] <= high[2]; ++at[2])
    for (at[1] = low[1]; at[1] <= high[1]; ++at[1])
      for (at[0] = low[0]; at[0] <= high[0]; ++at[0]) body(at, labels.GetPixel(at));
}

template <class Body>
void for_each_voxel_of(const Labels& labels, std::uint16_t id, Body&& body) {
  const auto size = labels.GetLargestPossibleRegion().GetSize();
  const std::uint16_t* voxel = labels.GetBufferPointer();
  for (std::size_t k = 0; k < size[2]; ++k)
    for (std::size_t j = 0; j < size[1]; ++j)
      for (std::size_t i = 0; i < size[0]; ++i)
        if (*voxel++ == id)
          body(place_of(labels, {{static_cast<long>(i), static_cast<long>(j), static_cast<long>(k)}}));
}

struct Moments {
  Point mean_lps_mm{};
  std::array<Point, 3> axes_lps{};  ///< Principal, unit length.
  std::array<double, 3> sd_mm{};
};

Moments moments_of(const Labels& labels, std::uint16_t id) {
  double count = 0.0;
  Point sum{};
  vnl_matrix<double> products(3, 3, 0.0);
  for_each_voxel_of(labels, id, [&](const Point& p) {
    ++count;
    for (unsigned a = 0; a < 3; ++a) {
      sum[a] += p[a];
      for (unsigned b = 0; b < 3; ++b) products(a, b) += p[a] * p[b];
    }
  });
  require(count > 0.0, Errc::kInput, "there is no " + anatomy::short_name(id) + " in these labels");
  Moments moments;
  for (unsigned a = 0; a < 3; ++a) moments.mean_lps_mm[a] = sum[a] / count;
  for (unsigned a = 0; a < 3; ++a)
    for (unsigned b = 0; b < 3; ++b)
      products(a, b) = products(a, b) / count - moments.mean_lps_mm[a] * moments.mean_lps_mm[b];
  const vnl_symmetric_eigensystem<double> system(products);
  for (unsigned n = 0; n < 3; ++n) {
    for (unsigned k = 0; k < 3; ++k) moments.axes_lps[n][k] = system.V(k, n);
    moments.sd_mm[n] = std::sqrt(std::max(system.D(n), 1e-6));
  }
  return moments;
}

/// Slopes of the plane h = c + a u + b v through points, by least squares; 0 where they do not fix it.
std::array<double, 2> slopes_of(const std::vector<Point>& uvh) {
  Point mean{};
  for (const Point& p : uvh)
    for (unsigned k = 0; k < 3; ++k) mean[k] += p[k] / static_cast<double>(uvh.size());
  double uu = 0, uv = 0, vv = 0, uh = 0, vh = 0;
  for (const Point& p : uvh) {
    const Point d = minus(p, mean);
    uu += d[0] * d[0];
    uv += d[0] * d[1];
    vv += d[1] * d[1];
    uh += d[0] * d[2];
    vh += d[1] * d[2];
  }
  const double det = uu * vv - uv * uv;
  if (det <= 1e-9 * (uu * vv + 1e-12)) return {0.0, 0.0};
  return {(uh * vv - vh * uv) / det, (vh * uu - uh * uv) / det};
}

/// One round of end_toward(): the mean normal of both ends as columns along `along` see them.
Point mean_normal(const std::vector<Point>& voxels, const Point& along) {
  constexpr double kColumn_mm = 2.0, kInner = 0.7;
  const Point aside = unit(cross(along, std::abs(along[0]) < 0.7 ? Point{1, 0, 0} : Point{0, 1, 0}));
  const Point beside = cross(along, aside);
  struct Column {
    double low, high;
  };
  std::map<std::pair<long, long>, Column> columns;
  std::array<double, 2> reach{};
  for (const Point& p : voxels) {
    const double u = dot(p, aside), v = dot(p, beside), h = dot(p, along);
    reach = {std::max(reach[0], std::abs(u)), std::max(reach[1], std::abs(v))};
    const auto [at, is_new] =
        columns.try_emplace({std::lround(u / kColumn_mm), std::lround(v / kColumn_mm)}, Column{h, h});
    if (!is_new) at->second = {std::min(at->second.low, h), std::max(at->second.high, h)};
  }
  std::vector<Point> low, high;
  for (const auto& [place, column] : columns) {
    const double u = static_cast<double>(place.first) * kColumn_mm;
    const double v = static_cast<double>(place.second) * kColumn_mm;
    if (std::abs(u) > kInner * reach[0] || std::abs(v) > kInner * reach[1]) continue;
    low.push_back({u, v, column.low});
    high.push_back({u, v, column.high});
  }
  if (low.size() < 3) return along;
  Point sum{};
  for (const auto& [a, b] : {slopes_of(low), slopes_of(high)}) {
    Point normal{};
    for (unsigned k = 0; k < 3; ++k) normal[k] = along[k] - a * aside[k] - b * beside[k];
    normal = unit(normal);
    for (unsigned k = 0; k < 3; ++k) sum[k] += normal[k];
  }
  return unit(sum);
}

bool is_spinal(std::uint16_t id) {
  return id < anatomy::kCanal || (id > anatomy::kDiscOffset && id <= anatomy::kDiscOffset + anatomy::kT13);
}

}  // namespace

std::optional<std::uint16_t> structure_near(const Labels& labels,
                                            const Point& p_lps_mm,
                                            std::uint16_t preferred,
                                            double reach_mm) {
  std::map<std::uint16_t, double> nearest_mm;
  for_each_near(labels, p_lps_mm, reach_mm, [&](const Labels::IndexType& at, std::uint16_t id) {
    if (id == 0) return;
    const Point off = minus(place_of(labels, at), p_lps_mm);
    const double distance = std::sqrt(dot(off, off));
    if (distance > reach_mm) return;
    const auto [found, is_new] = nearest_mm.try_emplace(id, distance);
    if (!is_new) found->second = std::min(found->second, distance);
  });
  if (nearest_mm.empty()) return std::nullopt;
  if (preferred != 0 && nearest_mm.contains(preferred)) return preferred;
  return std::min_element(nearest_mm.begin(),
                          nearest_mm.end(),
                          [](const auto& a, const auto& b) { return a.second < b.second; })
      ->first;
}

Point end_toward(const Labels& labels, std::uint16_t id, const Point& p_lps_mm) {
  const Moments moments = moments_of(labels, id);
  const Point out = minus(p_lps_mm, moments.mean_lps_mm);
  Point along{0, 0, 1};
  if (is_spinal(id)) {
    std::vector<Point> voxels;
    for_each_voxel_of(labels, id, [&](const Point& p) { voxels.push_back(minus(p, moments.mean_lps_mm)); });
    constexpr int kRounds = 8;
    for (int round = 0; round < kRounds; ++round) along = mean_normal(voxels, along);
  } else {
    double farthest = -1.0;
    for (unsigned n = 0; n < 3; ++n)
      if (const double far = std::abs(dot(out, moments.axes_lps[n])) / moments.sd_mm[n]; far > farthest) {
        farthest = far;
        along = moments.axes_lps[n];
      }
  }
  if (dot(out, along) < 0.0) along = {-along[0], -along[1], -along[2]};
  return unit(along);
}

std::optional<Point> outline_near(
    const Labels& labels, std::uint16_t id, const Point& p_lps_mm, const Point& normal_lps, double reach_mm) {
  std::optional<Point> nearest;
  double nearest_mm = reach_mm;
  const auto region = labels.GetLargestPossibleRegion();
  for_each_near(labels, p_lps_mm, reach_mm, [&](const Labels::IndexType& at, std::uint16_t there) {
    if (there != id) return;
    for (unsigned axis = 0; axis < 3; ++axis)
      for (const long step : {-1L, 1L}) {
        Labels::IndexType next = at;
        next[axis] += step;
        if (region.IsInside(next) && labels.GetPixel(next) == id) continue;
        const Point here = place_of(labels, at), beyond = place_of(labels, next);
        // A face that looks out of the plane is no outline in it.
        if (std::abs(dot(unit(minus(beyond, here)), normal_lps)) > 0.7) continue;
        Point middle{};
        for (unsigned k = 0; k < 3; ++k) middle[k] = 0.5 * (here[k] + beyond[k]);
        const Point off = minus(middle, p_lps_mm);
        const double height = dot(off, normal_lps);
        const double distance = std::sqrt(std::max(0.0, dot(off, off) - height * height));
        // Of layers of voxels the one that the plane cuts.
        double half_layer_mm = 0.0;
        for (unsigned a = 0; a < 3; ++a) {
          double part = 0.0;
          for (unsigned k = 0; k < 3; ++k) part += labels.GetDirection()(k, a) * normal_lps[k];
          half_layer_mm += 0.5 * std::abs(part) * labels.GetSpacing()[a];
        }
        if (std::abs(height) > half_layer_mm || distance >= nearest_mm) continue;
        nearest_mm = distance;
        // In the plane of the point: what is dragged there stays there.
        nearest = middle;
        for (unsigned k = 0; k < 3; ++k) (*nearest)[k] -= height * normal_lps[k];
      }
  });
  return nearest;
}

}  // namespace ledd::viewer
