#include "diameters.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace ledd::canal {
namespace {

using Level = CanalMorphometry::Level;

constexpr double kEndMm = 16.0;       // depth of a sac: as far as an end cut at 45 degrees shortens chords
constexpr double kWholeShare = 0.95;  // of the diameter kEndMm from the end
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

}  // namespace

Measure::Measure(const Sac& sac, const Curve& line, const CanalMorphometry::Params& params)
    : sac_(sac), line_(line), params_(params) {
  for (const auto& station : line.stations) diameters_.push_back(diameter(station));
}

std::optional<std::size_t> Measure::station_at(const Place& place) const {
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

bool Measure::cut_short(std::size_t i) const {
  const auto end = static_cast<std::size_t>(std::lround(kEndMm / kStepMm));
  const std::size_t count = diameters_.size();
  if (i >= end && i + end < count) return false;
  if (count <= 2 * end) return true;  // nothing to compare with
  const Diameter& whole = diameters_[i < end ? end : count - 1 - end];
  return !whole.problem.empty() || diameters_[i].ap_mm < kWholeShare * whole.ap_mm;
}

void Measure::ap_at(std::size_t centre, Level& level) const {
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
  if (!cut_short(centre)) return;
  level.quality = Quality::kUncertain;
  level.reason +=
      fmt::format("{}the sac ends within {:g} mm of this level: it may be cut short here, or narrow",
                  level.reason.empty() ? "" : "; ",
                  kEndMm);
}

void Measure::csa_at(std::size_t centre, Level& level) const {
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

Diameter Measure::diameter(const Curve::Station& station) const {
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

void Measure::bring_to_midline(
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

double Measure::standard_error(std::size_t centre, double spread, double lean, int slices) const {
  const double jitter = jitter_mm(centre);
  const double hard = jitter < kAlignedJitter * sac_.pixel_mm ? kAlignedEdge : kHardEdge;
  const double edge = std::max((sac_.soft ? kSoftEdge : hard) * sac_.pixel_mm,
                               jitter * std::sqrt(sac_.pixel_mm / params_.average_mm));
  const double between = slices > 1 ? spread / std::sqrt(static_cast<double>(slices)) : 0.0;
  const double midline = lean * kMidlineError * sac_.stack.spacing_mm[2];
  return std::sqrt(edge * edge / slices + between * between + midline * midline);
}

std::optional<double> Measure::smoothed_ap(std::size_t centre) const {
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

double Measure::jitter_mm(std::size_t centre) const {
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

void Measure::judge(double spread, Level& level) const {
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

double Measure::section_mm2(const Curve::Station& station) const {
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

}  // namespace ledd::canal
