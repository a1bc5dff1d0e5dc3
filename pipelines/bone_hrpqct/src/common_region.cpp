#include "common_region.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "ledd/morphology/morphology.h"

namespace ledd::bone_hrpqct {
namespace {

/// A mask with its grid at hand.
struct Grid {
  const Mask& mask;
  std::array<long, 3> size{};
  double voxel_mm;

  explicit Grid(const Mask& m) : mask(m), voxel_mm(m.GetSpacing()[0]) {
    for (unsigned a = 0; a < 3; ++a) size[a] = static_cast<long>(m.GetLargestPossibleRegion().GetSize(a));
  }
  std::array<long, 3> nearest(const Point& p) const {
    return {std::lround(p[0] / voxel_mm), std::lround(p[1] / voxel_mm), std::lround(p[2] / voxel_mm)};
  }
  bool shows(const std::array<long, 3>& n, unsigned axis) const {
    return n[axis] >= 0 && n[axis] < size[axis];
  }
  bool shows(const std::array<long, 3>& n) const { return shows(n, 0) && shows(n, 1) && shows(n, 2); }
  std::size_t index(const std::array<long, 3>& n) const {
    return static_cast<std::size_t>((n[2] * size[1] + n[1]) * size[0] + n[0]);
  }
  bool set(const std::array<long, 3>& n) const { return mask.GetBufferPointer()[index(n)] != 0; }
};

/// Runs body(slice, index, place) over the voxels that are set, slices side by side.
template <class Body>
void in_bone(const Grid& grid, const Body& body) {
  tbb::parallel_for(0L, grid.size[2], [&](long z) {
    for (long y = 0; y < grid.size[1]; ++y)
      for (long x = 0; x < grid.size[0]; ++x) {
        const std::size_t n = grid.index({x, y, z});
        if (grid.mask.GetBufferPointer()[n] != 0)
          body(z,
               n,
               Point{grid.voxel_mm * static_cast<double>(x),
                     grid.voxel_mm * static_cast<double>(y),
                     grid.voxel_mm * static_cast<double>(z)});
      }
  });
}

enum class Shown : std::uint8_t { kEmpty, kWhole, kCut };

/// Which slices of the baseline both images show whole.
std::vector<bool> whole_slices(const Grid& a, const Grid& b, const GridMotion& b_from_a) {
  std::vector<Shown> slices(static_cast<std::size_t>(a.size[2]), Shown::kEmpty);
  in_bone(a, [&](long z, std::size_t, const Point& p) {
    Shown& slice = slices[static_cast<std::size_t>(z)];
    if (!b.shows(b.nearest(b_from_a(p))))
      slice = Shown::kCut;
    else if (slice == Shown::kEmpty)
      slice = Shown::kWhole;
  });
  // Bone of the follow-up beside the baseline's image cuts the slice in which it would lie.
  const GridMotion a_from_b = b_from_a.inverse();
  std::vector<std::vector<bool>> beside(static_cast<std::size_t>(b.size[2]),
                                        std::vector<bool>(slices.size(), false));
  in_bone(b, [&](long z, std::size_t, const Point& p) {
    const auto n = a.nearest(a_from_b(p));
    if (a.shows(n, 2) && !a.shows(n))
      beside[static_cast<std::size_t>(z)][static_cast<std::size_t>(n[2])] = true;
  });
  std::vector<bool> whole(slices.size());
  for (std::size_t k = 0; k < slices.size(); ++k)
    whole[k] =
        slices[k] == Shown::kWhole &&
        std::none_of(beside.begin(), beside.end(), [k](const std::vector<bool>& one) { return one[k]; });
  return whole;
}

void set_longest_run(const std::vector<bool>& whole, CommonRegion& region) {
  for (std::size_t k = 0; k < whole.size(); ++k) {
    if (!whole[k]) continue;
    std::size_t end = k;
    while (end + 1 < whole.size() && whole[end + 1]) ++end;
    if (static_cast<long>(end - k) > region.last - region.first) {
      region.first = static_cast<long>(k);
      region.last = static_cast<long>(end);
    }
    k = end;
  }
}

}  // namespace

CommonRegion common_region(const Mask& baseline,
                           const Mask& followup,
                           const GridMotion& motion,
                           double rim_mm) {
  CommonRegion region;
  region.baseline = morphology::empty_like(baseline);
  region.followup = morphology::empty_like(followup);
  const Grid a(baseline), b(followup);
  set_longest_run(whole_slices(a, b, motion), region);
  if (region.last < region.first) return region;
  region.length_mm = a.voxel_mm * static_cast<double>(region.last - region.first + 1);
  const auto wide_a = morphology::dilate(baseline, rim_mm), wide_b = morphology::dilate(followup, rim_mm);
  const Grid near_a(*wide_a), near_b(*wide_b);
  const GridMotion back = motion.inverse();
  in_bone(a, [&](long z, std::size_t n, const Point& p) {
    if (z < region.first || z > region.last) return;
    const auto there = near_b.nearest(motion(p));
    region.baseline->GetBufferPointer()[n] = near_b.shows(there) && near_b.set(there) ? 1 : 0;
  });
  in_bone(b, [&](long, std::size_t n, const Point& p) {
    const auto there = near_a.nearest(back(p));
    if (there[2] < region.first || there[2] > region.last) return;
    region.followup->GetBufferPointer()[n] = near_a.shows(there) && near_a.set(there) ? 1 : 0;
  });
  region.percent = 100.0 * static_cast<double>(morphology::count(*region.baseline)) /
                   static_cast<double>(std::max<std::size_t>(1, morphology::count(baseline)));
  return region;
}

}  // namespace ledd::bone_hrpqct
