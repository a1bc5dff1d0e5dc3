#pragma once
#include <string>

#include "ledd/core/params.h"
#include "ledd/image/image.h"

namespace ledd::phantom {

/// A slab of a long bone as an HR-pQCT sees it: a tube of compact bone round a lattice of trabeculae.
///
/// The outline is a stadium (points nearer than `radius_mm` to a segment of `straight_mm`), so that a cortex
/// of one thickness has an exact inner outline. The axis of the bone is the third one. All lengths in mm,
/// densities in mg HA/cm3.
struct XctPhantom {
  enum class Lattice { kRods, kPlates, kNone };

  double radius_mm = 4.5, straight_mm = 3.0;
  double cortex_mm = 0.9;
  Lattice lattice = Lattice::kRods;
  double trabecula_mm = 0.25, period_mm = 0.9;  ///< Diameter or thickness, and from middle to middle.
  double tilt_rad = 0.3;                        ///< Of the lattice about two axes.
  int pores = 0;                                ///< Canals along the axis in the middle of the cortex.
  double pore_mm = 0.3;                         ///< Their diameter.
  bool marrow_opens = false;                    ///< One gap of 0.3 mm through the cortex, as of a vessel.
  double cortex_mg_per_cm3 = 950.0, trabecula_mg_per_cm3 = 800.0, marrow_mg_per_cm3 = 0.0,
         muscle_mg_per_cm3 = 40.0;
  double taper = 0.0;    ///< Growth of the outline's radius along the bone, mm for each mm; 0 in the middle.
  double warp_mm = 0.0;  ///< Bends the lattice, so that it does not repeat itself.
  /// The bone turned about the third, second, then first axis of the image through its middle, then shifted.
  double turn_x_deg = 0.0, turn_y_deg = 0.0, turn_z_deg = 0.0, shift_x_mm = 0.0, shift_y_mm = 0.0,
         shift_z_mm = 0.0;
  double margin_mm = 0.6;  ///< Of the image, around the untapered bone where it does not move.
  double voxel_mm = 0.0607;
  int slices = 40;
  double blur_mm = 0.05;  ///< SD of the scanner's point spread.
  double noise_mg_per_cm3 = 40.0;
  int seed = 1;
  static const ParamTable<XctPhantom>& table();
};

struct XctTruth {
  Volume::Pointer density_mg_per_cm3;
  Mask::Pointer periosteal;  ///< All within the outer outline.
  Mask::Pointer trabecular;  ///< All within the inner outline.
  Mask::Pointer bone;        ///< More than half of the voxel is bone.
  double tt_ar_mm2 = 0.0, tb_ar_mm2 = 0.0,
         ct_ar_mm2 = 0.0;   ///< Of the exact outlines without taper or turn; of the cortex with pores.
  double bone_share = 0.0;  ///< Of the volume within the inner outline, by points finer than the voxels.
  double pore_share = 0.0;  ///< Of the cortex, exact.
};

/// The same numbers for the same parameters, whatever the number of threads.
/// @throws Error{kParam}
XctTruth draw(const XctPhantom& phantom);

/// The bytes of an AIM file (V020, 16 bit) as the scanner's software writes it, with its density equation.
std::string as_aim(const Volume& density_mg_per_cm3);

}  // namespace ledd::phantom
