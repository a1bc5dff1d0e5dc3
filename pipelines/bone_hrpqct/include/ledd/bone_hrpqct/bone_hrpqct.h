#pragma once
#include <optional>
#include <string>
#include <vector>

#include "ledd/bone_compartments/bone_compartments.h"
#include "ledd/compartment_density/compartment_density.h"
#include "ledd/core/context.h"
#include "ledd/core/params.h"
#include "ledd/cortical_structure/cortical_structure.h"
#include "ledd/image/image.h"
#include "ledd/measurement/outcome.h"
#include "ledd/trabecular_structure/trabecular_structure.h"

namespace ledd {

/// How the numbers of a scan become densities: mg HA/cm3 = slope * number + intercept.
struct DensityEquation {
  double slope = 1.0, intercept = 0.0;
  std::string source;  ///< Where it comes from, in words: "the AIM's header".
};

/// Microarchitecture of a long bone's end from HR-pQCT or microCT: density, areas, cortex, trabeculae.
///
/// Method   density: by the scan's own equation, or a given one -> compartments: BoneCompartments, or given
/// by
///          labels 221 (cortical) and 222 (trabecular) -> measures: CompartmentDensity, CorticalStructure,
///          TrabecularStructure.
/// Limits   Those of the steps. Default thresholds are those used with 61 and 82 micrometre voxels; with
///          others they are a convention that nobody has checked, and a note says so.
class BoneHrpqct {
 public:
  enum class DensityFrom { kHeader, kGiven };
  enum class CompartmentsFrom { kOutlines, kWhole };

  struct Params {
    DensityFrom density_from = DensityFrom::kHeader;
    double density_slope = 1.0, density_intercept = 0.0;
    double voxel_mm = 0.0;  ///< Of a stack of TIFF, which states none; 0: not given. Used by who loads it.
    CompartmentsFrom compartments_from = CompartmentsFrom::kOutlines;
    BoneCompartments::Params compartments{};
    CorticalStructure::Params cortex{};
    static const ParamTable<Params>& table();
  };

  struct Study {
    const Volume* scan = nullptr;  ///< Never null: the numbers of the file; the third axis along the bone.
    std::optional<DensityEquation> density{};  ///< Of the header.
    std::string without_density{};             ///< Why there is none, and what the file says instead.
    bool knows_directions = true;              ///< Whether the file says how the patient lay.
    const Labels* labels = nullptr;            ///< On the same grid; null: compartments are found.
  };

  /// With the whole image as trabecular compartment only `trabeculae` is measured.
  struct Result {
    Outcome outcome;  ///< Labels 221 and 222; maps "density", "Ct-Th", "Tb-Th", "Tb-Sp".
    CompartmentDensity density;
    CorticalStructure::Result cortex;
    TrabecularStructure::Result trabeculae;
  };

  /// @throws Error{kParam}
  explicit BoneHrpqct(const Params& params);
  BoneHrpqct() : BoneHrpqct(Params{}) {}

  /// @throws Error{kInput}  no density equation; densities that no bone has; no bone; voxels that are too
  ///                        coarse or no cubes; labels on another grid or without a compartment.
  Result operator()(const Study& study, Context& context) const;

  /// Every endpoint that can occur in the outcome.
  static std::vector<EndpointDefinition> definitions();

 private:
  /// Densities, areas and cortex, with their pictures.
  void measure_cortex(const Volume& scan,
                      const Volume& density,
                      const BoneCompartments::Result& parts,
                      Result& result,
                      Context& context) const;

  Params params_;
};

}  // namespace ledd
