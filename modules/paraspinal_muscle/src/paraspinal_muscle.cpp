#include "ledd/paraspinal_muscle/paraspinal_muscle.h"

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>

#include "ledd/axial_levels/axial_levels.h"

#include "compartments.h"

namespace ledd {
namespace {

using namespace paraspinal;  // NOLINT(google-build-using-namespace): the module's own
using One = ParaspinalMuscle::One;
using Level = ParaspinalMuscle::Level;
using Kind = ParaspinalMuscle::Kind;
using Source = ParaspinalMuscle::Source;

// How well a border lies, everywhere alike; on a T2 or T1 fat is shifted against water by about a pixel.
constexpr double kEdgePixels = 0.5, kShiftedEdgePixels = 1.0;
constexpr double kRimPixels = 1.0;
constexpr double kFringeMm = 1.0, kBorderMm = 0.7;
constexpr double kLeanestSe = 0.015;  // of a T2 or T1: the leanest muscle is not without fat
constexpr double kLeastFatUnderSkin = 0.6;
constexpr double kMuchSmaller = 0.75;
constexpr double kIndependentPx = 6.0;  // so many noisy pixels are worth one

void doubt(const std::string& why, One& one) {
  if (why.empty()) return;
  one.quality = Quality::kUncertain;
  one.reason += (one.reason.empty() ? "" : "; ") + why;
}

double mean_fat(const FatMap& map, const Flags& mask) {
  const Flags counted(mask & map.tissue);
  return cv::countNonZero(counted) == 0 ? 0.0 : cv::mean(map.fat, counted)[0];
}

One measure(const Region& region, const FatMap& map, const axial::Section& section, double max_fat_percent) {
  One one;
  if (!region.problem.empty()) {
    one.reason = region.problem;
    return one;
  }
  one.quality = Quality::kGood;
  const double pixel_mm2 = section.step_mm * section.step_mm;
  const double count = cv::countNonZero(region.mask);
  const double csa = count * pixel_mm2, whole = mean_fat(map, region.mask);
  // The outermost pixel is part neighbour; without it little is left of a thin muscle.
  const Flags inner = shrunk(region.mask, kRimPixels);
  const double fat = cv::countNonZero(inner) > 0.4 * count ? mean_fat(map, inner) : whole;
  one.csa_mm2 = csa;
  one.csa_se_mm2 =
      (map.scale_se > 0 ? kShiftedEdgePixels : kEdgePixels) * perimeter_px(region.mask) * pixel_mm2;
  one.fat_percent = 100.0 * std::clamp(fat, 0.0, 1.0);
  // Fat that touches the border may belong to the muscle or not.
  const double wider = mean_fat(map, grown(region.mask, kFringeMm / section.step_mm));
  const double border = kBorderMm / kFringeMm * std::fabs(wider - whole);
  const double noise = map.noise * std::sqrt(kIndependentPx / count);
  const double scale = map.scale_se > 0 ? map.scale_se * fat + kLeanestSe : 0.0;
  one.fat_se_percent = 100.0 * std::hypot(border, noise, scale);
  one.lean_mm2 = csa * (1.0 - 0.01 * *one.fat_percent);
  one.lean_se_mm2 = std::hypot(one.csa_se_mm2 * (1.0 - fat), csa * 0.01 * one.fat_se_percent);
  const Grid grid(section);
  for (const auto& p : outline(region.mask))
    one.outline_lps_mm.push_back(
        section.lps(grid.x0_mm + grid.step_mm * p.x, grid.y0_mm + grid.step_mm * p.y));
  doubt(region.doubt, one);
  if (*one.fat_percent > max_fat_percent)
    doubt(fmt::format("{:.0f} % of fat: its border to fat cannot be told", *one.fat_percent), one);
  return one;
}

void refuse(const std::string& why, Level& level) {
  level.reason = why;
  for (auto& muscle : level.muscles)
    for (One& one : muscle) one.reason = why;
}

/// A streak of fat right through a muscle looks like the line that parts it from its neighbour; fat along its
/// border, like no muscle.
void doubt_unlike(std::array<One, 2>& sides) {
  if (!sides[0].csa_mm2 || !sides[1].csa_mm2) return;
  const double smaller = std::min(*sides[0].csa_mm2, *sides[1].csa_mm2);
  const double larger = std::max(*sides[0].csa_mm2, *sides[1].csa_mm2);
  if (!(smaller < kMuchSmaller * larger)) return;
  for (One& one : sides)
    doubt(fmt::format("the sides differ, {:.0f} and {:.0f} mm2: fat may have cut the smaller, or the larger "
                      "hang together with its neighbour",
                      smaller,
                      larger),
          one);
}

/// Mean fat share between 2.5 and 5 mm under the skin of the back, within 35 mm of the midline.
double share_under_skin(const FatMap& map, const Grid& grid) {
  const int from = static_cast<int>(std::lround(2.5 / grid.step_mm));
  const int to = static_cast<int>(std::lround(5.0 / grid.step_mm));
  double sum = 0, count = 0;
  for (int i = grid.column(-35.0); i <= grid.column(35.0); ++i) {
    int skin = grid.ny - 1;
    while (skin > to && map.tissue(skin, i) == 0) --skin;
    for (int j = std::max(0, skin - to); j <= skin - from; ++j) {
      if (map.tissue(j, i) == 0) continue;
      sum += static_cast<double>(map.fat(j, i));
      count += 1;
    }
  }
  return count > 0 ? sum / count : 0.0;
}

void measure_level(const axial::DiscPlane& disc,
                   const axial::Cut& cut,
                   const Source& source,
                   const ParaspinalMuscle::Params& params,
                   Level& level) {
  level.axis = cut.axis;
  level.slice = cut.slice;
  level.distance_mm = cut.distance_mm;
  level.tilt_deg = cut.tilt_deg;
  level.kind = source.kind;
  const auto section = axial::section_of(*source.image, cut, disc, {});
  const FatMap map = source.fat == nullptr ? fat_map(section)
                                           : fat_map(section, axial::section_of(*source.fat, cut, disc, {}));
  if (!map.problem.empty()) {
    refuse(map.problem, level);
    return;
  }
  const Grid grid(section);
  const Build build{disc.depth_mm, disc.width_mm, params.min_septum};
  const auto rows = fascia(map, grid, build);
  if (const double share = share_under_skin(map, grid); share < kLeastFatUnderSkin) {
    refuse(fmt::format("what lies under the skin holds {:.0f} % of fat, {:.0f} % are needed: fat is "
                       "suppressed, or water and fat are exchanged",
                       100 * share,
                       100 * kLeastFatUnderSkin),
           level);
    return;
  }
  for (std::size_t side = 0; side < 2; ++side) {
    const int sign = side == 0 ? -1 : 1;
    const auto add = [&](ParaspinalMuscle::Muscle which, const Region& region) {
      One& one = level.muscles[which][side];
      one = measure(region, map, section, params.max_fat_percent);
      if (one.csa_mm2 && cut.tilt_deg > params.max_tilt_deg)
        doubt(fmt::format("the slice is tilted by {:.0f} degrees against the disc, up to {:.0f} are usual",
                          cut.tilt_deg,
                          params.max_tilt_deg),
              one);
    };
    const Extensors group = extensors(map, grid, build, rows, sign);
    add(ParaspinalMuscle::kMultifidus, group.multifidus);
    add(ParaspinalMuscle::kErectorSpinae, group.erector_spinae);
    add(ParaspinalMuscle::kBoth, group.both);
    add(ParaspinalMuscle::kPsoas, psoas(map, grid, build, sign));
  }
  for (auto& sides : level.muscles) doubt_unlike(sides);
}

/// The best kind of source that has a slice near enough; else the nearest slice there is.
struct Choice {
  std::optional<axial::Cut> cut;
  bool near = false;
};

Choice choose(const axial::DiscPlane& disc, const std::vector<Source>& sources, double max_distance_mm) {
  Choice choice;
  for (const Kind kind : {Kind::kWaterFat, Kind::kT2, Kind::kT1}) {
    std::vector<const Volume*> volumes;
    volumes.reserve(sources.size());
    for (const Source& source : sources) volumes.push_back(source.kind == kind ? source.image : nullptr);
    const auto cut = axial::nearest_cut(disc, volumes);
    if (!cut) continue;
    if (axial::why_not(*cut, max_distance_mm).empty()) return {cut, true};
    if (!choice.cut || cut->distance_mm < choice.cut->distance_mm) choice.cut = cut;
  }
  return choice;
}

}  // namespace

const ParamTable<ParaspinalMuscle::Params>& ParaspinalMuscle::Params::table() {
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
               "Tilt between slice and disc above which values are uncertain.",
               {1.0, 45.0})
          .add(&Params::min_septum,
               "min_septum",
               "1",
               "Fat share by which the septum between multifidus and erector spinae must stand out.",
               {0.02, 0.6})
          .add(&Params::max_fat_percent,
               "max_fat_percent",
               "%",
               "Fat above which a muscle's border is uncertain.",
               {10.0, 90.0});
  return table;
}

ParaspinalMuscle::ParaspinalMuscle(const Params& params) : params_(params) {
  Params::table().validate(params);
}

ParaspinalMuscle::Result ParaspinalMuscle::operator()(const std::vector<Source>& sources,
                                                      const SpineResult& spine,
                                                      Context& context) const {
  for (const Source& source : sources) {
    require(source.image != nullptr && (source.fat != nullptr) == (source.kind == Kind::kWaterFat),
            Errc::kInput,
            "an axial source needs an image, and a fat image exactly when it is a water-fat pair");
    if (source.fat != nullptr) require_same_grid(*source.image, *source.fat, "the water and the fat image");
  }
  Result result;
  if (sources.empty()) return result;
  const auto discs = axial::disc_planes(spine);
  for (const auto& disc : discs) {
    context.throw_if_cancelled();
    const Choice choice = choose(disc, sources, params_.max_distance_mm);
    if (!choice.near && !disc.usual) continue;
    Level level;
    level.region = disc.region;
    level.source = choice.cut->volume;
    level.kind = sources[level.source].kind;
    if (choice.near)
      measure_level(disc, *choice.cut, sources[choice.cut->volume], params_, level);
    else
      refuse(axial::why_not(*choice.cut, params_.max_distance_mm), level);
    result.levels.push_back(std::move(level));
  }
  for (const auto& region : axial::missing_discs(spine, discs)) {
    Level level;
    level.region = region;
    level.kind = sources.front().kind;
    refuse(axial::why_missing(region), level);
    result.levels.push_back(std::move(level));
  }
  return result;
}

}  // namespace ledd
