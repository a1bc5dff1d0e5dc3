#include "ledd/vertebral_deformity/vertebral_deformity.h"

namespace ledd {

const ParamTable<VertebralDeformity::Params>& VertebralDeformity::Params::table() {
  static const auto table = ParamTable<Params>()
                                .add(&Params::half_slab_mm,
                                     "half_slab_mm",
                                     "mm",
                                     "Slices up to this far from the mid-sagittal plane count.",
                                     {1.0, 20.0})
                                .add(&Params::min_loss_percent,
                                     "min_loss_percent",
                                     "%",
                                     "Smaller losses are no deformity; also where grade 1 begins.",
                                     {5.0, 25.0})
                                .add(&Params::alarm_sd,
                                     "alarm_sd",
                                     "1",
                                     "A deformity lies at least so many SD below the norm.",
                                     {0.0, 10.0});
  return table;
}

VertebralDeformity::VertebralDeformity(const Params& params) : params_(params) {
  Params::table().validate(params);
}

}  // namespace ledd
