#include "trunk.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "ledd/ct_phantom/pad.h"

namespace ledd::torso_phantom {
namespace {

constexpr double kSkinMm = 1.8, kWallMm = 13.0;

/// From the head downwards.
constexpr std::array<double, 7> kZ{240, 100, 0, -80, -140, -200, -270};
constexpr std::array<double, 7> kHalfWidth{156, 158, 162, 172, 179, 184, 178};
constexpr std::array<double, 7> kFront{120, 122, 122, 118, 110, 96, 84};
constexpr std::array<double, 7> kCavityWidth{140, 140, 138, 122, 88, 62, 48};
constexpr std::array<double, 7> kCavityBack{66, 58, 40, 36, 52, 62, 60};

double at(const std::array<double, 7>& values, double z) {
  if (z >= kZ.front()) return values.front();
  for (std::size_t i = 1; i < kZ.size(); ++i)
    if (z >= kZ[i]) {
      const double t = phantom::smooth_step(0, 1, (kZ[i - 1] - z) / (kZ[i - 1] - kZ[i]));
      return values[i - 1] + t * (values[i] - values[i - 1]);
    }
  return values.back();
}

/// About the distance to a rounded rectangle of a Lame curve of order 2.5.
double oval(double x, double y, double half_x, double half_y) {
  const double u = std::fabs(x) / half_x, v = std::fabs(y) / half_y;
  const double f = std::pow(u * u * std::sqrt(u) + v * v * std::sqrt(v), 0.4);
  if (f < 1e-6) return -std::min(half_x, half_y);
  return std::hypot(x, y) * (1.0 - 1.0 / f);
}

}  // namespace

Trunk::Trunk(const Frame& frame)
    : thigh_(frame.head_left + Vec{8, 0, 0}),
      width_scale_(frame.params.body.width_scale),
      fat_mm_(frame.params.body.fat_mm) {}

double Trunk::skin_mm(const Vec& p) const {
  const double half_x = at(kHalfWidth, p.z) * width_scale_, front = at(kFront, p.z) * width_scale_;
  const double back = ct_phantom::kBodyBackMm;
  // The back lies flat on the couch, but for the hollow of the loins and a furrow along the spine.
  const double hollow = 12.0 * std::exp(-(p.z + 10.0) * (p.z + 10.0) / 7000.0);
  const double furrow = 4.0 * std::exp(-p.x * p.x / 160.0);
  const double round = oval(p.x, p.y, half_x, p.y < 0 ? front : back + 6.0);
  const double trunk = -soft_min(-round, back - furrow - hollow - p.y, 40.0);
  const double below = thigh_.z - 80.0 - p.z;
  if (below < -20.0) return trunk;
  const double leg = std::max(
      oval(std::fabs(p.x) - thigh_.x * width_scale_, p.y - 8.0, 84 * width_scale_, 96.0), p.y - back);
  const double t = phantom::smooth_step(-20.0, 20.0, below);
  return trunk + t * (leg - trunk);
}

double Trunk::cavity_mm(const Vec& p) const {
  const double front = at(kFront, p.z) * width_scale_ - fat_mm_ - kWallMm, back = at(kCavityBack, p.z);
  const double half_x =
      std::min(at(kCavityWidth, p.z) * width_scale_, at(kHalfWidth, p.z) * width_scale_ - fat_mm_ - 8.0);
  const double d = oval(p.x, p.y, half_x, p.y < 0 ? front : back);
  return std::max(d, thigh_.z - 48.0 - p.z + 0.004 * (p.x * p.x + p.y * p.y));
}

double Trunk::paint(const Vec& p, double hu, double blur_mm) const {
  const double skin = skin_mm(p);
  if (skin >= blur_mm) return hu;
  hu = ct_phantom::over(hu, 5.0, skin, blur_mm);
  hu = ct_phantom::over(hu, kFatHu - 5.0, skin + kSkinMm, blur_mm);
  const double muscle = skin + fat_mm_;
  if (muscle > blur_mm) return hu;
  hu = ct_phantom::over(hu, kMuscleHu, muscle, blur_mm);
  return ct_phantom::over(hu, kFatHu, std::max(cavity_mm(p), muscle + 6.0), blur_mm);
}

}  // namespace ledd::torso_phantom
