#pragma once
#include <optional>
#include <string>
#include <vector>

#include "ledd/core/context.h"
#include "ledd/core/params.h"
#include "ledd/density_calibration/density_line.h"
#include "ledd/image/image.h"
#include "ledd/measurement/measurement.h"
#include "ledd/proximal_femur/femur_regions.h"

namespace ledd {

/// Density of a proximal femur by region.
///
/// Method   Volume: voxels times their size. Integral: mean over all voxels of a region. Trabecular: over
/// those
///          deeper than `erode_mm` below the femur's surface. Cortical: over those nearer to it that reach
///          `cortical_mg_cm3` (without a line: `cortical_hu`). BMC: integral density times volume. Projected
///          areal density: BMC over the region's shadow along the patient's front-to-back axis, turned by the
///          least angle that makes it perpendicular to the neck axis; of the neck and of the total hip (neck,
///          trochanteric region and shaft). HU become mg/cm3 by the calibration line alone.
/// Source   The projection follows the idea of CTXA; its constants are not known to us. Not DXA.
/// Limits   The cortex is thinner than the scan's blur: its density is too low and rises with thickness.
/// Areal
///          density is not comparable to DXA's or to CTXA's references; there is no T-score.
class HipDensity {
 public:
  struct Params {
    double erode_mm = 3.0;
    double cortical_mg_cm3 = 350.0;
    double cortical_hu = 400.0;
    double least_cm3 = 0.5;  ///< Of a compartment that is measured.
    double pixel_mm = 0.5;   ///< Of the projection.
    static const ParamTable<Params>& table();
  };

  struct Part {
    double volume_mm3 = 0.0, mean_hu = 0.0;  ///< 0 where there is none.
  };
  struct Region {
    std::string name;  ///< "head", "neck", "trochanteric", "shaft", "femur", "total hip".
    Part all, trabecular, cortical;
    double shadow_mm2 = 0.0;  ///< 0: not projected.
    std::string gap;          ///< Why the region cannot be measured; empty when it can.
    std::string doubt;        ///< What holds for this region alone.
  };
  struct Result {
    std::vector<Region> regions;
    std::string side;  ///< "R", "L".
    std::optional<DensityLine> line;
    std::string doubt;    ///< Holds for every value; empty for none.
    std::string refusal;  ///< Why nothing could be measured.
    Point projection{};   ///< Direction, length 1.
  };

  static const std::vector<EndpointDefinition>& definitions();

  /// @throws Error{kParam}
  explicit HipDensity(const Params& params);
  HipDensity() : HipDensity(Params{}) {}

  /// @param hu     HU; any direction and spacing.
  /// @param femur  Regions of one femur, on the grid of `hu`.
  /// @param line   The calibration of this scan; without it there are HU and volumes only.
  /// @param doubt  What the caller knows against the outline; every value carries it.
  /// @throws Error{kInput}  the grids differ.
  Result operator()(const Volume& hu,
                    const FemurRegions::Result& femur,
                    anatomy::Side side,
                    const std::optional<DensityLine>& line,
                    const std::string& doubt,
                    Context& context) const;

  /// The rows of a side that has no femur, all failed with `reason`.
  static Result refused(anatomy::Side side, const std::string& reason);

 private:
  Params params_;
};

/// Rows with side "R" or "L" and the region's name; what could not be measured says why.
std::vector<Measurement> measurements(const HipDensity::Result& result);

}  // namespace ledd
