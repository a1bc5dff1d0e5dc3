#include "quadrant_lesions.h"

#include <algorithm>
#include <cmath>

namespace ledd::axspa {
namespace {

using spine_signal::MarrowVoxel;
using spine_signal::Offset;
using spine_signal::Slices;
using Params = AxspaLayout::Params;

constexpr double kVeinPart = 0.3;         // of a bright part: more of it in the wedge makes it the vein,
constexpr double kVeinKeepsAwayMm = 5.0;  // unless it reaches this near to an endplate
constexpr double kAtEndplateMm = 4.0;
constexpr double kIntenseQuantile = 0.9;

double to_endplate(const MarrowVoxel& v, bool upper_half) {
  return static_cast<double>(upper_half ? v.to_superior_mm : v.to_inferior_mm);
}

bool is_vein(const std::vector<std::size_t>& members, const spine_signal::Marrow& body) {
  double in_wedge = 0.0, nearest_mm = 1e9;
  for (const std::size_t n : members) {
    const MarrowVoxel& v = body.voxels[n];
    if (in_vein_wedge(v)) in_wedge += 1.0;
    nearest_mm = std::min(nearest_mm, static_cast<double>(v.to_endplate_mm()));
  }
  return in_wedge > kVeinPart * static_cast<double>(members.size()) && nearest_mm > kVeinKeepsAwayMm;
}

/// The members of a lesion in one quadrant.
std::vector<std::size_t> members_in(const spine_signal::Marrow& body,
                                    const Lesion& lesion,
                                    bool upper_half,
                                    bool posterior) {
  std::vector<std::size_t> found;
  for (const std::size_t n : lesion.members) {
    const MarrowVoxel& v = body.voxels[n];
    if ((v.height() > 0.5) == upper_half && (v.depth() > 0.5) == posterior) found.push_back(n);
  }
  return found;
}

/// A lesion split over four quadrants, none of which has enough of it, belongs to the one with most.
bool is_largest_share(const spine_signal::Marrow& body, const Lesion& lesion, std::size_t share) {
  for (const bool upper : {false, true})
    for (const bool back : {false, true})
      if (members_in(body, lesion, upper, back).size() > share) return false;
  return true;
}

struct Extent {
  double deepest_mm = 0.0, nearest_mm = 1e9;
};

/// How far the lesion reaches from the endplate of this half, both quadrants together.
Extent extent_in(const spine_signal::Marrow& body, const Lesion& lesion, bool upper_half, double pixel_mm) {
  Extent e;
  for (const std::size_t n : lesion.members) {
    const MarrowVoxel& v = body.voxels[n];
    if ((v.height() > 0.5) != upper_half) continue;
    const double mm = to_endplate(v, upper_half);
    e.deepest_mm = std::max(e.deepest_mm, mm + 0.5 * pixel_mm);
    e.nearest_mm = std::min(e.nearest_mm, mm);
  }
  return e;
}

void mark_place(const MarrowVoxel& v, bool upper_half, const Params& p, AxspaLayout::Quadrant& q) {
  if (to_endplate(v, upper_half) > p.corner_mm) return;
  if (v.to_wall_mm() <= p.corner_mm)
    q.corner = true;
  else if (std::fabs(v.depth() - 0.5) < 1.0 / 6.0)
    q.mid_endplate = true;
}

}  // namespace

std::vector<Lesion> lesions_of(const Slices& s, const Judged& j, const Params& p) {
  const auto& body = *j.body;
  std::vector<Offset> bright;
  std::map<Offset, std::size_t> position_of;
  for (std::size_t n = 0; n < j.positions.size(); ++n) {
    const std::size_t at = j.positions[n];
    if (!(j.z[n] > p.k) || (!j.fat.empty() && j.fat[n])) continue;
    bright.push_back(body.voxels[at].voxel);
    position_of[body.voxels[at].voxel] = at;
  }
  std::vector<Lesion> lesions;
  for (const auto& part : spine_signal::connected(s, bright, false)) {
    Lesion lesion;
    lesion.slice = s.slice(part.front());
    for (const Offset v : part) lesion.members.push_back(position_of.at(v));
    if (is_vein(lesion.members, body)) continue;
    std::erase_if(lesion.members, [&](std::size_t n) { return in_vein_wedge(body.voxels[n]); });
    if (static_cast<double>(lesion.members.size()) * s.pixel_mm2() >= p.min_area_mm2)
      lesions.push_back(std::move(lesion));
  }
  return lesions;
}

Half half_of(const Slices& s,
             const Volume& stir,
             const Judged& j,
             const std::pair<const std::vector<Lesion>&, HalfQuery>& lesions,
             const Params& p) {
  const auto& [all, query] = lesions;
  const auto& body = *j.body;
  Half half;
  for (const Lesion& lesion : all) {
    if (lesion.slice != query.slice) continue;
    const Extent extent = extent_in(body, lesion, query.upper_half, s.in_plane_mm());
    for (const bool posterior : {false, true}) {
      const auto members = members_in(body, lesion, query.upper_half, posterior);
      const double area_mm2 = static_cast<double>(members.size()) * s.pixel_mm2();
      if (members.empty() || (area_mm2 < p.min_area_mm2 && !is_largest_share(body, lesion, members.size())))
        continue;
      auto& q = half.quadrants[posterior ? 1 : 0];
      q.lesion = true;
      q.area_mm2 += area_mm2;
      q.depth_mm = std::max(q.depth_mm, extent.deepest_mm);
      q.deep = q.deep || (extent.deepest_mm >= p.deep_mm && extent.nearest_mm <= kAtEndplateMm);
      std::vector<double> values;
      for (const std::size_t n : members) {
        const MarrowVoxel& v = body.voxels[n];
        values.push_back(static_cast<double>(stir.GetBufferPointer()[v.voxel]));
        mark_place(v, query.upper_half, p, q);
        const auto at = std::lower_bound(j.positions.begin(), j.positions.end(), n) - j.positions.begin();
        q.peak_z = std::max(q.peak_z, static_cast<double>(j.z[static_cast<std::size_t>(at)]));
        half.voxels.push_back(v.voxel);
      }
      q.intense = q.intense || (query.intense_from &&
                                spine_signal::quantile(values, kIntenseQuantile) >= *query.intense_from);
    }
  }
  return half;
}

}  // namespace ledd::axspa
