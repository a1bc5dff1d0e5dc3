#include "hips.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "ledd/anatomy/bone.h"
#include "ledd/core/error.h"
#include "ledd/morphology/morphology.h"
#include "ledd/spine_morphometry/vec.h"

#include "region.h"

namespace ledd::bone_qct {
namespace {

using anatomy::Side;

constexpr double kMarginMm = 25.0;
constexpr std::array<double, 2> kBoneWindowHu{-200.0, 800.0};

std::uint16_t id_of(Side side) {
  return side == Side::kRight ? anatomy::kProximalFemurRight : anatomy::kProximalFemurLeft;
}

const char* letter_of(Side side) {
  return side == Side::kRight ? "R" : "L";
}

Mask::Pointer mask_of(const Labels& labels, std::uint16_t id) {
  auto mask = morphology::empty_like(labels);
  const std::size_t count = labels.GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t n = 0; n < count; ++n)
    mask->GetBufferPointer()[n] = labels.GetBufferPointer()[n] == id ? 1 : 0;
  return mask;
}

bool has(const Labels& labels, std::uint16_t id) {
  const auto* begin = labels.GetBufferPointer();
  const auto* end = begin + labels.GetLargestPossibleRegion().GetNumberOfPixels();
  return std::find(begin, end, id) != end;
}

/// The regions of a femur that is in the labels; a refusal where they cannot be told.
void add_regions(const Labels& labels, const BoneQct::Params& params, Hip& hip, Context& context) {
  hip.regions = FemurRegions(params.femur_regions)(*mask_of(labels, id_of(hip.side)), hip.side, context);
  hip.refusal = hip.regions.refusal;
  hip.doubts.insert(hip.doubts.end(), hip.regions.doubts.begin(), hip.regions.doubts.end());
}

std::string joined(const std::vector<std::string>& doubts) {
  std::string all;
  for (const std::string& doubt : doubts) all += (all.empty() ? "" : "; ") + doubt;
  return all;
}

void conclude(Hips& hips) {
  const bool any =
      std::any_of(hips.sides.begin(), hips.sides.end(), [](const Hip& h) { return h.refusal.empty(); });
  if (any) return;
  for (const Hip& hip : hips.sides)
    hips.why_none +=
        fmt::format("{}{}: {}", hips.why_none.empty() ? "" : "; ", letter_of(hip.side), hip.refusal);
  if (hips.sides.empty()) hips.why_none = "no femoral head is in view";
}

const Measurement* row_of(const std::vector<Measurement>& rows,
                          const std::string& side,
                          const std::string& region,
                          const std::string& endpoint) {
  const auto it = std::find_if(rows.begin(), rows.end(), [&](const Measurement& m) {
    return m.side == side && m.region == region && m.endpoint == endpoint && m.statistic == "value";
  });
  return it == rows.end() ? nullptr : &*it;
}

Polyline line(const Point& from, const Point& axis, double from_mm, double to_mm) {
  Polyline polyline;
  polyline.rgb = {0, 230, 255};
  for (const double mm : {from_mm, to_mm})
    polyline.points_lps_mm.push_back(
        {from[0] + mm * axis[0], from[1] + mm * axis[1], from[2] + mm * axis[2]});
  return polyline;
}

/// A circle in the plane of two directions of length 1.
Polyline circle(const Point& middle, double radius_mm, const Point& across, const Point& up) {
  Polyline ring;
  ring.rgb = {255, 220, 0};
  constexpr int kPoints = 48;
  for (int n = 0; n <= kPoints; ++n) {
    const double angle = 2.0 * std::numbers::pi * n / kPoints;
    const double a = radius_mm * std::cos(angle), b = radius_mm * std::sin(angle);
    ring.points_lps_mm.push_back({middle[0] + a * across[0] + b * up[0],
                                  middle[1] + a * across[1] + b * up[1],
                                  middle[2] + a * across[2] + b * up[2]});
  }
  return ring;
}

constexpr Point kX{1, 0, 0}, kY{0, 1, 0}, kZ{0, 0, 1};

/// The head's ball, the neck's axis and the shaft's, from the front.
std::vector<Polyline> lines_of(const FemurRegions::Frame& frame) {
  const Polyline ball = circle(frame.head_lps_mm, frame.head_radius_mm, kX, kZ);
  std::vector<Polyline> lines{ball, line(frame.head_lps_mm, frame.neck_axis, 0.0, frame.neck_end_mm)};
  if (frame.shaft_in_view) lines.push_back(line(frame.shaft_lps_mm, frame.shaft_axis, -30.0, 30.0));
  return lines;
}

}  // namespace

Hips find_hips(const Volume& scan, const BoneQct::Params& params, Context& context) {
  Hips hips;
  ProximalFemur::Result found;
  try {
    found = ProximalFemur(params.femur)(scan, context);
  } catch (const Error& e) {
    if (e.code() != Errc::kInput) throw;
    hips.why_none = e.what();
    return hips;
  }
  hips.labels = found.labels;
  const auto in_view = [](const ProximalFemur::Femur& f) { return f.found || f.head_radius_mm > 0.0; };
  if (in_view(found.right) || in_view(found.left))
    for (const auto* femur : {&found.right, &found.left}) {
      Hip hip{femur->side, femur->refusal, femur->doubts, {}};
      if (femur->found) add_regions(*found.labels, params, hip, context);
      hips.sides.push_back(std::move(hip));
    }
  conclude(hips);
  return hips;
}

Hips given_hips(const Labels& labels, const BoneQct::Params& params, Context& context) {
  Hips hips;
  hips.labels = no_labels(labels);
  for (const Side side : {Side::kRight, Side::kLeft}) {
    if (!has(labels, id_of(side))) continue;
    const std::size_t count = labels.GetLargestPossibleRegion().GetNumberOfPixels();
    for (std::size_t n = 0; n < count; ++n)
      if (labels.GetBufferPointer()[n] == id_of(side)) hips.labels->GetBufferPointer()[n] = id_of(side);
    Hip hip{side, "", {}, {}};
    add_regions(labels, params, hip, context);
    hips.sides.push_back(std::move(hip));
  }
  conclude(hips);
  return hips;
}

std::vector<Measurement> measure_hips(const Hips& hips,
                                      const BoneQct::Study& study,
                                      const BoneQct::Params& params,
                                      const DensityScale& scale,
                                      Context& context) {
  std::vector<Measurement> all;
  const HipDensity density(params.hip_density);
  for (const Hip& hip : hips.sides) {
    const auto result =
        hip.refusal.empty()
            ? density(*study.scan, hip.regions, hip.side, scale.line, joined(hip.doubts), context)
            : HipDensity::refused(hip.side, hip.refusal);
    const bool metal = hip.refusal.find("metal") != std::string::npos;
    for (const Measurement& row : measurements(result)) all.push_back(metal ? inherent(row) : row);
  }
  return all;
}

std::vector<Figure> hip_figures(const Hips& hips, const itk::ImageBase<3>& scan) {
  std::vector<Figure> figures;
  unsigned axis = 0;
  for (unsigned a = 1; a < 3; ++a)
    if (std::fabs(scan.GetDirection()(1, a)) > std::fabs(scan.GetDirection()(1, axis))) axis = a;
  for (const Hip& hip : hips.sides) {
    if (!hip.refusal.empty()) continue;
    const auto& frame = hip.regions.frame;
    Figure figure;
    figure.name = hip.side == Side::kRight ? "hip-right" : "hip-left";
    figure.caption = fmt::format(
        "{} hip through the head's centre: outline, ball of the head (yellow), axes of neck and shaft "
        "(cyan).",
        hip.side == Side::kRight ? "Right" : "Left");
    figure.axis = axis;
    itk::ImageBase<3>::PointType p;
    for (unsigned a = 0; a < 3; ++a) p[a] = frame.head_lps_mm[a];
    const long last = static_cast<long>(scan.GetLargestPossibleRegion().GetSize(axis)) - 1;
    figure.slice =
        std::clamp(std::lround(scan.TransformPhysicalPointToContinuousIndex<double>(p)[axis]), 0L, last);
    figure.window = kBoneWindowHu;
    figure.around_labels_mm = kMarginMm;
    figure.around_ids = {id_of(hip.side)};
    figure.lines = lines_of(frame);
    for (Polyline& one : figure.lines) {
      one.about = fmt::format("{} head's ball, axes of neck and shaft", letter_of(hip.side));
      one.group = "hips";
    }
    figures.push_back(std::move(figure));
  }
  return figures;
}

std::vector<Polyline> hip_drawings(const Hips& hips) {
  std::vector<Polyline> all;
  for (const Hip& hip : hips.sides) {
    if (!hip.refusal.empty()) continue;
    const auto& frame = hip.regions.frame;
    const std::string side = letter_of(hip.side);
    for (const auto& [across, up] : {std::pair(kX, kZ), std::pair(kY, kZ), std::pair(kX, kY)}) {
      all.push_back(circle(frame.head_lps_mm, frame.head_radius_mm, across, up));
      all.back().about = fmt::format("{} head of the femur, radius {:.1f} mm", side, frame.head_radius_mm);
    }
    // The narrowest section as a circle of the same area: of what form it is the frame does not know.
    const Point up = spine::unit(spine::sub(kZ, spine::add({}, frame.neck_axis, frame.neck_axis[2])));
    all.push_back(circle(frame.neck_lps_mm,
                         std::sqrt(frame.neck_mm2 / std::numbers::pi),
                         spine::cross(frame.neck_axis, up),
                         up));
    all.back().about = fmt::format("{} narrowest section of the neck, {:.0f} mm2", side, frame.neck_mm2);
  }
  for (Polyline& line : all) line.group = "hips";
  return all;
}

std::vector<SummaryLine> hip_summary(const Hips& hips, const std::vector<Measurement>& rows) {
  std::vector<SummaryLine> lines;
  for (const Hip& hip : hips.sides) {
    const std::string topic = std::string("Hip ") + letter_of(hip.side);
    if (!hip.refusal.empty()) {
      lines.push_back({topic, "not measured: " + hip.refusal, SummaryLine::Tone::kDoubt});
      continue;
    }
    std::string text;
    for (const auto& [region, endpoint, what] :
         {std::tuple{"total hip", "Hip_vBMD", "integral vBMD of the total hip {:.0f} mg/cm3"},
          std::tuple{"neck", "Hip_vBMD", "of the neck {:.0f} mg/cm3"},
          std::tuple{
              "neck", "Hip_Proj_aBMD", "projected aBMD of the neck {:.2f} g/cm2 (from QCT, not DXA)"}}) {
      const auto* row = row_of(rows, letter_of(hip.side), region, endpoint);
      if (row == nullptr || !row->value) continue;
      text += (text.empty() ? "" : ", ") + fmt::format(fmt::runtime(what), *row->value);
    }
    const std::string doubts = joined(hip.doubts);
    if (text.empty()) text = "no density: not calibrated, or not in view";
    if (!doubts.empty()) text += fmt::format("; {}", doubts);
    lines.push_back({topic, text, doubts.empty() ? SummaryLine::Tone::kPlain : SummaryLine::Tone::kDoubt});
  }
  return lines;
}

}  // namespace ledd::bone_qct
