#include "ledd/vertebral_deformity/level_norms.h"

#include <array>
#include <cmath>

namespace ledd {
namespace {

constexpr int kPersonsT2 = 17;
constexpr int kPersonsWater = 54;
constexpr double kPart = static_cast<double>(kPersonsT2) / (kPersonsT2 + kPersonsWater);  // of the T2 set
constexpr int kPersonsT2B = 12;                                                           // of part B
constexpr int kPersonsWaterB = 18;

/// Mean and SD of one set; SD 0: not known. Mean 0: the set does not hold the level.
struct Cell {
  double mean = 0.0;
  double sd = 0.0;
};

struct Row {
  std::uint16_t id = 0;
  Cell ha_hp_t2, ha_hp_water;
  Cell hm_hp_t2, hm_hp_water;
  Cell depth_mm_t2;
  double hm_hp_sd_b = 0.0, hp_relative_b = 1.0, hp_neighbours_sd_b = 0.0;
  double six_ha_hp_b = 1.0, six_hm_hp_b = 1.0;
};

// clang-format off
constexpr std::array<Row, 7> kRows{{
    {18, {.932, .078}, {},            {.924, .077}, {},        {32.3, 2.3}, .091, .864, .070, .924, .888},
    {19, {.971, .060}, {},            {.932, .063}, {},        {32.1, 2.0}, .076, .932, .042, .995, .920},
    {20, {.987, .049}, {.983, .070},  {.947, 0},    {.944, 0},  {},         .038, .986, .045, 1.002, .924},
    {21, {1.013, 0},   {1.030, .056}, {.935, 0},    {.950, 0},  {},         .049, 1.001, .037, 1.061, .916},
    {22, {1.047, 0},   {1.055, .061}, {.934, 0},    {.948, 0},  {},         .057, 1.000, .032, 1.076, .890},
    {23, {1.053, 0},   {1.077, .070}, {.944, 0},    {.962, 0},  {},         .053, .961, .046, 1.107, .917},
    {24, {1.160, 0},   {1.216, .086}, {.996, 0},    {1.041, 0}, {},         .072, .894, .067, 1.281, 1.015},
}};
// clang-format on

/// Both sets as one: their difference is part of the SD. A set without an SD is taken to spread like the
/// other.
LevelNorm::Ratio pooled(const Cell& t2, const Cell& water, double sd_b) {
  LevelNorm::Ratio r;
  if (water.mean == 0.0) {
    r.mean = t2.mean;
    r.persons = kPersonsT2;
    if (t2.sd > 0.0) r.sd = t2.sd;
  } else {
    r.mean = kPart * t2.mean + (1.0 - kPart) * water.mean;
    r.persons = kPersonsT2 + kPersonsWater;
    const double water_sd = water.sd > 0.0 ? water.sd : t2.sd;
    const double t2_sd = t2.sd > 0.0 ? t2.sd : water.sd;
    const double apart = t2.mean - water.mean;
    if (water_sd > 0.0)
      r.sd = std::sqrt(kPart * t2_sd * t2_sd + (1.0 - kPart) * water_sd * water_sd +
                       kPart * (1.0 - kPart) * apart * apart);
  }
  r.alarm_sd = r.sd.value_or(sd_b);
  return r;
}

}  // namespace

std::optional<LevelNorm> level_norm(std::uint16_t id) {
  for (const Row& row : kRows) {
    if (row.id != id) continue;
    LevelNorm norm;
    norm.ha_hp = pooled(row.ha_hp_t2, row.ha_hp_water, 0.0);
    norm.hm_hp = pooled(row.hm_hp_t2, row.hm_hp_water, row.hm_hp_sd_b);
    if (row.depth_mm_t2.mean > 0.0) {
      norm.depth_mm = row.depth_mm_t2.mean;
      norm.depth_sd_mm = row.depth_mm_t2.sd;
    }
    norm.six_ha_hp = row.six_ha_hp_b;
    norm.six_hm_hp = row.six_hm_hp_b;
    norm.six_persons = row.ha_hp_water.mean > 0.0 ? kPersonsT2B + kPersonsWaterB : kPersonsT2B;
    norm.hp_relative = row.hp_relative_b;
    norm.hp_neighbours_sd = row.hp_neighbours_sd_b;
    return norm;
  }
  return std::nullopt;
}

}  // namespace ledd
