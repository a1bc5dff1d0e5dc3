#include "ledd/torso_phantom/params.h"

namespace ledd::torso_phantom {

const ParamTable<BodyParams>& BodyParams::table() {
  using P = BodyParams;
  static const auto table =
      ParamTable<P>()
          .add(&P::vbmd_l1_mg_cm3, "vbmd_l1_mg_cm3", "mg/cm3", "Density of the marrow of L1.", {-50, 400})
          .add(&P::vbmd_fall_mg_cm3, "vbmd_fall_mg_cm3", "mg/cm3", "Less per level downwards.", {-20, 20})
          .add(&P::hip_vbmd_mg_cm3,
               "hip_vbmd_mg_cm3",
               "mg/cm3",
               "Density of the marrow of neck and trochanter; the head has 1.6 of it.",
               {-50, 300})
          .add(&P::texture_percent, "texture_percent", "%", "SD of the marrow's HU.", {0, 40})
          .add(&P::width_scale, "width_scale", "1", "Scales the trunk, not the bones.", {0.9, 1.25})
          .add(&P::fat_mm, "fat_mm", "mm", "Fat under the skin.", {5, 40})
          .add(&P::turn_deg, "turn_deg", "deg", "Turns the person about the head-foot axis.", {-30, 30})
          .add(&P::tilt_deg, "tilt_deg", "deg", "Tilts the person about the left-right axis.", {-20, 20})
          .add(&P::bend_deg, "bend_deg", "deg", "Turns the person about the front-back axis.", {-20, 20})
          .add(&P::contrast, "contrast", "Contrast medium in vessels and kidneys.")
          .add(&P::metal_hip,
               "metal_hip",
               "A hip of metal.",
               {{"none", Side::kNone}, {"right", Side::kRight}, {"left", Side::kLeft}})
          .add(&P::screws, "screws", "Pedicle screws in L4 and L5.");
  return table;
}

const ParamTable<ScanParams>& ScanParams::table() {
  using P = ScanParams;
  static const auto table =
      ParamTable<P>()
          .add(&P::region,
               "region",
               "What is in the scan.",
               {{"spine", Region::kSpine}, {"hip", Region::kHip}, {"both", Region::kBoth}})
          .add(&P::columns, "columns", "1", "Columns.", {16, 512})
          .add(&P::rows, "rows", "1", "Rows.", {16, 512})
          .add(&P::slices, "slices", "1", "Slices; 0: as many as the region needs.", {0, 1000})
          .add(&P::pixel_mm, "pixel_mm", "mm", "Size of a pixel.", {0.3, 10})
          .add(&P::pitch_mm, "pitch_mm", "mm", "From slice to slice.", {0.4, 10})
          .add(&P::thickness_mm, "thickness_mm", "mm", "Of a slice; 0: the pitch.", {0, 10})
          .add(&P::centre_left_mm,
               "centre_left_mm",
               "mm",
               "Of the image from the table's middle.",
               {-200, 200})
          .add(&P::field_mm, "field_mm", "mm", "Diameter of the reconstructed disc; 0: all.", {0, 700})
          .add(&P::sigma_hu, "sigma_hu", "HU cm3/mg", "Slope of the scanner's line.", {0.5, 3})
          .add(&P::beta_hu, "beta_hu", "HU", "Intercept of the scanner's line.", {-100, 100})
          .add(&P::noise_sd_hu, "noise_sd_hu", "HU", "SD of the noise.", {0, 200})
          .add(&P::cupping_hu, "cupping_hu", "HU", "What the middle of the body is too low.", {-100, 100})
          .add(&P::hardening, "hardening", "1/1000 HU", "HU - hardening HU^2 / 1000 above water.", {0, 0.15})
          .add(&P::kvp, "kvp", "kV", "As the header states it.", {60, 150})
          .add(&P::kvp_tag, "kvp_tag", "The header states the voltage.")
          .add(&P::kernel,
               "kernel",
               "Of the reconstruction.",
               {{"standard", Kernel::kStandard}, {"sharp", Kernel::kSharp}})
          .add(&P::missing_slice, "missing_slice", "1", "Slice that is not written; 0: none.", {0, 1000})
          .add(&P::couch, "couch", "A couch under the person.");
  return table;
}

const ParamTable<PadParams>& PadParams::table() {
  using P = PadParams;
  static const auto table =
      ParamTable<P>()
          .add(&P::kind,
               "kind",
               "Calibration phantom.",
               {{"none", PadKind::kNone},
                {"model3", PadKind::kModel3},
                {"qa", PadKind::kQa},
                {"bdc3", PadKind::kBdc3},
                {"bdc6", PadKind::kBdc6},
                {"qct3d", PadKind::kQct3d},
                {"bmas200", PadKind::kBmas200},
                {"osteo", PadKind::kOsteo}})
          .add(&P::scale, "scale", "1", "Of positions and diameter.", {0.5, 2})
          .add(&P::matrix_hu, "matrix_hu", "HU", "What the rods lie in.", {-200, 400})
          .add(&P::turn_deg, "turn_deg", "deg", "About the head-foot axis.", {-30, 30})
          .add(&P::tilt_deg, "tilt_deg", "deg", "About the left-right axis.", {-30, 30})
          .add(&P::yaw_deg, "yaw_deg", "deg", "About the front-back axis.", {-30, 30})
          .add(&P::shift_left_mm, "shift_left_mm", "mm", "From the table's middle.", {-150, 150})
          .add(&P::reversed, "reversed", "Laid the other way round.");
  return table;
}

const ParamTable<Params>& Params::table() {
  static const auto table = ParamTable<Params>()
                                .nest(&Params::spine, "spine")
                                .nest(&Params::body, "body")
                                .nest(&Params::scan, "scan")
                                .nest(&Params::pad, "pad");
  return table;
}

}  // namespace ledd::torso_phantom
