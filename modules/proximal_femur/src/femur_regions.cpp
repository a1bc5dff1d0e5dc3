#include "ledd/proximal_femur/femur_regions.h"

#include <fmt/format.h>

#include "ledd/core/error.h"
#include "ledd/morphology/morphology.h"

#include "femur_frame.h"
#include "head_sphere.h"

namespace ledd {
namespace {

using hip::operator-;

constexpr double kLeastRadiusMm = 16.0, kMostRadiusMm = 34.0, kMostResidualMm = 2.0;
constexpr double kFarNeck = 1.8, kUsualNeck = 0.66;  // of the head's radius
constexpr double kBesideMm = 4.0, kMostCutMm2 = 30.0;

std::uint16_t region_of(const Point& p, const FemurRegions::Frame& f, double shaft_mm) {
  const Point at = p - f.head_lps_mm;
  const double along = hip::dot(at, f.neck_axis), down = hip::dot(at, f.shaft_axis);
  if (along < f.head_end_mm && hip::length(at) < 1.4 * f.head_radius_mm) return FemurRegions::kHead;
  if (f.shaft_in_view && down > f.trochanter_end_mm)
    return down <= f.trochanter_end_mm + shaft_mm ? std::uint16_t{FemurRegions::kShaft} : std::uint16_t{0};
  // Behind the neck's end plane the trochanters begin; what lies beside the neck, far from its axis, is
  // theirs.
  const double off = std::sqrt(std::max(0.0, hip::dot(at, at) - along * along));
  if (along < f.neck_end_mm && off < 1.3 * f.head_radius_mm) return FemurRegions::kNeck;
  return FemurRegions::kTrochanteric;
}

std::string unusable(const FemurRegions::Frame& f) {
  if (!(f.head_radius_mm >= kLeastRadiusMm && f.head_radius_mm <= kMostRadiusMm))
    return fmt::format(
        "no femoral head: a ball of {:.1f} mm fits the outline best, {:.0f} to {:.0f} mm were expected",
        f.head_radius_mm,
        kLeastRadiusMm,
        kMostRadiusMm);
  if (!(f.head_residual_mm <= kMostResidualMm))
    return fmt::format(
        "the head is not round: the outline lies {:.1f} mm (RMS) off a ball; at most {:.1f} mm were expected",
        f.head_residual_mm,
        kMostResidualMm);
  const double widest = M_PI * f.head_radius_mm * f.head_radius_mm;
  if (!(f.neck_mm2 > 0.15 * widest && f.neck_mm2 < 0.95 * widest))
    return fmt::format("no neck: the narrowest section beyond the head has {:.0f} mm2, the head's {:.0f} mm2",
                       f.neck_mm2,
                       widest);
  return {};
}

/// Whether the narrowest section is one: neither the last that was looked at nor cut by the scan's border.
bool neck_is_whole(const Mask& femur, const FemurRegions::Frame& f) {
  const double from_head = hip::dot(f.neck_lps_mm - f.head_lps_mm, f.neck_axis);
  if (!(from_head < kFarNeck * f.head_radius_mm)) return false;
  const auto size = femur.GetLargestPossibleRegion().GetSize();
  double cut_mm2 = 0.0;
  const auto s = femur.GetSpacing();
  for (std::size_t n = 0; n < femur.GetLargestPossibleRegion().GetNumberOfPixels(); ++n) {
    if (femur.GetBufferPointer()[n] == 0) continue;
    const auto at = femur.ComputeIndex(static_cast<long>(n));
    bool border = false;
    for (unsigned a = 0; a < 3; ++a) border = border || at[a] == 0 || at[a] + 1 == static_cast<long>(size[a]);
    if (!border) continue;
    Mask::PointType p;
    femur.TransformIndexToPhysicalPoint(at, p);
    const Point d = Point{p[0], p[1], p[2]} - f.neck_lps_mm;
    if (std::fabs(hip::dot(d, f.neck_axis)) < kBesideMm && hip::length(d) < f.head_radius_mm)
      cut_mm2 += s[0] * s[1];
  }
  return cut_mm2 <= kMostCutMm2;
}

void set_planes(const FemurRegions::Params& params, bool neck_whole, FemurRegions::Frame& f) {
  const double neck2 = f.neck_mm2 / M_PI, r2 = f.head_radius_mm * f.head_radius_mm;
  f.head_end_mm = std::sqrt(std::max(0.09 * r2, r2 - neck2));
  const double narrowest = hip::dot(f.neck_lps_mm - f.head_lps_mm, f.neck_axis);
  f.neck_end_mm = std::max(narrowest, f.head_end_mm) + params.neck_half_mm;
  if (!neck_whole) f.neck_end_mm = f.head_end_mm;
  f.neck_shaft_deg =
      f.shaft_in_view
          ? 180.0 - 180.0 / M_PI * std::acos(std::clamp(hip::dot(f.neck_axis, f.shaft_axis), -1.0, 1.0))
          : 0.0;
}

}  // namespace

const ParamTable<FemurRegions::Params>& FemurRegions::Params::table() {
  static const auto table =
      ParamTable<Params>()
          .add(&Params::neck_half_mm, "neck_half_mm", "mm", "Neck beyond its narrowest section.", {2, 20})
          .add(&Params::shaft_mm, "shaft_mm", "mm", "Length of the shaft's region.", {5, 60})
          .add(&Params::least_shaft_mm, "least_shaft_mm", "mm", "Shaft that must be in view.", {4, 60})
          .add(&Params::trochanter_percent,
               "trochanter_percent",
               "%",
               "By what sections exceed the shaft's from the lesser trochanter on.",
               {3, 50});
  return table;
}

FemurRegions::FemurRegions(const Params& params) : params_(params) {
  Params::table().validate(params);
}

FemurRegions::Result FemurRegions::operator()(const Mask& femur, anatomy::Side side, Context& context) const {
  require(morphology::count(femur) > 0, Errc::kInput, "the femur's mask is empty");
  context.throw_if_cancelled();
  const auto field = hip::field_of(femur);
  Result result;
  result.regions = Labels::New();
  result.regions->CopyInformation(&femur);
  result.regions->SetRegions(femur.GetLargestPossibleRegion());
  result.regions->Allocate(true);
  Frame& frame = result.frame;
  double lowest_mm = 0.0;
  hip::find_head(*field, side, frame);
  if (frame.head_radius_mm > 0.0) hip::find_neck(hip::Sampler(*field), side, frame);
  result.neck_whole = frame.head_radius_mm > 0.0 && neck_is_whole(femur, frame);
  if (frame.head_radius_mm > 0.0 && !result.neck_whole) {
    frame.neck_axis = hip::usual_neck(side);
    frame.neck_mm2 = M_PI * std::pow(kUsualNeck * frame.head_radius_mm, 2);
    frame.neck_lps_mm = frame.head_lps_mm;
    result.doubts.emplace_back(
        "the neck's narrowest section is not in view: the head ends where it usually does, and there is no "
        "neck");
  }
  result.refusal = unusable(frame);
  if (!result.refusal.empty()) return result;
  hip::find_shaft(*field, params_, frame, lowest_mm);
  set_planes(params_, result.neck_whole, frame);
  result.trochanteric_whole = result.neck_whole && frame.shaft_in_view;
  result.shaft_whole = frame.shaft_in_view && lowest_mm >= frame.trochanter_end_mm + params_.shaft_mm - 1.0;
  if (!frame.shaft_in_view)
    result.doubts.push_back(
        fmt::format("no {:.0f} mm of shaft below the lesser trochanter: the outline ends {:.0f} mm below the "
                    "head's centre, and "
                    "the trochanteric region there",
                    params_.least_shaft_mm,
                    lowest_mm));
  else if (!result.shaft_whole)
    result.doubts.push_back(fmt::format("of {:.0f} mm of shaft {:.0f} mm are in the outline",
                                        params_.shaft_mm,
                                        lowest_mm - frame.trochanter_end_mm));
  for (std::size_t n = 0; n < femur.GetLargestPossibleRegion().GetNumberOfPixels(); ++n) {
    if (femur.GetBufferPointer()[n] == 0) continue;
    Mask::PointType p;
    femur.TransformIndexToPhysicalPoint(femur.ComputeIndex(static_cast<long>(n)), p);
    result.regions->GetBufferPointer()[n] = region_of({p[0], p[1], p[2]}, frame, params_.shaft_mm);
  }
  return result;
}

}  // namespace ledd
