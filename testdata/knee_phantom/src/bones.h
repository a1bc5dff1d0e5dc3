#pragma once
#include "ledd/phantom_base/vec.h"

/// Signed distances and insides of the bones, in the leg frame of a knee of size 1: x lateral, y anterior,
/// z superior, mm.
namespace ledd::knee_phantom {

using phantom::Vec;

/// Beds of the cartilages: levels of the flat tibial plateaus and of the patella's back. They leave 0.3 mm
/// between cartilages of default thickness.
inline constexpr double kMedialTop = -4.5, kLateralTop = -1.9, kPatellaBack = 37.5;

/// An ellipse in a plane of the leg: the outline of a cartilage.
struct Ellipse {
  double u = 0, v = 0, half_u = 1, half_v = 1;
  double radius(double x, double y) const;  ///< 1 on the outline.
};
inline constexpr Ellipse kMedialPlate{-19, -5, 12, 18}, kLateralPlate{25, -5, 12, 15};  ///< x, y.
inline constexpr Ellipse kPatellarPlate{5, 34, 12, 11};                                 ///< x, z.

/// A part of the femur that bears cartilage: a cylinder along x with rounded rims.
struct Roller {
  double x = 0, y = 0, z = 0;
  double radius = 1;                 ///< Of the cylindrical surface.
  double half_width = 1;             ///< Of the cylindrical surface; the rim adds kRim on either side.
  double low_deg = 0, high_deg = 0;  ///< Angles that bear cartilage: 0 in front, -90 below, -180 behind.
};
inline constexpr double kRim = 4.0;
inline constexpr Roller kMedialCondyle{-23, -6, 24, 24, 10, -195, -15};
inline constexpr Roller kLateralCondyle{24, -4, 25.5, 22.5, 10, -195, -15};

struct FemurPoint {
  double distance_mm = 0;  ///< < 0 inside; exact outside.
  bool bears = false;      ///< The nearest bone is a bed of cartilage.
};
FemurPoint femur_at(const Vec& p);

/// < 0 inside; not exact.
double tibia_at(const Vec& p);
double patella_at(const Vec& p);
double fibula_at(const Vec& p);

}  // namespace ledd::knee_phantom
