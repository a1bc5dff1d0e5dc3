#pragma once
#include "ledd/anatomy/knee.h"
#include "ledd/core/params.h"

namespace ledd::knee_phantom {

enum class Sequence {
  kDess,       ///< Two echoes of one double-echo steady state, water excited.
  kMultiEcho,  ///< `echoes` spin echoes.
};

enum class Plane { kSagittal, kCoronal };

/// The person.
struct KneeParams {
  int seed = 1;  ///< Of the noise.
  anatomy::Side side = anatomy::Side::kRight;
  bool both = false;              ///< The other knee lies beside it, as a mirror image.
  double beside_table_mm = 90.0;  ///< Of the knee's middle from the table's middle, to its own side.
  double size_scale = 1.0;        ///< Of every length but the cartilages' thickness.
  double femoral_mm = 2.2, medial_mm = 1.8, lateral_mm = 2.3, patellar_mm = 2.8;  ///< Cartilage.
  double medial_loss_mm = 0.0;     ///< Taken off the medial tibial cartilage: a later visit.
  double denuded_radius_mm = 0.0;  ///< A bare disc in the middle of the medial tibial plateau.
  bool metal = false;              ///< A screw's void in the medial condyle.
  double turn_deg = 0.0, roll_deg = 0.0,
         tilt_deg = 0.0;  ///< The leg about the S, A and L axis; another pose.
  double shift_left_mm = 0.0, shift_posterior_mm = 0.0, shift_superior_mm = 0.0;
  static const ParamTable<KneeParams>& table();
};

/// The stack of slices; its centre is 10 mm above the joint line, between the condyles.
struct StackParams {
  Plane plane = Plane::kSagittal;
  int columns = 384, rows = 384, slices = 160;
  double pixel_mm = 0.365;
  double pitch_mm = 0.7;           ///< From slice centre to slice centre.
  double thickness_mm = 0.7;       ///< The gap is pitch - thickness.
  double turn_about_si_deg = 0.0;  ///< Obliquity: rotation about the superior axis.
  double turn_about_pa_deg = 0.0;  ///< Obliquity: rotation about the posterior axis, applied after the other.
  double offset_left_mm = 0.0, offset_posterior_mm = 0.0, offset_superior_mm = 10.0;
  static const ParamTable<StackParams>& table();
};

/// The scan.
struct ScanParams {
  Sequence sequence = Sequence::kDess;
  int echoes = 8;                ///< Of the multi-echo spin echo.
  double echo_spacing_ms = 6.3;  ///< Of the multi-echo spin echo; the first echo comes after one.
  double noise_percent = 1.5;    ///< SD of the complex noise, of the brightest tissue.
  double bias_strength = 0.4;    ///< 0 uniform; 1 falls to nothing at the coil's ends.
  bool laterality_tag = true;    ///< Of the DICOM files.
  static const ParamTable<ScanParams>& table();
};

struct Params {
  KneeParams knee;
  StackParams stack;
  ScanParams scan;
  static const ParamTable<Params>& table();
};

}  // namespace ledd::knee_phantom
