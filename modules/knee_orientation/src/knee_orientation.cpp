#include "ledd/knee_orientation/knee_orientation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "ledd/core/error.h"

#include "two_knees.h"

namespace ledd {
namespace {

constexpr long kLeastSlices = 5;
constexpr double kLeastViewMm = 40.0;       // in each direction: less cannot show a knee joint
constexpr double kWidestOneKneeMm = 220.0;  // of tissue from left to right
constexpr double kSquareTolerance = 1.15;   // spacings nearer than this count as the same

double centre_left_mm(const Volume& v) {
  const auto size = v.GetLargestPossibleRegion().GetSize();
  itk::ContinuousIndex<double, 3> middle;
  for (unsigned a = 0; a < 3; ++a) middle[a] = 0.5 * (static_cast<double>(size[a]) - 1.0);
  Volume::PointType p;
  v.TransformContinuousIndexToPhysicalPoint(middle, p);
  return p[0];
}

double tilt_deg(const Volume& sagittal) {
  const double cosine = std::min(1.0, std::abs(sagittal.GetDirection()(0, 2)));
  return std::acos(cosine) * 180.0 / std::numbers::pi;
}

/// The slice axis is the one with the largest spacing. Axes P, I, R.
KneeOrientation::Plane plane_of(const Volume& sagittal) {
  using Plane = KneeOrientation::Plane;
  const auto s = sagittal.GetSpacing();
  const double most = std::max({s[0], s[1], s[2]}), least = std::min({s[0], s[1], s[2]});
  if (most <= kSquareTolerance * least) return Plane::kIsotropic;
  if (s[2] >= std::max(s[0], s[1])) return Plane::kSagittal;
  return s[0] >= s[1] ? Plane::kCoronal : Plane::kAxial;
}

std::string voxel_text(const Volume& v) {
  const auto s = v.GetSpacing();
  return fmt::format("{:.2f} x {:.2f} x {:.2f} mm (front-back, head-foot, left-right)", s[0], s[1], s[2]);
}

void require_size(const Volume& v) {
  const auto size = v.GetLargestPossibleRegion().GetSize();
  require(static_cast<long>(size[2]) >= kLeastSlices,
          Errc::kInput,
          fmt::format("{} slices from left to right; at least {} are needed", size[2], kLeastSlices));
  for (unsigned a = 0; a < 3; ++a) {
    const double view_mm = static_cast<double>(size[a]) * v.GetSpacing()[a];
    require(view_mm >= kLeastViewMm,
            Errc::kInput,
            fmt::format("the view is {:.0f} mm {}; a knee joint needs at least {:.0f} mm",
                        view_mm,
                        a == 0   ? "from front to back"
                        : a == 1 ? "from head to foot"
                                 : "from left to right",
                        kLeastViewMm));
  }
}

void require_resolution(const Volume& v,
                        const KneeOrientation::Params& params,
                        KneeOrientation::Result& result) {
  using Plane = KneeOrientation::Plane;
  const auto s = v.GetSpacing();
  if (result.plane == Plane::kSagittal) {
    require(
        std::max(s[0], s[1]) <= params.max_pixel_mm && s[2] <= params.max_slice_mm,
        Errc::kInput,
        fmt::format("voxels of {}; sagittal slices need pixels of at most {} mm and a slice distance of at "
                    "most {} mm",
                    voxel_text(v),
                    params.max_pixel_mm,
                    params.max_slice_mm));
    return;
  }
  const char* name = result.plane == Plane::kCoronal ? "coronal"
                     : result.plane == Plane::kAxial ? "axial"
                                                     : "isotropic";
  require(
      std::max({s[0], s[1], s[2]}) <= params.max_reformat_mm,
      Errc::kInput,
      fmt::format("{} slices with voxels of {}: sagittal slices can be taken from them only up to {} mm in "
                  "every direction; use a sagittal or an isotropic 3-D series",
                  name,
                  voxel_text(v),
                  params.max_reformat_mm));
  if (result.plane == Plane::kIsotropic) return;
  result.notes.push_back(
      fmt::format("{} slices, reformatted to sagittal ones (voxels of {})", name, voxel_text(v)));
}

void check_tilt(const KneeOrientation::Params& params, KneeOrientation::Result& result) {
  require(result.tilt_deg <= params.oblique_max_deg,
          Errc::kInput,
          fmt::format("the slices are tilted by {:.0f} degrees from sagittal; at most {:.0f} can be used",
                      result.tilt_deg,
                      params.oblique_max_deg));
  if (result.tilt_deg <= params.oblique_flag_deg) return;
  result.flagged = true;
  result.notes.push_back(
      fmt::format("the slices are tilted by {:.0f} degrees from sagittal", result.tilt_deg));
}

void add_knee(Volume::Pointer volume, bool one_of_two, Toward toward, KneeOrientation::Result& result) {
  KneeOrientation::Knee knee;
  knee.centre_left_mm = centre_left_mm(*volume);
  knee.sagittal = std::move(volume);
  knee.one_of_two = one_of_two;
  knee.toward = toward;
  result.knees.push_back(std::move(knee));
}

}  // namespace

const ParamTable<KneeOrientation::Params>& KneeOrientation::Params::table() {
  static const auto table =
      ParamTable<Params>()
          .add(&Params::max_reformat_mm,
               "max_reformat_mm",
               "mm",
               "Largest voxel edge of a volume not acquired in sagittal slices.",
               {0.2, 3})
          .add(&Params::max_pixel_mm, "max_pixel_mm", "mm", "Largest pixel of a sagittal slice.", {0.2, 2})
          .add(&Params::max_slice_mm, "max_slice_mm", "mm", "Largest distance of sagittal slices.", {0.2, 8})
          .add(&Params::oblique_flag_deg,
               "oblique_flag_deg",
               "deg",
               "Tilt of the slices from sagittal that is reported.",
               {0, 44})
          .add(&Params::oblique_max_deg,
               "oblique_max_deg",
               "deg",
               "Tilt of the slices from sagittal that is refused.",
               {0, 44});
  return table;
}

KneeOrientation::KneeOrientation(const Params& params) : params_(params) {
  Params::table().validate(params_);
}

KneeOrientation::Result KneeOrientation::operator()(const Volume& volume, Context& context) const {
  context.throw_if_cancelled();
  const auto sagittal = reorient(volume, {Toward::kPosterior, Toward::kInferior, Toward::kRight});
  require_size(*sagittal);
  Result result;
  result.plane = plane_of(*sagittal);
  result.tilt_deg = tilt_deg(*sagittal);
  check_tilt(params_, result);
  require_resolution(*sagittal, params_, result);
  const knee::Span span = knee::span_of(*sagittal);
  if (!span.valley) {
    require(span.width_mm <= kWidestOneKneeMm,
            Errc::kInput,
            fmt::format(
                "tissue over {:.0f} mm from left to right is too wide for one knee (at most {:.0f} mm), and "
                "no gap between two knees was found; crop the image to one knee",
                span.width_mm,
                kWidestOneKneeMm));
    add_knee(sagittal, false, Toward::kRight, result);
    return result;
  }
  const long count = static_cast<long>(sagittal->GetLargestPossibleRegion().GetSize(2));
  add_knee(knee::slices_of(*sagittal, *span.valley, count), true, Toward::kRight, result);
  add_knee(knee::slices_of(*sagittal, 0, *span.valley), true, Toward::kLeft, result);
  result.notes.push_back(fmt::format("two knees in one image, parted {:.0f} mm from its left side",
                                     static_cast<double>(*span.valley) * sagittal->GetSpacing()[2]));
  for (const Knee& knee : result.knees) require_size(*knee.sagittal);
  return result;
}

}  // namespace ledd
