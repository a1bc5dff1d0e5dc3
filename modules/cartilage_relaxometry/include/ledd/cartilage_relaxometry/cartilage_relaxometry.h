#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ledd/core/context.h"
#include "ledd/core/params.h"
#include "ledd/image/image.h"
#include "ledd/measurement/measurement.h"
#include "ledd/relaxometry/relaxometry.h"

namespace ledd {

/// Decay times of cartilage, plate by plate: the whole plate, its deep and superficial half, and five layers.
///
/// Method   Statistics over the voxels of a label whose fit is good; the others are counted. Relative depth
/// of
///          a voxel is a / (a + b), a the distance to the bone under the plate, b that to whatever else is
///          not this plate, both in mm from the voxel's centre to the border of the nearest other voxel: 0 at
///          the bone, 1 at the joint. Deep is the half below 0.5; the layers are fifths.
/// Source   Halves and layers: Carballido-Gamio et al., Magn Reson Med 63:465, 2010 (laminar analysis).
/// Limits   Where a plate is two voxels thick or less, layers are the voxels' own and share their partial
///          volume: a layer of fewer voxels than `min_voxels` has no value. Labels count by the voxels'
///          centres; no volume is given, so a gap between slices is neither filled nor counted.
class CartilageRelaxometry {
 public:
  static constexpr std::size_t kLayers = 5;

  struct Params {
    int min_voxels = 10;        ///< Fewer good ones: no value.
    double max_excluded = 0.2;  ///< Share of voxels without a good fit above which values are uncertain.
    double max_bone_distance_mm = 8.0;  ///< Cartilage further from its bone has no depth.
    double fluid_ms = 100.0;  ///< Longer is joint fluid within the mask: left out, and counted as excluded.
    static const ParamTable<Params>& table();
  };

  /// What the values are, for the endpoints' names.
  enum class Quantity { kT2, kT1rho, kT2star };

  struct Statistics {
    std::size_t voxels = 0;                        ///< With a good fit.
    std::size_t excluded = 0;                      ///< Without.
    double mean_ms = 0, median_ms = 0, sd_ms = 0;  ///< 0 without voxels; SD about the mean, n - 1.
  };

  struct Region {
    std::string name;      ///< "FC", "MT", ...; of a sub-region as given.
    std::uint16_t id = 0;  ///< Of the label, or of the sub-region; 0 of several together.
    bool is_part = false;  ///< A sub-region.
    Statistics all, deep, superficial;
    std::array<Statistics, kLayers> layers{};  ///< From the bone to the joint.
    std::string no_depth;                      ///< Why there are no halves and layers; empty when there are.
  };
  struct Result {
    std::vector<Region> regions;  ///< Plates by id, named sub-regions by id, those of several as given.
    Volume::Pointer depth;        ///< Relative depth, NaN outside cartilage.
    Mask::Pointer plates;         ///< 1 in the four plates.
  };

  /// Several sub-regions as one: its statistics are over all their voxels.
  struct Together {
    std::string name;
    std::vector<std::uint16_t> ids;
  };
  /// A second label map: what each id is called. Only its voxels within a plate count.
  struct SubRegions {
    const Labels* labels = nullptr;
    std::map<std::uint16_t, std::string> names{};
    std::vector<Together> together{};
  };

  /// @throws Error{kParam}
  explicit CartilageRelaxometry(const Params& params);
  CartilageRelaxometry() : CartilageRelaxometry(Params{}) {}

  /// @param value_ms, quality  Maps as of Relaxometry or DessT2.
  /// @param labels             Ids of ledd::anatomy; femoral, medial and lateral tibial, patellar cartilage.
  /// @throws Error{kInput}  grids differ; a sub-region without a name.
  Result operator()(const Volume& value_ms,
                    const Mask& quality,
                    const Labels& labels,
                    const SubRegions& sub_regions,
                    Context& context) const;

  /// One row for each plate and endpoint, also for plates that are not there.
  std::vector<Measurement> measurements(const Result& result, Quantity quantity) const;
  /// The same rows without a value, because there is no usable segmentation.
  static std::vector<Measurement> unmeasured(Quantity quantity, const std::string& reason);

  /// T2, T2_deep, T2_superficial, T2_layer1..5, T2_voxels, T2_excluded; the same for T1rho and T2star.
  static const std::vector<EndpointDefinition>& definitions();

 private:
  Params params_;
};

std::string_view name_of(CartilageRelaxometry::Quantity quantity) noexcept;  ///< "T2", "T1rho", "T2star"

}  // namespace ledd
