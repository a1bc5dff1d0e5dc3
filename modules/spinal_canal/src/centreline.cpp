#include "centreline.h"

#include <algorithm>
#include <cmath>

#include "ledd/anatomy/anatomy.h"

namespace ledd::canal {
namespace {

constexpr double kSmoothPixels = 0.7;
constexpr double kScanMm = 0.25;
constexpr double kShortestMm = 10.0;  // of a centreline
constexpr double kGapMm = 6.0;        // stations without sac that are bridged
constexpr double kCentreSmoothMm = 4.0;
constexpr double kReachMm = 20.0;  // before and behind a centreline

/// Gaussian within the slices.
void smooth_in_plane(const Stack& stack, std::vector<float>& values) {
  std::vector<double> line;
  for (const unsigned axis : {0U, 1U}) {
    const unsigned other = 1U - axis;
    line.resize(static_cast<std::size_t>(stack.size[axis]));
    for (long k = 0; k < stack.size[2]; ++k)
      for (long j = 0; j < stack.size[other]; ++j) {
        const auto at = [&](long i) { return axis == 0 ? stack.offset(i, j, k) : stack.offset(j, i, k); };
        bool any = false;
        for (long i = 0; i < stack.size[axis]; ++i) {
          line[static_cast<std::size_t>(i)] = static_cast<double>(values[at(i)]);
          any = any || values[at(i)] != 0.0F;
        }
        if (!any) continue;
        const auto out = gaussian(line, kSmoothPixels);
        for (long i = 0; i < stack.size[axis]; ++i)
          values[at(i)] = static_cast<float>(out[static_cast<std::size_t>(i)]);
      }
  }
}

/// The longest run of values >= 0.5 on a line, its ends between samples.
std::optional<Chord> longest_run(const Sac& sac, Chord line, double from_mm, double to_mm) {
  const Point base = sac.stack.in_stack(line.base_lps_mm);
  const double du = dot(line.direction, sac.stack.direction[0]),
               dv = dot(line.direction, sac.stack.direction[1]);
  std::optional<Chord> best;
  double before = std::nan(""), start = 0.0;
  bool inside = false, cut = false;
  const auto close = [&](double end, bool at_border) {
    inside = false;
    if (best && end - start <= best->back_mm - best->front_mm) return;
    best = line;
    best->front_mm = start;
    best->back_mm = end;
    best->cut = cut || at_border;
  };
  const int steps = static_cast<int>((to_mm - from_mm) / kScanMm);
  double at = from_mm;
  for (int n = 0; n <= steps; ++n, at += kScanMm) {
    const double value =
        sac.stack.sample(sac.values.data(), base[0] + at * du, base[1] + at * dv, line.slice);
    const double crossing = at - kScanMm * (value - 0.5) / (value - before);
    if (!inside && value >= 0.5) {
      inside = true;
      cut = std::isnan(before);
      start = cut ? at : crossing;
    } else if (inside && !(value >= 0.5)) {
      close(std::isnan(value) ? at - kScanMm : crossing, std::isnan(value));
    }
    before = value;
  }
  if (inside) close(at - kScanMm, true);
  return best;
}

std::optional<Point> centre_of(const std::vector<Chord>& chords) {
  Point sum{};
  double total = 0.0;
  for (const Chord& c : chords) {
    const double length = c.back_mm - c.front_mm;
    sum = add(sum, c.point(0.5 * (c.front_mm + c.back_mm)), length);
    total += length;
  }
  if (!(total > 0.0)) return std::nullopt;
  return add({}, sum, 1.0 / total);
}

/// The longest stretch of stations with a centre; short gaps in it are bridged.
Curve longest_stretch(const Curve& curve, const std::vector<std::optional<Point>>& centres) {
  std::vector<Point> best, points, best_left, left;
  double missing = 0.0;
  for (std::size_t i = 0; i < centres.size(); ++i) {
    missing = centres[i] ? 0.0 : missing + kStepMm;
    if (missing > kGapMm) {
      points.clear();
      left.clear();
    }
    if (!centres[i]) continue;
    points.push_back(*centres[i]);
    left.push_back(curve.stations[i].left);
    if (points.size() > best.size()) {
      best = points;
      best_left = left;
    }
  }
  if (static_cast<double>(best.size()) * kStepMm < kShortestMm) return {};
  return curve_through(best, best_left, kCentreSmoothMm);
}

}  // namespace

Sac sac_of(const Labels& labels, const Volume* soft) {
  Sac sac{Stack(labels), {}, soft != nullptr, 0.0};
  sac.pixel_mm = std::max(sac.stack.spacing_mm[0], sac.stack.spacing_mm[1]);
  const auto n = labels.GetLargestPossibleRegion().GetNumberOfPixels();
  sac.values.resize(n);
  for (std::size_t i = 0; i < n; ++i)
    sac.values[i] = soft != nullptr                                   ? soft->GetBufferPointer()[i]
                    : labels.GetBufferPointer()[i] == anatomy::kCanal ? 1.0F
                                                                      : 0.0F;
  if (soft == nullptr) smooth_in_plane(sac.stack, sac.values);
  return sac;
}

std::vector<Chord> chords_at(const Sac& sac, const Curve::Station& station, double from_mm, double to_mm) {
  std::vector<Chord> chords;
  const Point& normal = sac.stack.direction[2];
  Point direction = unit(cross(normal, station.down));
  if (dot(direction, station.posterior) < 0.0) direction = add({}, direction, -1.0);
  const double across = dot(station.left, normal), here = sac.stack.in_stack(station.at_lps_mm)[2];
  for (long k = 0; k < sac.stack.size[2]; ++k) {
    Chord line;
    line.slice = k;
    line.left_mm = (static_cast<double>(k) * sac.stack.spacing_mm[2] - here) / across;
    if (std::fabs(line.left_mm) > kReachMm) continue;
    line.base_lps_mm = add(station.at_lps_mm, station.left, line.left_mm);
    line.direction = direction;
    line.cosine = dot(direction, station.posterior);
    if (const auto chord = longest_run(sac, line, from_mm, to_mm)) chords.push_back(*chord);
  }
  return chords;
}

Curve centreline(const Sac& sac, const Curve& wall) {
  Curve curve = wall;
  double from = -8.0, to = 32.0;  // the wall lies before the sac
  for (int pass = 0; pass < 3; ++pass) {
    std::vector<std::optional<Point>> centres;
    centres.reserve(curve.stations.size());
    for (const auto& station : curve.stations)
      centres.push_back(centre_of(chords_at(sac, station, from, to)));
    curve = longest_stretch(curve, centres);
    if (curve.stations.empty()) break;
    from = -kReachMm;
    to = kReachMm;
  }
  return curve;
}

}  // namespace ledd::canal
