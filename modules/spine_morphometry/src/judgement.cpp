#include "judgement.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ledd/anatomy/anatomy.h"
#include "ledd/spine_morphometry/vec.h"

namespace ledd::spine {
namespace {

constexpr int kMinSlices = 3;  // fewer say nothing of the sides, and so of the body's axes
constexpr double kMinLargestPart = 0.95;
constexpr double kMinSoftPart = 0.8;
constexpr double kMinFill = 0.5;  // volume / (height * depth * width); 0.79 for an elliptic cylinder
constexpr double kMaxFill = 1.3;
constexpr double kMaxTurnDeg = 35.0;  // of the axes away from their first guess
constexpr double kMaxInPlaneMm = 2.0;
// From the middle of what is seen of a body to the centre of the outermost slice. Half of what lacks on a
// side moves that middle: of a body 46 mm wide at 18 mm, 10 mm lack and the middle is off by 5 mm.
constexpr double kSideClearMm = 18.0;
constexpr double kBorderClearMm = 20.0;  // S1 may be cut, but not so near to the middle of its endplate

double turn_deg(const SpineResult::Frame& a, const SpineResult::Frame& b) {
  const double trace = dot(a.left, b.left) + dot(a.posterior, b.posterior) + dot(a.superior, b.superior);
  return std::acos(std::clamp(0.5 * (trace - 1.0), -1.0, 1.0)) * 180.0 / M_PI;
}

/// A body that goes on beyond the stack is measured all the same where its middle is well inside: contours
/// come from near the middle, planes from 60 % of the width.
void judge_sides(const Surface& surface, const BodyFrame& frame, Verdict& verdict) {
  double clear_mm = kSideClearMm;
  for (const Point& p : surface.side_lps_mm)
    clear_mm = std::min(clear_mm, std::fabs(dot(sub(p, frame.frame.centre_lps_mm), frame.frame.left)));
  verdict.doubt(clear_mm < kSideClearMm,
                fmt::format("the first or last slice shows it {:.0f} mm from its middle; at least {:.0f} mm "
                            "on either side are needed",
                            clear_mm,
                            kSideClearMm));
}

}  // namespace

void Verdict::note(bool when, const std::string& reason, Quality quality) {
  if (!when) return;
  reason_ += (reason_.empty() ? "" : "; ") + reason;
  quality_ = std::max(quality_, quality);
}

void judge_surface(const Surface& surface, const Grid& grid, bool has_soft, Verdict& verdict) {
  verdict.fail(
      surface.slices < kMinSlices,
      fmt::format("labelled in {} sagittal slices; at least {} are needed", surface.slices, kMinSlices));
  verdict.fail(surface.id != anatomy::kS1 && !surface.border_lps_mm.empty(),
               "cut by the border of the image");
  verdict.doubt(surface.largest_part < kMinLargestPart,
                fmt::format("the label has separate parts; the largest, {:.0f} % of it, was measured",
                            100.0 * surface.largest_part));
  verdict.doubt(
      has_soft && surface.soft_fraction < kMinSoftPart,
      fmt::format("the probability has its surface elsewhere: only {:.0f} % of the boundary points agree",
                  100.0 * surface.soft_fraction));
  verdict.doubt(
      grid.in_plane_mm > kMaxInPlaneMm,
      fmt::format("voxels are {:.2f} mm long within the planes nearest to sagittal; at most {} mm allow "
                  "good heights",
                  grid.in_plane_mm,
                  kMaxInPlaneMm));
}

void judge_frame(const Surface& surface,
                 const BodyFrame& frame,
                 const SpineResult::Frame& guess,
                 Verdict& verdict) {
  judge_sides(surface, frame, verdict);
  const double turn = turn_deg(guess, frame.frame);
  verdict.doubt(!(turn <= kMaxTurnDeg),
                fmt::format("its axes are turned by {:.0f} degrees against the spine's curve", turn));
  if (surface.id == anatomy::kS1) {
    const Point endplate = to_lps(frame.frame, 0.0, 0.0, frame.superior.beta[0]);
    const bool near = std::any_of(surface.border_lps_mm.begin(),
                                  surface.border_lps_mm.end(),
                                  [&](const Point& p) { return norm(sub(p, endplate)) < kBorderClearMm; });
    verdict.doubt(near, "the superior endplate is near the border of the image");
    return;
  }
  const double fill = surface.volume_mm3 / (frame.height_mm * frame.depth_mm * frame.width_mm);
  verdict.doubt(
      !(fill >= kMinFill && fill <= kMaxFill),
      fmt::format("the label fills {:.0f} % of the box of its heights, depth and width: not a body alone",
                  100.0 * fill));
}

void judge_numbers(const SpineResult::Body& body, const SpineMorphometry::Params& params, Verdict& verdict) {
  verdict.doubt(
      body.slices < 2,
      fmt::format("{} slice within {} mm of the mid-sagittal plane", body.slices, params.half_slab_mm));
  verdict.doubt(!(body.residual_mm <= params.max_residual_mm),
                fmt::format("a contour departs by {:.2f} mm RMS from its smooth fit", body.residual_mm));
  if (body.id == anatomy::kS1) return;
  const double sd_mm = std::max({body.ha.slice_sd_mm, body.hm.slice_sd_mm, body.hp.slice_sd_mm});
  verdict.doubt(!(sd_mm <= params.max_slice_sd_mm),
                fmt::format("heights differ between slices by SD {:.2f} mm", sd_mm));
  const auto [low, high] = std::minmax({body.ha.value_mm, body.hm.value_mm, body.hp.value_mm});
  verdict.doubt(!(low >= params.min_height_mm && high <= params.max_height_mm),
                fmt::format("heights from {:.1f} to {:.1f} mm are outside {} to {} mm",
                            low,
                            high,
                            params.min_height_mm,
                            params.max_height_mm));
}

}  // namespace ledd::spine
