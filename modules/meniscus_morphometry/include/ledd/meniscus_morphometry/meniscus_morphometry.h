#pragma once
#include <optional>
#include <string>
#include <vector>

#include "ledd/cartilage_morphometry/cartilage_morphometry.h"

namespace ledd {

/// Volume, extrusion and coverage of the menisci.
///
/// Method   In the knee's own axes (CartilageResult). Extrusion: in every coronal slab of 1 mm of the middle
/// of the
///          tibial plate, how far the meniscus reaches beyond the outermost point of the tibia within
///          `rim_mm` below the plate's highest bone, towards the outer side of the knee; the mean over the
///          slabs. Coverage: the part of the plate's bone area (tAB) that has meniscus above it.
/// Source   Wirth et al., Arthritis Rheum 62:1078, 2010 (names of the measures).
/// Limits   A spur at the tibia's edge moves the edge outwards, and the extrusion becomes smaller.
class MeniscusMorphometry {
 public:
  struct Params {
    double middle_mm = 10.0;  ///< Depth, from front to back, of the mid-coronal region.
    double rim_mm = 10.0;     ///< Part of the tibia below the plate in which its edge is sought.
    double above_mm = 12.0;   ///< Meniscus within this above the bone covers it.
    static const ParamTable<Params>& table();
  };
  struct Meniscus {
    std::uint16_t id = 0;
    std::string region;  ///< "MM", "LM".
    std::string absent;  ///< Why nothing was measured; empty when the volume was.
    double volume_mm3 = 0.0;
    bool at_border = false;
    std::optional<double> extrusion_mm, coverage_percent;  ///< Negative extrusion: inside the edge.
    std::string reason;                                    ///< Why one of these is missing.
  };
  struct Result {
    anatomy::Side side = anatomy::Side::kRight;
    std::vector<Meniscus> menisci;  ///< Medial, lateral.
  };

  explicit MeniscusMorphometry(const Params& params);  ///< @throws Error{kParam}
  MeniscusMorphometry() : MeniscusMorphometry(Params{}) {}

  /// @param labels  208 and 209 are read, on the grid that `knee` was measured on.
  Result operator()(const Labels& labels, const CartilageResult& knee, Context& context) const;

  static const std::vector<EndpointDefinition>& definitions();

 private:
  Params params_;
};

std::vector<Measurement> measurements(const MeniscusMorphometry::Result& result);

}  // namespace ledd
