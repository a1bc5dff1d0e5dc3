#pragma once
#include "ledd/core/params.h"

namespace ledd::phantom {

/// A vertebra by name, or none.
enum class Level { kNone, kT11, kT12, kL1, kL2, kL3, kL4, kL5 };

/// How a broken body has lost height (Genant 1993).
enum class Deformity {
  kWedge,      ///< The anterior height; the middle loses half as much.
  kBiconcave,  ///< The middle height.
  kCrush,      ///< All heights.
};

/// The uppermost vertebra that is drawn.
enum class Top { kT8, kC3 };

enum class Contrast { kT1, kT2, kStir, kWater, kFat };

enum class Plane { kSagittal, kAxial };

/// The person.
struct SpineParams {
  int seed = 1;                 ///< Build of the person, texture and noise.
  double variation = 1.0;       ///< Spread around the norm, in standard deviations of a healthy population.
  double size_scale = 1.0;      ///< Scales every length of the spine.
  double lordosis_scale = 1.0;  ///< Scales every tilt in the sagittal plane.
  double scoliosis_deg = 0.0;   ///< Cobb angle T12-L4 in the coronal plane.
  double rotation_deg =
      0.0;             ///< Turn of L2, the apex of that bend, about its own axis; + anterior to the left.
  Top top = Top::kT8;  ///< With C3, chest and neck are drawn as well.
  Level fracture_level = Level::kNone;
  Deformity fracture_type = Deformity::kWedge;
  double fracture_loss_percent = 30.0;  ///< Of the height the body had before.
  Level slip_level = Level::kNone;      ///< The vertebra that slips on the one below.
  double slip_mm = 6.0;                 ///< + forward.
  Level collapsed_disc = Level::kNone;  ///< The disc below this vertebra.
  double disc_loss_percent = 60.0;      ///< Of the disc's middle height.
  static const ParamTable<SpineParams>& table();
};

/// The muscles beside the spine as compartments with borders, labels and a truth of their own.
struct MuscleParams {
  bool drawn = false;  ///< false: one sheet of muscle without borders, which bears no label.
  double multifidus_fat_percent = 20.0;  ///< Share of the compartment that streaks of fat take, about.
  double erector_fat_percent = 12.0;
  double psoas_fat_percent = 4.0;
  double left_size = 1.0;  ///< Scales the left muscles' width.
  double septum_mm = 1.4;  ///< Fat between multifidus and erector spinae.
  static const ParamTable<MuscleParams>& table();
};

/// The stack of slices.
struct StackParams {
  Plane plane = Plane::kSagittal;
  /// Puts an axial stack through the disc below this vertebra, tilted with it, and behind the disc's centre
  /// by kBehindDiscMm; the offsets are not used then.
  Level through = Level::kNone;
  double tilt_deg =
      0.0;  ///< Of an axial stack: rotation about the left axis, + front up; added to the disc's.
  int columns = 384;
  int rows = 384;
  double pixel_mm = 0.8;
  int slices = 15;
  double pitch_mm = 4.4;           ///< From slice centre to slice centre.
  double thickness_mm = 4.0;       ///< The gap is pitch - thickness.
  double turn_about_si_deg = 0.0;  ///< Obliquity: rotation about the superior axis.
  double turn_about_pa_deg = 0.0;  ///< Obliquity: rotation about the posterior axis, applied after the other.
  double offset_left_mm = 0.0;     ///< Of the stack's centre from the centre of L3.
  double offset_posterior_mm = -10.0;
  double offset_superior_mm = -15.0;
  static const ParamTable<StackParams>& table();
};

/// The scan.
struct ScanParams {
  Contrast contrast = Contrast::kT2;
  double tr_ms = 0.0;  ///< 0: the contrast's own.
  double te_ms = 0.0;
  double ti_ms = 0.0;
  double noise_percent = 1.5;      ///< SD of the complex noise, of the brightest tissue at L3.
  double bias_strength = 0.6;      ///< 0 uniform, 1 a bare surface coil.
  double chemical_shift_px = 1.0;  ///< Of fat along the rows, towards posterior.
  static const ParamTable<ScanParams>& table();
};

inline constexpr double kBehindDiscMm = 30.0;

struct Params {
  SpineParams spine;
  StackParams stack;
  ScanParams scan;
  MuscleParams muscle;
  static const ParamTable<Params>& table();
};

}  // namespace ledd::phantom
