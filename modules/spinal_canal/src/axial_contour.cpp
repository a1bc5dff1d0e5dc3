#include "axial_contour.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "geometry.h"

namespace ledd::canal {
namespace {

constexpr std::size_t kRays = 72;
constexpr double kStepMmRay = 0.25, kFirstMm = 2.0, kLastMm = 17.0;
constexpr double kCoreMm = 5.0;    // around the middle, where fluid is
constexpr double kAcrossMm = 0.8;  // both sides of the border
constexpr double kInsideMm = 2.0;  // must be fluid
constexpr double kFluid = 0.88, kNoFluidPrice = 3.0;
constexpr double kRootMm = 1.6;  // roots are thinner than twice this
constexpr double kBend = 0.03;
constexpr double kBehindLineMm = 0.9, kLineShows = 0.25, kHalfDuraMm = 0.2;
constexpr double kLeastContrast = 0.10;
constexpr double kMostAtLimit = 0.08;
constexpr int kRecentred = 2;

/// The largest (or least) value within a radius of every sample; NaN stays where it is and counts nowhere.
std::vector<float> extreme_around(const axial::Section& section, double radius_mm, bool largest) {
  const long reach = static_cast<long>(radius_mm / section.step_mm);
  std::vector<float> out(section.values);
  for (long j = 0; j < section.ny; ++j)
    for (long i = 0; i < section.nx; ++i) {
      float& best = out[section.offset(i, j)];
      for (long b = std::max(0L, j - reach); b <= std::min(section.ny - 1, j + reach); ++b)
        for (long a = std::max(0L, i - reach); a <= std::min(section.nx - 1, i + reach); ++a) {
          const auto off = static_cast<double>((a - i) * (a - i) + (b - j) * (b - j));
          if (off * section.step_mm * section.step_mm > radius_mm * radius_mm) continue;
          const float v = section.values[section.offset(a, b)];
          if (largest ? v > best : v < best) best = v;
        }
    }
  return out;
}

/// Dark roots amid fluid are filled in (a closing).
axial::Section without_roots(const axial::Section& section) {
  axial::Section filled = section;
  filled.values = extreme_around(filled, kRootMm, true);
  filled.values = extreme_around(filled, kRootMm, false);
  return filled;
}

/// Brightness along the rays: 1 fluid, 0 the darkest tissue around.
class Rays {
 public:
  Rays(const axial::Section& section, const axial::Section& filled, double x_mm, double y_mm) {
    const auto n = static_cast<std::size_t>((kLastMm + 3.0) / kStepMmRay);
    std::vector<double> core, all;
    for (std::size_t ray = 0; ray < kRays; ++ray) {
      const double angle = 2.0 * M_PI * static_cast<double>(ray) / kRays;
      for (std::size_t i = 0; i < n; ++i) {
        const double r = kStepMmRay * static_cast<double>(i);
        const double v = section.sample(x_mm + r * std::cos(angle), y_mm + r * std::sin(angle));
        seen_ = seen_ && std::isfinite(v);
        values_[ray].push_back(v);
        filled_[ray].push_back(filled.sample(x_mm + r * std::cos(angle), y_mm + r * std::sin(angle)));
        all.push_back(v);
        if (r < kCoreMm) core.push_back(v);
      }
    }
    if (!seen_) return;
    const double fluid = percentile(core, 80.0), dark = percentile(all, 5.0);
    has_fluid_ = fluid > 1.5 * dark && fluid > 0.0;
    for (auto* rays : {&values_, &filled_})
      for (auto& ray : *rays)
        for (double& v : ray) v = (v - dark) / std::max(1e-9, fluid - dark);
  }
  bool seen() const { return seen_; }
  bool has_fluid() const { return has_fluid_; }
  double at(std::size_t ray, double r_mm) const { return between(values_[ray], r_mm); }
  double mean(std::size_t ray, double from_mm, double to_mm) const {
    return mean_of(values_[ray], from_mm, to_mm);
  }
  /// The same with roots filled in.
  double mean_filled(std::size_t ray, double from_mm, double to_mm) const {
    return mean_of(filled_[ray], from_mm, to_mm);
  }
  double fall(std::size_t ray, double r) const {
    return mean(ray, r - kAcrossMm, r) - mean(ray, r, r + kAcrossMm);
  }

 private:
  static double between(const std::vector<double>& v, double r_mm) {
    const double f = std::clamp(r_mm / kStepMmRay, 0.0, static_cast<double>(v.size()) - 1.001);
    const auto i = static_cast<std::size_t>(f);
    const double t = f - static_cast<double>(i);
    return (1 - t) * v[i] + t * v[i + 1];
  }
  static double mean_of(const std::vector<double>& v, double from_mm, double to_mm) {
    double sum = 0;
    int n = 0;
    for (double r = std::max(0.0, from_mm); r <= to_mm + 1e-9; r += 0.5 * kStepMmRay, ++n)
      sum += between(v, r);
    return sum / n;
  }
  std::array<std::vector<double>, kRays> values_, filled_;
  bool seen_ = true, has_fluid_ = false;
};

using Score = std::array<std::vector<double>, kRays>;

Score scores(const Rays& rays) {
  Score score;
  for (std::size_t ray = 0; ray < kRays; ++ray)
    for (double r = kFirstMm; r <= kLastMm; r += kStepMmRay) {
      const double inside = rays.mean_filled(ray, r - kInsideMm, r - 0.3);
      score[ray].push_back(rays.fall(ray, r) - kNoFluidPrice * std::max(0.0, kFluid - inside));
    }
  return score;
}

/// The best closed line: two rounds, of which the second half is free of the choice of a start.
std::array<std::size_t, kRays> closed_path(const Score& score) {
  const std::size_t n = score[0].size(), turns = 2 * kRays;
  std::vector<std::vector<double>> sum(turns, std::vector<double>(n));
  std::vector<std::vector<std::size_t>> from(turns, std::vector<std::size_t>(n));
  for (std::size_t t = 0; t < turns; ++t)
    for (std::size_t i = 0; i < n; ++i) {
      double best = t == 0 ? 0.0 : sum[t - 1][i];
      from[t][i] = i;
      if (t > 0 && i > 0 && sum[t - 1][i - 1] - kBend > best)
        best = sum[t - 1][i - 1] - kBend, from[t][i] = i - 1;
      if (t > 0 && i + 1 < n && sum[t - 1][i + 1] - kBend > best)
        best = sum[t - 1][i + 1] - kBend, from[t][i] = i + 1;
      sum[t][i] = best + score[t % kRays][i];
    }
  std::array<std::size_t, kRays> path{};
  std::size_t at =
      static_cast<std::size_t>(std::max_element(sum.back().begin(), sum.back().end()) - sum.back().begin());
  // The last quarter of the second round hangs loose; the whole turn before it is tied at both ends.
  for (std::size_t t = turns; t-- > kRays / 4;) {
    if (t < turns - kRays / 4 && t >= kRays - kRays / 4) path[t % kRays] = at;
    at = from[t][at];
  }
  return path;
}

/// The border near `r`: where brightness is half way between both sides. Where the dura shows as a dark line
/// with fat behind it, that place would be too far in, since the line is thinner than a pixel; its middle is
/// not moved by that, and the border is half its thickness before it.
double border(const Rays& rays, std::size_t ray, double r) {
  double high = -1e9, low = 1e9, darkest = r;
  for (double d = 0.0; d <= 1.3; d += 0.05) {
    high = std::max(high, rays.at(ray, r - d));
    if (const double v = rays.at(ray, r + d); v < low) low = v, darkest = r + d;
  }
  if (rays.at(ray, darkest + kBehindLineMm) - low > kLineShows * (high - low)) return darkest - kHalfDuraMm;
  const double level = 0.5 * (high + low);
  double best = r, nearest = 1.0;
  for (double d = -1.0; d < 1.0; d += 0.05) {
    const double a = rays.at(ray, r + d), b = rays.at(ray, r + d + 0.05);
    if (!(a >= level) || !(b < level) || std::fabs(d) >= nearest) continue;
    nearest = std::fabs(d);
    best = r + d + 0.05 * (a - level) / std::max(1e-9, a - b);
  }
  return best;
}

AxialContour contour_about(const axial::Section& section,
                           const axial::Section& filled,
                           double x_mm,
                           double y_mm) {
  AxialContour contour;
  contour.x_mm = x_mm;
  contour.y_mm = y_mm;
  const Rays rays(section, filled, x_mm, y_mm);
  if (!rays.seen()) {
    contour.problem = "the sac's place is not wholly in the image";
    return contour;
  }
  if (!rays.has_fluid()) {
    contour.problem = "nothing bright lies where the sac is expected";
    return contour;
  }
  const auto path = closed_path(scores(rays));
  double fall = 0.0, at_limit = 0.0;
  const std::size_t last = static_cast<std::size_t>((kLastMm - kFirstMm) / kStepMmRay);
  for (std::size_t ray = 0; ray < kRays; ++ray) {
    const double r = kFirstMm + kStepMmRay * static_cast<double>(path[ray]);
    const double edge = border(rays, ray, r);
    fall += (rays.mean(ray, edge - 1.2, edge - 0.4) - rays.mean(ray, edge, edge + 0.5)) / kRays;
    if (path[ray] == 0 || path[ray] >= last) at_limit += 1.0 / kRays;
    contour.radius_mm.push_back(edge);
  }
  contour.contrast = fall;
  if (fall < kLeastContrast) contour.problem = "the sac has no border in this slice";
  if (at_limit > kMostAtLimit)
    contour.problem = "the sac's border is not between 2 and 17 mm from its middle";
  return contour;
}

}  // namespace

double AxialContour::x(std::size_t ray) const {
  const std::size_t n = ray % rays();
  return x_mm + radius_mm[n] * std::cos(2.0 * M_PI * static_cast<double>(n) / static_cast<double>(rays()));
}

double AxialContour::y(std::size_t ray) const {
  const std::size_t n = ray % rays();
  return y_mm + radius_mm[n] * std::sin(2.0 * M_PI * static_cast<double>(n) / static_cast<double>(rays()));
}

double AxialContour::area_mm2() const {
  double sum = 0;
  for (std::size_t n = 0; n < rays(); ++n) sum += x(n) * y(n + 1) - x(n + 1) * y(n);
  return 0.5 * sum;
}

double AxialContour::perimeter_mm() const {
  double sum = 0;
  for (std::size_t n = 0; n < rays(); ++n) sum += std::hypot(x(n + 1) - x(n), y(n + 1) - y(n));
  return sum;
}

double AxialContour::centroid_x() const {
  double sum = 0;
  for (std::size_t n = 0; n < rays(); ++n) sum += (x(n) + x(n + 1)) * (x(n) * y(n + 1) - x(n + 1) * y(n));
  return sum / (6.0 * area_mm2());
}

double AxialContour::centroid_y() const {
  double sum = 0;
  for (std::size_t n = 0; n < rays(); ++n) sum += (y(n) + y(n + 1)) * (x(n) * y(n + 1) - x(n + 1) * y(n));
  return sum / (6.0 * area_mm2());
}

AxialContour::Depth AxialContour::depth(double width_mm) const {
  Depth depth;
  depth.x_mm = centroid_x();
  constexpr int kLines = 13;
  for (int line = 0; line < kLines; ++line) {
    const double at = depth.x_mm + width_mm * (line / (kLines - 1.0) - 0.5);
    double front = std::numeric_limits<double>::infinity(), back = -front;
    for (std::size_t n = 0; n < rays(); ++n) {
      const double a = x(n), b = x(n + 1);
      if ((a < at) == (b < at)) continue;
      const double cross = y(n) + (at - a) / (b - a) * (y(n + 1) - y(n));
      front = std::min(front, cross);
      back = std::max(back, cross);
    }
    if (!std::isfinite(front)) continue;
    depth.mean_mm += (back - front) / kLines;
    if (line == kLines / 2) depth.front_mm = front, depth.back_mm = back;
  }
  return depth;
}

AxialContour find_contour(const axial::Section& section, double x_mm, double y_mm) {
  const axial::Section filled = without_roots(section);
  AxialContour contour = contour_about(section, filled, x_mm, y_mm);
  for (int again = 0; again < kRecentred && contour.problem.empty(); ++again)
    contour = contour_about(section, filled, contour.centroid_x(), contour.centroid_y());
  return contour;
}

}  // namespace ledd::canal
