#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ledd/anatomy/anatomy.h"
#include "ledd/measurement/estimate.h"
#include "ledd/spine_morphometry/spine_morphometry.h"

#include "boundary.h"

namespace ledd {
namespace {

using Body = SpineResult::Body;

constexpr const char* kMethod = "six-point/1";
constexpr const char* kPrecision = "docs/spine-morphometry.md, section Accuracy";
constexpr const char* kGenant = "Six-point morphometry after Genant et al., J Bone Miner Res 8:1137, 1993";
constexpr const char* kCobb = "Angle of Cobb, AAOS Instructional Course Lectures 5:261, 1948, on endplates";

const EndpointDefinition& definition(std::string_view key) {
  return definition_of(key, SpineMorphometry::definitions());
}

/// A value with the quality of where it comes from; a ratio may have no value all the same.
Measurement graded_or_failed(const std::string& region,
                             std::string_view key,
                             double value,
                             Quality quality,
                             const std::string& reason) {
  const EndpointDefinition& d = definition(key);
  if (quality != Quality::kFailed && !std::isfinite(value))
    return failed(region, d, "the ratio's denominator is 0");
  return graded(region, d, value, quality, reason);
}

Measurement optional_value(const std::string& region,
                           std::string_view key,
                           const std::optional<double>& value,
                           const std::string& missing,
                           const Body& body) {
  // What the field of view or the slices do not allow; a body that could not be found asks for eyes by
  // itself.
  if (!value) return inherent(failed(region, definition(key), missing));
  // A body whose contours failed may still have a volume; then it is to be read with care.
  const Quality quality = body.quality == Quality::kFailed ? Quality::kUncertain : body.quality;
  return graded_or_failed(region, key, *value, quality, body.reason);
}

/// The same value with another statistic beside it; nothing when there is no value.
void push_statistic(const char* statistic, double value, std::vector<Measurement>& out) {
  if (!out.back().value || !std::isfinite(value)) return;
  Measurement m = out.back();
  m.statistic = statistic;
  m.value = value;
  out.push_back(std::move(m));
}

void push_length(const std::string& region,
                 std::string_view key,
                 const SpineResult::Length& length,
                 const Body& body,
                 std::vector<Measurement>& out) {
  out.push_back(graded_or_failed(region, key, length.value_mm, body.quality, body.reason));
  push_statistic("se", length.se_mm, out);
  if (length.slice_sd_mm != 0.0) push_statistic("slice_sd", length.slice_sd_mm, out);
}

/// Standard error of a ratio of two lengths.
double ratio_se(const SpineResult::Length& a, const SpineResult::Length& b) {
  return a.value_mm / b.value_mm * std::hypot(a.se_mm / a.value_mm, b.se_mm / b.value_mm);
}

void push_body(const Body& body, std::vector<Measurement>& out) {
  if (body.id == anatomy::kS1) return;  // its slope is an endpoint of spine_alignment
  const std::string region = anatomy::short_name(body.id);
  const auto put = [&](std::string_view key, double value, double se) {
    out.push_back(graded_or_failed(region, key, value, body.quality, body.reason));
    push_statistic("se", se, out);
  };
  push_length(region, "Ha", body.ha, body, out);
  push_length(region, "Hm", body.hm, body, out);
  push_length(region, "Hp", body.hp, body, out);
  push_length(region, "AP_depth", body.depth, body, out);
  put("body_area", body.area_mm2, body.area_se_mm2);
  put("Ha_Hp", body.ha.value_mm / body.hp.value_mm, ratio_se(body.ha, body.hp));
  put("Hm_Hp", body.hm.value_mm / body.hp.value_mm, ratio_se(body.hm, body.hp));
  out.push_back(optional_value(region, "LR_width", body.width_mm, body.width_reason, body));
  push_statistic("se", body.width_se_mm, out);
  out.push_back(optional_value(region, "body_volume", body.volume_cm3, body.volume_reason, body));
  push_statistic("se", body.volume_se_cm3, out);
  put("body_tilt", body.tilt_deg, body.tilt_se_deg);
}

/// A height of a body, said beside the line and to who points at it.
Polyline height_line(const Body& body, const char* key, const Point& top, const Point& bottom, double mm) {
  return {{top, bottom},
          {255, 220, 0},
          fmt::format("{:.1f}", mm),
          fmt::format("{} {} {:.1f} mm", anatomy::short_name(body.id), key, mm),
          "heights"};
}

std::vector<EndpointDefinition> height_definitions() {
  return {
      {"Ha",
       "Anterior vertebral body height",
       "mm",
       kMethod,
       "Distance of the anterior corners of the superior and inferior endplate, where the endplate contours "
       "meet the "
       "anterior wall, both taken without rims and spurs; mean over the slices within 5 mm of the body's own "
       "mid-sagittal plane.",
       kGenant,
       kPrecision},
      {"Hm",
       "Middle vertebral body height",
       "mm",
       kMethod,
       "Distance of the superior and inferior endplate contours at half depth, square to the body's "
       "mid-plane; mean "
       "over the slices within 5 mm of the body's own mid-sagittal plane.",
       kGenant,
       kPrecision},
      {"Hp",
       "Posterior vertebral body height",
       "mm",
       kMethod,
       "Distance of the posterior corners of the superior and inferior endplate, where the endplate contours "
       "meet the "
       "posterior wall, both taken without rims and spurs; mean over the slices within 5 mm of the body's "
       "own "
       "mid-sagittal plane.",
       kGenant,
       kPrecision}};
}

std::vector<EndpointDefinition> size_definitions() {
  return {
      {"AP_depth",
       "Anterior-posterior depth of the vertebral body",
       "mm",
       kMethod,
       "Distance of the anterior and posterior wall at mid-height, along the body's mid-plane in its "
       "mid-sagittal "
       "plane.",
       "Own definition",
       kPrecision},
      {"body_area",
       "Mid-sagittal area of the vertebral body",
       "mm2",
       kMethod,
       "Area between both endplate contours and both walls in the body's own mid-sagittal plane.",
       "Own definition",
       kPrecision},
      {"LR_width",
       "Left-right width of the vertebral body",
       "mm",
       kMethod,
       "Distance of the left and right side at mid-height and mid-depth (medians within 5 mm). Not given "
       "when slices "
       "are more than 2.5 mm apart.",
       "Own definition",
       kPrecision},
      {"body_volume",
       "Volume of the vertebral body",
       "cm3",
       kMethod,
       "Number of voxels of the body's largest connected part, holes filled, times the volume of a voxel.",
       "Own definition",
       kPrecision}};
}

std::vector<EndpointDefinition> shape_definitions() {
  return {
      {"Ha_Hp", "Anterior to posterior height ratio", "1", kMethod, "Ha divided by Hp.", kGenant, kPrecision},
      {"Hm_Hp", "Middle to posterior height ratio", "1", kMethod, "Hm divided by Hp.", kGenant, kPrecision},
      {"body_tilt",
       "Tilt of the vertebral body",
       "deg",
       kMethod,
       "Angle of the mid-plane (bisector of both endplate planes) to the scanner's axial plane, in the "
       "spine's sagittal "
       "plane; positive when the anterior side is higher. Lying, not standing.",
       "Own definition",
       kPrecision},
      {"LL_L1_S1",
       "Lumbar lordosis L1-S1",
       "deg",
       "endplate-angle/1",
       "Angle between the superior endplates of L1 and S1 in the spine's sagittal plane (planes fitted with "
       "Huber "
       "weights to the central 70 % of the endplates); positive for lordosis. Lying, not standing.",
       kCobb,
       kPrecision},
      {"LL_L1_L5",
       "Lumbar lordosis L1-L5",
       "deg",
       "endplate-angle/1",
       "Angle between the superior endplate of L1 and the inferior endplate of L5 in the spine's sagittal "
       "plane; "
       "positive for lordosis. Lying, not standing.",
       kCobb,
       kPrecision},
      {"SL",
       "Segmental lordosis",
       "deg",
       "endplate-angle/1",
       "Angle between the superior endplates of two neighbouring bodies in the spine's sagittal plane; "
       "positive for "
       "lordosis; the segments from L1 to S1 add up to LL_L1_S1.",
       kCobb,
       kPrecision}};
}

}  // namespace

const std::vector<EndpointDefinition>& SpineMorphometry::definitions() {
  static const std::vector<EndpointDefinition> all = [] {
    auto definitions = height_definitions();
    for (auto& one : size_definitions()) definitions.push_back(std::move(one));
    for (auto& one : shape_definitions()) definitions.push_back(std::move(one));
    return definitions;
  }();
  return all;
}

std::vector<Measurement> measurements(const SpineResult& result) {
  std::vector<Measurement> out;
  for (const Body& body : result.bodies) push_body(body, out);
  for (const auto& angle : result.angles) {
    out.push_back(graded_or_failed(
        angle.region, angle.endpoint, angle.value_deg.value_or(0.0), angle.quality, angle.reason));
    push_statistic("se", angle.se_deg, out);
  }
  return out;
}

std::vector<Polyline> report_lines(const SpineResult& result) {
  constexpr std::array<std::uint8_t, 3> kContour{0, 230, 255};
  constexpr std::array<std::uint8_t, 3> kPlane{255, 80, 200};
  std::vector<Polyline> lines;
  for (const Body& b : result.bodies) {
    const std::string name = anatomy::short_name(b.id);
    for (const auto& [e, which] : {std::pair(&b.superior, "superior"), std::pair(&b.inferior, "inferior")}) {
      if (!e->measured) continue;
      lines.push_back(
          {e->contour_lps_mm, kContour, "", fmt::format("{} {} endplate", name, which), "endplates"});
      lines.push_back({{e->anterior_lps_mm, e->posterior_lps_mm},
                       kPlane,
                       "",
                       fmt::format("{} {} endplate's plane, for angles", name, which),
                       "endplates"});
    }
    if (b.quality == Quality::kFailed || b.id == anatomy::kS1) continue;
    lines.push_back(height_line(b, "Ha", b.as_lps_mm, b.ai_lps_mm, b.ha.value_mm));
    lines.push_back(height_line(b, "Hm", b.ms_lps_mm, b.mi_lps_mm, b.hm.value_mm));
    lines.push_back(height_line(b, "Hp", b.ps_lps_mm, b.pi_lps_mm, b.hp.value_mm));
  }
  return lines;
}

std::optional<Figure> mid_sagittal_figure(const SpineResult& result, const itk::ImageBase<3>& grid) {
  const unsigned axis = spine::grid_of(grid).slice_axis;
  double sum = 0.0;
  int n = 0;
  for (const Body& body : result.bodies) {
    if (!body.superior.measured) continue;
    itk::ImageBase<3>::PointType point;
    for (unsigned a = 0; a < 3; ++a) point[a] = body.frame.centre_lps_mm[a];
    const auto index = grid.TransformPhysicalPointToContinuousIndex<double>(point);
    sum += index[axis];
    ++n;
  }
  if (n == 0) return std::nullopt;
  const auto& region = grid.GetLargestPossibleRegion();
  const long last = region.GetIndex(axis) + static_cast<long>(region.GetSize(axis)) - 1;
  Figure figure;
  figure.name = "mid-sagittal";
  figure.caption =
      "Mid-sagittal slice: anterior, middle and posterior heights in mm (yellow), endplate contours (cyan) "
      "and the "
      "endplate planes used for angles (pink).";
  figure.axis = axis;
  figure.slice = std::clamp(std::lround(sum / n), static_cast<long>(region.GetIndex(axis)), last);
  figure.lines = report_lines(result);
  return figure;
}

}  // namespace ledd
