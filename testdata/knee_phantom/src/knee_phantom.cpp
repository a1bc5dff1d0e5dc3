#include "ledd/knee_phantom/knee_phantom.h"

#include <fmt/format.h>

#include "make_truth.h"
#include "render.h"

namespace ledd {
namespace {

using namespace knee_phantom;  // NOLINT(google-build-using-namespace): the library's own

/// The gap between the beds, less 0.1 mm that must stay open.
void require_gap(const char* what, double first_mm, double second_mm, double gap_mm) {
  require(
      first_mm + second_mm <= gap_mm,
      Errc::kParam,
      fmt::format(
          "{}: {} mm and {} mm of cartilage do not fit into {:.2f} mm", what, first_mm, second_mm, gap_mm));
}

}  // namespace

KneePhantom::KneePhantom(const Params& params) : params_(params) {
  Params::table().validate(params_);
  const auto& k = params_.knee;
  require(params_.stack.thickness_mm <= params_.stack.pitch_mm,
          Errc::kParam,
          fmt::format("stack.thickness_mm = {} mm exceeds stack.pitch_mm = {} mm",
                      params_.stack.thickness_mm,
                      params_.stack.pitch_mm));
  require(k.medial_loss_mm < k.medial_mm,
          Errc::kParam,
          fmt::format("knee.medial_loss_mm = {} mm leaves nothing of {} mm", k.medial_loss_mm, k.medial_mm));
  require_gap("medial", k.femoral_mm, k.medial_mm, -kMedialTop * k.size_scale - 0.1);
  const double lateral_gap = kLateralCondyle.z - kLateralCondyle.radius - kLateralTop;
  require_gap("lateral", k.femoral_mm, k.lateral_mm, lateral_gap * k.size_scale - 0.1);
}

KneePhantom::Result KneePhantom::operator()(Context& context) const {
  const Scene scene(params_.knee);
  Result result;
  result.echoes = render(scene, params_, context);
  result.echo_times_ms = echo_times_ms(params_.scan);
  result.labels = render_labels(scene, params_, context);
  result.truth = make_truth(scene, params_);
  return result;
}

KneePhantom::Drawn KneePhantom::draw(Context& context) const {
  const Scene scene(params_.knee);
  return {render_labels(scene, params_, context), make_truth(scene, params_)};
}

}  // namespace ledd
