#pragma once
#include "ledd/core/params.h"
#include "ledd/lumbar_phantom/params.h"

namespace ledd::torso_phantom {

/// What of the trunk is in the scan.
enum class Region { kSpine, kHip, kBoth };
enum class Side { kNone, kRight, kLeft };
enum class Kernel { kStandard, kSharp };
/// The calibration phantom on the couch; in the order of known_phantoms().
enum class PadKind { kNone, kModel3, kQa, kBdc3, kBdc6, kQct3d, kBmas200, kOsteo };

/// The person: the spine's build and what is drawn in and around it.
struct BodyParams {
  double vbmd_l1_mg_cm3 = 120.0;   ///< Of the marrow of L1, in the mineral of the pad (K2HPO4 without one).
  double vbmd_fall_mg_cm3 = 5.0;   ///< Less per level downwards, more per level upwards.
  double hip_vbmd_mg_cm3 = 110.0;  ///< Of the marrow of neck and trochanter; the head has 1.6 of it.
  double texture_percent = 9.0;    ///< SD of the marrow's HU.
  double width_scale = 1.0;        ///< Of the trunk, not of the bones.
  double fat_mm = 16.0;            ///< Under the skin.
  double turn_deg = 0.0;           ///< About the head-foot axis; + the front goes to the patient's left.
  double tilt_deg = 0.0;           ///< About the left-right axis; + the head goes up, off the couch.
  double bend_deg = 0.0;           ///< About the front-back axis; + the head goes to the patient's left.
  bool contrast = false;           ///< Contrast medium in the vessels and kidneys.
  Side metal_hip = Side::kNone;    ///< A head and stem of metal, with streaks.
  bool screws = false;             ///< Pedicle screws in L4 and L5, with streaks.
  static const ParamTable<BodyParams>& table();
};

struct ScanParams {
  Region region = Region::kBoth;
  int columns = 256, rows = 256;
  int slices = 0;  ///< 0: as many as the region needs.
  double pixel_mm = 1.5;
  double pitch_mm = 3.0;
  double thickness_mm = 0.0;    ///< 0: the pitch.
  double centre_left_mm = 0.0;  ///< Of the image from the table's middle.
  double field_mm = 0.0;        ///< Diameter of the reconstructed disc; outside it -1024. 0: all.
  double sigma_hu = 1.40;       ///< HU = beta + sigma density.
  double beta_hu = 5.0;
  double noise_sd_hu = 12.0;
  double cupping_hu = 0.0;  ///< What the middle of the body is too low.
  double hardening = 0.0;   ///< HU - hardening HU^2 / 1000 for what is above water.
  double kvp = 120.0;       ///< As stated; the line is what it is.
  bool kvp_tag = true;      ///< In the DICOM header.
  Kernel kernel = Kernel::kStandard;
  int missing_slice = 0;  ///< Not written as DICOM, from 1; 0: none.
  bool couch = true;
  static const ParamTable<ScanParams>& table();
};

struct PadParams {
  PadKind kind = PadKind::kNone;
  double scale = 1.0;       ///< Of positions and diameter.
  double matrix_hu = 60.0;  ///< What the rods lie in.
  double turn_deg = 0.0, tilt_deg = 0.0, yaw_deg = 0.0;
  double shift_left_mm = 0.0;
  bool reversed = false;
  static const ParamTable<PadParams>& table();
};

struct Params {
  phantom::SpineParams spine;
  BodyParams body;
  ScanParams scan;
  PadParams pad;
  static const ParamTable<Params>& table();
};

}  // namespace ledd::torso_phantom
