#include "rods.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ledd::calibration {
namespace {

constexpr int kRays = 48;
constexpr double kPi = 3.14159265358979323846;
constexpr double kAverageMm = 3.0;        // slices taken together to find a centre
constexpr std::size_t kMostCentres = 48;  // slices in which centres are sought
constexpr double kOutsideHu = -1000.0;    // no phantom reads this; the field's edge does

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Some slices as one image.
struct Plane {
  const View& view;
  std::size_t low, high;

  double at(const Spot& p) const {
    double sum = 0;
    for (std::size_t w = low; w <= high; ++w) sum += view.at(p, w);
    return sum / static_cast<double>(high - low + 1);
  }
};

/// Mean step of HU over a circle in the sense given, each ray bounded by the median.
double strength(const Plane& plane, const Spot& c, double r, double sense) {
  std::array<double, kRays> all{};
  for (int n = 0; n < kRays; ++n) {
    const double a = 2.0 * kPi * n / kRays, x = std::cos(a), y = std::sin(a);
    all[static_cast<std::size_t>(n)] = sense * (plane.at({c[0] + (r - 1.0) * x, c[1] + (r - 1.0) * y}) -
                                                plane.at({c[0] + (r + 1.0) * x, c[1] + (r + 1.0) * y}));
  }
  auto sorted = all;
  std::nth_element(sorted.begin(), sorted.begin() + kRays / 2, sorted.end());
  const double bound = 2.0 * std::max(1.0, std::fabs(sorted[kRays / 2]));
  double sum = 0;
  for (const double s : all) sum += std::clamp(s, -bound, bound);
  return sum / kRays;
}

Spot centre(const Plane& plane, Spot c, double r, double sense) {
  double best = strength(plane, c, r, sense);
  for (double step = 0.8; step > 0.04; step /= 2)
    for (bool better = true; better;) {
      better = false;
      for (const Spot& d : std::array<Spot, 4>{{{step, 0}, {-step, 0}, {0, step}, {0, -step}}}) {
        const Spot next{c[0] + d[0], c[1] + d[1]};
        const double value = strength(plane, next, r, sense);
        if (!(value > best + 1e-9)) continue;
        best = value;
        c = next;
        better = true;
      }
    }
  return c;
}

/// Centres of one rod in some slices.
struct Centres {
  std::vector<double> w_mm;
  std::vector<Spot> spot;
  std::vector<double> weight;
};

/// Weighted least squares: one slope for all rods, an intercept for each, of coordinate k.
void fit(const std::vector<Centres>& rods, std::size_t k, Axes& axes) {
  double sxx = 0, sxy = 0;
  for (std::size_t n = 0; n < rods.size(); ++n) {
    const Centres& rod = rods[n];
    double weights = 0, mean_w = 0, mean_p = 0;
    for (std::size_t i = 0; i < rod.w_mm.size(); ++i) {
      weights += rod.weight[i];
      mean_w += rod.weight[i] * rod.w_mm[i];
      mean_p += rod.weight[i] * rod.spot[i][k];
    }
    if (!(weights > 0)) continue;
    mean_w /= weights;
    mean_p /= weights;
    for (std::size_t i = 0; i < rod.w_mm.size(); ++i) {
      sxx += rod.weight[i] * (rod.w_mm[i] - mean_w) * (rod.w_mm[i] - mean_w);
      sxy += rod.weight[i] * (rod.w_mm[i] - mean_w) * (rod.spot[i][k] - mean_p);
    }
    axes.at_zero_mm[n] = {k == 0 ? mean_p : axes.at_zero_mm[n][0], k == 1 ? mean_p : axes.at_zero_mm[n][1]};
    axes.rms_mm[n] = mean_w;  // kept for the intercept below
  }
  if (sxx > 1e-6) axes.slope[k] = sxy / sxx;
  for (std::size_t n = 0; n < rods.size(); ++n)
    if (!rods[n].w_mm.empty()) axes.at_zero_mm[n][k] -= axes.slope[k] * axes.rms_mm[n];
}

/// Tukey's weights by the distance of each centre from its axis.
void reweigh(std::vector<Centres>& rods, Axes& axes) {
  for (std::size_t n = 0; n < rods.size(); ++n) {
    std::vector<double> off;
    for (std::size_t i = 0; i < rods[n].w_mm.size(); ++i) {
      const Spot p = axes.at(n, rods[n].w_mm[i]);
      off.push_back(std::hypot(p[0] - rods[n].spot[i][0], p[1] - rods[n].spot[i][1]));
    }
    if (off.empty()) continue;
    const double scale = std::max(0.05, median(off)) * 4.0;
    double squares = 0, count = 0;
    for (std::size_t i = 0; i < off.size(); ++i) {
      const double t = off[i] / scale;
      rods[n].weight[i] = t < 1.0 ? (1 - t * t) * (1 - t * t) : 0.0;
      squares += rods[n].weight[i] * off[i] * off[i];
      count += rods[n].weight[i];
    }
    axes.rms_mm[n] = count > 0 ? std::sqrt(squares / count) : 0.0;
  }
}

/// Where the mean over all slices and angles falls or rises most steeply, near r.
double radius_of(
    const View& view, const Axes& axes, std::size_t rod, double r, const std::array<std::size_t, 2>& range) {
  constexpr double kBinMm = 0.25;
  const double reach_mm = r + 4.0;
  std::vector<double> sum(static_cast<std::size_t>(reach_mm / kBinMm) + 2), count(sum.size());
  for (std::size_t w = range[0]; w <= range[1]; ++w) {
    const Spot c = axes.at(rod, static_cast<double>(w) * view.step_mm[2]);
    for (std::size_t bin = 0; bin < sum.size(); ++bin) {
      const double radius = (static_cast<double>(bin) + 0.5) * kBinMm;
      std::array<double, kRays> ring{};
      for (int n = 0; n < kRays; ++n) {
        const double a = 2.0 * kPi * (n + 0.5 * static_cast<double>(w % 2)) / kRays;
        ring[static_cast<std::size_t>(n)] =
            view.at({c[0] + radius * std::cos(a), c[1] + radius * std::sin(a)}, w);
      }
      std::sort(ring.begin(), ring.end());  // the middle half: air beside a rod has no say
      sum[bin] += std::accumulate(ring.begin() + kRays / 4, ring.end() - kRays / 4, 0.0);
      count[bin] += kRays / 2.0;
    }
  }
  const auto mean = [&](std::size_t bin) { return sum[bin] / count[bin]; };
  double best = 0, at_mm = r;
  for (std::size_t bin = 4; bin + 4 < sum.size(); ++bin) {
    const double radius = static_cast<double>(bin) * kBinMm;
    if (std::fabs(radius - r) > 2.5) continue;
    double step = 0;
    for (std::size_t k = 0; k < 4; ++k) step += mean(bin - 1 - k) - mean(bin + k);
    if (std::fabs(step) > best) {
      best = std::fabs(step);
      at_mm = radius;
    }
  }
  return at_mm;
}

/// Whether a slice reads the same as the mean of those before it.
bool same(const Slice& slice, const std::vector<double>& sum, double count) {
  double low = 1e9, high = -1e9;
  for (const double s : sum) {
    low = std::min(low, s / count);
    high = std::max(high, s / count);
  }
  for (std::size_t n = 0; n < sum.size(); ++n) {
    const double se =
        std::sqrt(slice.sum_squares[n] / std::max(1.0, slice.count[n] * (slice.count[n] - 1.0)));
    const double limit = std::max({6.0, 0.02 * (high - low), 5.0 * se});
    if (!(std::fabs(slice.mean[n] - sum[n] / count) <= limit)) return false;
  }
  return true;
}

}  // namespace

Axes refined(const View& view, const Track& track) {
  Axes axes{track.at_zero_mm, track.slope, {}, {}};
  const std::size_t rods = axes.at_zero_mm.size();
  axes.radius_mm.assign(rods, track.row.radius_mm);
  axes.rms_mm.assign(rods, 0.0);
  const double last = static_cast<double>(view.size[2] - 1);
  const auto slice = [&](double w_mm) {
    return static_cast<std::size_t>(std::clamp(std::round(w_mm / view.step_mm[2]), 0.0, last));
  };
  const std::array<std::size_t, 2> range{slice(track.from_mm), slice(track.to_mm)};
  const std::size_t half = static_cast<std::size_t>(0.5 * kAverageMm / view.step_mm[2]);
  const std::size_t step = std::max<std::size_t>(1, (range[1] - range[0]) / kMostCentres);
  std::vector<Centres> centres(rods);
  const std::size_t middle = (range[0] + range[1]) / 2;
  for (std::size_t n = 0; n < rods; ++n) {
    if (track.row.seen[n] == 0) continue;
    const Plane whole{view, middle > half ? middle - half : 0, std::min(view.size[2] - 1, middle + half)};
    const Spot start = axes.at(n, static_cast<double>(middle) * view.step_mm[2]);
    const double r = axes.radius_mm[n];
    const double sense = strength(whole, start, r, 1.0) >= 0 ? 1.0 : -1.0;
    for (std::size_t w = range[0]; w <= range[1]; w += step) {
      const Plane plane{view, w > half ? w - half : 0, std::min(view.size[2] - 1, w + half)};
      const double w_mm = 0.5 * static_cast<double>(plane.low + plane.high) * view.step_mm[2];
      centres[n].w_mm.push_back(w_mm);
      centres[n].spot.push_back(centre(plane, axes.at(n, w_mm), r, sense));
      centres[n].weight.push_back(1.0);
    }
  }
  const Axes coarse = axes;
  for (int pass = 0; pass < 6; ++pass) {
    fit(centres, 0, axes);
    fit(centres, 1, axes);
    reweigh(centres, axes);
  }
  std::size_t anchor = 0;
  while (track.row.seen[anchor] == 0) ++anchor;
  for (std::size_t n = 0; n < rods; ++n) {
    if (track.row.seen[n] != 0) {
      axes.radius_mm[n] = radius_of(view, axes, n, axes.radius_mm[n], range);
      continue;
    }
    for (std::size_t k = 0; k < 2; ++k)  // where the pattern puts it beside a rod that was seen
      axes.at_zero_mm[n][k] =
          axes.at_zero_mm[anchor][k] + coarse.at_zero_mm[n][k] - coarse.at_zero_mm[anchor][k];
  }
  for (std::size_t n = 0; n < rods; ++n)
    if (track.row.seen[n] == 0) axes.radius_mm[n] = axes.radius_mm[anchor];
  return axes;
}

std::optional<Slice> read_slice(const View& view, const Axes& axes, std::size_t w, double erosion_mm) {
  Slice slice;
  slice.w = w;
  const double w_mm = static_cast<double>(w) * view.step_mm[2];
  // Distance from the axis, not from where it crosses the slice: an oblique rod is cut as an ellipse.
  const double run = 1.0 + axes.slope[0] * axes.slope[0] + axes.slope[1] * axes.slope[1];
  for (std::size_t rod = 0; rod < axes.at_zero_mm.size(); ++rod) {
    const Spot c = axes.at(rod, w_mm);
    const double r = std::max(1.5, axes.radius_mm[rod] - erosion_mm), reach = r * std::sqrt(run);
    std::array<std::size_t, 2> low{}, high{};
    for (std::size_t k = 0; k < 2; ++k) {
      const double from = std::ceil((c[k] - reach) / view.step_mm[k]),
                   to = std::floor((c[k] + reach) / view.step_mm[k]);
      if (!(from >= 0 && to <= static_cast<double>(view.size[k] - 1))) return std::nullopt;
      low[k] = static_cast<std::size_t>(from);
      high[k] = static_cast<std::size_t>(to);
    }
    double sum = 0, squares = 0, count = 0;
    std::array<std::array<double, 4>, 2> half{};  // by coordinate: sum and count of each half
    for (std::size_t v = low[1]; v <= high[1]; ++v)
      for (std::size_t u = low[0]; u <= high[0]; ++u) {
        const double x = static_cast<double>(u) * view.step_mm[0] - c[0],
                     y = static_cast<double>(v) * view.step_mm[1] - c[1];
        const double along = (x * axes.slope[0] + y * axes.slope[1]) / std::sqrt(run);
        if (x * x + y * y - along * along > r * r) continue;
        const double hu = static_cast<double>(view.at(u, v, w));
        if (!(hu > kOutsideHu)) return std::nullopt;
        sum += hu;
        squares += hu * hu;
        count += 1;
        for (std::size_t k = 0; k < 2; ++k) {
          const std::size_t side = (k == 0 ? x : y) < 0 ? 0 : 2;
          half[k][side] += hu;
          half[k][side + 1] += 1;
        }
      }
    if (count < 4) return std::nullopt;
    slice.mean.push_back(sum / count);
    slice.sum_squares.push_back(std::max(0.0, squares - sum * sum / count));
    slice.count.push_back(count);
    std::array<double, 2> tilt{};
    for (std::size_t k = 0; k < 2; ++k)
      tilt[k] = half[k][1] > 0 && half[k][3] > 0 ? half[k][0] / half[k][1] - half[k][2] / half[k][3] : 0.0;
    slice.tilt.push_back(tilt);
  }
  return slice;
}

std::vector<Slice> steady(const std::vector<Slice>& slices) {
  std::size_t best_first = 0, best_length = 0;
  for (std::size_t first = 0; first + best_length < slices.size(); ++first) {
    std::vector<double> sum = slices[first].mean;
    std::size_t next = first + 1;
    for (; next < slices.size() && slices[next].w == slices[next - 1].w + 1; ++next) {
      if (!same(slices[next], sum, static_cast<double>(next - first))) break;
      for (std::size_t n = 0; n < sum.size(); ++n) sum[n] += slices[next].mean[n];
    }
    if (next - first > best_length) {
      best_first = first;
      best_length = next - first;
    }
  }
  const auto begin = slices.begin() + static_cast<std::ptrdiff_t>(best_first);
  return {begin, begin + static_cast<std::ptrdiff_t>(best_length)};
}

std::vector<double> between(const View& view, const Axes& axes, const std::vector<Slice>& slices) {
  std::vector<double> means;
  for (std::size_t rod = 1; rod < axes.at_zero_mm.size(); ++rod) {
    const Spot &a = axes.at_zero_mm[rod - 1], &b = axes.at_zero_mm[rod];
    const double gap_mm =
        std::hypot(a[0] - b[0], a[1] - b[1]) - axes.radius_mm[rod - 1] - axes.radius_mm[rod];
    const double r = std::min(3.0, 0.5 * gap_mm - 2.0);
    if (r < 0.5) continue;
    const double share =
        (axes.radius_mm[rod - 1] + 0.5 * gap_mm) / (axes.radius_mm[rod - 1] + axes.radius_mm[rod] + gap_mm);
    double sum = 0, count = 0;
    for (const Slice& slice : slices) {
      const Spot p = axes.at(rod - 1, static_cast<double>(slice.w) * view.step_mm[2]);
      const Spot c{p[0] + share * (b[0] - a[0]), p[1] + share * (b[1] - a[1])};
      for (double y = -r; y <= r; y += 0.5)
        for (double x = -r; x <= r; x += 0.5)
          if (x * x + y * y <= r * r) {
            sum += view.at({c[0] + x, c[1] + y}, slice.w);
            count += 1;
          }
    }
    means.push_back(sum / count);
  }
  return means;
}

}  // namespace ledd::calibration
