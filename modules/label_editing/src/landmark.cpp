#include <fmt/format.h>

#include <cmath>

#include "ledd/core/error.h"
#include "ledd/label_editing/operations.h"

#include "spans.h"

namespace ledd::label_editing {
namespace {

/// The warp in millimetres along the image's axes, from the centre of voxel 0.
class Warp {
 public:
  Warp(const Labels& labels, const Pull& pull)
      : from_(along_axes_mm(labels, pull.from_lps_mm)), way_(along_axes_mm(labels, pull.to_lps_mm)) {
    for (unsigned a = 0; a < 3; ++a) way_[a] -= from_[a];
    const double way_mm = std::sqrt(way_[0] * way_[0] + way_[1] * way_[1] + way_[2] * way_[2]);
    reach_mm_ = std::max(pull.reach_mm, 2.0 * way_mm);
  }
  const Point& from() const { return from_; }
  double reach_mm() const { return reach_mm_; }
  bool holds(const Point& p) const { return part(p) > 0.0; }

  /// Where what is now at `p` was before.
  Point source(const Point& p) const {
    Point before = p;
    for (int round = 0; round < 40; ++round) {  // contracts by 0.77 or better: 40 rounds leave 3e-5
      const double weight = part(before);
      for (unsigned a = 0; a < 3; ++a) before[a] = p[a] - weight * way_[a];
    }
    return before;
  }

 private:
  static Point along_axes_mm(const Labels& labels, const Point& p_lps_mm) {
    Labels::PointType point;
    std::copy(p_lps_mm.begin(), p_lps_mm.end(), point.Begin());
    itk::ContinuousIndex<double, 3> index;
    static_cast<void>(labels.TransformPhysicalPointToContinuousIndex(point, index));
    const auto& spacing = labels.GetSpacing();
    return {index[0] * spacing[0], index[1] * spacing[1], index[2] * spacing[2]};
  }
  double part(const Point& p) const {
    double s2 = 0.0;
    for (unsigned a = 0; a < 3; ++a) s2 += (p[a] - from_[a]) * (p[a] - from_[a]);
    s2 /= reach_mm_ * reach_mm_;
    return s2 < 1.0 ? (1.0 - s2) * (1.0 - s2) : 0.0;
  }
  Point from_, way_;
  double reach_mm_ = 0.0;
};

void require_legal(const Pull& pull, const Ink& ink) {
  double way2 = 0.0;
  for (unsigned a = 0; a < 3; ++a)
    way2 += (pull.to_lps_mm[a] - pull.from_lps_mm[a]) * (pull.to_lps_mm[a] - pull.from_lps_mm[a]);
  require(way2 <= 400.0, Errc::kParam, "a landmark moves by at most 20 mm at a time");
  require(pull.reach_mm > 0.0 && pull.reach_mm <= 50.0,
          Errc::kParam,
          fmt::format("the outline follows within {} mm; it must lie in (0, 50]", pull.reach_mm));
  require(ink.id != 0, Errc::kParam, "background has no landmark");
}

/// Voxels that the warp can reach.
Labels::RegionType box_of(const Warp& warp, const Labels& labels) {
  Labels::RegionType box;
  for (unsigned a = 0; a < 3; ++a) {
    const double spacing = labels.GetSpacing()[a];
    const auto size = static_cast<double>(labels.GetLargestPossibleRegion().GetSize()[a]);
    const double low = std::clamp(std::ceil((warp.from()[a] - warp.reach_mm()) / spacing), 0.0, size);
    const double high = std::clamp(std::floor((warp.from()[a] + warp.reach_mm()) / spacing), -1.0, size - 1);
    box.SetIndex(a, static_cast<long>(low));
    box.SetSize(a, static_cast<std::size_t>(std::max(0.0, high - low + 1.0)));
  }
  return box;
}

}  // namespace

Change move_landmark(const Labels& labels, const Pull& pull, const Ink& ink) {
  require_legal(pull, ink);
  const Warp warp(labels, pull);
  const auto box = box_of(warp, labels);
  const auto spacing = labels.GetSpacing();
  Spans spans(labels);
  bool found = false;
  const auto last = box.GetUpperIndex();
  Labels::IndexType at{};
  for (at[2] = box.GetIndex(2); at[2] <= last[2]; ++at[2])
    for (at[1] = box.GetIndex(1); at[1] <= last[1]; ++at[1])
      for (at[0] = box.GetIndex(0); at[0] <= last[0]; ++at[0]) {
        Point p{};
        for (unsigned a = 0; a < 3; ++a) p[a] = static_cast<double>(at[a]) * spacing[a];
        if (!warp.holds(p)) continue;
        const Point source = warp.source(p);
        Labels::IndexType before{};
        for (unsigned a = 0; a < 3; ++a) before[a] = std::lround(source[a] / spacing[a]);
        const bool is = labels.GetPixel(at) == ink.id;
        found = found || is;
        const bool was =
            labels.GetLargestPossibleRegion().IsInside(before) && labels.GetPixel(before) == ink.id;
        const auto offset = static_cast<std::size_t>(labels.ComputeOffset(at));
        if (was && !is && may_write(labels.GetPixel(at), ink)) spans.add(offset, ink.id);
        if (is && !was) spans.add(offset, 0);
      }
  require(found,
          Errc::kInput,
          fmt::format("there is no {} within {:.0f} mm of this place", words_for(ink.id), warp.reach_mm()));
  return {"move a landmark of " + words_for(ink.id), spans.take()};
}

}  // namespace ledd::label_editing
