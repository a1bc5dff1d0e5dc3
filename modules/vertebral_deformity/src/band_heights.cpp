#include "band_heights.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

#include "ledd/spine_morphometry/vec.h"

namespace ledd::deformity {
namespace {

using Slice = BodyVoxels::Slice;
using Voxel = BodyVoxels::Voxel;
using spine::dot, spine::sub;

constexpr std::array<std::array<double, 2>, 3> kBands{{{0.08, 0.22}, {0.42, 0.58}, {0.78, 0.92}}};
constexpr double kEdge = 0.29;  // SD of a uniform rounding error, in voxels

unsigned slice_axis_of(const Labels& labels) {
  const auto& direction = labels.GetDirection();
  unsigned best = 0;
  for (unsigned a = 1; a < 3; ++a)
    if (std::abs(direction(0, a)) > std::abs(direction(0, best))) best = a;
  return best;
}

/// The largest part of a slice whose voxels touch along rows or columns.
Slice largest_part(const Slice& slice) {
  std::map<std::pair<long, long>, std::size_t> left;
  for (std::size_t i = 0; i < slice.size(); ++i) left[{slice[i].column, slice[i].row}] = i;
  Slice best;
  while (!left.empty()) {
    Slice part;
    std::vector<std::size_t> open{left.begin()->second};
    left.erase(left.begin());
    while (!open.empty()) {
      const Voxel& v = slice[open.back()];
      open.pop_back();
      part.push_back(v);
      for (const auto& [dc, dr] : {std::pair{1L, 0L}, {-1L, 0L}, {0L, 1L}, {0L, -1L}}) {
        const auto found = left.find({v.column + dc, v.row + dr});
        if (found == left.end()) continue;
        open.push_back(found->second);
        left.erase(found);
      }
    }
    if (part.size() > best.size()) best = std::move(part);
  }
  return best;
}

/// Heights of the three bands and the depth of one slice; NaN where a band is empty.
struct SliceHeights {
  std::array<double, 3> height_mm{};
  double depth_mm = 0.0;
};

SliceHeights heights_of(const Slice& slice, double voxel_u_mm, double voxel_z_mm) {
  const auto [front, back] = std::minmax_element(
      slice.begin(), slice.end(), [](const Voxel& a, const Voxel& b) { return a.u_mm < b.u_mm; });
  const double start = front->u_mm - 0.5 * voxel_u_mm;
  SliceHeights h;
  h.depth_mm = back->u_mm + 0.5 * voxel_u_mm - start;
  for (std::size_t band = 0; band < kBands.size(); ++band) {
    double low = std::numeric_limits<double>::infinity();
    double high = -low;
    for (const Voxel& v : slice) {
      const double part = (v.u_mm - start) / h.depth_mm;
      if (part < kBands[band][0] || part > kBands[band][1]) continue;
      low = std::min(low, v.z_mm);
      high = std::max(high, v.z_mm);
    }
    h.height_mm[band] = low <= high ? high - low + voxel_z_mm : std::numeric_limits<double>::quiet_NaN();
  }
  return h;
}

DeformityResult::Length mean_of(const std::vector<double>& values, double voxel_mm) {
  const double n = static_cast<double>(values.size());
  DeformityResult::Length length;
  for (const double v : values) length.value_mm += v / n;
  double squares = 0.0;
  for (const double v : values) squares += (v - length.value_mm) * (v - length.value_mm);
  const double scatter = n > 1.5 ? squares / (n - 1.0) / n : 0.0;
  // Rounding to voxels is the same in all slices when the endplate runs along the rows: no averaging of it.
  length.se_mm = std::sqrt(scatter + kEdge * kEdge * voxel_mm * voxel_mm);
  return length;
}

double middle_w_mm(const Slice& slice) {
  double sum = 0.0;
  for (const Voxel& v : slice) sum += v.w_mm;
  return sum / static_cast<double>(slice.size());
}

}  // namespace

BodyVoxels::BodyVoxels(const SpineResult& spine, const Labels& labels) {
  std::map<std::uint16_t, const SpineResult::Body*> wanted;
  for (const auto& body : spine.bodies)
    if (body.quality != Quality::kFailed) wanted[body.id] = &body;
  const unsigned axis = slice_axis_of(labels);
  const std::array<unsigned, 2> in_plane{(axis + 1) % 3, (axis + 2) % 3};
  for (const unsigned a : in_plane) {
    Point step{};
    for (unsigned row = 0; row < 3; ++row) step[row] = labels.GetDirection()(row, a) * labels.GetSpacing()[a];
    steps_lps_mm_.push_back(step);
  }
  const auto& region = labels.GetLargestPossibleRegion();
  const auto first = region.GetIndex();
  const auto size = region.GetSize();
  const auto* voxel = labels.GetBufferPointer();
  Labels::PointType at;
  for (long k = 0; k < static_cast<long>(size[2]); ++k)
    for (long j = 0; j < static_cast<long>(size[1]); ++j)
      for (long i = 0; i < static_cast<long>(size[0]); ++i, ++voxel) {
        if (*voxel == 0) continue;
        const auto found = wanted.find(*voxel);
        if (found == wanted.end()) continue;
        const Labels::IndexType index{{first[0] + i, first[1] + j, first[2] + k}};
        labels.TransformIndexToPhysicalPoint(index, at);
        const auto& f = found->second->frame;
        const Point d = sub({at[0], at[1], at[2]}, f.centre_lps_mm);
        slices_[*voxel][index[axis]].push_back({index[in_plane[0]],
                                                index[in_plane[1]],
                                                dot(d, f.posterior),
                                                dot(d, f.left),
                                                dot(d, f.superior)});
      }
}

const std::map<long, Slice>& BodyVoxels::slices_of(std::uint16_t id) const {
  static const std::map<long, Slice> none;
  const auto found = slices_.find(id);
  return found == slices_.end() ? none : found->second;
}

double BodyVoxels::voxel_mm(const Point& direction) const {
  return std::hypot(dot(steps_lps_mm_[0], direction), dot(steps_lps_mm_[1], direction));
}

DeformityResult::BandHeights band_heights(const BodyVoxels& voxels,
                                          const SpineResult::Body& body,
                                          double half_slab_mm) {
  DeformityResult::BandHeights out;
  const double voxel_u_mm = voxels.voxel_mm(body.frame.posterior);
  const double voxel_z_mm = voxels.voxel_mm(body.frame.superior);
  std::array<std::vector<double>, 4> values;
  for (const auto& [index, whole] : voxels.slices_of(body.id)) {
    if (std::abs(middle_w_mm(whole)) > half_slab_mm) continue;
    const auto h = heights_of(largest_part(whole), voxel_u_mm, voxel_z_mm);
    if (!std::isfinite(h.height_mm[0] + h.height_mm[1] + h.height_mm[2])) continue;
    for (std::size_t band = 0; band < 3; ++band) values[band].push_back(h.height_mm[band]);
    values[3].push_back(h.depth_mm);
  }
  out.slices = static_cast<int>(values[0].size());
  if (out.slices == 0) {
    out.reason = fmt::format(
        "no slice within {} mm of the mid-sagittal plane holds all three bands of the depth", half_slab_mm);
    return out;
  }
  out.ha = mean_of(values[0], voxel_z_mm);
  out.hm = mean_of(values[1], voxel_z_mm);
  out.hp = mean_of(values[2], voxel_z_mm);
  out.depth = mean_of(values[3], voxel_u_mm);
  return out;
}

}  // namespace ledd::deformity
