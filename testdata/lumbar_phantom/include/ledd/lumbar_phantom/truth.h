#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace ledd::phantom {

using Point3 = std::array<double, 3>;

/// Thickness of the bodies' cortex, which gives no signal. It counts to the body.
inline constexpr double kCortexMm = 0.8;

/// A vertebral body. Corners are where the endplates meet the walls before the edges are rounded.
struct BodyTruth {
  std::uint16_t id = 0;
  std::string name;
  double ha_mm = 0, hm_mm = 0, hp_mm = 0;  ///< |As-Ai|, |Ms-Mi| at half depth, |Ps-Pi|, in the midline plane.
  double ap_superior_mm = 0, ap_middle_mm = 0, ap_inferior_mm = 0;  ///< |As-Ps|, at half height, |Ai-Pi|.
  double lr_mm = 0;                                                 ///< Greatest width, at the endplates.
  double volume_mm3 = 0;
  Point3 centre_lps_mm{};                     ///< Half height, half depth, midline.
  Point3 centroid_lps_mm{};                   ///< Of the volume.
  double tilt_deg = 0;                        ///< Of the mid-body plane in the sagittal plane; + anterior up.
  double superior_deg = 0, inferior_deg = 0;  ///< Of the endplate chords As-Ps, Ai-Pi, likewise.
  double coronal_deg = 0;                     ///< Of the mid-body plane in the coronal plane; + left up.
  Point3 superior_normal_lps{}, inferior_normal_lps{};  ///< Both point out of the body.
  Point3 as_lps_mm{}, ps_lps_mm{}, ai_lps_mm{}, pi_lps_mm{}, ms_lps_mm{}, mi_lps_mm{};
};

/// A disc, between the facing endplates in the midline plane, along the normal of their bisector.
struct DiscTruth {
  std::uint16_t id = 0;
  std::string name;
  double ha_mm = 0, hm_mm = 0, hp_mm = 0;  ///< Between corners, between mid points, between corners.
  double angle_deg = 0;                    ///< Between the facing endplate chords; + open in front.
};

/// A vertebra on the one below.
struct SlipTruth {
  std::uint16_t id = 0;  ///< The upper.
  std::string name;
  double slip_mm =
      0;  ///< Pi of the upper minus Ps of the lower, along the lower's superior endplate; + forward.
  double slip_percent = 0;  ///< Of that endplate's length.
};

/// The dural sac at the middle of a vertebral body, perpendicular to its own course.
struct CanalTruth {
  std::uint16_t id = 0;
  std::string name;
  double ap_mm = 0;
  double lr_mm = 0;
};

/// A muscle where a slice cuts it. Fat is the share of fat tissue; the water-fat fraction that of the signal
/// of a Dixon pair without any weighting.
struct MuscleTruth {
  std::uint16_t id = 0;
  double csa_mm2 = 0, fat_percent = 0, fat_fraction_percent = 0;
};

/// The middle plane of one slice; kept when the muscles are drawn.
struct SliceTruth {
  std::vector<MuscleTruth> muscles;  ///< By id; only those in the slice.
  double sac_csa_mm2 = 0;            ///< In the plane of the slice.
  double sac_ap_mm = 0;              ///< Along the columns, mean over 3 mm about the sac's middle.
};

struct Truth {
  std::vector<BodyTruth> bodies;  ///< T8 (or C3) to S1, from the top.
  std::vector<DiscTruth> discs;
  std::vector<SlipTruth> slips;
  std::vector<CanalTruth> canal;
  double lordosis_l1_s1_deg = 0;      ///< L1 superior to S1 superior endplate.
  double lordosis_l1_l5_deg = 0;      ///< L1 superior to L5 inferior endplate.
  double lordosis_mid_l1_l5_deg = 0;  ///< Between the mid-body planes of L1 and L5.
  std::vector<SliceTruth> slices;     ///< In the order of the stack.
  double scoliosis_deg = 0;           ///< Coronal angle between the mid-body planes of T12 and L4.
};

}  // namespace ledd::phantom
