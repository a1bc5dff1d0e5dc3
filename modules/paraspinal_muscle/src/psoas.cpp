#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>

#include "compartments.h"

namespace ledd::paraspinal {
namespace {

constexpr double kMuscleBelow = 0.5;  // fat share
constexpr double kReachMm = 62.0;     // from the disc's edge to the side
constexpr double kFrontMm = -64.0, kBackMm = 8.0;
constexpr double kDiscMarginMm = 1.0;
constexpr double kThinMm = 2.0, kLineAbove = 0.15;
constexpr double kBridgeMm = 2.6, kStreakMm = 5.0, kSoftMm = 0.8;
constexpr double kSeedSideMm = 13.0, kSeedReachMm = 14.0;
constexpr double kLeastMm2 = 120.0, kMostMm2 = 3500.0;
constexpr double kMostAtDomain = 0.08;  // of the outline

/// The disc and the bodies' edges, from above.
bool in_disc(double x_mm, double y_mm, const Build& build) {
  const double a = x_mm / (0.5 * build.width_mm + kDiscMarginMm);
  const double b = (y_mm + 0.5 * build.depth_mm) / (0.5 * build.depth_mm + kDiscMarginMm);
  return std::pow(std::fabs(a), 2.5) + std::pow(std::fabs(b), 2.5) < 1.0;
}

}  // namespace

Region psoas(const FatMap& both_sides, const Grid& grid, const Build& build, int side) {
  FatMap map = both_sides;
  map.fat = one_side(both_sides.fat, side);
  map.tissue = one_side(both_sides.tissue, side);
  map.seen = one_side(both_sides.seen, side);
  const double s = build.scale();
  Flags where(Flags::zeros(map.fat.size()));
  for (int i = grid.column(0.3 * build.width_mm); i <= grid.column(0.5 * build.width_mm + kReachMm * s); ++i)
    for (int j = grid.row(kFrontMm * s); j <= grid.row(kBackMm * s); ++j)
      if (!in_disc(grid.x_mm(i), grid.y_mm(j), build)) where(j, i) = 255;
  Region out;
  const Plane soft = smoothed(map.fat, map.tissue, kSoftMm / grid.step_mm);
  // A thin line of fat that partial volume dims still parts two muscles.
  const Flags lean(map.tissue & where & Flags(soft < kMuscleBelow) &
                   Flags(thin_lines(map.fat, kThinMm / grid.step_mm) < kLineAbove));
  const Flags core = opened(lean, kBridgeMm / grid.step_mm);
  const cv::Point2d seed(grid.column(0.5 * build.width_mm + kSeedSideMm * s),
                         grid.row(-0.6 * build.depth_mm));
  if (map.seen(cv::Point(seed)) == 0) {
    out.problem = "it is not in view: its place beside the disc lies outside the image";
    return out;
  }
  const Flags part = part_near(core, seed, kSeedReachMm * s / grid.step_mm);
  out.mask = without_holes(closed(part, kStreakMm / grid.step_mm)) & where;
  const double area_mm2 = cv::countNonZero(out.mask) * grid.step_mm * grid.step_mm;
  if (area_mm2 < kLeastMm2) {
    out.problem = "no muscle lies beside the disc";
    return out;
  }
  if (area_mm2 > kMostMm2) {
    out.problem = fmt::format("it does not part from its neighbours: {:.0f} mm2 hang together", area_mm2);
    return out;
  }
  if (out.problem = cut_by_border(out.mask, map); !out.problem.empty()) return out;
  const Flags rim(out.mask & ~shrunk(out.mask, 1.5));
  Flags limit(Flags::zeros(where.size()));  // the far sides of the place, not the disc
  cv::rectangle(limit, cv::boundingRect(where), 255, 2);
  limit.colRange(0, grid.column(0.35 * build.width_mm)).setTo(0);
  if (cv::countNonZero(Flags(rim & limit)) > kMostAtDomain * cv::countNonZero(rim))
    out.doubt = "it reaches further than it is looked for";
  out.mask = one_side(out.mask, side);
  return out;
}

}  // namespace ledd::paraspinal
