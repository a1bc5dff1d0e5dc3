#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ledd/core/error.h"
#include "ledd/label_editing/operations.h"

#include "spans.h"

namespace ledd::label_editing {
namespace {

using Vector = std::array<double, 3>;

double dot(const Vector& a, const Vector& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

Vector minus(const Vector& a, const Vector& b) {
  return {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
}

bool is_finite(const Point& p) {
  return std::isfinite(p[0]) && std::isfinite(p[1]) && std::isfinite(p[2]);
}

/// Millimetres along the image's axes from the centre of voxel 0: distances are those of physical space,
/// since the axes are perpendicular, and a voxel's place is its index times the spacing.
class Grid {
 public:
  explicit Grid(const Labels& labels) : labels_(labels) {
    for (unsigned axis = 0; axis < 3; ++axis) {
      spacing_mm[axis] = labels.GetSpacing()[axis];
      size[axis] = static_cast<long>(labels.GetLargestPossibleRegion().GetSize()[axis]);
    }
  }
  Vector along_axes_mm(const Point& p_lps_mm) const {
    Labels::PointType point;
    std::copy(p_lps_mm.begin(), p_lps_mm.end(), point.Begin());
    itk::ContinuousIndex<double, 3> index;
    static_cast<void>(labels_.TransformPhysicalPointToContinuousIndex(point, index));
    return {index[0] * spacing_mm[0], index[1] * spacing_mm[1], index[2] * spacing_mm[2]};
  }
  Vector turned(const Point& direction_lps) const {
    const auto& axes = labels_.GetDirection();
    Vector along{};
    for (unsigned axis = 0; axis < 3; ++axis)
      for (unsigned k = 0; k < 3; ++k) along[axis] += axes(k, axis) * direction_lps[k];
    return along;
  }
  std::size_t offset(long i, long j, long k) const {
    return static_cast<std::size_t>((k * size[1] + j) * size[0] + i);
  }
  bool holds(long i, long j, long k) const {
    return i >= 0 && j >= 0 && k >= 0 && i < size[0] && j < size[1] && k < size[2];
  }

  Vector spacing_mm{};
  std::array<long, 3> size{};

 private:
  const Labels& labels_;
};

/// What a brush reaches on its way.
class Reach {
 public:
  Reach(const Grid& grid, const Stroke& stroke)
      : from_(grid.along_axes_mm(stroke.from_lps_mm)),
        way_(minus(grid.along_axes_mm(stroke.to_lps_mm), from_)),
        length2_(dot(way_, way_)),
        radius_mm_(stroke.radius_mm) {
    if (!stroke.normal_lps) return;
    normal_ = grid.turned(*stroke.normal_lps);
    // Half of what a voxel extends along the normal: of layers of voxels just one is met. A hair less, so
    // that a point half way between two layers does not take both.
    for (unsigned axis = 0; axis < 3; ++axis)
      half_layer_mm_ += 0.5 * std::abs((*normal_)[axis]) * grid.spacing_mm[axis];
    half_layer_mm_ *= 1.0 - 1e-6;
  }
  bool holds(const Vector& voxel) const {
    const Vector there = minus(voxel, from_);
    const double part = length2_ > 0.0 ? std::clamp(dot(there, way_) / length2_, 0.0, 1.0) : 0.0;
    Vector off = minus(there, {way_[0] * part, way_[1] * part, way_[2] * part});
    if (normal_) {
      const double height = dot(off, *normal_);
      if (std::abs(height) > half_layer_mm_) return false;
      off = minus(off, {(*normal_)[0] * height, (*normal_)[1] * height, (*normal_)[2] * height});
    }
    return dot(off, off) <= radius_mm_ * radius_mm_;
  }
  /// First and last index along an axis that may be reached.
  std::pair<long, long> along(const Grid& grid, unsigned axis) const {
    const double margin = radius_mm_ + half_layer_mm_;
    const double a = from_[axis], b = from_[axis] + way_[axis];
    const auto index = [&](double mm) { return mm / grid.spacing_mm[axis]; };
    const double low = std::max(std::ceil(index(std::min(a, b) - margin)), 0.0);
    const double high =
        std::min(std::floor(index(std::max(a, b) + margin)), static_cast<double>(grid.size[axis] - 1));
    return low <= high ? std::pair(static_cast<long>(low), static_cast<long>(high)) : std::pair(0L, -1L);
  }
  /// The voxels below the two ends, which may lie outside of the image.
  std::array<std::array<double, 3>, 2> ends(const Grid& grid) const {
    std::array<std::array<double, 3>, 2> both{};
    for (unsigned axis = 0; axis < 3; ++axis) {
      both[0][axis] = std::round(from_[axis] / grid.spacing_mm[axis]);
      both[1][axis] = std::round((from_[axis] + way_[axis]) / grid.spacing_mm[axis]);
    }
    return both;
  }

 private:
  Vector from_, way_;
  double length2_, radius_mm_, half_layer_mm_ = 0.0;
  std::optional<Vector> normal_;
};

void require_legal(const Stroke& stroke) {
  require(stroke.radius_mm > 0.0 && stroke.radius_mm <= 100.0,
          Errc::kParam,
          fmt::format("the brush has a radius of {} mm; it must lie in (0, 100]", stroke.radius_mm));
  require(is_finite(stroke.from_lps_mm) && is_finite(stroke.to_lps_mm),
          Errc::kParam,
          "the stroke has a point that is not finite");
  require(!stroke.normal_lps || std::abs(dot(*stroke.normal_lps, *stroke.normal_lps) - 1.0) < 1e-6,
          Errc::kParam,
          "the normal of the plane that is painted in is not of unit length");
}

}  // namespace

bool may_write(std::uint16_t there, const Ink& ink) {
  switch (ink.over) {
    case Over::kEverything: return true;
    case Over::kBackground: return there == 0;
    case Over::kOne: return there == ink.over_id;
  }
  return false;
}

Change paint(const Labels& labels, const Stroke& stroke, const Ink& ink) {
  require_legal(stroke);
  const Grid grid(labels);
  const Reach reach(grid, stroke);
  const std::uint16_t* const voxels = labels.GetBufferPointer();
  Spans spans(labels);
  const auto try_voxel = [&](std::size_t offset) {
    if (may_write(voxels[offset], ink)) spans.add(offset, ink.id);
  };
  const auto [i0, i1] = reach.along(grid, 0);
  const auto [j0, j1] = reach.along(grid, 1);
  const auto [k0, k1] = reach.along(grid, 2);
  for (long k = k0; k <= k1; ++k)
    for (long j = j0; j <= j1; ++j)
      for (long i = i0; i <= i1; ++i)
        if (reach.holds({static_cast<double>(i) * grid.spacing_mm[0],
                         static_cast<double>(j) * grid.spacing_mm[1],
                         static_cast<double>(k) * grid.spacing_mm[2]}))
          try_voxel(grid.offset(i, j, k));
  Change change{(ink.id == 0 ? "erase" : "paint " + words_for(ink.id)), spans.take()};
  for (const auto& end : reach.ends(grid)) {
    const bool near = std::all_of(end.begin(), end.end(), [](double v) { return std::abs(v) < 1e6; });
    if (!near) continue;
    const std::array<long, 3> at{
        static_cast<long>(end[0]), static_cast<long>(end[1]), static_cast<long>(end[2])};
    if (!grid.holds(at[0], at[1], at[2])) continue;
    Spans below(labels);
    if (const auto offset = grid.offset(at[0], at[1], at[2]); may_write(voxels[offset], ink))
      below.add(offset, ink.id);
    if (auto one = below.take(); !one.empty()) change = joined(change, {change.what, std::move(one)});
  }
  return change;
}

}  // namespace ledd::label_editing
