#include <fmt/format.h>

#include "ledd/hip_density/hip_density.h"
#include "ledd/measurement/estimate.h"

namespace ledd {
namespace {

constexpr const char* kMethod = "regions/1";
constexpr const char* kDrawn = "drawn hips: docs/hip-density.md; no repeated scans";
constexpr const char* kOurs = "common in QCT of the hip; planes and thresholds are Ledd's";

EndpointDefinition defined(const char* key, const char* title, const char* unit, const char* what) {
  return {key, title, unit, kMethod, what, kOurs, kDrawn};
}

/// Both reasons, or the one there is.
std::string joined(const std::string& a, const std::string& b) {
  return a.empty() || b.empty() ? a + b : a + "; " + b;
}

class Rows {
 public:
  explicit Rows(const HipDensity::Result& result) : result_(result) {}

  std::vector<Measurement> all() {
    for (const auto& region : result_.regions) {
      value(region, "Hip_Vol", region.all, region.all.volume_mm3 / 1e3);
      part(region, region.all, "Hip_HU", "Hip_vBMD", "");
      part(region,
           region.trabecular,
           "Hip_Tb_HU",
           "Hip_Tb_vBMD",
           "no bone lies deep enough below the surface");
      part(region, region.cortical, "Hip_Ct_HU", "Hip_Ct_vBMD", "too little of the shell is dense enough");
      content(region);
      if (region.name == "neck" || region.name == "total hip") areal(region);
    }
    return std::move(rows_);
  }

 private:
  static constexpr const char* kNoLine = "not calibrated: HU are not mg/cm3";

  void push(const HipDensity::Region& region, const char* key, double number, const std::string& gap) {
    const auto& definition = definition_of(key, HipDensity::definitions());
    const std::string why = region.gap.empty() ? gap : region.gap;
    const std::string doubt = joined(region.doubt, result_.doubt);
    const Quality quality = !why.empty()    ? Quality::kFailed
                            : doubt.empty() ? Quality::kGood
                                            : Quality::kUncertain;
    auto row = graded(region.name, definition, number, quality, why.empty() ? doubt : why);
    row.side = result_.side;
    row.inherent = why == kNoLine;
    rows_.push_back(row);
  }

  void value(const HipDensity::Region& region, const char* key, const HipDensity::Part& of, double number) {
    push(region, key, number, of.volume_mm3 > 0.0 ? "" : "nothing of this region is in the outline");
  }

  void part(const HipDensity::Region& region,
            const HipDensity::Part& of,
            const char* hu_key,
            const char* density_key,
            const std::string& none) {
    const std::string gap = of.volume_mm3 > 0.0 ? "" : none;
    push(region, hu_key, of.mean_hu, gap);
    const double density = result_.line ? result_.line->density_mg_cm3(of.mean_hu) : 0.0;
    push(region, density_key, density, !result_.line ? kNoLine : gap);
    if (!result_.line || !gap.empty() || !region.gap.empty()) return;
    auto se = rows_.back();
    se.statistic = "se";
    se.value = result_.line->density_se_mg_cm3(of.mean_hu);
    rows_.push_back(se);
  }

  double bmc_g(const HipDensity::Region& region) const {
    return result_.line ? result_.line->density_mg_cm3(region.all.mean_hu) * region.all.volume_mm3 * 1e-6
                        : 0.0;
  }

  void content(const HipDensity::Region& region) {
    push(region, "Hip_BMC", bmc_g(region), result_.line ? "" : kNoLine);
  }

  void areal(const HipDensity::Region& region) {
    const double cm2 = region.shadow_mm2 / 100.0;
    push(region, "Hip_Proj_Ar", cm2, cm2 > 0.0 ? "" : "the region casts no shadow");
    push(region,
         "Hip_Proj_aBMD",
         cm2 > 0.0 ? bmc_g(region) / cm2 : 0.0,
         !result_.line ? kNoLine
         : cm2 > 0.0   ? ""
                       : "the region casts no shadow");
  }

  const HipDensity::Result& result_;
  std::vector<Measurement> rows_;
};

}  // namespace

const std::vector<EndpointDefinition>& HipDensity::definitions() {
  static const std::vector<EndpointDefinition> all{
      defined("Hip_Vol", "Volume", "cm3", "Volume within the outer outline."),
      defined("Hip_HU", "Mean HU", "[hnsf'U]", "Mean HU of all voxels within the outer outline."),
      defined(
          "Hip_vBMD",
          "Integral volumetric bone mineral density",
          "mg/cm3",
          "Mean density within the outer outline, cortex and marrow included, in the calibration's mineral."),
      defined("Hip_Tb_HU",
              "Mean HU, trabecular",
              "[hnsf'U]",
              "Mean HU of what lies deeper than erode_mm below the femur's surface."),
      defined("Hip_Tb_vBMD",
              "Trabecular volumetric bone mineral density",
              "mg/cm3",
              "Mean density of what lies deeper than erode_mm below the femur's surface."),
      defined("Hip_Ct_HU",
              "Mean HU, cortical",
              "[hnsf'U]",
              "Mean HU of the shell within erode_mm of the surface where it reaches the cortical threshold."),
      defined("Hip_Ct_vBMD",
              "Cortical volumetric bone mineral density",
              "mg/cm3",
              "Mean density of the shell within erode_mm of the surface where it reaches the cortical "
              "threshold."),
      defined("Hip_BMC", "Bone mineral content", "g", "Integral density times volume."),
      defined(
          "Hip_Proj_Ar",
          "Projected area",
          "cm2",
          "Area of the region's shadow along the front-to-back axis made perpendicular to the neck axis."),
      defined("Hip_Proj_aBMD",
              "Projected areal bone mineral density, like CTXA, from QCT, not DXA",
              "g/cm2",
              "Bone mineral content over projected area. From QCT; not DXA, no T-score.")};
  return all;
}

std::vector<Measurement> measurements(const HipDensity::Result& result) {
  return Rows(result).all();
}

}  // namespace ledd
