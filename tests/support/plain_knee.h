#pragma once
#include <cmath>
#include <functional>

#include "ledd/anatomy/knee.h"
#include "ledd/image/image.h"

#include "oblique.h"

/// A knee of simple shapes: a flat tibia with two elliptic plates, a femur of two cylindrical condyles with a
/// notch between them and a trochlea, an ellipsoid for the patella, two menisci.
namespace ledd::plain_knee {

struct Shape {
  double medial_mm = 2.0, lateral_mm = 2.5, femoral_mm = 2.0, patellar_mm = 2.0;
  double hole_mm = 0.0;  ///< Radius of a bare hole in the middle of the medial plate.
  double scale = 1.0;    ///< Of all but the cartilage's thickness: another person.
  bool left = false;     ///< Mirrored.
  bool patella_behind = false;
  double meniscus_to_mm = 41.0;  ///< How far outwards the medial meniscus reaches; the tibia ends at 38 mm.
};

constexpr double kNotchMm = 4.0, kRadiusMm = 20.0, kInnerMm = 11.0, kOuterMm = 30.0;

/// The label at a point; x to the left, y backwards, z up; the middle of the tibial plateau is the origin.
inline std::uint16_t label(const Shape& s, const Point& at) {
  using namespace anatomy;  // NOLINT(google-build-using-namespace): ids
  const Point p{(s.left ? -at[0] : at[0]) / s.scale, at[1] / s.scale, at[2] / s.scale};
  const double mm = 1.0 / s.scale;
  const double x = p[0], y = p[1], z = p[2];  // of a right knee: medial is towards the left
  if (z < 0 && z > -30)
    return std::pow(std::fabs(x) / 38, 4) + std::pow(std::fabs(y) / 26, 4) < 1 ? kTibia : 0;
  const double medial = std::hypot((x - 20) / 15, y / 20), lateral = std::hypot((x + 20) / 15, y / 17);
  if (z >= 0 && z < s.medial_mm * mm && medial < 1 && std::hypot(x - 20, y) >= s.hole_mm)
    return kMedialTibialCartilage;
  if (z >= 0 && z < s.lateral_mm * mm && lateral < 1) return kLateralTibialCartilage;
  const double high = z - 30, r = std::hypot(y, high), turn = std::atan2(y, -high);
  const bool notch = y > kNotchMm && std::fabs(x) < 8 && z < 45;
  if (!notch && r < kRadiusMm && std::fabs(x) < 34) return kFemur;
  if (!notch && std::fabs(x) < 25 && std::fabs(y) < 14 && z > 30 && z < 75) return kFemur;
  const bool cartilage =
      std::fabs(x) < kOuterMm && turn > -1.75 && turn < 1.9 && (y < kNotchMm || std::fabs(x) > kInnerMm);
  if (r >= kRadiusMm && r < kRadiusMm + s.femoral_mm * mm && cartilage) return kFemoralCartilage;
  const double front = s.patella_behind ? y - 38 : y + 38;
  const double bone = std::sqrt(std::pow(x / 20, 2) + std::pow(front / 9, 2) + std::pow((z - 38) / 20, 2));
  if (bone < 1) return kPatella;
  const double grown =
      std::sqrt(std::pow(x / (20 + s.patellar_mm), 2) + std::pow(front / (9 + s.patellar_mm), 2) +
                std::pow((z - 38) / (20 + s.patellar_mm), 2));
  if (grown < 1 && (s.patella_behind ? -front : front) > 4) return kPatellarCartilage;
  const bool low = z >= 2.5 && z < 7;
  if (low && x > 27 && x < s.meniscus_to_mm && std::fabs(y) < 18) return kMedialMeniscus;
  if (low && x < -27 && x > -36 && std::fabs(y) < 18) return kLateralMeniscus;
  return 0;
}

/// Drawn on a grid after `move`: where a voxel's centre lies in the knee's own coordinates.
inline Labels::Pointer draw(
    const Shape& shape,
    const std::function<Point(const Point&)>& move = [](const Point& p) { return p; },
    Point spacing_mm = {0.5, 0.5, 0.8},
    double yaw_deg = 0.0,
    double pitch_deg = 0.0) {
  auto image = testing::oblique_grid<Labels>(spacing_mm, {96, 106, 116}, {0, -2, 22}, {yaw_deg, pitch_deg});
  testing::fill(*image, [&](const Point& p) { return label(shape, move(p)); });
  return image;
}

}  // namespace ledd::plain_knee
