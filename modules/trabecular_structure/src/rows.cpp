#include <fmt/format.h>

#include "ledd/trabecular_structure/trabecular_structure.h"

namespace ledd {
namespace {

using Result = TrabecularStructure::Result;

constexpr const char* kBouxsein = "Bouxsein et al., J Bone Miner Res 25:1468, 2010";
constexpr const char* kSpheres = "Hildebrand, Rueegsegger, J Microsc 185:67, 1997";
constexpr const char* kErrors = "digital shapes: docs/trabecular-structure.md";
/// Where more of the marrow than this has no complete sphere, the mean is one of what is left.
constexpr double kMuchWithout = 0.3;

enum Row : std::size_t { kBvTv, kTh, kSp, kN, kNsd, kBsBv, kBsTv, kConn, kSmi, kDa };

const EndpointDefinition& of(Row row) {
  return TrabecularStructure::definitions()[row];
}

Measurement with_statistic(Measurement m, const char* statistic) {
  m.statistic = statistic;
  return m;
}

void add_or_fail(std::vector<Measurement>& rows, Row row, bool is_there, double value, const char* reason) {
  rows.push_back(is_there ? measured("Tb", of(row), value) : inherent(failed("Tb", of(row), reason)));
}

void add_thickness(std::vector<Measurement>& rows, const Result& r) {
  if (r.th) {
    rows.push_back(with_statistic(measured("Tb", of(kTh), r.th->mean_mm), "mean"));
    rows.push_back(with_statistic(measured("Tb", of(kTh), r.th->sd_mm), "sd"));
  } else {
    rows.push_back(inherent(with_statistic(failed("Tb", of(kTh), "no bone with a surface"), "mean")));
  }
  if (!r.sp) {
    rows.push_back(inherent(
        with_statistic(failed("Tb", of(kSp), "no sphere between bone lies wholly in the scan"), "mean")));
    return;
  }
  const auto doubt = [&](double value) {
    if (r.without_separation <= kMuchWithout) return measured("Tb", of(kSp), value);
    return inherent(uncertain("Tb",
                              of(kSp),
                              value,
                              fmt::format("spheres that lie wholly in the scan reach only {:.0f} % of the "
                                          "marrow: the widest gaps are missing",
                                          100.0 * (1.0 - r.without_separation))));
  };
  rows.push_back(with_statistic(doubt(r.sp->mean_mm), "mean"));
  rows.push_back(with_statistic(doubt(r.sp->sd_mm), "sd"));
}

}  // namespace

const std::vector<EndpointDefinition>& TrabecularStructure::definitions() {
  static const std::vector<EndpointDefinition> all{
      {"BV_TV",
       "Trabecular bone volume fraction",
       "%",
       "voxel-count/1",
       "Bone voxels over all voxels of the trabecular compartment (BV/TV).",
       kBouxsein,
       "exact for a mask"},
      {"Tb_Th",
       "Trabecular thickness",
       "mm",
       "local-thickness/1",
       "Mean over the compartment's bone of the diameter of the largest ball within bone that holds the "
       "voxel "
       "(Tb.Th).",
       kSpheres,
       "digital shapes: docs/local-thickness.md"},
      {"Tb_Sp",
       "Trabecular separation",
       "mm",
       "local-thickness/1",
       "Mean over the compartment's marrow of the diameter of the largest ball outside bone, and wholly in "
       "the "
       "scan, that holds the voxel (Tb.Sp).",
       kSpheres,
       "digital shapes: docs/local-thickness.md"},
      {"Tb_N",
       "Trabecular number",
       "1/mm",
       "mid-axis-spacing/1",
       "1 / mean local thickness of the compartment without the mid-axes of bone (Tb.N).",
       kSpheres,
       "digital shapes: docs/local-thickness.md"},
      {"Tb_1_N_SD",
       "Inhomogeneity of the trabecular network",
       "mm",
       "mid-axis-spacing/1",
       "Standard deviation of the distance of mid-axes (Tb.1/N.SD).",
       kBouxsein,
       "digital shapes: docs/local-thickness.md"},
      {"BS_BV",
       "Specific bone surface",
       "1/mm",
       "filtered-mask-tetrahedra/1",
       "Area of the surface between bone and marrow over bone volume, in the compartment (BS/BV).",
       kBouxsein,
       kErrors},
      {"BS_TV",
       "Bone surface density",
       "1/mm",
       "filtered-mask-tetrahedra/1",
       "Area of the surface between bone and marrow over the compartment's volume (BS/TV).",
       kBouxsein,
       kErrors},
      {"Conn_D",
       "Connectivity density",
       "1/mm3",
       "euler-number/1",
       "(1 - (chi + delta chi)) / TV, the Euler number of bone joined by faces, edges and corners, with the "
       "correction of the compartment's border (Conn.D).",
       "Odgaard, Gundersen, Bone 14:173, 1993",
       "exact for a mask"},
      {"SMI",
       "Structure model index",
       "1",
       "surface-growth/1",
       "6 BV (dBS/dr) / BS^2, the growth of the surface as it moves outwards: 0 plates, 3 rods, 4 balls "
       "(SMI).",
       "Hildebrand, Rueegsegger, Comput Methods Biomech Biomed Engin 1:15, 1997",
       kErrors},
      {"DA",
       "Degree of anisotropy",
       "1",
       "mil-ellipsoid/1",
       "Longest over shortest axis of the ellipsoid fitted to the mean intercept length of lines with the "
       "bone "
       "surface (DA).",
       "Harrigan, Mann, J Mater Sci 19:761, 1984",
       kErrors}};
  return all;
}

std::vector<Measurement> measurements(const Result& r) {
  std::vector<Measurement> rows{measured("Tb", of(kBvTv), 100.0 * r.bv_mm3 / r.tv_mm3)};
  add_thickness(rows, r);
  const char* const no_axis = "no mid-axis of bone with room around it";
  const bool axes = r.mid_axes && r.mid_axes->mean_mm > 0.0;
  add_or_fail(rows, kN, axes, axes ? 1.0 / r.mid_axes->mean_mm : 0.0, no_axis);
  add_or_fail(rows, kNsd, axes, axes ? r.mid_axes->sd_mm : 0.0, no_axis);
  add_or_fail(rows, kBsBv, r.bv_mm3 > 0.0, r.bs_mm2 / r.bv_mm3, "no bone in the compartment");
  add_or_fail(rows, kBsTv, true, r.bs_mm2 / r.tv_mm3, "");
  add_or_fail(rows, kConn, r.bv_mm3 > 0.0, (1.0 - r.euler) / r.tv_mm3, "no bone in the compartment");
  if (r.smi)
    rows.push_back(inherent(uncertain("Tb",
                                      of(kSmi),
                                      *r.smi,
                                      "concave surface counts against convex, so that the index falls with "
                                      "BV/TV whatever the shape of trabeculae")));
  else
    rows.push_back(inherent(failed("Tb", of(kSmi), "no bone surface in the compartment")));
  add_or_fail(rows,
              kDa,
              r.mil.has_value(),
              r.mil ? r.mil->degree() : 0.0,
              "no bone surface, or none that lines along one direction meet");
  return rows;
}

}  // namespace ledd
