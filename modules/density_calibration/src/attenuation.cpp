#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "ledd/core/error.h"
#include "ledd/density_calibration/internal_calibration.h"

namespace ledd {
namespace {

constexpr std::size_t kEnergies = 16;
constexpr std::array<double, kEnergies> kEnergiesKev{
    30, 40, 45, 50, 55, 60, 65, 70, 75, 80, 90, 100, 110, 120, 130, 150};

struct Row {
  std::string_view name;
  double g_cm3;
  std::array<double, kEnergies> cm2_g;
};

/// In the order of Material.
constexpr std::array<Row, 8> kRows{{
    {"air",
     0.001205,
     {0.3538,
      0.2485,
      0.2243,
      0.2080,
      0.1963,
      0.1875,
      0.1806,
      0.1750,
      0.1703,
      0.1662,
      0.1596,
      0.1541,
      0.1495,
      0.1455,
      0.1419,
      0.1356}},
    {"fat",
     0.95,
     {0.3064,
      0.2396,
      0.2235,
      0.2123,
      0.2039,
      0.1974,
      0.1920,
      0.1875,
      0.1835,
      0.1800,
      0.1740,
      0.1688,
      0.1643,
      0.1602,
      0.1565,
      0.1500}},
    {"blood",
     1.06,
     {0.3852,
      0.2715,
      0.2454,
      0.2278,
      0.2152,
      0.2057,
      0.1982,
      0.1921,
      0.1871,
      0.1827,
      0.1754,
      0.1695,
      0.1645,
      0.1601,
      0.1561,
      0.1492}},
    {"muscle",
     1.05,
     {0.3783,
      0.2685,
      0.2433,
      0.2263,
      0.2140,
      0.2048,
      0.1975,
      0.1916,
      0.1866,
      0.1823,
      0.1751,
      0.1693,
      0.1643,
      0.1599,
      0.1560,
      0.1492}},
    {"cortical bone",
     1.92,
     {1.3311,
      0.6655,
      0.5189,
      0.4242,
      0.3601,
      0.3148,
      0.2818,
      0.2570,
      0.2379,
      0.2229,
      0.2008,
      0.1855,
      0.1743,
      0.1656,
      0.1587,
      0.1480}},
    {"water",
     1.0,
     {0.3756,
      0.2683,
      0.2436,
      0.2270,
      0.2150,
      0.2059,
      0.1987,
      0.1929,
      0.1879,
      0.1837,
      0.1766,
      0.1708,
      0.1658,
      0.1614,
      0.1574,
      0.1506}},
    {"K2HPO4",
     2.44,
     {1.9752,
      0.9326,
      0.7043,
      0.5574,
      0.4584,
      0.3890,
      0.3389,
      0.3015,
      0.2730,
      0.2508,
      0.2188,
      0.1971,
      0.1817,
      0.1702,
      0.1612,
      0.1480}},
    {"HA",
     3.16,
     {2.0992,
      0.9876,
      0.7436,
      0.5867,
      0.4808,
      0.4067,
      0.3531,
      0.3131,
      0.2827,
      0.2589,
      0.2248,
      0.2019,
      0.1856,
      0.1734,
      0.1639,
      0.1501}},
}};

const Row& row(Material material) {
  return kRows[static_cast<std::size_t>(material)];
}

}  // namespace

std::string_view name_of(Material material) noexcept {
  return row(material).name;
}

double density_g_cm3(Material material) noexcept {
  return row(material).g_cm3;
}

double mass_attenuation_cm2_g(Material material, double energy_kev) {
  require(energy_kev >= kEnergiesKev.front() && energy_kev <= kEnergiesKev.back(),
          Errc::kInput,
          fmt::format("{} keV is not in {}..{} keV", energy_kev, kEnergiesKev.front(), kEnergiesKev.back()));
  const auto above = std::upper_bound(kEnergiesKev.begin() + 1, kEnergiesKev.end() - 1, energy_kev);
  const auto n = static_cast<std::size_t>(above - kEnergiesKev.begin());
  const double share =
      std::log(energy_kev / kEnergiesKev[n - 1]) / std::log(kEnergiesKev[n] / kEnergiesKev[n - 1]);
  const auto& values = row(material).cm2_g;
  return std::exp((1.0 - share) * std::log(values[n - 1]) + share * std::log(values[n]));
}

double hounsfield(Material material, double g_cm3, double energy_kev) {
  return 1000.0 * (g_cm3 * mass_attenuation_cm2_g(material, energy_kev) /
                       mass_attenuation_cm2_g(Material::kWater, energy_kev) -
                   1.0);
}

}  // namespace ledd
