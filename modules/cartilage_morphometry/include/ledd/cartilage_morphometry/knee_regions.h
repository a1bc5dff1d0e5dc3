#pragma once
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ledd/cartilage_thickness/cartilage_thickness.h"

/// Regions of the knee's cartilage, with the names of the field.
namespace ledd::knee {

/// Smallest regions, as numbered in region maps. Tibia: c central, a anterior, p posterior, e external, i
/// internal. Femur: the weight-bearing condyles in thirds (e, c, i), the posterior condyles, the trochlea.
/// Patella: medial and lateral facet. The numbers are a contract with the region maps: never change one.
enum Region : std::uint16_t {
  kNone = 0,
  kCMT,
  kAMT,
  kPMT,
  kEMT,
  kIMT,
  kCLT,
  kALT,
  kPLT,
  kELT,
  kILT,
  kEcMF,
  kCcMF,
  kIcMF,
  kEcLF,
  kCcLF,
  kIcLF,
  kPMF,
  kPLF,
  kTrF,
  kMP,
  kLP
};

/// A region that is reported: one of the smallest, or several together.
struct RegionSet {
  std::string_view name;  ///< "cMT", "MT", "cMF".
  std::uint16_t bone = 0;
  std::uint16_t cartilage = 0;
  std::vector<std::uint16_t> parts;  ///< Of Region.
};

/// All that are reported, whole plates first.
const std::vector<RegionSet>& region_sets();

/// What was found in one region of a surface.
struct RegionValues {
  double tab_mm2 = 0.0, cab_mm2 = 0.0;
  double mean_mm = 0.0, sd_mm = 0.0;  ///< Over tAB by area, denuded bone as 0.
  double covered_mean_mm = 0.0;       ///< Over cAB.
  double laplace_mean_mm = 0.0;       ///< Over tAB; NaN where it was not measured.
  double volume_mm3 = 0.0;            ///< Of the voxels whose nearest bone is in the region.
  /// tAB with the bare bone that learned knees have cartilage on; NaN until add_learned_area().
  double learned_tab_mm2 = std::numeric_limits<double>::quiet_NaN();
};

/// Values of every set but the volume. A set without area has tab_mm2 = 0 and no meaning else.
/// @param regions  By vertex of the layer.
RegionValues values_of(const CartilageLayer& layer,
                       std::span<const std::uint16_t> regions,
                       const RegionSet& set);

}  // namespace ledd::knee
