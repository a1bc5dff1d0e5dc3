#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "ledd/anatomy/anatomy.h"
#include "ledd/spine_alignment/spine_alignment.h"
#include "ledd/spine_morphometry/vec.h"

#include "coronal.h"

namespace ledd {
namespace {

using Result = AlignmentResult;

constexpr const char* kPrecision = "docs/spine-alignment.md, section Accuracy";
constexpr const char* kCobb =
    "Angle of Cobb, AAOS Instructional Course Lectures 5:261, 1948, on endplate planes";
constexpr const char* kMethod = "endplate-angle/1";
constexpr double kHalfMm = 25.0;  // of a drawn endplate
constexpr std::array<std::uint8_t, 3> kOrange{255, 160, 0};
constexpr std::array<std::uint8_t, 3> kGreen{90, 255, 90};
constexpr std::array<std::uint8_t, 3> kViolet{190, 120, 255};
constexpr double kMaxCoronalPitchMm = 6.0;

std::vector<EndpointDefinition> curve_definitions() {
  return {

      {"Cobb_main",
       "Largest coronal curve",
       "deg",
       kMethod,
       "Angle between the superior endplate of the upper and the inferior endplate of the lower end vertebra "
       "(the "
       "region), in the plane of the column and the bodies' mean left axis; the pair of bodies with the "
       "largest angle. "
       "Lying, not standing: curves are smaller. Healthy persons read 2.6 to 12 degrees, median 5.",
       kCobb,
       kPrecision},
      {"Cobb_upper",
       "Coronal curve above the largest",
       "deg",
       kMethod,
       "As Cobb_main, among the bodies from the upper end vertebra of the next lower curve upward; given "
       "when it "
       "reaches 10 degrees.",
       kCobb,
       kPrecision},
      {"Cobb_lower",
       "Coronal curve below the largest",
       "deg",
       kMethod,
       "As Cobb_main, among the bodies from the lower end vertebra of the next higher curve downward; given "
       "when it "
       "reaches 10 degrees.",
       kCobb,
       kPrecision},
      {"Cobb_convexity",
       "Side to which the largest coronal curve is convex",
       "1",
       kMethod,
       "1 left, -1 right; 0 when Cobb_main is below twice its standard error.",
       kCobb,
       kPrecision},
  };
}

std::vector<EndpointDefinition> other_definitions() {
  return {
      {"TK_T4_T12",
       "Thoracic kyphosis T4-T12",
       "deg",
       kMethod,
       "Angle between the superior endplate of T4 and the inferior endplate of T12, square to the bodies' "
       "mean left "
       "axis; positive for kyphosis. Lying, not standing.",
       kCobb,
       kPrecision},
      {"SS",
       "Sacral slope, lying",
       "deg",
       kMethod,
       "Angle of the superior endplate of S1 to the scanner's axial plane in the spine's sagittal plane; "
       "positive when "
       "the front is lower. The scanner stands in for the horizon of a standing person: not the standing "
       "value.",
       "Legaye et al., Eur Spine J 7:99, 1998",
       kPrecision},
      {"body_squareness",
       "Height over depth of the last lumbar body",
       "1",
       "six-point/1",
       "Middle height over the mean of the superior and inferior depth between the corners of the last "
       "lumbar body. 30 "
       "healthy persons: 0.72 +- 0.10, lowest 0.60.",
       "Own definition",
       kPrecision},
      {"LSTV_hint",
       "Hint at a lumbosacral transitional vertebra from the shape of the last lumbar body",
       "1",
       "six-point/1",
       "0: body_squareness at least 0.59; 1: below 0.59, and so below that of 30 healthy persons; 2: below "
       "0.52, "
       "like a sacral "
       "body. A hint to look, not a diagnosis: how many transitional vertebrae it misses was not measured.",
       "Own definition; squaring as a sign: O'Driscoll et al., Skeletal Radiol 25:225, 1996",
       kPrecision},
  };
}

void put(const std::string& region,
         std::string_view key,
         const Estimate& estimate,
         std::vector<Measurement>& out) {
  push_estimate(region, definition_of(key, SpineAlignment::definitions()), estimate, out);
}

std::string region_of(const Result::Curve& c) {
  return anatomy::short_name(c.upper) + "-" + anatomy::short_name(c.lower);
}

/// Whether a curve lies above the main one: its lower end is at or above the main curve's upper end.
bool above(const Result& result, const Result::Curve& c) {
  const auto place = [&](std::uint16_t id) {
    return std::find_if(
        result.coronal.begin(), result.coronal.end(), [&](const auto& b) { return b.id == id; });
  };
  return place(c.lower) <= place(result.curves.front().upper);
}

const Result::Coronal& body_of(const Result& result, std::uint16_t id) {
  const auto found =
      std::find_if(result.coronal.begin(), result.coronal.end(), [&](const auto& c) { return c.id == id; });
  require(found != result.coronal.end(), Errc::kInternal, "a curve ends at a body that was not looked at");
  return *found;
}

/// An endplate seen from behind: 50 mm long, through the body's centre.
Polyline end_line(const Result& result, std::uint16_t id, bool superior, const std::string& text) {
  const auto& c = body_of(result, id);
  const double angle = (superior ? c.superior_deg : c.inferior_deg) / alignment::kDegPerRad;
  const Point across =
      spine::add(spine::add({}, result.axes.left, std::cos(angle)), result.axes.superior, std::sin(angle));
  return {{spine::add(c.centre_lps_mm, across, -kHalfMm), spine::add(c.centre_lps_mm, across, kHalfMm)},
          kOrange,
          text};
}

std::vector<Polyline> coronal_lines(const Result& result) {
  std::vector<Polyline> lines;
  Polyline column;
  column.rgb = kGreen;
  for (const auto& c : result.coronal)
    if (c.missing.empty()) column.points_lps_mm.push_back(c.centre_lps_mm);
  if (column.points_lps_mm.size() < 2) return lines;
  lines.push_back(std::move(column));
  for (const auto& curve : result.curves) {
    lines.push_back(
        end_line(result, curve.upper, true, fmt::format("{} {:.0f} deg", region_of(curve), curve.cobb_deg)));
    lines.push_back(end_line(result, curve.lower, false, ""));
  }
  return lines;
}

}  // namespace

const std::vector<EndpointDefinition>& SpineAlignment::definitions() {
  static const auto all = [] {
    auto joined = curve_definitions();
    for (auto& d : other_definitions()) joined.push_back(std::move(d));
    return joined;
  }();
  return all;
}

std::vector<Measurement> measurements(const AlignmentResult& result) {
  std::vector<Measurement> out;
  if (result.curves.empty()) {
    put("spine", "Cobb_main", result.cobb, out);
    put("spine", "Cobb_convexity", result.cobb, out);
  } else {
    const auto& main = result.curves.front();
    put(region_of(main), "Cobb_main", result.cobb, out);
    const bool clear = main.cobb_deg >= 2.0 * main.se_deg;
    put(region_of(main),
        "Cobb_convexity",
        {clear ? main.convexity : 0.0, std::nullopt, result.cobb.quality, result.cobb.reason},
        out);
    for (std::size_t i = 1; i < result.curves.size(); ++i) {
      const auto& c = result.curves[i];
      put(region_of(c),
          above(result, c) ? "Cobb_upper" : "Cobb_lower",
          {c.cobb_deg, c.se_deg, c.quality, c.reason},
          out);
    }
  }
  put("T4-T12", "TK_T4_T12", result.kyphosis, out);
  put("S1", "SS", result.sacral_slope, out);
  put(result.squareness_region, "body_squareness", result.squareness, out);
  put(result.squareness_region, "LSTV_hint", result.lstv_hint, out);
  return out;
}

std::vector<Polyline> report_lines(const AlignmentResult& result, const SpineResult& spine) {
  std::vector<Polyline> lines;
  const auto plate =
      [&](std::uint16_t id, SpineResult::Endplate SpineResult::Body::*which, const std::string& text) {
        for (const auto& b : spine.bodies)
          if (b.id == id && (b.*which).measured)
            lines.push_back({{(b.*which).anterior_lps_mm, (b.*which).posterior_lps_mm}, kViolet, text});
      };
  using Body = SpineResult::Body;
  const auto lordosis = std::find_if(spine.angles.begin(), spine.angles.end(), [](const auto& a) {
    return a.value_deg && a.endpoint.starts_with("LL_");
  });
  if (lordosis != spine.angles.end()) {
    plate(
        anatomy::kL1, &Body::superior, fmt::format("{} {:.0f} deg", lordosis->region, *lordosis->value_deg));
    if (lordosis->endpoint == "LL_L1_L5") plate(anatomy::kL5, &Body::inferior, "");
  }
  if (result.kyphosis.value) {
    plate(anatomy::kT1 + 3, &Body::superior, fmt::format("TK {:.0f} deg", *result.kyphosis.value));
    plate(anatomy::kT12, &Body::inferior, "");
  }
  if (result.sacral_slope.value)
    plate(anatomy::kS1, &Body::superior, fmt::format("SS {:.0f} deg", *result.sacral_slope.value));
  return lines;
}

std::optional<Figure> coronal_figure(const AlignmentResult& result, const itk::ImageBase<3>& grid) {
  const auto lines = coronal_lines(result);
  if (lines.empty() || result.curves.empty()) return std::nullopt;
  unsigned depth_axis = 0;  // the image axis nearest to anterior-posterior
  const auto& direction = grid.GetDirection();
  for (unsigned a = 1; a < 3; ++a)
    if (std::abs(direction(1, a)) > std::abs(direction(1, depth_axis))) depth_axis = a;
  for (unsigned a = 0; a < 3; ++a)
    if (!(grid.GetSpacing()[a] <= kMaxCoronalPitchMm)) return std::nullopt;
  double sum = 0.0;
  int n = 0;
  for (const auto& c : result.coronal) {
    if (!c.missing.empty()) continue;
    itk::ImageBase<3>::PointType point;
    for (unsigned a = 0; a < 3; ++a) point[a] = c.centre_lps_mm[a];
    sum += grid.TransformPhysicalPointToContinuousIndex<double>(point)[depth_axis];
    ++n;
  }
  const auto& region = grid.GetLargestPossibleRegion();
  const long first = region.GetIndex(depth_axis);
  Figure figure;
  figure.name = "coronal";
  figure.caption =
      "Coronal slice: body centres (green) and the end plates of each lateral curve with its Cobb angle "
      "(orange).";
  figure.axis = depth_axis;
  figure.slice =
      std::clamp(std::lround(sum / n), first, first + static_cast<long>(region.GetSize(depth_axis)) - 1);
  figure.lines = lines;
  for (Polyline& line : figure.lines) line.group = "curves";
  return figure;
}

}  // namespace ledd
