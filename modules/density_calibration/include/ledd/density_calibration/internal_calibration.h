#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledd/density_calibration/density_line.h"
#include "ledd/image/image.h"

namespace ledd {

/// What the attenuation table holds. Tissues have the composition and density of ICRU Report 44.
enum class Material { kAir, kFat, kBlood, kMuscle, kCorticalBone, kWater, kK2HPO4, kHA };

std::string_view name_of(Material material) noexcept;
/// g/cm3; of the minerals as solids.
double density_g_cm3(Material material) noexcept;

/// Mass attenuation coefficient with coherent scattering, cm2/g; between the table's energies on a straight
/// line of the logarithms. Source   Computed with xraylib 4.0.0 (Schoonjans et al., Spectrochim Acta B
/// 66:776, 2011) from the compositions
///          of ICRU-44; at 40, 50, 60, 80, 100 and 150 keV within 0.0001 of NIST's table 4 (Hubbell and
///          Seltzer).
/// Limits   Interpolation is within 0.3 % from 40 keV up.
/// @throws Error{kInput}  outside 30..150 keV.
double mass_attenuation_cm2_g(Material material, double energy_kev);

/// HU of a material of density `g_cm3` at one energy, in a scanner that reads water as 0 and nothing as
/// -1000.
double hounsfield(Material material, double g_cm3, double energy_kev);

/// What a piece of tissue reads.
struct TissueSample {
  Material tissue = Material::kFat;
  double hu = 0.0;  ///< Median.
  double sd_hu = 0.0;
  std::size_t voxels = 0;
};

/// Calibrates by the patient's own tissues, without a phantom.
///
/// Method   HU + 1000 = b 1000 rho (mu/rho)(E) / mu_water(E), with the density and attenuation of each tissue
/// known:
///          effective energy E and scale b (what the scanner's water is off) by least squares, tissues
///          weighted by how far they vary between people. Then mineral in `base`: HU of the base at E, and
///          for each mg of mineral its attenuation less that of the base it displaces (in water 0.2174 cm3/g
///          for K2HPO4, as for phantoms; else the solid's volume). The error of the line is that of E and b.
/// Source   The five tissues: Michalski et al., Med Phys 47:1, 2020, who regress HU on mu/rho alone; that
/// forgets
///          density, and returns 90 to 98 keV for scenes made at 60 to 90 keV.
/// Limits   One energy stands for a spectrum. What a tissue may vary by is a judgement (kinds_ in the
/// source), and
///          dominates the error: about 10 % of the slope with bone, twice that without. Densities are
///          relative to `base`: water makes them comparable with a phantom's; fat in the marrow then lowers
///          them, as there.
class InternalCalibration {
 public:
  enum class Base { kWater, kFat, kMuscle };
  struct Params {
    Mineral mineral = Mineral::kK2HPO4;
    Base base = Base::kWater;
    double water_sd_hu = 6.0;  ///< What a scanner's water may be off.
    double expected_kev =
        0.0;  ///< Effective energy known from elsewhere, as another guess among the tissues;
    double expected_sd_kev = 8.0;     ///< and its error. 0 keV: none.
    double max_misfit = 3.5;          ///< Of a tissue, in SDs of its spread.
    double max_energy_se_kev = 15.0;  ///< More, and the tissues do not determine the energy.
    static const ParamTable<Params>& table();
  };

  struct Result {
    std::optional<DensityLine> line;
    std::string refusal;  ///< Why there is no line; empty when there is one.
    double energy_kev = 0.0, energy_se_kev = 0.0;
    double water_hu = 0.0, water_se_hu = 0.0;  ///< What water would read.
    std::vector<double> residuals_hu;          ///< By sample.
  };

  /// @throws Error{kParam}
  explicit InternalCalibration(const Params& params);
  InternalCalibration() : InternalCalibration(Params{}) {}

  /// @param samples  One of each tissue; three at least, fat among them.
  /// @throws Error{kInput}  a tissue twice, a material that is no tissue, a number that is not finite.
  Result operator()(const std::vector<TissueSample>& samples) const;

 private:
  Params params_;
};

/// Finds tissues in a CT scan: air around the body, fat below the skin, muscle of the back, and cortical bone
/// that is thicker than three voxels; blood only in `vessel`. What is found in fewer than 200 voxels is left
/// out. Medians, SD by the median absolute deviation.
/// @param scan    HU.
/// @param vessel  1 in a large vessel, as the aorta; same grid. Null for none.
/// @throws Error{kInput}  the grids differ, or the scan is smaller than 16 voxels across.
std::vector<TissueSample> sample_tissues(const Volume& scan, const Mask* vessel);

}  // namespace ledd
