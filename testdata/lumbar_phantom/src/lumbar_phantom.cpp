#include "ledd/lumbar_phantom/lumbar_phantom.h"

#include <fmt/core.h>

#include "make_truth.h"
#include "render.h"
#include "scene.h"

namespace ledd {

LumbarPhantom::LumbarPhantom(const Params& params) : params_(params) {
  Params::table().validate(params_);
  require(params_.stack.thickness_mm <= params_.stack.pitch_mm,
          Errc::kParam,
          fmt::format("stack.thickness_mm = {} mm must not exceed stack.pitch_mm = {} mm",
                      params_.stack.thickness_mm,
                      params_.stack.pitch_mm));
  (void)phantom::build_spine(params_.spine);
}

LumbarPhantom::Result LumbarPhantom::operator()(Context& context) const {
  const phantom::Scene scene(params_.spine);
  const phantom::Rendered rendered = phantom::render(scene, params_, context);
  return {rendered.image, rendered.labels, phantom::make_truth(scene)};
}

LumbarPhantom::Drawn LumbarPhantom::draw(Context& context) const {
  const phantom::Scene scene(params_.spine);
  return {phantom::render_labels(scene, params_, context), phantom::make_truth(scene)};
}

}  // namespace ledd
