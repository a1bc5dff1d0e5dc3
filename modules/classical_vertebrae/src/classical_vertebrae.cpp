#include "ledd/classical_vertebrae/classical_vertebrae.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledd/core/error.h"

#include "column.h"
#include "outline.h"
#include "place.h"
#include "slices.h"
#include "trust.h"
#include "walls.h"

namespace ledd {
namespace {

using namespace classical;  // NOLINT(google-build-using-namespace): the module's own

constexpr double kMinInPlaneMm = 0.2, kMaxInPlaneMm = 2.0, kLeastMm = 60.0;

std::array<Toward, 3> sagittal_axes(const Volume& image) {
  for (const Toward t : axes_of(image))
    if (t == Toward::kLeft || t == Toward::kRight) return {Toward::kPosterior, Toward::kInferior, t};
  throw Error(Errc::kInput, "the image has no left-right axis");
}

void require_sagittal(const Volume& turned) {
  const auto s = turned.GetSpacing();
  const auto n = turned.GetLargestPossibleRegion().GetSize();
  for (const unsigned a : {0U, 1U}) {
    require(s[a] >= kMinInPlaneMm && s[a] <= kMaxInPlaneMm,
            Errc::kInput,
            fmt::format("pixels of {:.2f} by {:.2f} mm in the sagittal plane; {} to {} mm are needed",
                        s[0],
                        s[1],
                        kMinInPlaneMm,
                        kMaxInPlaneMm));
    require(static_cast<double>(n[a]) * s[a] >= kLeastMm,
            Errc::kInput,
            fmt::format("the sagittal field of view is {:.0f} by {:.0f} mm; at least {:.0f} mm are needed",
                        static_cast<double>(n[0]) * s[0],
                        static_cast<double>(n[1]) * s[1],
                        kLeastMm));
  }
}

}  // namespace

const ParamTable<ClassicalVertebrae::Params>& ClassicalVertebrae::Params::table() {
  static const auto table =
      ParamTable<Params>()
          .add(&Params::min_bodies, "min_bodies", "", "A shorter row is not taken for a spine.", {3, 24})
          .add(&Params::min_score,
               "min_score",
               "",
               "Mean gradient across the borders of a row, in local mean gradients, below which it is "
               "refused.",
               {0, 10})
          .add(&Params::min_likeness,
               "min_likeness",
               "",
               "Mean correlation of neighbours in a row below which it is refused.",
               {-1, 1})
          .add(&Params::max_unevenness,
               "max_unevenness",
               "",
               "Difference of the front and the back third of the bodies, over the contrast at their "
               "endplates, "
               "above which a row is refused.",
               {0, 10})
          .add(&Params::width_to_depth,
               "width_to_depth",
               "",
               "Width of a body, left to right, over its depth, front to back.",
               {0.5, 3})
          .add(&Params::endplate_rim_mm,
               "endplate_rim_mm",
               "mm",
               "From the steepest place of an endplate to where readers draw it, outwards.",
               {-4, 4})
          .add(&Params::wall_rim_mm,
               "wall_rim_mm",
               "mm",
               "The same for the front and the back wall.",
               {-4, 4});
  return table;
}

ClassicalVertebrae::ClassicalVertebrae(const Params& params) : params_(params) {
  Params::table().validate(params_);
}

ClassicalVertebrae::Result ClassicalVertebrae::operator()(const Volume& flat, Context& context) const {
  const auto source_axes = axes_of(flat);
  const auto turned = reorient(flat, sagittal_axes(flat));
  require_sagittal(*turned);
  const Slices slices = slices_of(*turned);
  Column column = find_column(slices);
  settle_walls(slices, column);
  context.throw_if_cancelled();
  Result result;
  result.score = column.score;
  result.likeness = column.likeness;
  result.reason = doubt_of(column, params_);
  if (!result.reason.empty()) return result;
  const auto outlines = outline_bodies(slices, column, params_.width_to_depth);
  result.unevenness = unevenness_of(slices, outlines, column.polarity);
  result.reason = doubt_of(result.unevenness, params_);
  if (!result.reason.empty()) return result;
  place(*turned, outlines, {params_.endplate_rim_mm, params_.wall_rim_mm}, result);
  for (std::size_t n = 0; n < result.bodies.size(); ++n)
    result.bodies[n].confidence = std::clamp(0.5 * column.boxes[n].score / params_.min_score, 0.0, 1.0);
  result.instances = reorient(*result.instances, source_axes);
  result.body_probability = reorient(*result.body_probability, source_axes);
  return result;
}

}  // namespace ledd
