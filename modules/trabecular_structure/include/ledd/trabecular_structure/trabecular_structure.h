#pragma once
#include <array>
#include <optional>
#include <vector>

#include "ledd/core/context.h"
#include "ledd/image/image.h"
#include "ledd/measurement/measurement.h"
#include "ledd/trabecular_structure/bone_surface.h"

namespace ledd {

/// Structure of the bone within the trabecular compartment.
///
/// Method   Tb.Th: local thickness (LocalThickness) of all bone, mean in the compartment's bone. Tb.Sp: of
/// all
///          that is not bone, counting spheres that lie wholly in the image, mean in the compartment's
///          marrow; with a cortical compartment what is beyond both compartments bounds the spheres. Tb.N:
///          1 / mean distance of mid-axes (mid_axis_spacing). BS, SMI, DA: bone_surface,
///          mean_intercept_length. Conn.D: (1 - (chi + delta chi)) / TV, by euler_number. SMI: 6 BV (dBS/dr)
///          / BS^2.
/// Source   Bouxsein et al., J Bone Miner Res 25:1468, 2010; Hildebrand, Rueegsegger, J Microsc 185:67, 1997,
///          and Comput Methods Biomech Biomed Engin 1:15, 1997.
/// Limits   SMI takes concave surfaces for convex ones turned inside out: always uncertain.
class TrabecularStructure {
 public:
  struct Input {
    const Mask& bone;        ///< In both compartments.
    const Mask& trabecular;  ///< The compartment.
    const Mask& cortical;    ///< All 0 when there is none: then the image is taken as a piece of the inside.
  };
  struct Spread {
    double mean_mm = 0.0, sd_mm = 0.0;
  };

  struct Result {
    Volume::Pointer thickness_mm;   ///< In the compartment's bone; 0 elsewhere.
    Volume::Pointer separation_mm;  ///< In the compartment's marrow, where a sphere reaches; 0 elsewhere.
    double tv_mm3 = 0.0, bv_mm3 = 0.0;
    double without_separation = 0.0;  ///< Share of the marrow that no complete sphere reaches.
    std::optional<Spread> th, sp;     ///< Empty without bone, without marrow, or when no sphere is complete.
    std::optional<Spread> mid_axes;   ///< Distance of mid-axes.
    double bs_mm2 = 0.0;
    std::optional<double> smi;  ///< Empty without surface.
    double euler = 0.0;         ///< chi + delta chi
    std::optional<Anisotropy> mil;
  };

  /// @throws Error{kInput}  grids differ; the compartment is empty; a voxel is of both compartments.
  Result operator()(const Input& input, Context& context) const;

  static const std::vector<EndpointDefinition>& definitions();
};

/// Rows of the region "Tb".
std::vector<Measurement> measurements(const TrabecularStructure::Result& result);

}  // namespace ledd
