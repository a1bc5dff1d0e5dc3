#include "ledd/knee_phantom/params.h"

namespace ledd::knee_phantom {

using anatomy::Side;

const ParamTable<KneeParams>& KneeParams::table() {
  using K = KneeParams;
  static const auto table =
      ParamTable<K>()
          .add(&K::seed, "seed", "1", "Chooses the noise.", {0, 1e9})
          .add(&K::side, "side", "Which knee.", {{"right", Side::kRight}, {"left", Side::kLeft}})
          .add(&K::both, "both", "The other knee beside it.")
          .add(&K::beside_table_mm, "beside_table_mm", "mm", "Distance from the table's middle.", {0, 200})
          .add(&K::size_scale, "size_scale", "1", "Scales all but the cartilages' thickness.", {0.8, 1.25})
          .add(&K::femoral_mm, "femoral_mm", "mm", "Thickness of the femoral cartilage.", {0.5, 4})
          .add(&K::medial_mm, "medial_mm", "mm", "Thickness of the medial tibial cartilage.", {0.5, 4})
          .add(&K::lateral_mm, "lateral_mm", "mm", "Thickness of the lateral tibial cartilage.", {0.5, 4})
          .add(&K::patellar_mm, "patellar_mm", "mm", "Thickness of the patellar cartilage.", {0.5, 4})
          .add(&K::medial_loss_mm, "medial_loss_mm", "mm", "Taken off the medial tibial cartilage.", {0, 3})
          .add(&K::denuded_radius_mm, "denuded_radius_mm", "mm", "Bare disc on the medial plateau.", {0, 10})
          .add(&K::metal, "metal", "A void as of metal in the medial condyle.")
          .add(&K::turn_deg, "turn_deg", "deg", "Turn of the leg about the superior axis.", {-30, 30})
          .add(&K::roll_deg, "roll_deg", "deg", "Turn of the leg about the anterior axis.", {-30, 30})
          .add(&K::tilt_deg, "tilt_deg", "deg", "Turn of the leg about the left axis.", {-30, 30})
          .add(&K::shift_left_mm, "shift_left_mm", "mm", "Shift of the leg.", {-50, 50})
          .add(&K::shift_posterior_mm, "shift_posterior_mm", "mm", "Shift of the leg.", {-50, 50})
          .add(&K::shift_superior_mm, "shift_superior_mm", "mm", "Shift of the leg.", {-200, 200});
  return table;
}

const ParamTable<StackParams>& StackParams::table() {
  using S = StackParams;
  static const auto table =
      ParamTable<S>()
          .add(&S::plane,
               "plane",
               "Of the slices.",
               {{"sagittal", Plane::kSagittal}, {"coronal", Plane::kCoronal}})
          .add(&S::columns, "columns", "1", "Pixels in a row.", {16, 1024})
          .add(&S::rows, "rows", "1", "Rows of a slice.", {16, 1024})
          .add(&S::slices, "slices", "1", "Slices.", {1, 512})
          .add(&S::pixel_mm, "pixel_mm", "mm", "Side of a pixel.", {0.2, 4})
          .add(&S::pitch_mm, "pitch_mm", "mm", "From slice centre to slice centre.", {0.2, 10})
          .add(&S::thickness_mm, "thickness_mm", "mm", "Of a slice.", {0.2, 10})
          .add(&S::turn_about_si_deg,
               "turn_about_si_deg",
               "deg",
               "Obliquity about the superior axis.",
               {-40, 40})
          .add(&S::turn_about_pa_deg,
               "turn_about_pa_deg",
               "deg",
               "Obliquity about the posterior axis.",
               {-40, 40})
          .add(&S::offset_left_mm, "offset_left_mm", "mm", "Of the stack's centre.", {-300, 300})
          .add(&S::offset_posterior_mm, "offset_posterior_mm", "mm", "Of the stack's centre.", {-300, 300})
          .add(&S::offset_superior_mm, "offset_superior_mm", "mm", "Of the stack's centre.", {-300, 300});
  return table;
}

const ParamTable<ScanParams>& ScanParams::table() {
  using S = ScanParams;
  static const auto table =
      ParamTable<S>()
          .add(&S::sequence,
               "sequence",
               "What is scanned.",
               {{"dess", Sequence::kDess}, {"mese", Sequence::kMultiEcho}})
          .add(&S::echoes, "echoes", "1", "Spin echoes.", {1, 32})
          .add(&S::echo_spacing_ms, "echo_spacing_ms", "ms", "Between spin echoes.", {1, 50})
          .add(&S::noise_percent, "noise_percent", "%", "SD of the noise, of the brightest tissue.", {0, 50})
          .add(&S::bias_strength, "bias_strength", "1", "Of the coil's fall-off.", {0, 1})
          .add(&S::laterality_tag, "laterality_tag", "DICOM files say which side it is.");
  return table;
}

const ParamTable<Params>& Params::table() {
  static const auto table = ParamTable<Params>()
                                .nest(&Params::knee, "knee")
                                .nest(&Params::stack, "stack")
                                .nest(&Params::scan, "scan");
  return table;
}

}  // namespace ledd::knee_phantom
