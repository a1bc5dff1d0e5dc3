#include "ledd/spinal_canal/axial_sac.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ledd/axial_levels/axial_levels.h"

#include "axial_contour.h"
#include "geometry.h"

namespace ledd {
namespace {

using namespace canal;  // NOLINT(google-build-using-namespace): the module's own
using Level = AxialSac::Level;

constexpr double kDegPerRad = 57.29577951308232;
constexpr double kBehindWallMm = 8.0;  // the sac's middle, where no sagittal series showed it
constexpr double kCourseMm = 8.0;      // the sac's course is taken between points so far above and below
constexpr double kDepthOverMm = 3.0;
constexpr double kEdgePixels = 0.2, kTiltErrorDeg = 3.0;
constexpr double kRootsMm = 0.4;  // roots lean against the dura, mostly at the back
constexpr double kClearContrast = 0.25;
constexpr double kLeastApMm = 4.0, kMostApMm = 25.0;

/// Where the sac is expected in a section, and its course.
struct Expected {
  double x_mm = 0.0, y_mm = kBehindWallMm;
  Point course{};  ///< Unit, toward the head.
  bool seen = false;
};

Expected expected_in(const axial::Section& section,
                     const axial::DiscPlane& disc,
                     const std::vector<Point>& line) {
  Expected expected;
  expected.course = disc.normal;
  const auto height = [&](const Point& p) { return dot(sub(p, section.origin_lps_mm), section.normal); };
  for (std::size_t i = 0; i + 1 < line.size(); ++i) {
    const double a = height(line[i]), b = height(line[i + 1]);
    if ((a > 0) == (b > 0)) continue;
    const Point at = add(line[i], sub(line[i + 1], line[i]), a / (a - b));
    const Point off = sub(at, section.origin_lps_mm);
    std::size_t up = i, down = i + 1;
    while (up > 0 && norm(sub(line[up], at)) < kCourseMm) --up;
    while (down + 1 < line.size() && norm(sub(line[down], at)) < kCourseMm) ++down;
    return {dot(off, section.left), dot(off, section.posterior), unit(sub(line[up], line[down])), true};
  }
  return expected;
}

void doubt(bool when, const std::string& why, Level& level) {
  if (!when) return;
  level.quality = Quality::kUncertain;
  level.reason += (level.reason.empty() ? "" : "; ") + why;
}

void outline_of(const AxialContour& contour,
                const AxialContour::Depth& depth,
                const axial::Section& section,
                Level& level) {
  for (std::size_t n = 0; n <= contour.rays(); ++n)
    level.outline_lps_mm.push_back(section.lps(contour.x(n), contour.y(n)));
  level.front_lps_mm = section.lps(depth.x_mm, depth.front_mm);
  level.back_lps_mm = section.lps(depth.x_mm, depth.back_mm);
}

void measure(const axial::Section& section,
             const axial::DiscPlane& disc,
             const std::vector<Point>& line,
             const AxialSac::Params& params,
             Level& level) {
  const Expected expected = expected_in(section, disc, line);
  const AxialContour contour = find_contour(section, expected.x_mm, expected.y_mm);
  const double cosine = std::min(1.0, std::fabs(dot(expected.course, section.normal)));
  level.tilt_deg = std::acos(cosine) * kDegPerRad;
  if (!contour.problem.empty()) {
    level.reason = contour.problem;
    return;
  }
  const auto depth = contour.depth(kDepthOverMm);
  // In the sagittal plane only: a turn about the front-to-back axis does not stretch the diameter.
  const double up = dot(expected.course, section.normal), back = dot(expected.course, section.posterior);
  const double sagittal = std::fabs(up) / std::hypot(up, back);
  level.quality = Quality::kGood;
  level.csa_mm2 = contour.area_mm2() * cosine;
  level.ap_mm = depth.mean_mm * sagittal;
  const double tilt_error = kTiltErrorDeg / kDegPerRad * std::sqrt(1.0 - cosine * cosine) / cosine;
  level.csa_se_mm2 =
      std::hypot(kEdgePixels * section.step_mm * contour.perimeter_mm(), *level.csa_mm2 * tilt_error);
  level.ap_se_mm = std::hypot(1.4 * kEdgePixels * section.step_mm, *level.ap_mm * tilt_error, kRootsMm);
  outline_of(contour, depth, section, level);
  const double shift = std::hypot(contour.centroid_x() - expected.x_mm, contour.centroid_y() - expected.y_mm);
  doubt(!expected.seen, "no sagittal series shows the sac's course; the disc's plane stands for it", level);
  doubt(expected.seen && shift > params.max_shift_mm,
        fmt::format(
            "the sac lies {:.0f} mm from where the sagittal series shows it: the patient may have moved",
            shift),
        level);
  doubt(level.tilt_deg > params.max_tilt_deg,
        fmt::format("the slice is tilted by {:.0f} degrees against the sac's cross-section", level.tilt_deg),
        level);
  doubt(contour.contrast < kClearContrast,
        fmt::format("the sac's border is faint: brightness falls by {:.2f} of fluid", contour.contrast),
        level);
  doubt(*level.ap_mm < kLeastApMm || *level.ap_mm > kMostApMm,
        fmt::format("a sac of {:.1f} mm is implausible", *level.ap_mm),
        level);
}

}  // namespace

const ParamTable<AxialSac::Params>& AxialSac::Params::table() {
  static const auto table =
      ParamTable<Params>()
          .add(&Params::max_distance_mm,
               "max_distance_mm",
               "mm",
               "Distance from a disc's centre to the nearest slice above which nothing is measured.",
               {0.5, 15.0})
          .add(&Params::max_tilt_deg,
               "max_tilt_deg",
               "deg",
               "Tilt between slice and the sac's cross-section above which values are uncertain.",
               {1.0, 60.0})
          .add(&Params::max_shift_mm,
               "max_shift_mm",
               "mm",
               "Distance from where the sagittal series shows the sac above which values are uncertain.",
               {1.0, 20.0})
          .add(&Params::relative_mm2,
               "relative_mm2",
               "mm2",
               "Cross-section of the sac below which stenosis is relative.",
               {30.0, 200.0})
          .add(&Params::absolute_mm2,
               "absolute_mm2",
               "mm2",
               "Cross-section of the sac below which stenosis is absolute.",
               {30.0, 200.0});
  return table;
}

AxialSac::AxialSac(const Params& params) : params_(params) {
  Params::table().validate(params);
  require(
      params.absolute_mm2 <= params.relative_mm2,
      Errc::kParam,
      fmt::format(
          "absolute_mm2 = {} must not be above relative_mm2 = {}", params.absolute_mm2, params.relative_mm2));
}

AxialSac::Result AxialSac::operator()(const std::vector<const Volume*>& t2,
                                      const SpineResult& spine,
                                      const std::vector<Point>& centreline_lps_mm,
                                      Context& context) const {
  Result result;
  result.relative_mm2 = params_.relative_mm2;
  result.absolute_mm2 = params_.absolute_mm2;
  const auto discs = axial::disc_planes(spine);
  for (const auto& disc : discs) {
    context.throw_if_cancelled();
    const auto cut = axial::nearest_cut(disc, t2);
    if (!cut) return result;
    const std::string why = axial::why_not(*cut, params_.max_distance_mm);
    if (!why.empty() && !disc.usual) continue;
    Level level;
    level.region = disc.region;
    level.volume = cut->volume;
    level.axis = cut->axis;
    level.slice = cut->slice;
    level.distance_mm = cut->distance_mm;
    if (why.empty())
      measure(axial::section_of(*t2[cut->volume], *cut, disc, {30.0, 20.0, 45.0}),
              disc,
              centreline_lps_mm,
              params_,
              level);
    else
      level.reason = why;
    result.levels.push_back(std::move(level));
  }
  if (t2.empty()) return result;
  for (const auto& region : axial::missing_discs(spine, discs)) {
    Level level;
    level.region = region;
    level.reason = axial::why_missing(region);
    result.levels.push_back(std::move(level));
  }
  return result;
}

}  // namespace ledd
