#include "ledd/anatomy/muscles.h"

#include <algorithm>
#include <cmath>

#include "scene.h"

namespace ledd::phantom {
namespace {

constexpr double kSoftness = 0.18;  // of a streak's edge, in units of the texture
constexpr double kLeastFat = 0.02, kMostFat = 0.94;

double fat_of(double streak, double edge) {
  return kLeastFat + (kMostFat - kLeastFat) * smooth_step(edge, edge + kSoftness, streak);
}

}  // namespace

/// Along the fibres, which run down and to the side: one layer of the texture, sheared. (Across its layers
/// the texture fades and swells, and with it the fat from slice to slice.)
double Scene::streaks(const Spinal& q) const {
  constexpr double kSidePerMm = 0.05, kBehindPerMm = 0.02;
  const double side = q.x < 0 ? kSidePerMm : -kSidePerMm;
  return texture_.at(q.x * 0.28 + side * q.down, q.behind * 0.33 - kBehindPerMm * q.down, 11.0);
}

/// The edge of the streaks that gives the wanted mean, by bisection over the texture itself.
void Scene::set_streaks() {
  std::vector<double> seen;
  for (int i = 0; i < 40; ++i)
    for (int j = 0; j < 40; ++j)
      for (int k = 0; k < 6; ++k)
        seen.push_back(streaks({-60.0 + 3.1 * i, 150.0 + 7.7 * k, -40.0 + 2.7 * j, 0}));
  const std::array<double, 3> wanted{
      muscles_.multifidus_fat_percent, muscles_.erector_fat_percent, muscles_.psoas_fat_percent};
  for (std::size_t m = 0; m < wanted.size(); ++m) {
    double low = -0.3, high = 1.0;
    for (int step = 0; step < 40; ++step) {
      const double edge = 0.5 * (low + high);
      double mean = 0;
      for (const double s : seen) mean += fat_of(s, edge) / static_cast<double>(seen.size());
      (mean > 0.01 * wanted[m] ? low : high) = edge;
    }
    streak_edge_[m] = high;
  }
}

std::optional<Sample> Scene::compartment(const Spinal& q) const {
  const bool is_left = q.x > 0;
  const double x = std::fabs(q.x), size = is_left ? muscles_.left_size : 1.0;
  const double top = level_mm(kFromT8ToL3), bottom = level_mm(kFromT8ToS1);
  const double low = std::clamp((q.down - top) / (bottom - top), 0.0, 1.0);  // L3 0, S1 1
  const auto of = [&](std::size_t kind, std::uint16_t right, std::uint16_t left) {
    return Sample{Tissue::kMuscle,
                  Tissue::kFat,
                  static_cast<float>(fat_of(streaks(q), streak_edge_[kind])),
                  is_left ? left : right};
  };
  const double lumbar =
      (q.down - level_mm(kFromT8ToT12)) / (level_mm(kFromT8ToL5) - level_mm(kFromT8ToT12));  // T12 0, L5 1
  if (lumbar > 0.0 && lumbar < 1.6) {
    const double grown = std::min(1.0, lumbar);
    const double a = (x - 27.0 - 14.0 * lumbar) / (size * (3.0 + 16.0 * grown));
    const double b = (q.behind + 14.0 + 12.0 * lumbar) / (6.0 + 15.0 * grown);
    if (a * a + b * b < 1.0) return of(2, anatomy::kPsoasR, anatomy::kPsoasL);
    if (a * a + b * b < 1.12) return Sample{Tissue::kFat, Tissue::kMuscle, 0.05F, 0};
  }
  if (low < 0.6) {  // quadratus lumborum, which bears no label
    const double a = (x - 52.0) / 13.0, b = (q.behind - 1.0) / 8.0;
    if (a * a + b * b < 1.0) return Sample{Tissue::kMuscle, Tissue::kFat, 0.05F, 0};
  }
  if (!(q.behind > 0.0)) return std::nullopt;
  if (x < 3.5) return std::nullopt;  // between the spinous processes
  const double slant = 0.75 + 0.25 * std::clamp((q.behind - 24.0) / 25.0, 0.0, 1.0);
  const double between = size * slant * (17.0 + 16.0 * low), side = size * (66.0 - 14.0 * low);
  if (x < between) {
    if (q.behind > 20.0) return of(0, anatomy::kMultifidusR, anatomy::kMultifidusL);
  } else if (x > between + muscles_.septum_mm && x < side) {
    const double u = (x - between) / (side - between);
    if (q.behind > 10.0 + 26.0 * u * u * u) return of(1, anatomy::kErectorSpinaeR, anatomy::kErectorSpinaeL);
  }
  if (x > 92.0 && q.behind < 30.0) return Sample{Tissue::kMuscle, Tissue::kFat, 0.05F, 0};
  return Sample{Tissue::kFat, Tissue::kMuscle, 0.05F, 0};
}

}  // namespace ledd::phantom
