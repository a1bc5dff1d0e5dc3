#pragma once
#include <cstddef>
#include <vector>

#include "ledd/image/image.h"
#include "ledd/measurement/measurement.h"
#include "ledd/measurement/report_parts.h"

namespace ledd {

/// Area and density of the whole bone and of its compartments, in a slice or in all.
struct CompartmentDensity {
  struct Values {
    double tt_ar_mm2 = 0, tb_ar_mm2 = 0, ct_ar_mm2 = 0;  ///< Over all slices: the mean.
    double tt_bmd_mg_per_cm3 = 0, tb_bmd_mg_per_cm3 = 0, ct_bmd_mg_per_cm3 = 0;  ///< 0 where the area is 0.
    double ct_tmd_mg_per_cm3 = 0;  ///< Of what is bone in the cortical compartment.
  };
  Values all{};
  std::vector<Values> slices{};  ///< Along the third axis.
  double slice_mm = 0;

  static const std::vector<EndpointDefinition>& definitions();
};

/// Grids of a compartment density: all masks on that of `density`.
struct CompartmentMasks {
  const Mask &trabecular, &cortical, &bone;
};

/// Method   Areas are voxels times their face; densities are means over the voxels of a compartment, marrow
/// and
///          pores included. The whole bone is both compartments.
/// Source   Bouxsein et al., J Bone Miner Res 25:1468, 2010; Whittier et al., Osteoporos Int 31:1607, 2020
///          (names).
/// Limits   Voxels at the outer surface are partly soft tissue: Ct.BMD of a thin cortex is too low.
/// @param density  mg HA/cm3, the third axis along the bone.
/// @throws Error{kInput}  the grids differ, or a compartment is empty.
CompartmentDensity compartment_density(const Volume& density, const CompartmentMasks& masks);

/// Rows of the regions "Tt", "Tb" and "Ct".
std::vector<Measurement> measurements(const CompartmentDensity& result);

/// The values of each slice; the report shows every `shown_every`th.
ReportTable slice_table(const CompartmentDensity& result, std::size_t shown_every);

}  // namespace ledd
