#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "ledd/core/context.h"
#include "ledd/ct_phantom/pad.h"
#include "ledd/density_calibration/calibration_phantom.h"
#include "ledd/image/image.h"
#include "ledd/torso_phantom/params.h"

namespace ledd {
namespace torso_phantom {

struct VertebraTruth {
  std::uint16_t id = 0;
  std::string name;
  Point centre_lps_mm{};                         ///< Half height, half depth, midline.
  Point centroid_lps_mm{};                       ///< Of the volume.
  double vbmd_mg_cm3 = 0.0;                      ///< Of the marrow, in Truth::mineral.
  double hu = 0.0;                               ///< What it reads, before cupping and hardening.
  double ha_mm = 0.0, hm_mm = 0.0, hp_mm = 0.0;  ///< In the midline plane.
  double ap_mm = 0.0, lr_mm = 0.0;               ///< At the endplates.
  double volume_mm3 = 0.0;                       ///< Of the body with its cortex; sampled every 0.5 mm.
  bool whole = false;                            ///< Wholly between the first and the last slice.
};

struct FemurTruth {
  std::uint16_t id = 0;   ///< 211 right, 212 left.
  Point head_lps_mm{};    ///< Centre of the head.
  Point neck_lps_mm{};    ///< Where the axes of neck and shaft meet.
  Point shaft_lps{};      ///< Unit vector down the shaft.
  Point lesser_lps_mm{};  ///< Tip of the lesser trochanter.
  double head_radius_mm = 0.0;
  double neck_shaft_deg = 0.0;
  double head_vbmd_mg_cm3 = 0.0, neck_vbmd_mg_cm3 = 0.0;  ///< Of the marrow; neck and trochanter alike.
  bool metal = false;
};

struct Truth {
  Mineral mineral = Mineral::kK2HPO4;
  double sigma_hu = 0.0, beta_hu = 0.0;    ///< HU = beta + sigma density.
  std::vector<VertebraTruth> vertebrae;    ///< Those of which something is in the scan, from the top.
  std::vector<FemurTruth> femora;          ///< Right, left; likewise.
  std::vector<ct_phantom::RodTruth> rods;  ///< In the order of the table.
};

}  // namespace torso_phantom

/// A CT of a lying person's trunk with spine, pelvis and femora, and the truth it was drawn from.
///
/// Method   Solids with soft edges, painted one over the other; bones have a shell of compact bone over a
///          marrow whose HU follow from its density by the scan's line, with a correlated texture of mean
///          zero. A slice is the mean of planes at most 1.5 mm apart through its thickness. White noise;
///          cupping as a paraboloid over the body.
/// Source   Sizes and places of the vertebral bodies: LumbarPhantom's, measured on healthy adults; the rest
///          by eye from CT.
/// Limits   Noise is white, streaks are schematic, the abdomen is a sketch. No osteophytes. The marrow of a
///          body has one density.
///
/// The frame: LPS mm, the centre of L3 at (0, -8, 0), further in front where the back is round; body and pad
/// as in CtPhantom.
class TorsoPhantom {
 public:
  using Params = torso_phantom::Params;
  struct Result {
    Volume::Pointer scan;    ///< HU, whole numbers; x to the left, y to the back, z upward.
    Labels::Pointer bodies;  ///< Vertebral bodies by Ledd's ids: a voxel's centre lies in the body.
    Labels::Pointer femora;  ///< 211 right, 212 left, likewise; without metal that replaces them.
    torso_phantom::Truth truth;
  };

  /// @throws Error{kParam}  a value out of range, or bodies that would overlap.
  explicit TorsoPhantom(const Params& params);
  TorsoPhantom() : TorsoPhantom(Params{}) {}

  /// The same bytes for any number of threads.
  Result operator()(Context& context) const;

 private:
  Params params_;
};

namespace torso_phantom {

/// Writes one series of CT Image Storage, a file per slice.
/// @throws Error{kCreate, kIo}  a folder or file cannot be written.
void write_dicom(const TorsoPhantom::Result& result,
                 const Params& params,
                 const std::filesystem::path& folder);

/// The truth as JSON, indented; keys are the field names of Truth.
std::string to_json(const Truth& truth);

}  // namespace torso_phantom
}  // namespace ledd
