#pragma once
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace ledd {

/// What a density is a density of. A value in one mineral is not a value in the other.
enum class Mineral {
  kK2HPO4,  ///< Dipotassium phosphate, dissolved in water.
  kHA,      ///< Calcium hydroxyapatite.
};

/// "K2HPO4", "HA".
std::string_view name_of(Mineral mineral) noexcept;
/// @throws Error{kFormat}  neither name.
Mineral mineral_of(std::string_view name);

/// The density in the other mineral: HA = 1.15 K2HPO4 - 7.32 mg/cm3; unchanged where both are the same.
/// Source   Faulkner et al., Calcif Tissue Int 53:1, 1993 (European Spine Phantom at 80 kV).
/// Limits   Another tube voltage has another slope: Goodsitt, Med Phys 19:1, 1992.
double convert_density_mg_cm3(double density_mg_cm3, Mineral from, Mineral to);

/// One rod of a phantom, as the maker states it.
struct CalibrationRod {
  double density_mg_cm3 = 0.0;
  double water_mg_cm3 = 0.0;            ///< Water equivalent; 0 where the phantom has none.
  std::array<double, 2> position_mm{};  ///< Across the rods, from the first rod's centre.
  bool hidden = false;                  ///< May be of the phantom's own material, and then is not seen.
};

/// What calibrates: parallel rods of known density in one body.
struct CalibrationPhantom {
  std::string name;
  std::string serial;  ///< Whose certificate; may be empty.
  Mineral mineral = Mineral::kK2HPO4;
  std::vector<CalibrationRod> rods;  ///< As they lie, not by value. At least two.
  double density_sd_mg_cm3 = 1.0;    ///< What the stated densities may be off by.
  double rod_diameter_mm = 0.0;
  double scale_low = 0.95, scale_high = 1.05;  ///< Diameter and positions may be this much of what is stated.
  bool geometry_measured = false;

  bool has_water() const { return !rods.empty() && rods.front().water_mg_cm3 > 0.0; }
};

/// Reads a table of phantoms; its form is in phantoms.toml.
/// @throws Error{kFormat}  no TOML, an unknown or missing key, lists of different lengths, fewer than two
/// rods,
///                         a value that is no finite number, two phantoms of one name. Names the phantom and
///                         the key.
std::vector<CalibrationPhantom> read_phantoms(std::string_view toml_text);

/// The table that comes with the suite.
const std::vector<CalibrationPhantom>& known_phantoms();
/// Its text, comments and all.
std::string_view known_phantoms_toml();

/// `table` with the entries of `own` in place of those of the same name, the others added.
std::vector<CalibrationPhantom> with_own(std::vector<CalibrationPhantom> table,
                                         const std::vector<CalibrationPhantom>& own);

}  // namespace ledd
