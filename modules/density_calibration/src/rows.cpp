#include "rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <tuple>

namespace ledd::calibration {
namespace {

constexpr double kPlaceMm = 2.0, kPlaceShare = 0.07;  // of the gap: what a rod may lie off the pattern
constexpr double kRadiusShare = 0.2;                  // what rods of one phantom may differ in size
constexpr double kCoarse = 1.7;                       // slabs and their discs read less exactly than rods

double distance(const Spot& a, const Spot& b) {
  return std::hypot(a[0] - b[0], a[1] - b[1]);
}

/// A similarity of the plane: the pattern's (x, y) in mm to a place in the slab.
struct Pose {
  Spot origin{};
  Spot x_axis{};  ///< Scaled.
  double mirror = 1.0;

  Spot operator()(const std::array<double, 2>& p) const {
    return {origin[0] + p[0] * x_axis[0] - mirror * p[1] * x_axis[1],
            origin[1] + p[0] * x_axis[1] + mirror * p[1] * x_axis[0]};
  }
};

/// Takes rod a to disc p and rod b to disc q.
Pose pose_of(const std::array<double, 2>& a,
             const std::array<double, 2>& b,
             const Spot& p,
             const Spot& q,
             double mirror) {
  // As complex numbers: axis = (q - p) / (b - a), with b - a conjugated where the pattern is mirrored.
  const double x = b[0] - a[0], y = mirror * (b[1] - a[1]), length = x * x + y * y;
  const double u = q[0] - p[0], v = q[1] - p[1];
  Pose pose;
  pose.mirror = mirror;
  pose.x_axis = {(u * x + v * y) / length, (v * x - u * y) / length};
  const Spot at_a = pose(a);
  pose.origin = {p[0] - at_a[0], p[1] - at_a[1]};
  return pose;
}

class Matcher {
 public:
  Matcher(const Slab& slab,
          const std::vector<Disc>& discs,
          const std::vector<CalibrationPhantom>& phantoms,
          const FitDensityLine::Params& limits)
      : slab_(slab), discs_(discs), phantoms_(phantoms), fit_(coarse(limits)) {}

  std::vector<Row> all() {
    for (std::size_t n = 0; n < phantoms_.size(); ++n) match(n);
    return std::move(rows_);
  }

 private:
  static FitDensityLine::Params coarse(FitDensityLine::Params limits) {
    limits.max_residual_hu = std::min(100.0, kCoarse * limits.max_residual_hu);
    limits.max_residual_percent = std::min(20.0, kCoarse * limits.max_residual_percent);
    limits.min_correlation = std::max(0.5, limits.min_correlation - 0.03);
    limits.max_beta_hu = std::min(500.0, limits.max_beta_hu + 20.0);
    return limits;
  }

  void match(std::size_t which) {
    const CalibrationPhantom& phantom = phantoms_[which];
    const std::size_t rods = phantom.rods.size();
    // Part of a phantom: at least three rods, or two of a phantom of more; two prove nothing but doubt.
    for (std::size_t first = 0; first + 1 < rods; ++first)
      for (std::size_t last = first + 1; last < rods; ++last) {
        std::size_t a = first, b = last;
        while (a < b && phantom.rods[a].hidden) ++a;
        while (b > a && phantom.rods[b].hidden) --b;
        if (a == b) continue;
        Row row;
        row.phantom = which;
        row.first = first;
        row.last = last;
        lay(phantom, row, a, b);
      }
  }

  void lay(const CalibrationPhantom& phantom, const Row& row, std::size_t a, std::size_t b) {
    const auto& from = phantom.rods[a].position_mm;
    const auto& to = phantom.rods[b].position_mm;
    const double nominal_mm = std::hypot(to[0] - from[0], to[1] - from[1]);
    const bool flat = std::all_of(phantom.rods.begin(), phantom.rods.end(), [&](const CalibrationRod& rod) {
      const auto& p = rod.position_mm;
      return std::fabs((p[0] - from[0]) * (to[1] - from[1]) - (p[1] - from[1]) * (to[0] - from[0])) <
             1e-6 * nominal_mm;
    });
    for (const Disc& p : discs_)
      for (const Disc& q : discs_) {
        const double scale = distance(p.centre_mm, q.centre_mm) / nominal_mm;
        if (!(scale >= phantom.scale_low && scale <= phantom.scale_high)) continue;
        if (!(std::fabs(p.radius_mm - q.radius_mm) <= kRadiusShare * std::max(p.radius_mm, q.radius_mm)))
          continue;
        for (const double mirror : {1.0, -1.0}) {
          if (flat && mirror < 0) break;
          take(phantom, row, pose_of(from, to, p.centre_mm, q.centre_mm, mirror), scale);
        }
      }
  }

  /// The disc at a place, nullptr for none.
  const Disc* at(const Spot& place, double within_mm) const {
    const Disc* best = nullptr;
    for (const Disc& disc : discs_)
      if (distance(disc.centre_mm, place) <= within_mm &&
          (best == nullptr || distance(disc.centre_mm, place) < distance(best->centre_mm, place)))
        best = &disc;
    return best;
  }

  void take(const CalibrationPhantom& phantom, Row row, const Pose& pose, double scale) {
    const double gap_mm = scale * least_gap_mm(phantom), within_mm = std::max(kPlaceMm, kPlaceShare * gap_mm);
    std::vector<double> radii;
    std::vector<const Disc*> found;
    for (std::size_t n = 0; n < phantom.rods.size(); ++n) {
      const Spot place = pose(phantom.rods[n].position_mm);
      if (n < row.first || n > row.last) {
        if (reaches_field(place, 0.5 * scale * phantom.rod_diameter_mm)) return;
        continue;
      }
      const Disc* disc = at(place, within_mm);
      if (disc == nullptr && !phantom.rods[n].hidden) return;
      found.push_back(disc);
      row.seen.push_back(disc != nullptr ? 1 : 0);
      row.centre_mm.push_back(disc != nullptr ? disc->centre_mm : place);
      if (disc != nullptr) radii.push_back(disc->radius_mm);
    }
    std::sort(radii.begin(), radii.end());
    row.radius_mm = radii[radii.size() / 2];
    const double size = 2.0 * row.radius_mm / phantom.rod_diameter_mm;
    if (!(size >= phantom.scale_low && size <= phantom.scale_high)) return;
    if (radii.back() - radii.front() > 2.0 * kRadiusShare * row.radius_mm ||
        goes_on(phantom, pose, within_mm, row))
      return;
    judge(phantom, row, found);
  }

  static double least_gap_mm(const CalibrationPhantom& phantom) {
    double gap_mm = std::numeric_limits<double>::max();
    for (std::size_t n = 1; n < phantom.rods.size(); ++n) {
      const auto& p = phantom.rods[n - 1].position_mm;
      const auto& q = phantom.rods[n].position_mm;
      gap_mm = std::min(gap_mm, std::hypot(p[0] - q[0], p[1] - q[1]));
    }
    return gap_mm;
  }

  /// Whether most of the rod's middle can be seen: one whose middle cannot is not asked for.
  bool reaches_field(const Spot& place, double radius_mm) const {
    const double r = 0.5 * radius_mm;
    int inside_field = 0;
    for (const Spot& d : std::array<Spot, 5>{{{0, 0}, {r, 0}, {-r, 0}, {0, r}, {0, -r}}})
      inside_field += slab_.in_field({place[0] + d[0], place[1] + d[1]}) ? 1 : 0;
    return inside_field >= 3;
  }

  /// Another rod stands where the next one would: the row is of a phantom with more.
  bool goes_on(const CalibrationPhantom& phantom, const Pose& pose, double within_mm, const Row& row) const {
    if (row.first > 0 || row.last + 1 < phantom.rods.size()) return false;
    const auto beyond = [&](std::size_t end, std::size_t before) {
      const auto& p = phantom.rods[end].position_mm;
      const auto& q = phantom.rods[before].position_mm;
      const Disc* disc = at(pose({2 * p[0] - q[0], 2 * p[1] - q[1]}), within_mm);
      return disc != nullptr && std::fabs(disc->radius_mm - row.radius_mm) <= kRadiusShare * row.radius_mm;
    };
    const std::size_t last = phantom.rods.size() - 1;
    return beyond(0, 1) || beyond(last, last - 1) || stranger(row, within_mm);
  }

  /// A rod that the pattern does not have stands between two that it has.
  bool stranger(const Row& row, double within_mm) const {
    for (std::size_t n = 1; n < row.centre_mm.size(); ++n) {
      const Spot &a = row.centre_mm[n - 1], &b = row.centre_mm[n];
      for (const Disc& disc : discs_) {
        const double from_a = distance(disc.centre_mm, a), from_b = distance(disc.centre_mm, b);
        const bool same_size = std::fabs(disc.radius_mm - row.radius_mm) <= kRadiusShare * row.radius_mm;
        if (same_size && from_a > within_mm && from_b > within_mm &&
            from_a + from_b < distance(a, b) + within_mm)
          return true;
      }
    }
    return false;
  }

  void judge(const CalibrationPhantom& phantom, Row& row, const std::vector<const Disc*>& found) {
    CalibrationPhantom part = phantom;
    part.rods.assign(phantom.rods.begin() + static_cast<std::ptrdiff_t>(row.first),
                     phantom.rods.begin() + static_cast<std::ptrdiff_t>(row.last) + 1);
    std::vector<RodReading> readings;
    for (std::size_t n = 0; n < found.size(); ++n) {
      const Inside middle = inside(slab_, row.centre_mm[n], 0.6 * row.radius_mm);
      readings.push_back({found[n] != nullptr ? found[n]->hu : middle.hu, 1.0});
    }
    const auto fit = fit_(part, readings);
    row.refusal = fit.refusal;
    for (const double residual : fit.residuals_hu) row.worst_hu = std::max(row.worst_hu, std::fabs(residual));
    rows_.push_back(row);
  }

  const Slab& slab_;
  const std::vector<Disc>& discs_;
  const std::vector<CalibrationPhantom>& phantoms_;
  FitDensityLine fit_;
  std::vector<Row> rows_;
};

struct Seen {
  std::size_t slab;
  const Row* row;
};

bool on_line(const Seen& seen, const Track& track, const std::vector<Slab>& slabs, double within_mm) {
  for (std::size_t n = 0; n < track.at_zero_mm.size(); ++n) {
    const double w = slabs[seen.slab].w_mm;
    const Spot p{track.at_zero_mm[n][0] + w * track.slope[0], track.at_zero_mm[n][1] + w * track.slope[1]};
    if (distance(p, seen.row->centre_mm[n]) > within_mm) return false;
  }
  return true;
}

/// Lines through two rows of the same rods; none where they would be too oblique or not parallel.
bool join(const Seen& a, const Seen& b, const std::vector<Slab>& slabs, double max_slope, Track& track) {
  const double dw = slabs[b.slab].w_mm - slabs[a.slab].w_mm;
  track.row = *a.row;
  track.slope = {};
  const auto rods = static_cast<double>(a.row->centre_mm.size());
  for (std::size_t n = 0; n < a.row->centre_mm.size(); ++n)
    for (std::size_t k = 0; k < 2; ++k)
      track.slope[k] += (b.row->centre_mm[n][k] - a.row->centre_mm[n][k]) / dw / rods;
  if (std::hypot(track.slope[0], track.slope[1]) > max_slope) return false;
  track.at_zero_mm.clear();
  for (std::size_t n = 0; n < a.row->centre_mm.size(); ++n) {
    const Spot& c = a.row->centre_mm[n];
    track.at_zero_mm.push_back(
        {c[0] - slabs[a.slab].w_mm * track.slope[0], c[1] - slabs[a.slab].w_mm * track.slope[1]});
  }
  return on_line(b, track, slabs, kPlaceMm);
}

void support(Track& track, const std::vector<Seen>& seen, const std::vector<Slab>& slabs) {
  track.slabs = 0;
  std::size_t last = slabs.size();
  for (const Seen& s : seen) {
    if (!on_line(s, track, slabs, kPlaceMm) || s.slab == last) continue;
    if (track.slabs == 0) track.from_mm = slabs[s.slab].w_mm;
    track.to_mm = slabs[s.slab].w_mm;
    last = s.slab;
    ++track.slabs;
  }
}

}  // namespace

std::vector<Row> rows_of(const Slab& slab,
                         const std::vector<Disc>& discs,
                         const std::vector<CalibrationPhantom>& phantoms,
                         const FitDensityLine::Params& limits) {
  return Matcher(slab, discs, phantoms, limits).all();
}

std::vector<Track> tracks_of(const std::vector<Slab>& slabs,
                             const std::vector<std::vector<Row>>& rows,
                             double max_slope) {
  std::map<std::tuple<std::size_t, std::size_t, std::size_t, bool>, std::vector<Seen>> groups;
  for (std::size_t s = 0; s < rows.size(); ++s)
    for (const Row& row : rows[s])
      groups[{row.phantom, row.first, row.last, row.refusal.empty()}].push_back({s, &row});
  constexpr std::size_t kMostSeeds = 120;
  std::vector<Track> tracks;
  for (const auto& [key, seen] : groups) {
    Track best;
    const std::size_t stride = std::max<std::size_t>(1, seen.size() / kMostSeeds);
    for (std::size_t a = 0; a < seen.size(); a += stride)
      for (std::size_t b = a + 1; b < seen.size(); b += stride) {
        Track track;
        if (seen[a].slab == seen[b].slab || !join(seen[a], seen[b], slabs, max_slope, track)) continue;
        support(track, seen, slabs);
        if (track.slabs > best.slabs) best = track;
      }
    if (best.slabs >= 2) tracks.push_back(best);
  }
  std::stable_sort(
      tracks.begin(), tracks.end(), [](const Track& a, const Track& b) { return a.slabs > b.slabs; });
  return tracks;
}

}  // namespace ledd::calibration
