#include "fat_map.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <array>
#include <cmath>

#include "ledd/spine_signal/stats.h"

namespace ledd::paraspinal {
namespace {

constexpr double kSideMm = 90.0, kFrontMm = -45.0;  // where both tissues are looked for
constexpr double kCoilMm = 18.0;                    // local mean for what is dark
constexpr double kDarkPart = 0.45;                  // of lean muscle
constexpr double kFirstCoilMm = 22.0;
constexpr double kAirMm = 1.2, kAirPart = 0.03;  // of the bright tissue
constexpr double kDarkestLog = 3.0;              // classes are sought down to a twentieth of the brightest
constexpr double kLeastContrast = 1.5;           // fat over muscle
constexpr int kRounds = 6;
constexpr std::size_t kLeastPixels = 200;

Plane plane_of(const axial::Section& section) {
  Plane out(static_cast<int>(section.ny), static_cast<int>(section.nx));
  std::copy(section.values.begin(), section.values.end(), out.begin());
  return out;
}

Flags seen_in(const Plane& values) {
  Flags seen(values.size());
  std::transform(values.begin(), values.end(), seen.begin(), [](float v) {
    return static_cast<std::uint8_t>(std::isnan(v) ? 0 : 255);
  });
  return seen;
}

double bright_level(const Plane& values, const Flags& seen) {
  std::vector<double> all;
  for (int j = 0; j < values.rows; ++j)
    for (int i = 0; i < values.cols; ++i)
      if (seen(j, i) != 0) all.push_back(static_cast<double>(values(j, i)));
  return all.empty() ? 0.0 : spine_signal::quantile(std::move(all), 0.97);
}

/// Threshold of Otsu (1979) on values in 256 classes.
double otsu(const std::vector<double>& values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  std::array<double, 256> count{};
  const double width = std::max(1e-9, (*high - *low) / 255.0);
  for (const double v : values) count[static_cast<std::size_t>((v - *low) / width)] += 1;
  double n = 0, sum = 0, n0 = 0, sum0 = 0, best = -1, threshold = *low;
  for (std::size_t b = 0; b < count.size(); ++b) n += count[b], sum += count[b] * static_cast<double>(b);
  for (std::size_t b = 0; b + 1 < count.size(); ++b) {
    n0 += count[b];
    sum0 += count[b] * static_cast<double>(b);
    if (!(n0 > 0) || !(n0 < n)) continue;
    const double gap = sum0 / n0 - (sum - sum0) / (n - n0), between = n0 * (n - n0) * gap * gap;
    if (between > best) best = between, threshold = *low + (static_cast<double>(b) + 0.5) * width;
  }
  return threshold;
}

/// Logarithm of the coil over the place, x and y in units of 100 mm.
constexpr int kTerms = 6;  // x, y, xx, xy, yy, and the constant of fat over muscle
struct Pixel {
  double x = 0, y = 0, log_value = 0;
  double log_around = 0;  ///< Of the mean around: a first guess of the coil.
  bool is_fat = false;
};

cv::Matx<double, 1, kTerms> terms(double x, double y) {
  return {x, y, x * x, x * y, y * y, 1.0};
}

/// Fitted to both tissues at once, each with a level of its own.
class Coil {
 public:
  double log_at(double x, double y) const {
    const auto t = terms(x, y);
    double sum = 0;
    for (int n = 0; n + 1 < kTerms; ++n) sum += t(0, n) * weight_(n);
    return sum;
  }
  void fit(const std::vector<Pixel>& pixels) {
    cv::Matx<double, kTerms + 1, kTerms + 1> a = cv::Matx<double, kTerms + 1, kTerms + 1>::eye() * 1e-6;
    cv::Vec<double, kTerms + 1> b;
    for (const Pixel& p : pixels) {
      const auto t = terms(p.x, p.y);
      cv::Vec<double, kTerms + 1> row;
      for (int n = 0; n + 1 < kTerms; ++n) row(n) = t(0, n);
      row(kTerms - 1) = p.is_fat ? 0.0 : 1.0;
      row(kTerms) = p.is_fat ? 1.0 : 0.0;
      a += row * row.t();
      b += row * p.log_value;
    }
    const cv::Vec<double, kTerms + 1> solved = a.solve(b, cv::DECOMP_CHOLESKY);
    for (int n = 0; n < kTerms; ++n) weight_(n) = solved(n);
  }

 private:
  cv::Vec<double, kTerms> weight_{};
};

/// Level of the leanest muscle and of fat in the corrected image.
struct Levels {
  double muscle = 0, fat = 0, muscle_sd = 0, muscle_se = 0, fat_se = 0;
  bool ok = false;
};

Levels levels_of(const std::vector<double>& muscle, const std::vector<double>& fat) {
  Levels levels;
  if (muscle.size() < kLeastPixels || fat.size() < kLeastPixels) return levels;
  levels.muscle = spine_signal::peak_centred_mean(muscle);
  levels.fat = spine_signal::peak_centred_mean(fat);
  std::vector<double> below;  // the side without fat
  for (const double v : muscle)
    if (v <= levels.muscle) below.push_back(levels.muscle - v);
  levels.muscle_sd = below.empty() ? 0.0 : 1.4826 * spine_signal::median(below);
  levels.ok = levels.fat > kLeastContrast * levels.muscle;
  return levels;
}

std::vector<Pixel> pixels_of(const Plane& values, const Flags& body, const Grid& grid) {
  std::vector<Pixel> pixels;
  const Plane around = smoothed(values, body, kFirstCoilMm / grid.step_mm);
  for (int j = grid.row(kFrontMm); j < grid.ny; ++j)
    for (int i = grid.column(-kSideMm); i <= grid.column(kSideMm); ++i) {
      if (body(j, i) == 0) continue;
      Pixel p;
      p.x = 0.01 * grid.x_mm(i);
      p.y = 0.01 * grid.y_mm(j);
      p.log_value = std::log(static_cast<double>(values(j, i)));
      p.log_around = std::log(static_cast<double>(around(j, i)));
      pixels.push_back(p);
    }
  return pixels;
}

/// Between muscle and fat; what is far darker than both has no say.
double cut_of(const std::vector<double>& log_values) {
  const double top = spine_signal::quantile(log_values, 0.97);
  std::vector<double> kept;
  for (const double v : log_values)
    if (v > top - kDarkestLog && v < top + 0.5) kept.push_back(v);
  return otsu(kept);
}

/// Classes and coil in turn; leaves out what is far from the middle of its class.
Coil coil_of(std::vector<Pixel> pixels) {
  Coil coil;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<double> flat;
    flat.reserve(pixels.size());
    for (const Pixel& p : pixels)
      flat.push_back(p.log_value - (round == 0 ? p.log_around : coil.log_at(p.x, p.y)));
    const double cut = cut_of(flat);
    std::array<std::vector<double>, 2> classes;
    for (const double v : flat) classes[v > cut ? 1 : 0].push_back(v);
    if (classes[0].empty() || classes[1].empty()) break;
    const std::array<double, 2> middle{spine_signal::median(classes[0]), spine_signal::median(classes[1])};
    std::vector<Pixel> sure;
    for (std::size_t n = 0; n < pixels.size(); ++n) {
      Pixel p = pixels[n];
      p.is_fat = flat[n] > cut;
      if (std::fabs(flat[n] - middle[p.is_fat ? 1 : 0]) < (round < 2 ? 0.6 : 0.35)) sure.push_back(p);
    }
    if (sure.size() < kLeastPixels) break;
    coil.fit(sure);
  }
  return coil;
}

}  // namespace

FatMap fat_map(const axial::Section& water, const axial::Section& fat) {
  const Plane w = plane_of(water), f = plane_of(fat);
  FatMap map;
  map.seen = seen_in(w) & seen_in(f);
  const Plane sum(w + f);
  const double bright = bright_level(sum, map.seen);
  map.tissue = map.seen & Flags(sum > 0.08 * bright);
  const Plane around = smoothed(sum, map.tissue, kCoilMm / water.step_mm);
  map.tissue &= Flags(sum > kDarkPart * around);
  map.fat = Plane::zeros(w.size());
  std::vector<double> lean;
  for (int j = 0; j < w.rows; ++j)
    for (int i = 0; i < w.cols; ++i) {
      if (map.tissue(j, i) == 0) continue;
      const float share = f(j, i) / (w(j, i) + f(j, i));
      map.fat(j, i) = share;
      if (share < 0.15F) lean.push_back(static_cast<double>(share));
    }
  if (lean.size() < kLeastPixels) {
    map.problem = "no lean muscle shows on the water-fat pair";
    return map;
  }
  map.noise = spine_signal::scatter(lean);
  return map;
}

FatMap fat_map(const axial::Section& image) {
  const Plane values = plane_of(image);
  const Grid grid(image);
  FatMap map;
  map.seen = seen_in(values);
  const double bright = bright_level(values, map.seen);
  // Muscle of a heavy T2 has a tenth of the signal of fat under the coil; air and its noise have less.
  const Plane blurred = smoothed(values, map.seen, kAirMm / image.step_mm);
  const Flags body(map.seen & Flags(blurred > kAirPart * bright) & Flags(values > 0.5 * kAirPart * bright));
  const auto pixels = pixels_of(values, body, grid);
  map.fat = Plane::zeros(values.size());
  map.tissue = Flags::zeros(values.size());
  if (pixels.size() < 4 * kLeastPixels) {
    map.problem = "the slice shows too little of the back";
    return map;
  }
  const Coil coil = coil_of(pixels);
  std::vector<double> flat;
  flat.reserve(pixels.size());
  for (const Pixel& p : pixels) flat.push_back(p.log_value - coil.log_at(p.x, p.y));
  const double cut = cut_of(flat);
  std::vector<double> muscle, fat;
  for (std::size_t n = 0; n < pixels.size(); ++n) {
    if (flat[n] <= cut) muscle.push_back(std::exp(flat[n]));
    if (flat[n] > cut && pixels[n].y > 0.25) fat.push_back(std::exp(flat[n]));
  }
  const Levels levels = levels_of(muscle, fat);
  if (!levels.ok) {
    map.problem = "muscle and fat do not differ enough in brightness";
    return map;
  }
  const double range = levels.fat - levels.muscle;
  map.noise = levels.muscle_sd / range;
  map.scale_se = 0.03;  // between subcutaneous fat and that between the fibres, after the coil's correction
  for (int j = 0; j < values.rows; ++j)
    for (int i = 0; i < values.cols; ++i) {
      if (body(j, i) == 0) continue;
      const double here = static_cast<double>(values(j, i)) *
                          std::exp(-coil.log_at(0.01 * grid.x_mm(i), 0.01 * grid.y_mm(j)));
      if (here < kDarkPart * levels.muscle) continue;
      map.tissue(j, i) = 255;
      map.fat(j, i) = static_cast<float>(std::min(1.0, (here - levels.muscle) / range));
    }
  return map;
}

}  // namespace ledd::paraspinal
