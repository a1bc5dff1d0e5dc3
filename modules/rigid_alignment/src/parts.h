#pragma once
#include <cstdint>
#include <vector>

#include "ledd/rigid_alignment/rigid_alignment.h"

namespace ledd::alignment {

/// A motion as the six numbers that are climbed: three rotations (times 60 mm) and the shift, all in mm.
using Steps = std::array<double, 6>;
inline constexpr double kArmMm = 60.0;

/// The rotation is Z Y X by Euler angles, about `centre_lps_mm`.
RigidMotion motion_of(const Steps& steps, const Point& centre_lps_mm);

/// Up to `count` points, spread evenly over the voxels of the image (or of the region) and jittered within
/// them; the same for the same image.
std::vector<Point> spread_points(const Volume& fixed, const Mask* region, int count);

/// One climb of mutual information.
struct Climb {
  const Volume& fixed;
  const Volume& moving;
  const std::vector<Point>& points;
  Point centre_lps_mm{};
  double first_step_mm = 1.0, last_step_mm = 0.02;
};
Steps climb(const Climb& task, Steps from, Context& context);

/// Smoothed in the plane: along each axis whose spacing is below `sigma_mm` x 1.5.
Volume::Pointer smoothed(const Volume& image, double sigma_mm);

/// Share of the points that fall into the moving image.
double overlap(const Volume& moving, const std::vector<Point>& points, const RigidMotion& motion);

/// 2 I / (H1 + H2) of the two images at the points that both see, on 48 x 48 equal bins between the 1st
/// and 99th percentile. 0 when fewer than 100 points do.
double resemblance(const Volume& fixed,
                   const Volume& moving,
                   const std::vector<Point>& points,
                   const RigidMotion& motion);

/// Fills `moved` and `inside` of a result.
void resample(const Volume& fixed, const Volume& moving, RigidAlignment::Result& result);

}  // namespace ledd::alignment
