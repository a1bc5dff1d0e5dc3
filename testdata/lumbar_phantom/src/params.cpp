#include "ledd/lumbar_phantom/params.h"

#include <string>
#include <utility>
#include <vector>

namespace ledd::phantom {
namespace {

std::vector<std::pair<std::string, Level>> levels() {
  return {{"none", Level::kNone},
          {"T11", Level::kT11},
          {"T12", Level::kT12},
          {"L1", Level::kL1},
          {"L2", Level::kL2},
          {"L3", Level::kL3},
          {"L4", Level::kL4},
          {"L5", Level::kL5}};
}

}  // namespace

const ParamTable<SpineParams>& SpineParams::table() {
  using P = SpineParams;
  static const auto table =
      ParamTable<P>()
          .add(&P::seed, "seed", "1", "Chooses the build of the person, the texture and the noise.", {0, 1e9})
          .add(&P::variation,
               "variation",
               "1",
               "Spread around the norm, in standard deviations; 0 gives the norm.",
               {0, 2})
          .add(&P::size_scale, "size_scale", "1", "Scales every length of the spine.", {0.8, 1.2})
          .add(&P::lordosis_scale, "lordosis_scale", "1", "Scales every sagittal tilt.", {0.2, 1.5})
          .add(&P::scoliosis_deg,
               "scoliosis_deg",
               "deg",
               "Cobb angle between T12 and L4 in the coronal plane.",
               {-60, 60})
          .add(&P::rotation_deg,
               "rotation_deg",
               "deg",
               "Turn of L2 about its own axis, dying away to T10 and L5.",
               {-40, 40})
          .add(&P::top,
               "top",
               "The uppermost vertebra; C3 draws chest and neck as well.",
               {{"T8", Top::kT8}, {"C3", Top::kC3}})
          .add(&P::fracture_level, "fracture_level", "The broken vertebra.", levels())
          .add(&P::fracture_type,
               "fracture_type",
               "How the broken vertebra has lost height.",
               {{"wedge", Deformity::kWedge},
                {"biconcave", Deformity::kBiconcave},
                {"crush", Deformity::kCrush}})
          .add(&P::fracture_loss_percent,
               "fracture_loss_percent",
               "%",
               "Height loss at the lowest point.",
               {0, 60})
          .add(&P::slip_level, "slip_level", "The vertebra that slips on the one below.", levels())
          .add(&P::slip_mm, "slip_mm", "mm", "How far it slips, forward positive.", {-12, 16})
          .add(&P::collapsed_disc,
               "collapsed_disc",
               "The disc below this vertebra is collapsed and dark.",
               levels())
          .add(
              &P::disc_loss_percent, "disc_loss_percent", "%", "Loss of that disc's middle height.", {0, 75});
  return table;
}

const ParamTable<MuscleParams>& MuscleParams::table() {
  using P = MuscleParams;
  static const auto table =
      ParamTable<P>()
          .add(&P::drawn, "drawn", "Draw the muscles as compartments with labels.")
          .add(&P::multifidus_fat_percent, "multifidus_fat_percent", "%", "Fat in multifidus.", {0, 80})
          .add(&P::erector_fat_percent, "erector_fat_percent", "%", "Fat in erector spinae.", {0, 80})
          .add(&P::psoas_fat_percent, "psoas_fat_percent", "%", "Fat in psoas.", {0, 80})
          .add(&P::left_size, "left_size", "1", "Scales the left muscles' width.", {0.6, 1.2})
          .add(&P::septum_mm, "septum_mm", "mm", "Fat between multifidus and erector spinae.", {0, 5});
  return table;
}

const ParamTable<StackParams>& StackParams::table() {
  using P = StackParams;
  static const auto table =
      ParamTable<P>()
          .add(&P::plane,
               "plane",
               "How the slices lie.",
               {{"sagittal", Plane::kSagittal}, {"axial", Plane::kAxial}})
          .add(&P::through,
               "through",
               "Axial: through the disc below this vertebra, tilted with it; the offsets are not used then.",
               levels())
          .add(&P::tilt_deg, "tilt_deg", "deg", "Axial: rotation about the left axis, + front up.", {-60, 60})
          .add(&P::columns, "columns", "1", "Pixels along a row.", {8, 2048})
          .add(&P::rows, "rows", "1", "Rows.", {8, 2048})
          .add(&P::pixel_mm, "pixel_mm", "mm", "Pixel spacing, both ways.", {0.2, 5})
          .add(&P::slices, "slices", "1", "Slices.", {1, 400})
          .add(&P::pitch_mm, "pitch_mm", "mm", "From slice centre to slice centre.", {0.2, 20})
          .add(&P::thickness_mm,
               "thickness_mm",
               "mm",
               "Slice thickness; pitch minus thickness is the gap.",
               {0.2, 20})
          .add(&P::turn_about_si_deg,
               "turn_about_si_deg",
               "deg",
               "Turns the stack about the superior axis.",
               {-40, 40})
          .add(&P::turn_about_pa_deg,
               "turn_about_pa_deg",
               "deg",
               "Then turns it about the posterior axis.",
               {-40, 40})
          .add(&P::offset_left_mm,
               "offset_left_mm",
               "mm",
               "The stack's centre from the centre of L3, leftwards.",
               {-200, 200})
          .add(&P::offset_posterior_mm, "offset_posterior_mm", "mm", "The same, backwards.", {-200, 200})
          .add(&P::offset_superior_mm,
               "offset_superior_mm",
               "mm",
               "The same, upwards; 90 leaves the sacrum out of view.",
               {-300, 600});
  return table;
}

const ParamTable<ScanParams>& ScanParams::table() {
  using P = ScanParams;
  static const auto table =
      ParamTable<P>()
          .add(&P::contrast,
               "contrast",
               "Weighting: T1 and T2 spin echo, short-tau inversion recovery, or one part of a Dixon pair.",
               {{"t1", Contrast::kT1},
                {"t2", Contrast::kT2},
                {"stir", Contrast::kStir},
                {"water", Contrast::kWater},
                {"fat", Contrast::kFat}})
          .add(&P::tr_ms,
               "tr_ms",
               "ms",
               "Repetition time; 0 takes 550, 4000 or 4500 for t1, t2, stir.",
               {0, 20000})
          .add(&P::te_ms, "te_ms", "ms", "Echo time; 0 takes 11, 100 or 60.", {0, 500})
          .add(&P::ti_ms,
               "ti_ms",
               "ms",
               "Inversion time; 0 takes 170 for stir, none for the others.",
               {0, 5000})
          .add(&P::noise_percent,
               "noise_percent",
               "%",
               "SD of the complex noise, of the brightest tissue at L3.",
               {0, 50})
          .add(&P::bias_strength,
               "bias_strength",
               "1",
               "0 a uniform coil, 1 a bare surface coil on the back.",
               {0, 1})
          .add(&P::chemical_shift_px,
               "chemical_shift_px",
               "px",
               "Shift of fat along the rows, backwards.",
               {-5, 5});
  return table;
}

const ParamTable<Params>& Params::table() {
  static const auto table = ParamTable<Params>()
                                .nest(&Params::spine, "spine")
                                .nest(&Params::muscle, "muscle")
                                .nest(&Params::stack, "stack")
                                .nest(&Params::scan, "scan");
  return table;
}

}  // namespace ledd::phantom
