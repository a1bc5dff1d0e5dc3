#pragma once
#include <string>
#include <vector>

#include "ledd/bone_compartments/bone_compartments.h"
#include "ledd/core/context.h"
#include "ledd/core/params.h"
#include "ledd/cortical_structure/cortical_structure.h"
#include "ledd/density_registration/density_registration.h"
#include "ledd/image/image.h"
#include "ledd/measurement/outcome.h"

namespace ledd {

/// One visit of a bone. Not owned.
struct BoneVisit {
  const Volume* density = nullptr;  ///< mg HA/cm3, in the bone and around it; 0 elsewhere.
  const Labels* labels = nullptr;   ///< 221 and 222, on the same grid.
};

/// Change of density and structure between two scans of one bone, in the region that both show.
///
/// Method   DensityRegistration finds how the bone lay at the follow-up. The common region: slices of the
///          baseline whose whole bone both images show (the longest run), and in them what is within both
///          outer outlines; an outline may differ by `rim_vox` without loss. Each visit is measured on its
///          own grid and in its own compartments: the region is carried over, no density is resampled.
///          Thickness and separation are those of the whole bone, averaged in the region. Areas are volumes
///          over the region's length, across the baseline's axis.
/// Source   MacNeil, Boyd, Med Eng Phys 30:792, 2008; Ellouz et al., Bone 63:147, 2014 (rigid registration).
/// Limits   Those of DensityRegistration. Bone that grew outwards by more than `rim_vox` is left out.
class BoneChange {
 public:
  struct Params {
    DensityRegistration::Params registration{};
    CorticalStructure::Params cortex{};
    double bone_sigma_vox = BoneCompartments::Params{}.bone_sigma_vox;
    double trabecular_mg_per_cm3 = BoneCompartments::Params{}.trabecular_mg_per_cm3;
    double cortical_mg_per_cm3 = BoneCompartments::Params{}.cortical_mg_per_cm3;
    double rim_vox = 1.0;
    double min_common_percent = 30.0;  ///< Of the baseline's bone.
    double min_correlation = 0.8;
    double min_trabecular_correlation = 0.5;
    double min_texture_mg_per_cm3 = 40.0;
    static const ParamTable<Params>& table();
  };

  struct Result {
    Outcome outcome;  ///< Labels: the baseline's in the common region; map "difference".
    DensityRegistration::Result registration;
    double common_percent = 0.0, length_mm = 0.0;
  };

  explicit BoneChange(const Params& params);  ///< @throws Error{kParam}
  BoneChange() : BoneChange(Params{}) {}

  /// @throws Error{kInput}  those of DensityRegistration; a registration that did not settle or whose
  ///                        densities are not alike; no common region, or too small a one.
  Result operator()(const BoneVisit& baseline, const BoneVisit& followup, Context& context) const;

  /// Of each endpoint "X_change" with the statistics "value", "baseline", "followup", and "X_change_rel".
  static const std::vector<EndpointDefinition>& definitions();

 private:
  Params params_;
};

}  // namespace ledd
