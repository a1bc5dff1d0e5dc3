#include "ledd/cortical_structure/cortical_structure.h"

#include "ledd/core/error.h"
#include "ledd/local_thickness/local_thickness.h"
#include "ledd/morphology/morphology.h"

#include "pores.h"

namespace ledd {
namespace {

constexpr const char* kBurghardt = "Burghardt et al., J Bone Miner Res 25:983, 2010";
constexpr const char* kPhantoms = "phantoms: docs/bone-hrpqct.md";

Measurement with_statistic(Measurement m, const char* statistic) {
  m.statistic = statistic;
  return m;
}

}  // namespace

const ParamTable<CorticalStructure::Params>& CorticalStructure::Params::table() {
  static const auto table = ParamTable<Params>()
                                .add(&Params::largest_pore_percent,
                                     "largest_pore_percent",
                                     "%",
                                     "Largest share of a slice's background that is a pore.",
                                     {0, 100})
                                .add(&Params::fewest_voxels,
                                     "fewest_voxels",
                                     "voxel",
                                     "Smallest part that is a pore and not noise.",
                                     {1, 1000});
  return table;
}

CorticalStructure::CorticalStructure(const Params& params) : params_(params) {
  Params::table().validate(params);
}

CorticalStructure::Result CorticalStructure::operator()(const Mask& cortical,
                                                        const Mask& bone,
                                                        Context& context) const {
  require_same_grid(cortical, bone, "cortical compartment and bone");
  context.throw_if_cancelled();
  const std::size_t whole = morphology::count(cortical);
  require(whole > 0, Errc::kInput, "the cortical compartment is empty");
  const LocalThickness thickness;
  auto cortex = thickness(cortical, context);
  Result result;
  result.thickness_mm = cortex.thickness_mm;
  result.ct_th_mm = cortex.all.mean_mm;
  result.ct_th_sd_mm = cortex.all.sd_mm;
  result.pores = cortex::pores(
      cortical, bone, {0.01 * params_.largest_pore_percent, static_cast<std::size_t>(params_.fewest_voxels)});
  const std::size_t in_pores = morphology::count(*result.pores);
  result.ct_po_percent = 100.0 * static_cast<double>(in_pores) / static_cast<double>(whole);
  if (in_pores == 0) return result;
  const auto wide = thickness(*result.pores, context);
  result.ct_po_dm_mm = wide.all.mean_mm;
  result.ct_po_dm_sd_mm = wide.all.sd_mm;
  return result;
}

const std::vector<EndpointDefinition>& CorticalStructure::definitions() {
  static const std::vector<EndpointDefinition> all{
      {"Ct_Th",
       "Cortical thickness",
       "mm",
       "local-thickness/1",
       "Mean over the cortical compartment, pores included, of the diameter of the largest ball within it "
       "that "
       "holds the voxel (Ct.Th).",
       kBurghardt,
       kPhantoms},
      {"Ct_Po",
       "Cortical porosity",
       "%",
       "enclosed-pores/1",
       "Volume of the pores over that of the cortical compartment (Ct.Po).",
       kBurghardt,
       kPhantoms},
      {"Ct_Po_Dm",
       "Cortical pore diameter",
       "mm",
       "local-thickness/1",
       "Mean local thickness of the pores (Ct.Po.Dm).",
       kBurghardt,
       kPhantoms}};
  return all;
}

std::vector<Measurement> measurements(const CorticalStructure::Result& result) {
  const auto& d = CorticalStructure::definitions();
  std::vector<Measurement> rows{with_statistic(measured("Ct", d[0], result.ct_th_mm), "mean"),
                                with_statistic(measured("Ct", d[0], result.ct_th_sd_mm), "sd"),
                                measured("Ct", d[1], result.ct_po_percent)};
  if (result.ct_po_dm_mm) {
    rows.push_back(with_statistic(measured("Ct", d[2], *result.ct_po_dm_mm), "mean"));
    rows.push_back(with_statistic(measured("Ct", d[2], result.ct_po_dm_sd_mm.value_or(0.0)), "sd"));
  } else {
    rows.push_back(inherent(with_statistic(failed("Ct", d[2], "no pore was found"), "mean")));
  }
  return rows;
}

}  // namespace ledd
