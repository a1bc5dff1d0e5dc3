#include "ledd/rigid_alignment/rigid_alignment.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ledd/core/error.h"

#include "parts.h"

namespace ledd {
namespace {

constexpr double kDegrees = 57.29577951308232;
constexpr std::size_t kSmallestSide = 8;

void require_usable(const Volume& image, const char* which) {
  const auto size = image.GetLargestPossibleRegion().GetSize();
  int sides = 0;
  for (unsigned a = 0; a < 3; ++a) sides += size[a] >= kSmallestSide ? 1 : 0;
  require(sides >= 2 && size[2] > 0,
          Errc::kInput,
          fmt::format("the {} image has {} x {} x {} voxels; {} along two axes are needed",
                      which,
                      size[0],
                      size[1],
                      size[2],
                      kSmallestSide));
  const float* first = image.GetBufferPointer();
  const auto [low, high] =
      std::minmax_element(first, first + image.GetLargestPossibleRegion().GetNumberOfPixels());
  require(std::isfinite(*low) && std::isfinite(*high) && *high > *low,
          Errc::kInput,
          fmt::format("the {} image is constant or not finite", which));
}

Point centre_of(const std::vector<Point>& points) {
  Point centre{};
  for (const Point& p : points)
    for (unsigned a = 0; a < 3; ++a) centre[a] += p[a] / static_cast<double>(points.size());
  return centre;
}

std::vector<Point> every(std::size_t step, const std::vector<Point>& points) {
  std::vector<Point> few;
  for (std::size_t i = 0; i < points.size(); i += step) few.push_back(points[i]);
  return few;
}

/// Coarse with a quarter of the points, then fine with all.
RigidMotion refine(const Volume& fixed,
                   const Volume& moving,
                   const std::vector<Point>& points,
                   Context& context) {
  struct Level {
    double sigma_mm;
    std::size_t every;
    double first_step_mm, last_step_mm;
  };
  const Point centre_lps_mm = centre_of(points);
  alignment::Steps steps{};
  for (const Level& level : {Level{2.0, 4, 1.0, 0.1}, Level{0.7, 1, 0.25, 0.01}}) {
    const auto smooth_fixed = alignment::smoothed(fixed, level.sigma_mm);
    const auto smooth_moving = alignment::smoothed(moving, level.sigma_mm);
    const auto compared = every(level.every, points);
    steps = alignment::climb(
        {*smooth_fixed, *smooth_moving, compared, centre_lps_mm, level.first_step_mm, level.last_step_mm},
        steps,
        context);
  }
  return alignment::motion_of(steps, centre_lps_mm);
}

}  // namespace

Point RigidMotion::operator()(const Point& p_lps_mm) const {
  Point q{};
  for (unsigned r = 0; r < 3; ++r) {
    q[r] = centre_lps_mm[r] + shift_mm[r];
    for (unsigned c = 0; c < 3; ++c) q[r] += rotation[r][c] * (p_lps_mm[c] - centre_lps_mm[c]);
  }
  return q;
}

double RigidMotion::shift_length_mm() const {
  return std::hypot(shift_mm[0], shift_mm[1], shift_mm[2]);
}

double RigidMotion::turn_deg() const {
  const double trace = rotation[0][0] + rotation[1][1] + rotation[2][2];
  return std::acos(std::clamp(0.5 * (trace - 1.0), -1.0, 1.0)) * kDegrees;
}

const ParamTable<RigidAlignment::Params>& RigidAlignment::Params::table() {
  static const auto table =
      ParamTable<Params>()
          .add(&Params::max_shift_mm, "max_shift_mm", "mm", "A longer shift is refused.", {0.0, 20.0})
          .add(&Params::max_turn_deg, "max_turn_deg", "deg", "A wider rotation is refused.", {0.0, 20.0})
          .add(&Params::min_overlap,
               "min_overlap",
               "1",
               "Share of the fixed image to be covered.",
               {0.01, 1.0})
          .add(&Params::min_resemblance,
               "min_resemblance",
               "1",
               "Entropy correlation below which the images are not of the same thing.",
               {0.0, 1.0})
          .add(
              &Params::samples, "samples", "1", "Points at which the images are compared.", {1000, 10000000});
  return table;
}

RigidAlignment::RigidAlignment(const Params& params) : params_(params) {
  Params::table().validate(params);
}

RigidAlignment::Result RigidAlignment::operator()(
    const Volume& fixed, const Volume& moving, Frames frames, const Mask* region, Context& context) const {
  require_usable(fixed, "fixed");
  require_usable(moving, "moving");
  if (region != nullptr) require_same_grid(fixed, *region, "the fixed image and its region");
  Result result;
  if (frames == Frames::kDifferent) {
    result.refusal =
        "different frames of reference: their patient coordinates mean different places, and an image alone "
        "cannot tell which vertebra is which";
    return result;
  }
  const auto points = alignment::spread_points(fixed, region, params_.samples);
  result.overlap = alignment::overlap(moving, points, {});
  if (!(result.overlap >= params_.min_overlap)) {
    result.refusal = fmt::format("the moving image covers {:.0f} % of the fixed one, {:.0f} % are needed",
                                 100.0 * result.overlap,
                                 100.0 * params_.min_overlap);
    return result;
  }
  result.resemblance_before = alignment::resemblance(fixed, moving, points, {});
  const RigidMotion found = refine(fixed, moving, points, context);
  const double after = alignment::resemblance(fixed, moving, points, found);
  result.resemblance = std::max(after, result.resemblance_before);
  if (!(result.resemblance >= params_.min_resemblance)) {
    result.refusal =
        fmt::format("the images have next to nothing in common: resemblance {:.3f}, {:.3f} needed",
                    result.resemblance,
                    params_.min_resemblance);
    return result;
  }
  result.refined = after > result.resemblance_before;
  if (result.refined) result.moving_from_fixed = found;
  const double shift_mm = result.moving_from_fixed.shift_length_mm();
  const double turn_deg = result.moving_from_fixed.turn_deg();
  if (!(shift_mm <= params_.max_shift_mm) || !(turn_deg <= params_.max_turn_deg)) {
    result.refusal = fmt::format(
        "moved by {:.1f} mm and {:.1f} degrees between the series, up to {:g} mm and {:g} degrees are taken",
        shift_mm,
        turn_deg,
        params_.max_shift_mm,
        params_.max_turn_deg);
    return result;
  }
  alignment::resample(fixed, moving, result);
  return result;
}

}  // namespace ledd
