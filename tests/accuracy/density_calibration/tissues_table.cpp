#include "tissues_table.h"

#include <fmt/format.h>

#include <array>

#include "ledd/density_calibration/internal_calibration.h"
#include "ledd/files/files.h"

namespace ledd::accuracy {
namespace {

using Base = InternalCalibration::Base;

std::vector<TissueSample> tissues(double energy_kev) {
  std::vector<TissueSample> all;
  for (const Material tissue :
       {Material::kAir, Material::kFat, Material::kBlood, Material::kMuscle, Material::kCorticalBone})
    all.push_back({tissue, hounsfield(tissue, density_g_cm3(tissue), energy_kev), 0.0, 1000});
  return all;
}

/// 100 mg of K2HPO4 in a cm3 of base.
double mixture_hu(Material base, double volume_cm3_g, double energy_kev) {
  const double mu =
      0.1 * mass_attenuation_cm2_g(Material::kK2HPO4, energy_kev) +
      (1.0 - 0.1 * volume_cm3_g) * density_g_cm3(base) * mass_attenuation_cm2_g(base, energy_kev);
  return 1000.0 * (mu / mass_attenuation_cm2_g(Material::kWater, energy_kev) - 1.0);
}

double measured(const InternalCalibration::Result& result, double hu) {
  return result.line ? result.line->density_mg_cm3(hu) : -999.0;
}

}  // namespace

void print_tissues() {
  fmt::print(
      "| made at (keV) | found, SE | 100 mg K2HPO4 in fat | in water | in fat, by the line for water "
      "|\n|---|---|---|---|---|\n");
  for (const double energy : {60.0, 65.0, 70.0, 75.0, 80.0, 85.0, 90.0}) {
    const auto samples = tissues(energy);
    const auto in_fat = InternalCalibration({.base = Base::kFat})(samples);
    const auto in_water = InternalCalibration()(samples);
    const double fat_hu = mixture_hu(Material::kFat, 1 / 2.44, energy),
                 water_hu = mixture_hu(Material::kWater, 0.2174, energy);
    fmt::print("| {:.0f} | {:.2f}, {:.1f} | {:.2f} | {:.2f} | {:.1f} |\n",
               energy,
               in_water.energy_kev,
               in_water.energy_se_kev,
               measured(in_fat, fat_hu),
               measured(in_water, water_hu),
               measured(in_water, fat_hu));
  }
  fmt::print(
      "\n| cortical bone (HU) | energy expected (keV) | energy found, SE (keV) | 150 HU is (mg/cm3 K2HPO4) "
      "|\n|---|---|---|---|\n");
  for (const double bone_hu : {950.0, 1200.0, 1450.0, 1700.0, 0.0}) {
    std::vector<TissueSample> samples{{Material::kAir, -1000, 10, 1000},
                                      {Material::kFat, -100, 15, 1000},
                                      {Material::kBlood, 42, 15, 1000},
                                      {Material::kMuscle, 55, 15, 1000}};
    if (bone_hu > 0.0) samples.push_back({Material::kCorticalBone, bone_hu, 80, 1000});
    for (const double expected_kev : {0.0, 70.0}) {
      const auto result = InternalCalibration({.expected_kev = expected_kev})(samples);
      fmt::print("| {} | {} | {:.1f}, {:.1f} | {} |\n",
                 bone_hu > 0.0 ? fmt::format("{}", bone_hu) : "none",
                 expected_kev > 0 ? "70 ± 8" : "none",
                 result.energy_kev,
                 result.energy_se_kev,
                 result.line ? fmt::format("{:.1f} ± {:.1f}",
                                           result.line->density_mg_cm3(150.0),
                                           result.line->density_se_mg_cm3(150.0))
                             : "refused: " + result.refusal);
    }
  }
}

void print_patient(const std::filesystem::path& scan, const std::filesystem::path& vessel) {
  const auto volume = files::read_volume(scan);
  Mask::Pointer mask;
  if (!vessel.empty()) {
    const auto labels = files::read_labels(vessel);
    mask = Mask::New();
    mask->CopyInformation(labels);
    mask->SetRegions(labels->GetLargestPossibleRegion());
    mask->Allocate(true);
    for (std::size_t n = 0; n < labels->GetLargestPossibleRegion().GetNumberOfPixels(); ++n)
      mask->GetBufferPointer()[n] = labels->GetBufferPointer()[n] != 0 ? 1 : 0;
  }
  const auto samples = sample_tissues(*volume, mask.GetPointer());
  for (const auto& sample : samples)
    fmt::print("{}: {:.1f} HU, SD {:.1f}, {} voxels\n",
               name_of(sample.tissue),
               sample.hu,
               sample.sd_hu,
               sample.voxels);
  const auto result = InternalCalibration()(samples);
  if (!result.line) {
    fmt::print("refused: {}\n", result.refusal);
    return;
  }
  fmt::print(
      "{:.1f} ± {:.1f} keV, water {:.1f} HU; HU = {:.1f} + {:.3f} rho; 150 HU is {:.1f} ± {:.1f} mg/cm3 {}\n",
      result.energy_kev,
      result.energy_se_kev,
      result.water_hu,
      result.line->beta_hu,
      result.line->sigma_hu,
      result.line->density_mg_cm3(150.0),
      result.line->density_se_mg_cm3(150.0),
      name_of(result.line->mineral));
}

}  // namespace ledd::accuracy
