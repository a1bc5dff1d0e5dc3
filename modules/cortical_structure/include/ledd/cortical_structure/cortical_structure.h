#pragma once
#include <optional>
#include <vector>

#include "ledd/core/context.h"
#include "ledd/core/params.h"
#include "ledd/image/image.h"
#include "ledd/measurement/measurement.h"

namespace ledd {

/// Thickness and porosity of the cortical compartment.
///
/// Method   Ct.Th: mean local thickness (LocalThickness) of the compartment, pores included. Pores: voxels of
/// the
///          compartment that are not bone, in parts of a slice (joined by faces) that lie wholly within the
///          compartment and take at most `largest_pore_percent` of the slice's background; grown along the
///          bone through what is not bone in the compartment; of at least `fewest_voxels` joined in 3-D by
///          faces, edges or corners. Ct.Po: their volume over that of the compartment. Ct.Po.Dm: mean local
///          thickness of the pores.
/// Source   Burghardt et al., J Bone Miner Res 25:983, 2010 (pores); Bouxsein et al. 2010 (names).
/// Limits   A pore that opens to the marrow or the outside in its slice is seen only as far as it is
///          continued from a slice where it is closed. Pores narrower than about two voxels are lost.
class CorticalStructure {
 public:
  struct Params {
    double largest_pore_percent = 5.0;
    int fewest_voxels = 5;
    static const ParamTable<Params>& table();
  };

  struct Result {
    Volume::Pointer thickness_mm;  ///< In the compartment; 0 elsewhere.
    Mask::Pointer pores;
    double ct_th_mm = 0, ct_th_sd_mm = 0, ct_po_percent = 0;
    std::optional<double> ct_po_dm_mm, ct_po_dm_sd_mm;  ///< Empty without pores.
  };

  /// @throws Error{kParam}
  explicit CorticalStructure(const Params& params);
  CorticalStructure() : CorticalStructure(Params{}) {}

  /// @param cortical  The compartment, pores included; the third axis along the bone.
  /// @param bone      What is bone, at least in the compartment; on the same grid.
  /// @throws Error{kInput}  the grids differ, or the compartment is empty.
  Result operator()(const Mask& cortical, const Mask& bone, Context& context) const;

  static const std::vector<EndpointDefinition>& definitions();

 private:
  Params params_;
};

/// Rows of the region "Ct".
std::vector<Measurement> measurements(const CorticalStructure::Result& result);

}  // namespace ledd
