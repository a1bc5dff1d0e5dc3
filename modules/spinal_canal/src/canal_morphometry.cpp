#include "ledd/spinal_canal/canal_morphometry.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ledd/anatomy/anatomy.h"

#include "centreline.h"

namespace ledd {
namespace {

using namespace canal;  // NOLINT(google-build-using-namespace): the module's own
using Level = CanalMorphometry::Level;
using Segment = CanalMorphometry::Segment;
using Body = SpineResult::Body;

constexpr double kReachMm = 20.0;
constexpr double kMinHalfWidthMm = 6.0;  // of the ellipse that brings a chord to the midline
constexpr double kMaxOffMidline = 0.6;   // part of the half width up to which a chord is brought there
constexpr double kAlignedEdge =
    0.41;  // standard error of a hard label's diameter whose walls run along the pixels
constexpr double kAlignedJitter = 0.05;  // RMS below which they do; both in pixels
constexpr double kHardEdge = 0.25;       // standard error of a hard label's diameter, in pixels
constexpr double kSoftEdge = 0.10;       // the same with a soft surface
constexpr double kMidlineError = 0.15;   // standard error of the midline's place, in slice spacings
constexpr double kCsaEdge = 0.15;        // of the contour, in pixels, all round
constexpr double kStepsMm = 6.0;         // a hard label's diameters are smoothed over so much on both sides
constexpr double kJitterMm = 5.0;        // stations so far on both sides tell how rough the edges are
constexpr double kMaxSpreadMm = 1.5;     // between slices
constexpr double kMinApMm = 4.0, kMaxApMm = 26.0;
constexpr double kCsaGridMm = 0.25;
constexpr double kS1BelowMm = 10.0;  // the segment L5/S1 ends so far below the endplate of S1

/// What one station says of the diameter.
struct Diameter {
  double ap_mm = 0.0;
  double spread_mm = 0.0;  ///< SD between the slices used; 0 with one.
  double lean_mm = 0.0;    ///< Change of ap_mm per mm error of the midline.
  int slices = 0;
  std::string problem;  ///< Why there is none.
  Point front_lps_mm{}, back_lps_mm{};
};

/// A place to be measured.
struct Place {
  Point at_lps_mm{}, normal{};
};

class Measure {
 public:
  Measure(const Sac& sac, const Curve& line, const CanalMorphometry::Params& params)
      : sac_(sac), line_(line), params_(params) {
    for (const auto& station : line.stations) diameters_.push_back(diameter(station));
  }

  /// The station where the centreline crosses the plane; nothing when it does not.
  std::optional<std::size_t> station_at(const Place& place) const {
    std::optional<std::size_t> best;
    double nearest = 60.0;
    for (std::size_t i = 0; i + 1 < line_.stations.size(); ++i) {
      const double a = dot(sub(line_.stations[i].at_lps_mm, place.at_lps_mm), place.normal);
      const double b = dot(sub(line_.stations[i + 1].at_lps_mm, place.at_lps_mm), place.normal);
      const double away = norm(sub(line_.stations[i].at_lps_mm, place.at_lps_mm));
      if ((a >= 0.0) == (b >= 0.0) || away > nearest) continue;
      nearest = away;
      best = std::fabs(a) < std::fabs(b) ? i : i + 1;
    }
    return best;
  }

  void ap_at(std::size_t centre, Level& level) const {
    const long half = half_window(), n = static_cast<long>(diameters_.size());
    const long from = static_cast<long>(centre) - half, to = static_cast<long>(centre) + half;
    if (from < 0 || to >= n) {
      level.reason = "the sac is cut off at this level";
      return;
    }
    double sum = 0.0, spread = 0.0, lean = 0.0;
    for (long i = from; i <= to; ++i) {
      const Diameter& d = diameters_[static_cast<std::size_t>(i)];
      if (!d.problem.empty()) {
        level.reason = d.problem;
        return;
      }
      sum += d.ap_mm;
      spread += d.spread_mm;
      lean += d.lean_mm;
    }
    const Diameter& here = diameters_[centre];
    const double count = static_cast<double>(to - from + 1);
    level.ap_mm = sac_.soft ? sum / count : smoothed_ap(centre).value_or(sum / count);
    level.slices = here.slices;
    level.front_lps_mm = here.front_lps_mm;
    level.back_lps_mm = here.back_lps_mm;
    level.ap_se_mm = standard_error(centre, spread / count, lean / count, here.slices);
    judge(spread / count, level);
  }

  std::size_t stations() const { return diameters_.size(); }
  bool usable(std::size_t i) const { return diameters_[i].problem.empty(); }
  long half_window() const { return std::lround(0.5 * params_.average_mm / kStepMm); }

  void csa_at(std::size_t centre, Level& level) const {
    const double pitch = sac_.stack.spacing_mm[2];
    if (pitch > params_.max_csa_slice_mm) {
      level.csa_reason = fmt::format("CSA not measurable from sagittal slices {:.1f} mm apart", pitch);
      return;
    }
    double sum = 0.0;
    int count = 0;
    for (long i = static_cast<long>(centre) - half_window(); i <= static_cast<long>(centre) + half_window();
         ++i) {
      if (i < 0 || i >= static_cast<long>(line_.stations.size())) continue;
      const double area = section_mm2(line_.stations[static_cast<std::size_t>(i)]);
      if (std::isnan(area)) {
        level.csa_reason = "the sac reaches the border of the image";
        return;
      }
      sum += area;
      ++count;
    }
    level.csa_mm2 = sum / count;
    level.csa_se_mm2 = 2.0 * std::sqrt(M_PI * *level.csa_mm2) * kCsaEdge * std::max(sac_.pixel_mm, pitch);
  }

 private:
  /// The chords near the midline, brought to it as on an ellipse of the section's area.
  Diameter diameter(const Curve::Station& station) const {
    Diameter d;
    const auto chords = chords_at(sac_, station, -kReachMm, kReachMm);
    if (chords.empty()) {
      d.problem = "there is no sac at this level";
      return d;
    }
    double area = 0.0, moment = 0.0, longest = 0.0, nearest = 1e9;
    const double pitch = sac_.stack.spacing_mm[2] / std::fabs(dot(station.left, sac_.stack.direction[2]));
    for (const Chord& c : chords) {
      area += c.length_mm() * pitch;
      moment += c.length_mm() * pitch * c.left_mm;
      longest = std::max(longest, c.length_mm());
    }
    const long last = sac_.stack.size[2] - 1;
    for (const Chord& c : chords)
      if ((c.slice == 0 || c.slice == last) && c.length_mm() >= longest)
        d.problem = "the sac is widest in the outermost slice: its midline is not in the stack";
    if (!d.problem.empty()) return d;
    const double middle = moment / area;
    for (const Chord& c : chords) nearest = std::min(nearest, std::fabs(c.left_mm - middle));
    if (nearest > params_.max_midline_gap_mm) {
      d.problem = fmt::format("the nearest slice is {:.1f} mm from the sac's midline", nearest);
      return d;
    }
    d.ap_mm = longest;
    for (int pass = 0; pass < 3 && d.problem.empty(); ++pass)
      bring_to_midline(
          chords, middle, 2.0 * area / (M_PI * d.ap_mm), std::max(nearest, params_.half_slab_mm), d);
    return d;
  }

  static void bring_to_midline(
      const std::vector<Chord>& chords, double middle, double half_width, double slab_mm, Diameter& d) {
    const double a = std::max(half_width, kMinHalfWidthMm);
    double sum = 0.0, squares = 0.0, lean = 0.0, nearest = 1e9;
    int n = 0;
    for (const Chord& c : chords) {
      const double off = c.left_mm - middle, part = std::clamp(off / a, -kMaxOffMidline, kMaxOffMidline);
      if (std::fabs(off) > slab_mm + 1e-9) continue;
      if (c.cut) d.problem = "the sac reaches the border of the image";
      const double ap = c.length_mm() / std::sqrt(1.0 - part * part);
      sum += ap;
      squares += ap * ap;
      lean += ap * part / (a * (1.0 - part * part));
      ++n;
      if (std::fabs(off) >= nearest) continue;
      nearest = std::fabs(off);
      d.front_lps_mm = c.point(c.front_mm);
      d.back_lps_mm = c.point(c.back_mm);
    }
    d.ap_mm = sum / n;
    d.lean_mm = std::fabs(lean / n);
    d.slices = n;
    d.spread_mm = n > 1 ? std::sqrt(std::max(0.0, (squares - sum * sum / n) / (n - 1))) : 0.0;
  }

  /// Sampling of the edges, spread between slices, place of the midline; taken as independent.
  double standard_error(std::size_t centre, double spread, double lean, int slices) const {
    const double jitter = jitter_mm(centre);
    const double hard = jitter < kAlignedJitter * sac_.pixel_mm ? kAlignedEdge : kHardEdge;
    const double edge = std::max((sac_.soft ? kSoftEdge : hard) * sac_.pixel_mm,
                                 jitter * std::sqrt(sac_.pixel_mm / params_.average_mm));
    const double between = slices > 1 ? spread / std::sqrt(static_cast<double>(slices)) : 0.0;
    const double midline = lean * kMidlineError * sac_.stack.spacing_mm[2];
    return std::sqrt(edge * edge / slices + between * between + midline * midline);
  }

  /// A hard label's walls are steps of whole pixels, longer than the average where they run nearly along the
  /// pixels: the average of a parabola through the diameters within kStepsMm on both sides. Nothing near
  /// ends.
  std::optional<double> smoothed_ap(std::size_t centre) const {
    const long reach = static_cast<long>(kStepsMm / kStepMm);
    double n = 0, x2 = 0, x4 = 0, y0 = 0, yx2 = 0;
    for (long d = -reach; d <= reach; ++d) {
      const long i = static_cast<long>(centre) + d;
      if (i < 0 || i >= static_cast<long>(diameters_.size())) return std::nullopt;
      const Diameter& here = diameters_[static_cast<std::size_t>(i)];
      if (!here.problem.empty()) return std::nullopt;
      const double x = kStepMm * static_cast<double>(d), w = x * x;
      n += 1;
      x2 += w;
      x4 += w * w;
      y0 += here.ap_mm;
      yx2 += here.ap_mm * w;
    }
    const double bend = (n * yx2 - x2 * y0) / (n * x4 - x2 * x2), height = (y0 - bend * x2) / n;
    const double half = 0.5 * params_.average_mm;
    return height + bend * half * half / 3.0;
  }

  /// RMS of the diameters around a station about a straight line through them.
  double jitter_mm(std::size_t centre) const {
    const long reach = static_cast<long>(kJitterMm / kStepMm);
    double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0, syy = 0;
    for (long d = -reach; d <= reach; ++d) {
      const long i = static_cast<long>(centre) + d;
      if (i < 0 || i >= static_cast<long>(diameters_.size())) continue;
      const Diameter& here = diameters_[static_cast<std::size_t>(i)];
      if (!here.problem.empty()) continue;
      const double x = static_cast<double>(d), y = here.ap_mm;
      n += 1;
      sx += x;
      sy += y;
      sxx += x * x;
      sxy += x * y;
      syy += y * y;
    }
    const double vx = sxx - sx * sx / n, vxy = sxy - sx * sy / n, vy = syy - sy * sy / n;
    if (n < 4 || !(vx > 0.0)) return 0.0;
    return std::sqrt(std::max(0.0, (vy - vxy * vxy / vx) / (n - 2)));
  }

  void judge(double spread, Level& level) const {
    level.quality = Quality::kGood;
    const auto doubt = [&](bool when, const std::string& why) {
      if (!when) return;
      level.quality = Quality::kUncertain;
      level.reason += (level.reason.empty() ? "" : "; ") + why;
    };
    doubt(spread > kMaxSpreadMm, fmt::format("slices differ by {:.1f} mm", spread));
    doubt(*level.ap_mm < kMinApMm || *level.ap_mm > kMaxApMm,
          fmt::format(
              "a sac of {:.1f} mm is implausible: expected {} to {} mm", *level.ap_mm, kMinApMm, kMaxApMm));
  }

  /// Area of the section square to the centreline, on a fine grid; NaN when the sac leaves the image.
  double section_mm2(const Curve::Station& station) const {
    const int reach = static_cast<int>(kReachMm / kCsaGridMm);
    int inside = 0;
    for (int y = -reach; y <= reach; ++y)
      for (int x = -reach; x <= reach; ++x) {
        const Point p =
            add(add(station.at_lps_mm, station.left, kCsaGridMm * x), station.posterior, kCsaGridMm * y);
        if (sac_.stack.sample(sac_.values.data(), p) >= 0.5) ++inside;
      }
    for (const Chord& c : chords_at(sac_, station, -kReachMm, kReachMm))
      if (c.cut || c.slice == 0 || c.slice + 1 == sac_.stack.size[2]) return std::nan("");
    return inside * kCsaGridMm * kCsaGridMm;
  }

  const Sac& sac_;
  const Curve& line_;
  const CanalMorphometry::Params& params_;
  std::vector<Diameter> diameters_;
};

bool neighbours(std::uint16_t upper, std::uint16_t lower) {
  using namespace anatomy;  // NOLINT(google-build-using-namespace)
  if (upper == kL5 || upper == kL6) return lower == kS1 || (upper == kL5 && lower == kL6);
  if (upper == kT12 || upper == kT13) return lower == kL1 || (upper == kT12 && lower == kT13);
  return vertebra_below(upper) == lower;
}

bool has_place(const Body& body) {
  return body.id == anatomy::kS1 ? body.superior.measured : body.quality != Quality::kFailed;
}

Place middle_of(const Body& body) {
  if (body.id != anatomy::kS1) return {body.frame.centre_lps_mm, body.frame.superior};
  return {add(body.superior.posterior_lps_mm, body.superior.normal, -kS1BelowMm), body.superior.normal};
}

Place disc_below(const Body& upper, const Body& lower) {
  const Point& ps = lower.id == anatomy::kS1 ? lower.superior.posterior_lps_mm : lower.ps_lps_mm;
  return {add(add({}, upper.pi_lps_mm, 0.5), ps, 0.5),
          unit(add(upper.inferior.normal, lower.superior.normal))};
}

void fail(const std::string& reason, Level& level) {
  level.reason = reason;
  level.csa_reason = reason;
}

Level level_at(const Measure* measure,
               const std::string& region,
               const Place* place,
               const std::string& missing) {
  Level level;
  level.region = region;
  if (measure == nullptr || place == nullptr) {
    fail(missing, level);
    return level;
  }
  const auto station = measure->station_at(*place);
  if (!station) {
    fail("the sac does not reach this level", level);
    return level;
  }
  measure->ap_at(*station, level);
  if (!level.ap_mm)
    level.csa_reason = level.reason;
  else
    measure->csa_at(*station, level);
  return level;
}

Segment segment_of(const Measure& measure, const std::string& region, const Body& upper, const Body& lower) {
  Segment segment;
  segment.region = region;
  const auto disc = measure.station_at(disc_below(upper, lower));
  if (!disc) {
    segment.reason = "the sac does not reach this disc";
    return segment;
  }
  const auto top = measure.station_at(middle_of(upper)), bottom = measure.station_at(middle_of(lower));
  std::optional<Level> narrowest;
  bool whole = top.has_value() && bottom.has_value();
  std::size_t where = 0;
  for (std::size_t i = top.value_or(0); i <= bottom.value_or(measure.stations() - 1); ++i) {
    Level here;
    measure.ap_at(i, here);
    if (!here.ap_mm)
      whole = false;
    else if (!narrowest || *here.ap_mm < *narrowest->ap_mm) {
      narrowest = here;
      where = i;
    }
  }
  if (!narrowest) {
    segment.reason = "no place in this segment could be measured";
    return segment;
  }
  segment.ap_min_mm = narrowest->ap_mm;
  segment.ap_min_se_mm = narrowest->ap_se_mm;
  segment.above_disc_mm = kStepMm * (static_cast<double>(*disc) - static_cast<double>(where));
  segment.front_lps_mm = narrowest->front_lps_mm;
  segment.back_lps_mm = narrowest->back_lps_mm;
  segment.quality = narrowest->quality;
  segment.reason = narrowest->reason;
  if (!whole) {
    segment.quality = Quality::kUncertain;
    segment.reason += segment.reason.empty() ? "" : "; ";
    segment.reason += "part of the segment could not be measured";
  }
  return segment;
}

}  // namespace

const ParamTable<CanalMorphometry::Params>& CanalMorphometry::Params::table() {
  static const auto table =
      ParamTable<Params>()
          .add(&Params::average_mm,
               "average_mm",
               "mm",
               "Length along the centreline that is averaged.",
               {0.5, 10.0})
          .add(&Params::half_slab_mm,
               "half_slab_mm",
               "mm",
               "Distance from the sac's midline up to which slices count.",
               {0.5, 6.0})
          .add(&Params::max_csa_slice_mm,
               "max_csa_slice_mm",
               "mm",
               "Distance of slices above which no cross-section is given.",
               {0.1, 3.0})
          .add(&Params::max_midline_gap_mm,
               "max_midline_gap_mm",
               "mm",
               "Distance from the sac's midline to the nearest slice above which nothing is measured.",
               {0.5, 6.0})
          .add(&Params::relative_mm,
               "relative_mm",
               "mm",
               "Sac AP below which stenosis is relative.",
               {5.0, 20.0})
          .add(&Params::absolute_mm,
               "absolute_mm",
               "mm",
               "Sac AP below which stenosis is absolute.",
               {5.0, 20.0});
  return table;
}

CanalMorphometry::CanalMorphometry(const Params& params) : params_(params) {
  Params::table().validate(params);
  require(params.absolute_mm <= params.relative_mm,
          Errc::kParam,
          fmt::format(
              "absolute_mm = {} must not be above relative_mm = {}", params.absolute_mm, params.relative_mm));
}

CanalMorphometry::Result CanalMorphometry::operator()(const Labels& labels,
                                                      const Volume* soft,
                                                      const SpineResult& spine,
                                                      Context& context) const {
  if (soft != nullptr) require_same_grid(labels, *soft, "labels and the sac's surface");
  context.throw_if_cancelled();
  Result result;
  result.relative_mm = params_.relative_mm;
  result.absolute_mm = params_.absolute_mm;
  const Curve wall = wall_curve(spine);
  const Sac sac = sac_of(labels, soft);
  const Curve line = wall.stations.empty() ? Curve{} : centreline(sac, wall);
  for (const auto& station : line.stations) result.centreline_lps_mm.push_back(station.at_lps_mm);
  const std::optional<Measure> measure =
      line.stations.empty() ? std::nullopt : std::optional<Measure>(std::in_place, sac, line, params_);
  const Measure* m = measure ? &*measure : nullptr;
  const std::string no_sac = wall.stations.empty() ? wall.reason : "no dural sac was found behind the bodies";
  const auto missing = [&](const Body& body) {
    return has_place(body) ? no_sac
                           : "the place of " + anatomy::short_name(body.id) + " is not known: " + body.reason;
  };
  for (std::size_t i = 0; i < spine.bodies.size(); ++i) {
    const Body& body = spine.bodies[i];
    const std::string name = anatomy::short_name(body.id);
    if (body.id != anatomy::kS1) {
      const Place place = middle_of(body);
      result.levels.push_back(level_at(m, name, has_place(body) ? &place : nullptr, missing(body)));
    }
    if (i + 1 == spine.bodies.size() || !neighbours(body.id, spine.bodies[i + 1].id)) continue;
    const Body& lower = spine.bodies[i + 1];
    const std::string region = name + "/" + anatomy::short_name(lower.id);
    const bool known = has_place(body) && has_place(lower);
    const std::string why = missing(has_place(body) ? lower : body);
    const Place disc = known ? disc_below(body, lower) : Place{};
    result.levels.push_back(level_at(m, region, known ? &disc : nullptr, why));
    Segment segment;
    segment.region = region;
    segment.reason = why;
    if (m != nullptr && known) segment = segment_of(*m, region, body, lower);
    result.segments.push_back(segment);
  }
  if (m == nullptr) context.warn("canal: " + no_sac);
  return result;
}

}  // namespace ledd
