#include "boundary.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <tuple>

#include "ledd/spine_morphometry/vec.h"

namespace ledd::spine {
namespace {

using Index = std::array<long, 3>;

constexpr double kTerracesInAVoxel =
    64.0;  // crossings of a probability rarely share one, those of labels always

// Of a voxel: its SD of rounding, 1 / sqrt(12), of which three quarters stay (docs/spine-morphometry.md).
constexpr double kRoundingPart = 0.22;

/// A box of voxels with one voxel of background all around.
class Crop {
 public:
  Crop(const Labels& labels, std::uint16_t id, const Box& box) {
    for (unsigned a = 0; a < 3; ++a) {
      first_[a] = box.first[a] - 1;
      size_[a] = box.last[a] - box.first[a] + 3;
    }
    step_ = {1, size_[0], size_[0] * size_[1]};
    part_.assign(static_cast<std::size_t>(size_[2] * step_[2]), kOutside);
    for (long k = box.first[2]; k <= box.last[2]; ++k)
      for (long j = box.first[1]; j <= box.last[1]; ++j)
        for (long i = box.first[0]; i <= box.last[0]; ++i)
          if (labels.GetPixel({{i, j, k}}) == id) part_[at({i, j, k})] = kInside;
  }

  static constexpr int kOutside = 0;  ///< Background, not yet known whether it is a hole.
  static constexpr int kInside = 1;   ///< Labelled, not yet reached.

  std::size_t at(const Index& p) const {
    return static_cast<std::size_t>(p[0] - first_[0] + (p[1] - first_[1]) * step_[1] +
                                    (p[2] - first_[2]) * step_[2]);
  }
  const Index& first() const { return first_; }
  const Index& size() const { return size_; }
  int part(const Index& p) const { return part_[at(p)]; }
  int& part(std::size_t n) { return part_[n]; }
  std::size_t count() const { return part_.size(); }

  /// Turns the voxels of value `from` that hang together with voxel `seed` into `to`; their number.
  std::size_t fill(std::size_t seed, int from, int to) {
    std::vector<std::size_t> open{seed};
    part_[seed] = to;
    std::size_t filled = 0;
    while (!open.empty()) {
      const auto n = static_cast<long>(open.back());
      open.pop_back();
      ++filled;
      const Index p{n % size_[0], n / step_[1] % size_[1], n / step_[2]};
      for (unsigned a = 0; a < 3; ++a)
        for (const long side : {-1L, 1L}) {
          if (p[a] + side < 0 || p[a] + side >= size_[a]) continue;
          const auto next = static_cast<std::size_t>(n + side * step_[a]);
          if (part_[next] != from) continue;
          part_[next] = to;
          open.push_back(next);
        }
    }
    return filled;
  }

 private:
  Index first_{};
  Index size_{};
  Index step_{};
  std::vector<int> part_;
};

/// Leaves 1 for the largest connected part with its holes filled, 0 elsewhere; what part of all it is.
double keep_largest(Crop& crop) {
  int next = 2;
  int best = 0;
  std::size_t best_size = 0;
  std::size_t total = 0;
  for (std::size_t n = 0; n < crop.count(); ++n) {
    if (crop.part(n) != Crop::kInside) continue;
    const std::size_t size = crop.fill(n, Crop::kInside, next);
    total += size;
    if (size > best_size) {
      best_size = size;
      best = next;
    }
    ++next;
  }
  for (std::size_t n = 0; n < crop.count(); ++n) crop.part(n) = crop.part(n) == best ? 1 : 0;
  crop.fill(0, 0, -1);  // the first voxel belongs to the margin
  for (std::size_t n = 0; n < crop.count(); ++n) crop.part(n) = crop.part(n) == -1 ? 0 : 1;
  return static_cast<double>(best_size) / static_cast<double>(total);
}

Point position(const itk::ImageBase<3>& image, const Index& p) {
  itk::ImageBase<3>::PointType point;
  image.TransformIndexToPhysicalPoint({{p[0], p[1], p[2]}}, point);
  return {point[0], point[1], point[2]};
}

/// Walks from voxel `inner` along an image axis and finds where the probability falls through 0.5.
class Crossing {
 public:
  Crossing(const Labels& labels, const Volume* soft, std::uint16_t id)
      : labels_(labels), soft_(soft), id_(id) {}

  /// Distance from the inner voxel's centre in voxels, if within one voxel of the labels' border.
  std::optional<double> operator()(const Index& inner, unsigned axis, long side) const {
    if (soft_ == nullptr) return std::nullopt;
    for (const long shift : {0L, 1L, -1L}) {  // the labels' own border first
      const auto a = value(inner, axis, side * shift);
      const auto b = value(inner, axis, side * (shift + 1));
      if (!a || !b || !(*a >= 0.5F && *b < 0.5F)) continue;
      return static_cast<double>(shift) + (*a - 0.5) / (*a - *b);
    }
    return std::nullopt;
  }

 private:
  std::optional<double> value(Index p, unsigned axis, long offset) const {
    p[axis] += offset;
    const Labels::IndexType index{{p[0], p[1], p[2]}};
    if (!labels_.GetLargestPossibleRegion().IsInside(index)) return std::nullopt;
    const auto label = labels_.GetPixel(index);
    if (label != 0 && label != id_) return std::nullopt;  // a neighbour's surface is not ours
    const double probability = soft_->GetPixel(index);
    return std::isfinite(probability) ? std::optional(probability) : std::nullopt;
  }

  const Labels& labels_;
  const Volume* soft_;
  std::uint16_t id_;
};

/// Boundary points of one inside voxel.
class Collector {
 public:
  Collector(const Labels& labels, const Crop& crop, const Crossing& crossing, Surface& surface)
      : labels_(labels), crop_(crop), crossing_(crossing), surface_(surface), grid_(grid_of(labels)) {
    for (unsigned a = 0; a < 3; ++a)
      for (unsigned row = 0; row < 3; ++row) axis_[a][row] = labels.GetDirection()(row, a);
    size_ = labels.GetLargestPossibleRegion().GetSize();
    origin_ = labels.GetLargestPossibleRegion().GetIndex();
  }

  void visit(const Index& p) {
    const Point centre = position(labels_, p);
    bool at_border = false, at_side = false;
    for (unsigned a = 0; a < 3; ++a)
      for (const long side : {-1L, 1L}) {
        Index next = p;
        next[a] += side;
        if (crop_.part(next) != 0) continue;
        const long from_origin = next[a] - origin_[a];
        if (from_origin < 0 || from_origin >= static_cast<long>(size_[a])) {
          (a == grid_.slice_axis ? at_side : at_border) = true;
        } else {
          ++faces_[{a, side, p[a]}];
          push(p, a, side, centre);
        }
      }
    if (at_border) surface_.border_lps_mm.push_back(centre);
    if (at_side) surface_.side_lps_mm.push_back(centre);
    surface_.centroid_lps_mm = add(surface_.centroid_lps_mm, centre);
  }

  std::size_t soft_points() const { return soft_points_; }

  /// Standard error of the count of voxels.
  ///
  /// Method   All faces of one plane of voxels round the surface the same way, by up to half a voxel either
  ///          way. A side of the body whose N faces lie in planes with n of them each is rounded in R =
  ///          N^2 / sum n^2 steps; since a leaning side takes them in turn, 1 / R of a full rounding of N
  ///          voxels stays. The six directions err independently.
  /// Limits   What the label itself is wrong by is not contained.
  double rounding_se_vox() const {
    std::map<std::pair<unsigned, long>, std::pair<double, double>> sides;  // sum n, sum n^2
    for (const auto& [plane, n] : faces_) {
      auto& [sum, squares] = sides[{std::get<0>(plane), std::get<1>(plane)}];
      sum += static_cast<double>(n);
      squares += static_cast<double>(n) * static_cast<double>(n);
    }
    double variance = 0.0;
    for (const auto& [side, sums] : sides) variance += std::pow(sums.second / sums.first, 2);
    return kRoundingPart * std::sqrt(variance);
  }

 private:
  void push(const Index& p, unsigned a, long side, const Point& centre) {
    const auto crossing = crossing_(p, a, side);
    if (crossing) ++soft_points_;
    const double step_vox = crossing.value_or(0.5) * static_cast<double>(side);
    const double step_mm = step_vox * labels_.GetSpacing()[a];
    BoundaryPoint point;
    point.at_lps_mm = add(centre, axis_[a], step_mm);
    point.outward = add({}, axis_[a], static_cast<double>(side));
    point.slice = static_cast<int>(p[grid_.slice_axis]);
    point.terrace = 3 * std::lround(kTerracesInAVoxel * (static_cast<double>(p[a]) + step_vox)) + a;
    point.across = a == grid_.slice_axis && grid_.thick;
    surface_.points.push_back(point);
  }

  const Labels& labels_;
  const Crop& crop_;
  const Crossing& crossing_;
  Surface& surface_;
  Grid grid_;
  std::array<Point, 3> axis_{};
  Labels::SizeType size_{};
  Labels::IndexType origin_{};
  std::size_t soft_points_ = 0;
  std::map<std::tuple<unsigned, long, long>, std::size_t> faces_;  // axis, direction, place along the axis
};

}  // namespace

Grid grid_of(const itk::ImageBase<3>& image) {
  // Crossings between slices more than half as far apart again as the finest voxels are left out of contours.
  constexpr double kThick = 1.5;
  Grid grid;
  for (unsigned a = 1; a < 3; ++a)
    if (std::abs(image.GetDirection()(0, a)) > std::abs(image.GetDirection()(0, grid.slice_axis)))
      grid.slice_axis = a;
  double finest_mm = image.GetSpacing()[0];
  for (unsigned a = 0; a < 3; ++a) {
    finest_mm = std::min(finest_mm, image.GetSpacing()[a]);
    if (a != grid.slice_axis) grid.in_plane_mm = std::max(grid.in_plane_mm, image.GetSpacing()[a]);
  }
  grid.slice_spacing_mm = image.GetSpacing()[grid.slice_axis];
  grid.thick = grid.slice_spacing_mm > kThick * finest_mm;
  return grid;
}

Surface surface_of(const Labels& labels, const Volume* soft, std::uint16_t id, const Box& box) {
  Surface surface;
  surface.id = id;
  Crop crop(labels, id, box);
  surface.largest_part = keep_largest(crop);
  const Crossing crossing(labels, soft, id);
  Collector collector(labels, crop, crossing, surface);
  std::size_t voxels = 0;
  const unsigned slice_axis = grid_of(labels).slice_axis;
  std::vector<bool> used(static_cast<std::size_t>(crop.size()[slice_axis]), false);
  for (long k = box.first[2]; k <= box.last[2]; ++k)
    for (long j = box.first[1]; j <= box.last[1]; ++j)
      for (long i = box.first[0]; i <= box.last[0]; ++i) {
        const Index p{i, j, k};
        if (crop.part(p) == 0) continue;
        ++voxels;
        used[static_cast<std::size_t>(p[slice_axis] - crop.first()[slice_axis])] = true;
        collector.visit(p);
      }
  const auto n = static_cast<double>(voxels);
  for (double& x : surface.centroid_lps_mm) x /= n;
  const auto& spacing = labels.GetSpacing();
  const double voxel_mm3 = spacing[0] * spacing[1] * spacing[2];
  surface.volume_mm3 = n * voxel_mm3;
  surface.volume_se_mm3 = collector.rounding_se_vox() * voxel_mm3;
  surface.slices = static_cast<int>(std::count(used.begin(), used.end(), true));
  if (!surface.points.empty())
    surface.soft_fraction =
        static_cast<double>(collector.soft_points()) / static_cast<double>(surface.points.size());
  return surface;
}

}  // namespace ledd::spine
