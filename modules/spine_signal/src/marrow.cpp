#include "ledd/spine_signal/marrow.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "ledd/anatomy/anatomy.h"
#include "ledd/spine_signal/stats.h"

namespace ledd::spine_signal {
namespace {

constexpr double kUsableArea = 0.6;
constexpr double kLongestMm = 90.0;
constexpr int kLeast = 1;  // slices on either side of the middle one: three
// The vein's wedge: where it begins, and half its height there and at the wall, in parts of depth and height.
constexpr double kStart = 0.30, kHalfAtStart = 0.06, kHalfAtWall = 0.20, kHalfWidthMm = 12.0;
constexpr double kUsualHalfHeightMm = 13.5;  // of a lumbar body, where none was measured

double along(const Point& p, const Point& from, const Point& axis) {
  return (p[0] - from[0]) * axis[0] + (p[1] - from[1]) * axis[1] + (p[2] - from[2]) * axis[2];
}

Point turned(const Point& p) {
  return {-p[0], -p[1], -p[2]};
}

/// The walk to the walls needs 4 rays; most of the time goes here, and it is short.
std::vector<MarrowVoxel> walk(const Labels& labels, const Slices& s, const Marrow& body) {
  const Point up = within_slice(s, body.frame.superior);
  const Point back = within_slice(s, body.frame.posterior);
  const bool sacrum = body.id == anatomy::kS1;
  std::vector<MarrowVoxel> all;
  for (const Offset v : voxels_of(labels, body.id)) {
    MarrowVoxel m;
    m.voxel = v;
    m.slice = s.slice(v);
    m.to_superior_mm = static_cast<float>(inside_mm(labels, s, v, up, kLongestMm));
    if (sacrum) {
      // The label may hold the whole sacrum: S1 ends where a body of its neighbour's height would.
      m.to_inferior_mm = static_cast<float>(2.0 * body.half_height_mm) - m.to_superior_mm;
      if (m.to_inferior_mm <= 0.0F) continue;
    } else {
      m.to_inferior_mm = static_cast<float>(inside_mm(labels, s, v, turned(up), kLongestMm));
    }
    m.to_posterior_mm = static_cast<float>(inside_mm(labels, s, v, back, kLongestMm));
    m.to_anterior_mm = static_cast<float>(inside_mm(labels, s, v, turned(back), kLongestMm));
    m.lateral_mm = static_cast<float>(along(s.centre_lps_mm(v), body.frame.centre_lps_mm, body.frame.left));
    all.push_back(m);
  }
  return all;
}

/// Keeps the slices that cut the body well inside its sides.
void keep_usable(const Slices& s, Marrow& body) {
  std::map<int, std::pair<std::size_t, double>> by_slice;  // area, sum of lateral
  for (const MarrowVoxel& v : body.voxels) {
    auto& [area, lateral] = by_slice[v.slice];
    ++area;
    lateral += static_cast<double>(v.lateral_mm);
  }
  std::size_t largest = 0;
  for (const auto& [slice, sum] : by_slice) largest = std::max(largest, sum.first);
  double nearest = 1e9;
  for (const auto& [slice, sum] : by_slice) {
    if (static_cast<double>(sum.first) < kUsableArea * static_cast<double>(largest)) continue;
    body.slices.push_back(slice);
    const double lateral = std::fabs(sum.second / static_cast<double>(sum.first));
    if (lateral < nearest - 1e-6 * s.spacing_mm[s.across]) {
      nearest = lateral;
      body.middle_slice = slice;
    }
  }
  std::erase_if(body.voxels, [&](const MarrowVoxel& v) {
    return !std::binary_search(body.slices.begin(), body.slices.end(), v.slice);
  });
}

}  // namespace

std::vector<int> Marrow::central(const Slices& s, double half_slab_mm) const {
  std::vector<int> chosen;
  for (const int slice : slices) {
    const int away = std::abs(slice - middle_slice);
    if (away <= kLeast || away * s.spacing_mm[s.across] <= half_slab_mm) chosen.push_back(slice);
  }
  return chosen;
}

std::vector<Marrow> marrow_of(const Labels& labels, const SpineResult& spine) {
  const Slices s = slices_of(labels);
  std::vector<Marrow> bodies;
  double last_half = 0.0;
  for (const auto& b : spine.bodies) {
    Marrow body;
    body.id = b.id;
    body.region = anatomy::short_name(b.id);
    body.frame = b.frame;
    if (b.quality == Quality::kFailed) {
      body.reason = b.reason;
      bodies.push_back(std::move(body));
      continue;
    }
    if (b.id != anatomy::kS1 && b.hm.value_mm > 0.0) last_half = 0.5 * b.hm.value_mm;
    body.half_height_mm = last_half > 0.0 ? last_half : kUsualHalfHeightMm;
    body.voxels = walk(labels, s, body);
    keep_usable(s, body);
    if (body.voxels.empty()) body.reason = "no voxels of the body in usable slices";
    bodies.push_back(std::move(body));
  }
  return bodies;
}

bool in_vein_wedge(const MarrowVoxel& v) {
  const double depth = v.depth();
  if (depth < kStart || std::fabs(static_cast<double>(v.lateral_mm)) > kHalfWidthMm) return false;
  const double half = kHalfAtStart + (kHalfAtWall - kHalfAtStart) * (depth - kStart) / (1.0 - kStart);
  return std::fabs(v.height() - 0.5) <= half;
}

bool in_centre(const MarrowVoxel& v) {
  return std::fabs(v.height() - 0.5) <= 0.15 && std::fabs(v.depth() - 0.5) <= 0.25 && !in_vein_wedge(v);
}

std::vector<float> smoothed(const Slices& s,
                            const std::vector<MarrowVoxel>& voxels,
                            const std::vector<float>& values) {
  std::vector<float> means(values.size());
  const auto before = [](const MarrowVoxel& v, Offset o) { return v.voxel < o; };
  for (std::size_t n = 0; n < voxels.size(); ++n) {
    const auto at = s.index(voxels[n].voxel);
    double sum = 0.0, count = 0.0;
    for (long i = -1; i <= 1; ++i)
      for (long j = -1; j <= 1; ++j) {
        auto to = at;
        to[s.within[0]] += i;
        to[s.within[1]] += j;
        if (to[s.within[0]] < 0 || to[s.within[0]] >= s.size[s.within[0]] || to[s.within[1]] < 0 ||
            to[s.within[1]] >= s.size[s.within[1]])
          continue;
        const Offset o = s.offset(to);
        const auto found = std::lower_bound(voxels.begin(), voxels.end(), o, before);
        if (found == voxels.end() || found->voxel != o) continue;
        sum += static_cast<double>(values[static_cast<std::size_t>(found - voxels.begin())]);
        count += 1.0;
      }
    means[n] = static_cast<float>(sum / count);
  }
  return means;
}

MarrowReference reference_of(const std::vector<MarrowVoxel>& voxels,
                             const std::vector<float>& values,
                             double least_scatter) {
  std::vector<double> centre;
  for (std::size_t n = 0; n < voxels.size(); ++n)
    if (in_centre(voxels[n])) centre.push_back(static_cast<double>(values[n]));
  if (centre.empty()) return {};
  const double middle = median(centre);
  return {centre.size(), middle, std::max(scatter(centre), least_scatter * std::fabs(middle))};
}

std::vector<std::size_t> inner(const Marrow& body, double skip_mm, Vein vein) {
  std::vector<std::size_t> positions;
  for (std::size_t n = 0; n < body.voxels.size(); ++n) {
    const MarrowVoxel& v = body.voxels[n];
    if (v.to_endplate_mm() < skip_mm || v.to_wall_mm() < skip_mm) continue;
    if (vein == Vein::kKeep || !in_vein_wedge(v)) positions.push_back(n);
  }
  return positions;
}

std::vector<float> z_scores(const Slices& s,
                            const Marrow& body,
                            const std::vector<float>& values,
                            const std::vector<std::size_t>& positions,
                            const MarrowReference& reference) {
  std::vector<MarrowVoxel> kept;
  std::vector<float> chosen;
  for (const std::size_t n : positions) {
    kept.push_back(body.voxels[n]);
    chosen.push_back(values[n]);
  }
  auto z = smoothed(s, kept, chosen);
  for (std::size_t n = 0; n < z.size(); ++n) {
    if (!(reference.scatter > 0.0)) {
      z[n] = 0.0F;
      continue;
    }
    const double mean = (static_cast<double>(z[n]) - reference.median) / reference.scatter;
    const double own = (static_cast<double>(chosen[n]) - reference.median) / reference.scatter;
    const double least = std::min(std::fabs(mean), 2.0 * std::fabs(own));
    z[n] = static_cast<float>(mean * own > 0.0 ? std::copysign(least, mean) : 0.0);
  }
  return z;
}

}  // namespace ledd::spine_signal
