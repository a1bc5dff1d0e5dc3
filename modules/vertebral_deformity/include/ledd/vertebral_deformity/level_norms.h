#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ledd {

/// Norms of one level. Part A is for heights read in bands of the depth, as VertebralDeformity does; six
/// points give other ratios (up to 0.09 higher at L5), so these have means of their own in part B.
///
/// Source   Part A, means and SDs of the ratios and of the depth: manual labels of 17 healthy adults (T11-L5,
///          T2, 1.25 x 1.25 x 2 mm; the public set of Chu et al., PLoS One 10:e0143327, 2015) and of 54
///          healthy adults (L1-L5, water images; Burian et al., BMC Musculoskelet Disord 20:152, 2019). Sexes
///          and ages together; the sets do not give them by person. Where both sets have a level, means are
///          weighted by persons and the SD holds the difference of the sets. Part B, means of the six-point
///          ratios, SDs of Hm/Hp that part A lacks, and Hp of neighbours against each other: 12 and 18 of the
///          same persons, read by this module (docs/vertebral-deformity.md).
/// Limits   A norm of healthy volunteers, not of a population; nothing above T11, no L6, no T13.
struct LevelNorm {
  struct Ratio {
    double mean = 1.0;
    std::optional<double> sd;  ///< Part A: what a z-score may use.
    double alarm_sd = 0.0;     ///< `sd`, or part B's where there is none.
    int persons = 0;           ///< Behind the mean.
  };
  Ratio ha_hp, hm_hp;                           ///< Of band heights.
  double six_ha_hp = 1.0, six_hm_hp = 1.0;      ///< Means of the six-point ratios, part B.
  int six_persons = 0;                          ///< Behind part B: 12 or 30.
  std::optional<double> depth_mm, depth_sd_mm;  ///< AP depth between the outermost edges; T11 and T12 only.
  double hp_relative = 1.0;                     ///< Hp in units of the same person's Hp of L3.
  double hp_neighbours_sd = 0.0;  ///< Of Hp over what its neighbours let expect, in healthy persons.
};

/// Name of the table, as definitions and reasons print it.
inline constexpr std::string_view kLevelNorms = "ledd-norms/1";

/// The norm of a vertebra; nothing where there is none.
std::optional<LevelNorm> level_norm(std::uint16_t id);

}  // namespace ledd
