#include "ledd/density_calibration/find_calibration_phantom.h"

#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>

#include "ledd/core/error.h"

#include "field.h"
#include "rods.h"

namespace ledd {
namespace {

using calibration::Axes;
using calibration::Disc;
using calibration::Row;
using calibration::Slab;
using calibration::Slice;
using calibration::Track;
using calibration::View;

constexpr double kSlabMm = 6.0;
constexpr std::size_t kMostSlabs = 32;
constexpr double kDegPerRad = 57.29577951308232;

/// What the slabs across one axis say.
struct Search {
  std::vector<Slab> slabs;
  std::vector<Track> tracks;  ///< The most supported first; also those whose values were refused.
};

bool whole(const Track& track, const std::vector<CalibrationPhantom>& phantoms) {
  return track.row.first == 0 && track.row.last + 1 == phantoms[track.row.phantom].rods.size();
}

std::array<double, 2> radii_of(const std::vector<CalibrationPhantom>& phantoms) {
  std::array<double, 2> range{1e9, 0};
  for (const CalibrationPhantom& phantom : phantoms) {
    range[0] = std::min(range[0], 0.5 * phantom.rod_diameter_mm * phantom.scale_low);
    range[1] = std::max(range[1], 0.5 * phantom.rod_diameter_mm * phantom.scale_high);
  }
  return {std::max(3.0, range[0]), range[1]};
}

Search search(const View& view,
              const std::vector<CalibrationPhantom>& phantoms,
              const FindCalibrationPhantom::Params& params,
              Context& context) {
  std::vector<Slab> slabs = calibration::slabs_of(view, kSlabMm, kMostSlabs);
  if (slabs.front().size[0] < 16 || slabs.front().size[1] < 16) return {};
  const auto radii = radii_of(phantoms);
  std::vector<std::vector<Row>> rows(slabs.size());
  tbb::parallel_for(std::size_t{0}, slabs.size(), [&](std::size_t n) {
    const std::vector<Disc> discs = calibration::discs_of(slabs[n], radii[0], radii[1]);
    rows[n] = calibration::rows_of(slabs[n], discs, phantoms, params.fit);
  });
  context.throw_if_cancelled();
  auto tracks = calibration::tracks_of(slabs, rows, std::tan(params.max_tilt_deg / kDegPerRad));
  return {std::move(slabs), std::move(tracks)};
}

/// Every rod of `part` is one of `all`'s.
bool within(const Track& part, const Track& all) {
  const double w_mm = 0.5 * (part.from_mm + part.to_mm);
  const auto spot = [&](const Track& track, std::size_t n) {
    return calibration::Spot{track.at_zero_mm[n][0] + w_mm * track.slope[0],
                             track.at_zero_mm[n][1] + w_mm * track.slope[1]};
  };
  for (std::size_t n = 0; n < part.at_zero_mm.size(); ++n) {
    bool met = false;
    for (std::size_t k = 0; k < all.at_zero_mm.size(); ++k) {
      const auto p = spot(part, n), q = spot(all, k);
      met = met || std::hypot(p[0] - q[0], p[1] - q[1]) < 3.0;
    }
    if (!met) return false;
  }
  return true;
}

/// Rods of a track that were seen, not placed.
std::ptrdiff_t seen(const Track& track) {
  return std::count(track.row.seen.begin(), track.row.seen.end(), 1);
}

/// `other` reads the same rods otherwise, or is a whole phantom elsewhere that is no poorer. Pieces of
/// phantoms made of other things in the body, and parts of the row itself, are no rivals.
bool rivals(const Track& other, const Track& best, const std::vector<CalibrationPhantom>& phantoms) {
  if (within(other, best) && other.at_zero_mm.size() < best.at_zero_mm.size()) return false;
  if (within(best, other)) return true;
  return whole(other, phantoms) ? seen(other) >= seen(best) : seen(best) < 3 && seen(other) >= 3;
}

/// The best track of a whole phantom: most rods among those seen in as many slabs as any. Null when there is
/// none, or when another reading of the scan is as good that is not merely a part of this one.
const Track* choose(const Search& found,
                    const std::vector<CalibrationPhantom>& phantoms,
                    std::string& refusal) {
  const Track* best = nullptr;
  for (const Track& track : found.tracks) {
    if (!track.row.refusal.empty() || !whole(track, phantoms)) continue;
    if (best == nullptr ||
        (track.at_zero_mm.size() > best->at_zero_mm.size() && 2 * track.slabs >= best->slabs))
      best = &track;
  }
  if (best == nullptr) return nullptr;
  const CalibrationPhantom& phantom = phantoms[best->row.phantom];
  if (phantom.rods.size() < 3 && !phantom.geometry_measured && phantoms.size() > 1) {
    refusal = fmt::format(
        "two rods like those of {} prove nothing (two vessels may look the same); name the phantom, "
        "or give its measured geometry",
        phantom.name);
    return nullptr;
  }
  for (const Track& other : found.tracks) {
    if (other.row.phantom == best->row.phantom || !other.row.refusal.empty() ||
        2 * other.slabs < best->slabs || !rivals(other, *best, phantoms))
      continue;
    refusal = fmt::format("the rods fit {} ({} slabs) and {}{} ({} slabs); name the phantom to decide",
                          phantoms[best->row.phantom].name,
                          best->slabs,
                          whole(other, phantoms) ? "" : "a cut-off ",
                          phantoms[other.row.phantom].name,
                          other.slabs);
    return nullptr;
  }
  return best;
}

/// Why nothing was found, by the best of what was.
std::string why_none(const Search& found, const std::vector<CalibrationPhantom>& phantoms) {
  for (const Track& track : found.tracks)
    if (track.row.refusal.empty() && !whole(track, phantoms) && track.row.last >= track.row.first + 2)
      return fmt::format("only rods {} to {} of the {} of {} lie in the field of view",
                         track.row.first + 1,
                         track.row.last + 1,
                         phantoms[track.row.phantom].rods.size(),
                         phantoms[track.row.phantom].name);
  for (const Track& track : found.tracks)
    if (!track.row.refusal.empty() && whole(track, phantoms) && track.slabs >= 3 &&
        phantoms[track.row.phantom].rods.size() >= 3)
      return fmt::format("{} rods lie as in a phantom, but their values fit none ({})",
                         track.row.last + 1,
                         track.row.refusal);
  return "no row of rods of a known phantom was found";
}

/// Slices that can be read, where the rods were seen and as far as the next slab.
std::vector<Slice> slices_of(const View& view,
                             const Track& track,
                             const Axes& axes,
                             const std::optional<FindCalibrationPhantom::Range>& range,
                             double erosion_mm) {
  std::vector<Slice> slices;
  const double length_mm = static_cast<double>(view.size[2]) * view.step_mm[2];
  const double beyond_mm = std::max(kSlabMm, length_mm / static_cast<double>(kMostSlabs));
  for (std::size_t w = 0; w < view.size[2]; ++w) {
    const double w_mm = static_cast<double>(w) * view.step_mm[2];
    if (w_mm < track.from_mm - beyond_mm || w_mm > track.to_mm + beyond_mm) continue;
    const double z_mm = view.lps_mm(axes.at(0, w_mm), w_mm)[2];
    if (range && !(z_mm >= range->low_mm && z_mm <= range->high_mm)) continue;
    if (auto slice = calibration::read_slice(view, axes, w, erosion_mm)) slices.push_back(std::move(*slice));
  }
  return slices;
}

FoundRod rod_of(
    const View& view, const Track& track, const Axes& axes, const std::vector<Slice>& slices, std::size_t n) {
  FoundRod rod;
  rod.number = static_cast<int>(n) + 1;
  rod.radius_mm = axes.radius_mm[n];
  rod.centre_rms_mm = axes.rms_mm[n];
  rod.seen = track.row.seen[n] != 0;
  const double w_mm = 0.5 * static_cast<double>(slices.front().w + slices.back().w) * view.step_mm[2];
  rod.point_lps_mm = view.lps_mm(axes.at(n, w_mm), w_mm);
  rod.direction_lps = view.lps_direction(axes.slope);
  double sum = 0, count = 0, squares = 0, of_means = 0;
  for (const Slice& slice : slices) {
    sum += slice.mean[n] * slice.count[n];
    count += slice.count[n];
  }
  rod.hu = sum / count;
  for (const Slice& slice : slices) {
    const double off = slice.mean[n] - rod.hu;
    squares += slice.sum_squares[n] + slice.count[n] * off * off;
    of_means += off * off;
  }
  rod.voxels = static_cast<std::size_t>(count);
  rod.sd_hu = std::sqrt(squares / std::max(1.0, count - 1.0));
  // A slice's noise is correlated: its mean counts once, unless voxels alone would already vary more.
  const auto m = static_cast<double>(slices.size());
  const double by_slices = m > 1 ? std::sqrt(of_means / (m - 1.0) / m) : 0.0;
  rod.se_hu = std::max(rod.sd_hu / std::sqrt(count), by_slices);
  return rod;
}

/// Difference between halves of a rod, over all slices.
double uneven_hu(const std::vector<Slice>& slices, std::size_t rod) {
  double u = 0, v = 0;
  for (const Slice& slice : slices) {
    u += slice.tilt[rod][0] / static_cast<double>(slices.size());
    v += slice.tilt[rod][1] / static_cast<double>(slices.size());
  }
  return std::hypot(u, v);
}

/// A phantom that was found, and the slices in which its rods read the same.
struct Found {
  const View& view;
  const Track& track;
  const CalibrationPhantom& phantom;
  const Axes& axes;
  const std::vector<Slice>& slices;
};

/// Where the rods lie and what they and the gaps between them read.
void describe(const Found& found, FindCalibrationPhantom::Result& result) {
  for (std::size_t n = 0; n < found.phantom.rods.size(); ++n)
    result.rods.push_back(rod_of(found.view, found.track, found.axes, found.slices, n));
  result.used = {result.rods[0].point_lps_mm[2], result.rods[0].point_lps_mm[2]};
  for (const Slice& slice : found.slices) {
    const double w_mm = static_cast<double>(slice.w) * found.view.step_mm[2];
    const double z_mm = found.view.lps_mm(found.axes.at(0, w_mm), w_mm)[2];
    result.used.low_mm = std::min(result.used.low_mm, z_mm);
    result.used.high_mm = std::max(result.used.high_mm, z_mm);
  }
  result.slices = static_cast<int>(found.slices.size());
  const Point &a = result.rods.front().point_lps_mm, &b = result.rods.back().point_lps_mm;
  result.reversed = std::fabs(b[0] - a[0]) >= std::fabs(b[1] - a[1]) ? b[0] < a[0] : b[1] < a[1];
  if (const auto gaps = calibration::between(found.view, found.axes, found.slices); !gaps.empty()) {
    const auto [low, high] = std::minmax_element(gaps.begin(), gaps.end());
    result.matrix_spread_hu = *high - *low;
    for (const double hu : gaps) result.matrix_hu += hu / static_cast<double>(gaps.size());
  }
}

/// The line, where it may be trusted.
void judge(const Found& found,
           const FindCalibrationPhantom::Params& params,
           FindCalibrationPhantom::Result& result) {
  std::vector<RodReading> readings;
  for (const FoundRod& rod : result.rods) readings.push_back({rod.hu, rod.se_hu});
  const auto fit = FitDensityLine(params.fit)(found.phantom, readings);
  result.residuals_hu = fit.residuals_hu;
  result.refusal = fit.refusal;
  if (result.matrix_spread_hu > params.max_matrix_spread_hu)
    result.refusal = fmt::format("{}: what lies between its rods differs by {:.0f} HU, more than {:.0f} HU",
                                 found.phantom.name,
                                 result.matrix_spread_hu,
                                 params.max_matrix_spread_hu);
  for (std::size_t n = 0; n < result.rods.size() && result.refusal.empty(); ++n)
    if (const double off = uneven_hu(found.slices, n); off > params.max_uneven_hu)
      result.refusal = fmt::format("{}: one half of rod {} reads {:.0f} HU more than the other (streaks?)",
                                   found.phantom.name,
                                   n + 1,
                                   off);
  if (result.refusal.empty()) result.line = fit.line;
}

/// What the body does to the HU that the phantom does not feel, and metal.
void look_at_body(const std::vector<Slab>& slabs,
                  const Axes& axes,
                  const FindCalibrationPhantom::Params& params,
                  FindCalibrationPhantom::Result& result) {
  const auto field = calibration::field_hu(slabs, axes);
  result.field_hu = field;
  if (field && std::fabs(*field) > params.max_field_hu) {
    result.refusal = fmt::format(
        "{}: soft tissue deep in the body reads {:.0f} HU less than near the skin, more than {:.0f} HU; a "
        "phantom beside the body does not calibrate its middle",
        result.phantom,
        *field,
        params.max_field_hu);
    result.line.reset();
  }
  if (field && result.line) result.line->field_se_hu = std::fabs(*field);
  if (!field)
    result.notes.emplace_back(
        "no soft tissue deep enough to compare with: HU between phantom and bone may differ unseen");
  std::size_t metal = 0;
  for (const Slab& slab : slabs)
    metal += static_cast<std::size_t>(std::count_if(
        slab.hu.begin(), slab.hu.end(), [](float hu) { return hu >= calibration::kHighestHu; }));
  result.metal = metal > 0;
  if (!result.metal) return;
  result.notes.emplace_back(
      "metal in the field of view: streaks may reach the bone though they spare the rods");
  if (result.rods.size() >= 3) return;
  result.refusal =
      fmt::format("{}: there is metal in the field of view, and two rods cannot show what it does to them",
                  result.phantom);
  result.line.reset();
}

}  // namespace

const ParamTable<FindCalibrationPhantom::Params>& FindCalibrationPhantom::Params::table() {
  static const auto table =
      ParamTable<Params>()
          .add(&Params::erosion_mm, "erosion_mm", "mm", "Left out at a rod's edge.", {0.5, 8})
          .add(&Params::min_length_mm,
               "min_length_mm",
               "mm",
               "Of slices in which all rods read the same.",
               {1, 500})
          .add(&Params::max_tilt_deg,
               "max_tilt_deg",
               "deg",
               "Of the rods against the slices' normal.",
               {1, 45})
          .add(&Params::max_matrix_spread_hu,
               "max_matrix_spread_hu",
               "HU",
               "Of what lies between the rods.",
               {1, 500})
          .add(&Params::max_uneven_hu, "max_uneven_hu", "HU", "Between halves of a rod.", {1, 500})
          .add(&Params::max_field_hu,
               "max_field_hu",
               "HU",
               "Between soft tissue near the skin and deep in the body.",
               {1, 500})
          .nest(&Params::fit, "fit");
  return table;
}

FindCalibrationPhantom::FindCalibrationPhantom(const Params& params) : params_(params) {
  Params::table().validate(params_);
  static_cast<void>(FitDensityLine(params_.fit));
}

FindCalibrationPhantom::Result FindCalibrationPhantom::operator()(
    const Volume& scan,
    const std::vector<CalibrationPhantom>& phantoms,
    const std::optional<Range>& range,
    Context& context) const {
  require(!phantoms.empty(), Errc::kInput, "no phantom was given to look for");
  require(!range || range->high_mm > range->low_mm,
          Errc::kInput,
          range ? fmt::format("the range {}..{} mm is not upward", range->low_mm, range->high_mm) : "");
  const auto size = scan.GetLargestPossibleRegion().GetSize();
  require(
      static_cast<int>(size[0] >= 16) + static_cast<int>(size[1] >= 16) + static_cast<int>(size[2] >= 16) >=
          2,
      Errc::kInput,
      fmt::format("a scan of {} x {} x {} voxels is too small", size[0], size[1], size[2]));
  Result result;
  for (const unsigned axis : calibration::axes_from_head_foot(scan)) {
    const View view(scan, axis);
    if (view.size[0] < 16 || view.size[1] < 16) continue;
    const Search found = search(view, phantoms, params_, context);
    std::string refusal;
    const Track* track = choose(found, phantoms, refusal);
    if (track == nullptr) {
      if (refusal.empty()) refusal = why_none(found, phantoms);
      if (result.refusal.empty() || result.refusal.rfind("no row", 0) == 0) result.refusal = refusal;
      if (refusal.rfind("no row", 0) != 0) return result;
      continue;
    }
    const CalibrationPhantom& phantom = phantoms[track->row.phantom];
    result = {};
    result.phantom = phantom.name;
    const Axes axes = calibration::refined(view, *track);
    const auto all = slices_of(view, *track, axes, range, params_.erosion_mm);
    const auto slices = calibration::steady(all);
    const double length_mm = static_cast<double>(slices.size()) * view.step_mm[2];
    if (all.empty())
      result.refusal =
          fmt::format("{}: no slice {}shows all its rods", phantom.name, range ? "in the range " : "");
    else if (length_mm < params_.min_length_mm)
      result.refusal = fmt::format("{}: its rods read the same over {:.1f} mm only, less than {:.1f} mm",
                                   phantom.name,
                                   length_mm,
                                   params_.min_length_mm);
    if (!result.refusal.empty()) return result;
    const Found rods{view, *track, phantom, axes, slices};
    describe(rods, result);
    judge(rods, params_, result);
    look_at_body(found.slabs, axes, params_, result);
    return result;
  }
  return result;
}

}  // namespace ledd
