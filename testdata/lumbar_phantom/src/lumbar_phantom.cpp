#include "ledd/lumbar_phantom/lumbar_phantom.h"

#include <fmt/core.h>

#include <cmath>

#include "make_truth.h"
#include "render.h"
#include "scene.h"

namespace ledd {
namespace {

/// An axial stack through a disc gets its place and tilt from the spine.
LumbarPhantom::Params placed(LumbarPhantom::Params params) {
  auto& stack = params.stack;
  if (stack.through == phantom::Level::kNone) return params;
  const auto spine = phantom::build_spine(params.spine);
  const std::size_t k = spine.t8 + phantom::kFromT8ToT11 + static_cast<std::size_t>(stack.through) - 1;
  const phantom::Body &upper = spine.bodies[k], &lower = spine.bodies[k + 1];
  const phantom::Vec along = (upper.corner(true, false) - upper.corner(false, false)) +
                             (lower.corner(true, true) - lower.corner(false, true));
  stack.tilt_deg += std::atan2(along.z, -along.y) / phantom::kRadPerDeg;
  const phantom::Vec centre =
      0.5 * (upper.middle(false) + lower.middle(true)) + (-phantom::kBehindDiscMm) * unit(along);
  stack.offset_left_mm = centre.x;
  stack.offset_posterior_mm = centre.y;
  stack.offset_superior_mm = centre.z;
  stack.through = phantom::Level::kNone;
  return params;
}

phantom::Truth truth_of(const phantom::Scene& scene, const LumbarPhantom::Params& params) {
  phantom::Truth truth = phantom::make_truth(scene);
  if (params.muscle.drawn) truth.slices = phantom::slice_truth(scene, params.stack);
  return truth;
}

}  // namespace

LumbarPhantom::LumbarPhantom(const Params& params) : params_(params) {
  Params::table().validate(params_);
  require(params_.stack.plane == phantom::Plane::kAxial ||
              (params_.stack.through == phantom::Level::kNone && params_.stack.tilt_deg == 0.0),
          Errc::kParam,
          "stack.through and stack.tilt_deg belong to stack.plane = axial");
  require(params_.stack.thickness_mm <= params_.stack.pitch_mm,
          Errc::kParam,
          fmt::format("stack.thickness_mm = {} mm must not exceed stack.pitch_mm = {} mm",
                      params_.stack.thickness_mm,
                      params_.stack.pitch_mm));
  (void)phantom::build_spine(params_.spine);
}

LumbarPhantom::Result LumbarPhantom::operator()(Context& context) const {
  const phantom::Scene scene(params_.spine, params_.muscle);
  const Params params = placed(params_);
  const phantom::Rendered rendered = phantom::render(scene, params, context);
  return {rendered.image, rendered.labels, truth_of(scene, params)};
}

LumbarPhantom::Drawn LumbarPhantom::draw(Context& context) const {
  const phantom::Scene scene(params_.spine, params_.muscle);
  const Params params = placed(params_);
  return {phantom::render_labels(scene, params, context), truth_of(scene, params)};
}

}  // namespace ledd
