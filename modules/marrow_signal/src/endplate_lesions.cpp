#include "endplate_lesions.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace ledd::modic {
namespace {

using spine_signal::Marrow;
using spine_signal::MarrowVoxel;
using spine_signal::Offset;
using spine_signal::Slices;
using Type = Modic::Type;

// What a change that is deep but thin must have of the least volume, so that a row of single pixels is none.
constexpr double kThinPart = 0.25;
constexpr std::size_t kTwoSlices = 2;
constexpr double kMostlyInBand = 0.5;

double to_endplate(const MarrowVoxel& v, bool superior) {
  return static_cast<double>(superior ? v.to_superior_mm : v.to_inferior_mm);
}

Type type_of(const Judged& j, std::size_t n, double k) {
  const double t2 = static_cast<double>(j.t2_z[n]);
  if (j.t1_z.empty()) return std::fabs(t2) >= k ? Type::kUndetermined : Type::kNone;
  const double t1 = static_cast<double>(j.t1_z[n]);
  if (t1 <= -k && t2 >= k) return Type::kOne;
  if (t1 >= k && t2 >= 0.0) return Type::kTwo;
  if (t1 <= -k && t2 <= -k) return Type::kThree;
  return Type::kNone;
}

/// Judged voxels by place, for looking up what lies behind the skipped layer.
const MarrowVoxel& at(const Judged& j, Offset voxel) {
  return *std::lower_bound(
      j.voxels.begin(), j.voxels.end(), voxel, [](const MarrowVoxel& v, Offset o) { return v.voxel < o; });
}

/// The voxels of the skipped layer that have a voxel of `part` right behind them, along the body's axis.
std::vector<Offset> in_front(
    const Slices& s, const Marrow& body, const std::vector<Offset>& part, bool superior, double skip_mm) {
  Point inward = spine_signal::within_slice(s, body.frame.superior);
  if (superior)
    for (double& c : inward) c = -c;
  std::vector<Offset> layer;
  for (const MarrowVoxel& v : body.voxels) {
    const double depth_mm = to_endplate(v, superior);
    if (depth_mm >= skip_mm) continue;
    auto to = s.index(v.voxel);
    for (const unsigned a : s.within) {
      double step = 0.0;
      for (unsigned c = 0; c < 3; ++c) step += inward[c] * s.axis_lps[a][c];
      to[a] += std::lround(step * (skip_mm - depth_mm + 0.5 * s.in_plane_mm()) / s.spacing_mm[a]);
      to[a] = std::clamp(to[a], 0L, s.size[a] - 1);
    }
    if (std::binary_search(part.begin(), part.end(), s.offset(to))) layer.push_back(v.voxel);
  }
  return layer;
}

struct Part {
  double nearest_mm = 1e9;
  double depth_mm = 0.0;
  double in_band = 0.0;  ///< Part of the voxels within the band.
  std::size_t slices = 0;
};

Part describe(const Slices& s,
              const Judged& j,
              const std::vector<Offset>& voxels,
              const std::pair<bool, double>& side_and_band_mm) {
  const auto [superior, band_mm] = side_and_band_mm;
  Part p;
  std::vector<double> depths;
  std::set<int> slices;
  for (const Offset v : voxels) {
    const MarrowVoxel& m = at(j, v);
    depths.push_back(to_endplate(m, superior));
    p.nearest_mm = std::min(p.nearest_mm, depths.back());
    p.in_band += depths.back() <= band_mm ? 1.0 / static_cast<double>(voxels.size()) : 0.0;
    slices.insert(m.slice);
  }
  p.slices = slices.size();
  p.depth_mm = spine_signal::quantile(std::move(depths), 0.95) + 0.5 * s.in_plane_mm();
  return p;
}

/// Along which endplate to look, by what rules, and where to put what is found.
struct Search {
  bool superior = false;
  const Modic::Params& params;
  Change& change;
};

/// Connected changes of one kind that count.
void add_counted(const Slices& s,
                 const Marrow& body,
                 const Judged& j,
                 const std::pair<const std::vector<Offset>&, Type>& found,
                 const Search& search) {
  const auto& [superior, p, change] = search;
  const auto type = static_cast<std::size_t>(found.second);
  const double skip_mm = skipped_mm(s, p);
  for (const auto& part : spine_signal::connected(s, found.first, true)) {
    const Part d = describe(s, j, part, {superior, p.band_mm});
    if (d.slices < kTwoSlices || d.nearest_mm > std::max(p.attach_mm, skip_mm + s.in_plane_mm())) continue;
    if (d.in_band < kMostlyInBand) continue;
    const auto layer = in_front(s, body, part, superior, skip_mm);
    const double volume_cm3 = static_cast<double>(part.size() + layer.size()) * s.voxel_mm3() / 1000.0;
    const bool thin = d.depth_mm >= p.min_depth_mm && volume_cm3 >= kThinPart * p.min_volume_cm3;
    if (volume_cm3 < p.min_volume_cm3 && !thin) continue;
    change.volume_cm3[type] += volume_cm3;
    change.depth_mm[type] = std::max(change.depth_mm[type], d.depth_mm);
    auto& all = change.voxels[type];
    all.insert(all.end(), part.begin(), part.end());
    all.insert(all.end(), layer.begin(), layer.end());
    std::sort(all.begin(), all.end());
  }
}

}  // namespace

double skipped_mm(const Slices& slices, const Modic::Params& params) {
  return std::max(params.skip_mm, 1.5 * slices.in_plane_mm());
}

Judged judged(const Slices& s,
              const Marrow& body,
              const std::vector<float>& t2,
              const std::vector<float>* t1,
              const Modic::Params& p) {
  const auto positions = spine_signal::inner(body, skipped_mm(s, p), spine_signal::Vein::kLeaveOut);
  const auto z_of = [&](const std::vector<float>& values) {
    const auto reference = spine_signal::reference_of(body.voxels, values, p.least_scatter);
    return spine_signal::z_scores(s, body, values, positions, reference);
  };
  Judged j;
  for (const std::size_t n : positions) j.voxels.push_back(body.voxels[n]);
  j.t2_z = z_of(t2);
  if (t1 != nullptr) j.t1_z = z_of(*t1);
  return j;
}

Change changes(const Slices& s, const Marrow& body, const Judged& j, bool superior, const Modic::Params& p) {
  // Bright and dark changes of T2 without a type are told apart, so that they do not join.
  std::map<std::pair<Type, bool>, std::vector<Offset>> found;
  for (std::size_t n = 0; n < j.voxels.size(); ++n) {
    const MarrowVoxel& v = j.voxels[n];
    if ((v.to_superior_mm < v.to_inferior_mm) != superior) continue;
    const Type type = type_of(j, n, p.k);
    if (type != Type::kNone) found[{type, j.t2_z[n] < 0.0F}].push_back(v.voxel);
  }
  Change change;
  double bright_cm3 = 0.0;
  for (const auto& [kind, voxels] : found) {
    add_counted(s, body, j, {voxels, kind.first}, {superior, p, change});
    const double volume_cm3 = change.volume_cm3[static_cast<std::size_t>(Type::kUndetermined)];
    if (kind.second)
      change.t2_dark = volume_cm3 - bright_cm3 > bright_cm3;
    else
      bright_cm3 = volume_cm3;
  }
  return change;
}

}  // namespace ledd::modic
