#include "cylinder.h"

#include <cmath>
#include <numbers>

#include "ledd/image/sampled.h"
#include "ledd/spine_morphometry/vec.h"

namespace ledd::vertebral_density {
namespace {

constexpr double kWidthToDepth = 1.4;  // of lumbar bodies
constexpr double kBehind = 1.0 / 6.0;  // of the depth, behind the centre: the last third is the vein's
constexpr double kStepMm = 0.25;
constexpr int kAngles = 32;

}  // namespace

Point in_frame(const SpineResult::Frame& frame, const Point& p_lps_mm) {
  const Point d = spine::sub(p_lps_mm, frame.centre_lps_mm);
  return {spine::dot(d, frame.left), spine::dot(d, frame.posterior), spine::dot(d, frame.superior)};
}

Point from_frame(const SpineResult::Frame& frame, const Point& p_mm) {
  Point p = spine::add(frame.centre_lps_mm, frame.left, p_mm[0]);
  p = spine::add(p, frame.posterior, p_mm[1]);
  return spine::add(p, frame.superior, p_mm[2]);
}

bool holds(const VertebralDensityResult::Cylinder& cylinder,
           const SpineResult::Frame& frame,
           const Point& p_lps_mm) {
  const Point p = in_frame(frame, p_lps_mm), centre = in_frame(frame, cylinder.centre_lps_mm);
  return std::fabs(p[2] - centre[2]) <= 0.5 * cylinder.height_mm &&
         std::hypot((p[0] - centre[0]) / cylinder.half_width_mm,
                    (p[1] - centre[1]) / cylinder.half_depth_mm) <= 1.0;
}

std::optional<VertebralDensityResult::Cylinder> largest_cylinder(const Volume& depth_mm,
                                                                 const SpineResult::Frame& frame,
                                                                 double body_depth_mm,
                                                                 const VertebralDensity::Params& params) {
  const Sampled<Volume> depth(depth_mm);
  const auto fits = [&](double behind_mm, double half_depth_mm) {
    for (const double up : {-0.5, 0.0, 0.5})
      for (int n = 0; n < kAngles; ++n) {
        const double angle = 2.0 * std::numbers::pi * n / kAngles;
        const Point p{kWidthToDepth * half_depth_mm * std::cos(angle),
                      behind_mm + half_depth_mm * std::sin(angle),
                      up * params.cylinder_height_mm};
        if (!(depth.at(from_frame(frame, p)) >= params.erosion_mm)) return false;
      }
    return true;
  };
  double best_mm = 0.0, best_behind_mm = 0.0;
  for (double behind_mm = -0.5 * body_depth_mm; behind_mm <= kBehind * body_depth_mm; behind_mm += kStepMm) {
    const double limit_mm = kBehind * body_depth_mm - behind_mm;
    for (double half_mm = best_mm + kStepMm; half_mm <= limit_mm && fits(behind_mm, half_mm);
         half_mm += kStepMm) {
      best_mm = half_mm;
      best_behind_mm = behind_mm;
    }
  }
  if (!(best_mm >= params.min_half_depth_mm)) return std::nullopt;
  return VertebralDensityResult::Cylinder{from_frame(frame, {0.0, best_behind_mm, 0.0}),
                                          kWidthToDepth * best_mm,
                                          best_mm,
                                          params.cylinder_height_mm};
}

}  // namespace ledd::vertebral_density
