#pragma once
#include <array>

#include "ledd/lumbar_phantom/lumbar_phantom.h"
#include "ledd/spine_morphometry/spine_result.h"

namespace ledd::testing {

/// The bodies of a phantom as SpineMorphometry would find them without error.
inline SpineResult true_spine(const phantom::Truth& truth) {
  SpineResult spine;
  for (const auto& t : truth.bodies) {
    SpineResult::Body body;
    body.id = t.id;
    body.quality = Quality::kGood;
    body.frame.centre_lps_mm = t.centre_lps_mm;
    body.frame.superior = t.superior_normal_lps;
    body.as_lps_mm = t.as_lps_mm;
    body.ms_lps_mm = t.ms_lps_mm;
    body.ps_lps_mm = t.ps_lps_mm;
    body.ai_lps_mm = t.ai_lps_mm;
    body.mi_lps_mm = t.mi_lps_mm;
    body.pi_lps_mm = t.pi_lps_mm;
    body.width_mm = t.lr_mm - 4.0;  // at mid-height, where the body is narrower
    body.superior.measured = true;
    body.superior.normal = t.superior_normal_lps;
    body.superior.anterior_lps_mm = t.as_lps_mm;
    body.superior.posterior_lps_mm = t.ps_lps_mm;
    body.inferior.measured = true;
    for (std::size_t a = 0; a < 3; ++a) body.inferior.normal[a] = -t.inferior_normal_lps[a];
    body.inferior.anterior_lps_mm = t.ai_lps_mm;
    body.inferior.posterior_lps_mm = t.pi_lps_mm;
    spine.bodies.push_back(body);
  }
  return spine;
}

/// An axial slice or more through the disc below a vertebra.
inline phantom::Params axial_params(phantom::Level through, phantom::Contrast contrast) {
  phantom::Params p;
  p.muscle.drawn = true;
  p.stack.plane = phantom::Plane::kAxial;
  p.stack.through = through;
  p.stack.columns = 272;
  p.stack.rows = 216;
  p.stack.pixel_mm = 0.75;
  p.stack.slices = 1;
  p.stack.pitch_mm = 4.4;
  p.stack.thickness_mm = 4.0;
  p.scan.contrast = contrast;
  return p;
}

inline LumbarPhantom::Result drawn(const phantom::Params& params) {
  Context context({}, 2);
  return LumbarPhantom(params)(context);
}

inline const phantom::MuscleTruth& muscle_of(const phantom::SliceTruth& slice, std::uint16_t id) {
  for (const auto& m : slice.muscles)
    if (m.id == id) return m;
  throw Error(Errc::kInternal, "no such muscle in the slice");
}

}  // namespace ledd::testing
