#pragma once
#include <string>
#include <vector>

#include "ledd/core/context.h"
#include "ledd/core/params.h"
#include "ledd/image/image.h"

namespace ledd {

/// Finds, in a scan of a long bone's end at the resolution of trabeculae, the whole bone, its trabecular and
/// its cortical compartment, and what in them is bone.
///
/// Method   Two outlines after Buie. Outer: the density smoothed by `contour_sigma_vox` above
///          `outer_mg_per_cm3`; the largest connected part, closed by a ball of `outer_close_vox`, its holes
///          filled slice by slice. Inner: within it, at least `thinnest_cortex_vox` deep, what is below
///          `inner_mg_per_cm3`; opened by a ball of `pore_open_vox`, so that pores do not belong; parts of at
///          least a twentieth of the largest; closed by `inner_close_vox`, so that trabeculae do; its border
///          smoothed by `border_sigma_vox`. The cortical compartment is what lies between both, pores
///          included. Bone is the density smoothed by `bone_sigma_vox` above a threshold for each
///          compartment.
/// Source   Buie et al., Bone 41:505, 2007 (order of steps; it gives native numbers, not densities);
/// thresholds
///          as in Whittier et al., Osteoporos Int 31:1607, 2020 for 61 micrometre voxels.
/// Limits   A cortex thinner than about two voxels is lost in places. A vessel through the cortex belongs to
///          the cortical compartment where it is narrower than twice the closing. The second bone of a
///          forearm or leg is left out; bone cut by the image's sides is a note. Voxels should be cubes.
class BoneCompartments {
 public:
  struct Params {
    double contour_sigma_vox = 0.8;
    double outer_mg_per_cm3 = 430.0, inner_mg_per_cm3 = 430.0;
    double outer_close_vox = 15.0, inner_close_vox = 10.0;
    double pore_open_vox = 2.5;
    double thinnest_cortex_vox = 2.0;
    double border_sigma_vox = 2.0;
    double bone_sigma_vox = 0.8;
    double trabecular_mg_per_cm3 = 320.0, cortical_mg_per_cm3 = 450.0;
    static const ParamTable<Params>& table();
  };

  /// Masks on the grid of the input.
  struct Result {
    Mask::Pointer periosteal;        ///< The whole bone.
    Mask::Pointer trabecular;        ///< Within the inner outline: trabeculae and marrow.
    Mask::Pointer cortical;          ///< Between both outlines: bone and pores.
    Mask::Pointer bone;              ///< In either compartment.
    std::vector<std::string> notes;  ///< What a reader should know.
  };

  /// @throws Error{kParam}
  explicit BoneCompartments(const Params& params);
  BoneCompartments() : BoneCompartments(Params{}) {}

  /// @param density  mg HA/cm3; the third axis along the bone.
  /// @throws Error{kInput}  no bone, or no room within it.
  Result operator()(const Volume& density, Context& context) const;

  /// Only what is bone, in compartments given by the user.
  Mask::Pointer bone(const Volume& density,
                     const Mask& trabecular,
                     const Mask& cortical,
                     Context& context) const;

 private:
  Params params_;
};

}  // namespace ledd
