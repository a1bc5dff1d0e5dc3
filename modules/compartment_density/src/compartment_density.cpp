#include "ledd/compartment_density/compartment_density.h"

#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include "ledd/core/error.h"

namespace ledd {
namespace {

/// Sums over the voxels of one slice.
struct Sums {
  std::size_t tb = 0, ct = 0, ct_bone = 0;
  double tb_sum = 0, ct_sum = 0, ct_bone_sum = 0;

  void add(const Sums& other) {
    tb += other.tb;
    ct += other.ct;
    ct_bone += other.ct_bone;
    tb_sum += other.tb_sum;
    ct_sum += other.ct_sum;
    ct_bone_sum += other.ct_bone_sum;
  }
};

double over(double sum, std::size_t count) {
  return count == 0 ? 0.0 : sum / static_cast<double>(count);
}

CompartmentDensity::Values values_of(const Sums& s, double pixel_mm2, std::size_t slices) {
  const double scale = pixel_mm2 / static_cast<double>(slices);
  CompartmentDensity::Values v;
  v.tb_ar_mm2 = static_cast<double>(s.tb) * scale;
  v.ct_ar_mm2 = static_cast<double>(s.ct) * scale;
  v.tt_ar_mm2 = v.tb_ar_mm2 + v.ct_ar_mm2;
  v.tb_bmd_mg_per_cm3 = over(s.tb_sum, s.tb);
  v.ct_bmd_mg_per_cm3 = over(s.ct_sum, s.ct);
  v.tt_bmd_mg_per_cm3 = over(s.tb_sum + s.ct_sum, s.tb + s.ct);
  v.ct_tmd_mg_per_cm3 = over(s.ct_bone_sum, s.ct_bone);
  return v;
}

constexpr const char* kSource = "Bouxsein et al., J Bone Miner Res 25:1468, 2010";
constexpr const char* kPhantoms = "phantoms: docs/bone-hrpqct.md";

}  // namespace

CompartmentDensity compartment_density(const Volume& density, const CompartmentMasks& masks) {
  require_same_grid(density, masks.trabecular, "density and trabecular compartment");
  require_same_grid(density, masks.cortical, "density and cortical compartment");
  require_same_grid(density, masks.bone, "density and bone");
  const auto size = density.GetLargestPossibleRegion().GetSize();
  const std::size_t pixels = size[0] * size[1];
  std::vector<Sums> sums(size[2]);
  tbb::parallel_for(std::size_t{0}, std::size_t{size[2]}, [&](std::size_t z) {
    Sums& s = sums[z];
    for (std::size_t n = z * pixels; n < (z + 1) * pixels; ++n) {
      const double value = density.GetBufferPointer()[n];
      if (masks.trabecular.GetBufferPointer()[n] != 0) {
        ++s.tb;
        s.tb_sum += value;
      } else if (masks.cortical.GetBufferPointer()[n] != 0) {
        ++s.ct;
        s.ct_sum += value;
        if (masks.bone.GetBufferPointer()[n] == 0) continue;
        ++s.ct_bone;
        s.ct_bone_sum += value;
      }
    }
  });
  const auto spacing = density.GetSpacing();
  const double pixel_mm2 = spacing[0] * spacing[1];
  CompartmentDensity result;
  result.slice_mm = spacing[2];
  result.slices.reserve(sums.size());
  Sums all;
  for (const Sums& s : sums) {
    result.slices.push_back(values_of(s, pixel_mm2, 1));
    all.add(s);
  }
  require(all.tb > 0, Errc::kInput, "the trabecular compartment is empty");
  require(all.ct > 0, Errc::kInput, "the cortical compartment is empty");
  result.all = values_of(all, pixel_mm2, sums.size());
  return result;
}

const std::vector<EndpointDefinition>& CompartmentDensity::definitions() {
  static const std::vector<EndpointDefinition> all{
      {"Tt_Ar",
       "Total area",
       "mm2",
       "voxels/1",
       "Mean area within the outer outline (Tt.Ar).",
       kSource,
       kPhantoms},
      {"Tb_Ar",
       "Trabecular area",
       "mm2",
       "voxels/1",
       "Mean area within the inner outline (Tb.Ar).",
       kSource,
       kPhantoms},
      {"Ct_Ar",
       "Cortical area",
       "mm2",
       "voxels/1",
       "Mean area between both outlines, pores included (Ct.Ar).",
       kSource,
       kPhantoms},
      {"Ct_Ar_Tt_Ar", "Cortical area fraction", "%", "voxels/1", "Ct.Ar over Tt.Ar.", kSource, kPhantoms},
      {"Tt_BMD",
       "Total volumetric bone mineral density",
       "mg/cm3",
       "mean/1",
       "Mean density within the outer outline, mg HA/cm3 (Tt.BMD).",
       kSource,
       kPhantoms},
      {"Tb_BMD",
       "Trabecular volumetric bone mineral density",
       "mg/cm3",
       "mean/1",
       "Mean density of the trabecular compartment, marrow included, mg HA/cm3 (Tb.BMD).",
       kSource,
       kPhantoms},
      {"Ct_BMD",
       "Cortical volumetric bone mineral density",
       "mg/cm3",
       "mean/1",
       "Mean density of the cortical compartment, pores included, mg HA/cm3 (Ct.BMD).",
       kSource,
       kPhantoms},
      {"Ct_TMD",
       "Cortical tissue mineral density",
       "mg/cm3",
       "mean/1",
       "Mean density of what is bone in the cortical compartment, mg HA/cm3 (Ct.TMD).",
       kSource,
       kPhantoms}};
  return all;
}

std::vector<Measurement> measurements(const CompartmentDensity& result) {
  const auto& d = CompartmentDensity::definitions();
  const auto& v = result.all;
  return {measured("Tt", d[0], v.tt_ar_mm2),
          measured("Tb", d[1], v.tb_ar_mm2),
          measured("Ct", d[2], v.ct_ar_mm2),
          measured("Ct", d[3], 100.0 * v.ct_ar_mm2 / v.tt_ar_mm2),
          measured("Tt", d[4], v.tt_bmd_mg_per_cm3),
          measured("Tb", d[5], v.tb_bmd_mg_per_cm3),
          measured("Ct", d[6], v.ct_bmd_mg_per_cm3),
          v.ct_tmd_mg_per_cm3 > 0.0 ? measured("Ct", d[7], v.ct_tmd_mg_per_cm3)
                                    : failed("Ct", d[7], "no voxel of the cortical compartment is bone")};
}

ReportTable slice_table(const CompartmentDensity& result, std::size_t shown_every) {
  ReportTable table{
      "slices",
      "Slice by slice",
      "Along the bone, in the order of the scan. Densities in mg HA/cm3.",
      {{"slice"}, {"mm"}, {"Tt.Ar, mm2"}, {"Tb.Ar, mm2"}, {"Ct.Ar, mm2"}, {"Tt.BMD"}, {"Tb.BMD"}, {"Ct.BMD"}},
      {}};
  table.rows.reserve(result.slices.size());
  for (std::size_t z = 0; z < result.slices.size(); ++z) {
    const auto& v = result.slices[z];
    const auto text = [](double value) { return fmt::format("{:.2f}", value); };
    const auto density = [&](double value, double area) { return area > 0.0 ? text(value) : std::string(); };
    table.rows.push_back({{fmt::format("{}", z + 1),
                           text(static_cast<double>(z) * result.slice_mm),
                           text(v.tt_ar_mm2),
                           text(v.tb_ar_mm2),
                           text(v.ct_ar_mm2),
                           density(v.tt_bmd_mg_per_cm3, v.tt_ar_mm2),
                           density(v.tb_bmd_mg_per_cm3, v.tb_ar_mm2),
                           density(v.ct_bmd_mg_per_cm3, v.ct_ar_mm2)},
                          z % shown_every == 0});
  }
  return table;
}

}  // namespace ledd
