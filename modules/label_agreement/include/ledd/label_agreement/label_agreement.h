#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "ledd/core/context.h"
#include "ledd/image/image.h"

/// How two drawings of the same structures agree.
namespace ledd::label_agreement {

/// Between the surfaces of two drawings of one structure.
struct SurfaceDistance {
  double mean_mm = 0.0;  ///< Average symmetric surface distance.
  double p95_mm = 0.0;   ///< The larger of the 95th percentiles of either direction.
  double max_mm = 0.0;   ///< Hausdorff distance.
  bool operator==(const SurfaceDistance&) const = default;
};

/// One structure that at least one of the two has.
struct StructureAgreement {
  std::uint16_t label = 0;
  std::size_t first_voxels = 0, second_voxels = 0, common_voxels = 0;
  double dice = 0.0;                       ///< 0 to 1; 0 where only one has it.
  std::optional<SurfaceDistance> surface;  ///< Empty where only one has it.
  bool operator==(const StructureAgreement&) const = default;
};

/// Dice overlap and surface distances of every structure of two label maps.
///
/// Method   Dice = 2 |A and B| / (|A| + |B|) of voxels. A structure's surface are its voxels of which one of
///          the six face neighbours, or what lies beyond the image, is not the structure. From the centre of
///          each to the nearest centre of the other's the distance is exact, in mm, by a lower envelope of
///          parabolas along each axis. Mean: over the surface voxels of both together. 95th percentile: of
///          each direction, between ranks linearly.
/// Source   Dice, Ecology 26:297-302, 1945; Felzenszwalb & Huttenlocher, Theory Comput 8:415-428, 2012;
///          definitions as in Taha & Hanbury, BMC Med Imaging 15:29, 2015.
/// Limits   Every surface voxel counts alike, whatever its area: on voxels that are no cubes the faces along
///          the fine axes weigh more. What is thinner than a voxel is not resolved. Distances are kept in
///          single precision while they are looked for (1e-6 of their value).
/// @param first, second  Labels on one grid; any spacing and direction.
/// @return  By label, ascending; the same for any number of threads.
/// @throws Error{kInput}      the grids differ.
/// @throws Error{kCancelled}
std::vector<StructureAgreement> compare(const Labels& first, const Labels& second, Context& context);

}  // namespace ledd::label_agreement
