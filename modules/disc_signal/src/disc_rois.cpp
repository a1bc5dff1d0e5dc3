#include "disc_rois.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include "ledd/anatomy/anatomy.h"

namespace ledd::disc {
namespace {

using spine_signal::Offset;
using spine_signal::Slices;

constexpr double kLongestMm = 60.0;
// The annulus lies in the outer sixth of the depth; its outermost part is left out for partial volume.
constexpr double kAnnulusFrom = 0.04, kAnnulusTo = 0.16;
constexpr int kLeastAside = 1;

double dot(const Point& a, const Point& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

double distance(const Point& a, const Point& b) {
  return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

const SpineResult::Body* body_of(const SpineResult& spine, std::uint16_t id) {
  for (const auto& b : spine.bodies)
    if (b.id == id && b.quality != Quality::kFailed) return &b;
  return nullptr;
}

/// The vertebra below a disc: what the labels say, since a sixth lumbar vertebra may follow the fifth.
const SpineResult::Body* body_below(const SpineResult& spine, std::uint16_t disc_id) {
  const auto above = static_cast<std::uint16_t>(disc_id - anatomy::kDiscOffset);
  for (std::size_t n = 0; n + 1 < spine.bodies.size(); ++n)
    if (spine.bodies[n].id == above) return body_of(spine, spine.bodies[n + 1].id);
  return body_of(spine, anatomy::vertebra_below(above));
}

Point centroid(const Slices& s, const std::vector<Offset>& voxels) {
  Point sum{};
  for (const Offset v : voxels) {
    const Point p = s.centre_lps_mm(v);
    for (unsigned c = 0; c < 3; ++c) sum[c] += p[c];
  }
  for (double& c : sum) c /= static_cast<double>(voxels.size());
  return sum;
}

/// A disc is three times as deep as high: its longest axis within the slices is the depth.
Frame principal(const Slices& s, const std::vector<Offset>& voxels, const Point& centre) {
  double aa = 0.0, ab = 0.0, bb = 0.0;
  const Point& first = s.axis_lps[s.within[0]];
  const Point& second = s.axis_lps[s.within[1]];
  for (const Offset v : voxels) {
    const Point p = s.centre_lps_mm(v);
    const Point from{p[0] - centre[0], p[1] - centre[1], p[2] - centre[2]};
    const double a = dot(from, first), b = dot(from, second);
    aa += a * a;
    ab += a * b;
    bb += b * b;
  }
  const double angle = 0.5 * std::atan2(2.0 * ab, aa - bb);
  Frame f;
  f.centre_lps_mm = centre;
  for (unsigned c = 0; c < 3; ++c) {
    f.posterior[c] = std::cos(angle) * first[c] + std::sin(angle) * second[c];
    f.superior[c] = -std::sin(angle) * first[c] + std::cos(angle) * second[c];
  }
  for (Point* axis : {&f.posterior, &f.superior}) {
    const double toward = axis == &f.posterior ? (*axis)[1] : (*axis)[2];
    if (toward < 0.0)
      for (double& c : *axis) c = -c;
  }
  return f;
}

Frame frame_of(const Slices& s,
               const SpineResult& spine,
               std::uint16_t disc_id,
               const std::vector<Offset>& all) {
  const Point centre = centroid(s, all);
  const auto* above = body_of(spine, static_cast<std::uint16_t>(disc_id - anatomy::kDiscOffset));
  const auto* below = body_below(spine, disc_id);
  if (above == nullptr && below == nullptr) return principal(s, all, centre);
  Frame f;
  f.centre_lps_mm = centre;
  f.superior = {};
  f.posterior = {};
  // S1's own frame follows its endplate; a single neighbour's mid-plane is off by half the disc's wedge.
  for (const auto* b : {above, below}) {
    if (b == nullptr) continue;
    for (unsigned c = 0; c < 3; ++c) {
      f.superior[c] += b->frame.superior[c];
      f.posterior[c] += b->frame.posterior[c];
    }
  }
  f.superior = spine_signal::within_slice(s, f.superior);
  f.posterior = spine_signal::within_slice(s, f.posterior);
  return f;
}

std::set<int> middle_slices(const Slices& s, int middle, double half_slab_mm) {
  std::set<int> chosen;
  const int aside =
      std::max(kLeastAside, static_cast<int>(std::floor(half_slab_mm / s.spacing_mm[s.across] + 1e-9)));
  for (int n = middle - aside; n <= middle + aside; ++n) chosen.insert(n);
  return chosen;
}

/// First and last place of a slice's voxels along the depth.
std::map<int, std::pair<double, double>> extents(const Slices& s, const Rois& r) {
  std::map<int, std::pair<double, double>> ends;
  for (const Offset v : r.all) {
    const double u = dot(s.centre_lps_mm(v), r.frame.posterior);
    auto [at, fresh] = ends.try_emplace(s.slice(v), u, u);
    at->second = {std::min(at->second.first, u), std::max(at->second.second, u)};
  }
  return ends;
}

}  // namespace

Rois rois_of(const Labels& labels,
             const SpineResult& spine,
             std::uint16_t disc_id,
             const DiscSignal::Params& params) {
  const Slices s = spine_signal::slices_of(labels);
  const auto voxels = spine_signal::voxels_of(labels, disc_id);
  Rois r;
  r.frame = frame_of(s, spine, disc_id, voxels);
  double sum = 0.0;
  for (const Offset v : voxels) sum += s.slice(v);
  r.middle_slice = static_cast<int>(std::lround(sum / static_cast<double>(voxels.size())));
  const auto chosen = middle_slices(s, r.middle_slice, params.half_slab_mm);
  std::set<int> seen;
  for (const Offset v : voxels) {
    if (!chosen.contains(s.slice(v))) continue;
    r.all.push_back(v);
    seen.insert(s.slice(v));
  }
  r.slices = seen.size();
  const auto ends = extents(s, r);
  const Point down{-r.frame.superior[0], -r.frame.superior[1], -r.frame.superior[2]};
  std::vector<double> heights;
  for (const Offset v : r.all) {
    const auto& [front, back] = ends.at(s.slice(v));
    // Half a pixel at either end: voxel centres stop short of the edges.
    const double depth = (dot(s.centre_lps_mm(v), r.frame.posterior) - front + 0.5 * s.in_plane_mm()) /
                         (back - front + s.in_plane_mm());
    const double up_mm = spine_signal::inside_mm(labels, s, v, r.frame.superior, kLongestMm);
    const double height_mm = up_mm + spine_signal::inside_mm(labels, s, v, down, kLongestMm);
    if (std::fabs(up_mm / height_mm - 0.5) > 0.5 * params.np_height_fraction) continue;
    if (std::fabs(depth - 0.5) <= 0.5 * params.np_depth_fraction) {
      r.nucleus.push_back(v);
      heights.push_back(height_mm / s.in_plane_mm());
    }
    const double from_edge = std::min(depth, 1.0 - depth);
    if (from_edge >= kAnnulusFrom && from_edge <= kAnnulusTo) r.annulus.push_back(v);
  }
  r.pixels_high = heights.empty() ? 0.0 : spine_signal::median(std::move(heights));
  return r;
}

std::optional<double> disc_height_index(const SpineResult& spine, std::uint16_t disc_id) {
  const auto* above = body_of(spine, static_cast<std::uint16_t>(disc_id - anatomy::kDiscOffset));
  const auto* below = body_below(spine, disc_id);
  if (above == nullptr || below == nullptr) return std::nullopt;
  // The contours, not the six points: S1 has no six points.
  const auto& upper = above->inferior.contour_lps_mm;
  const auto& lower = below->superior.contour_lps_mm;
  if (upper.empty() || lower.empty()) return std::nullopt;
  const double disc =
      (distance(upper.front(), lower.front()) + distance(upper[upper.size() / 2], lower[lower.size() / 2]) +
       distance(upper.back(), lower.back())) /
      3.0;
  double bodies = above->hm.value_mm, n = 1.0;
  if (below->id != anatomy::kS1) {
    bodies += below->hm.value_mm;
    n += 1.0;
  }
  if (!(bodies > 0.0)) return std::nullopt;
  return disc / (bodies / n);
}

}  // namespace ledd::disc
