#pragma once
#include <string>
#include <vector>

#include "ledd/anatomy/knee.h"
#include "ledd/core/context.h"
#include "ledd/core/params.h"
#include "ledd/image/image.h"

namespace ledd {

/// Head, axes and regions of a proximal femur, from its outline alone.
///
/// Method   Head: a ball fitted (Tukey's weights) to the outline's surface near its most medial and proximal
///          thick place. Neck axis: from the head's centre to the centre of the section of least area that is
///          perpendicular to it, iterated. Shaft axis: through the centres of the lowest sections. The lower
///          end of the lesser trochanter: above it sections across the shaft exceed the shaft's by
///          `trochanter_percent`. Head | neck: the plane across the neck axis in which a ball of that radius
///          is as wide as the narrowest section. Neck | trochanteric: the plane `neck_half_mm` beyond that
///          section. Trochanteric | shaft: the plane across the shaft axis at the lower end of the lesser
///          trochanter. The shaft ends `shaft_mm` further down.
/// Source   Narrowest section as the neck's, trochanteric region to the lesser trochanter's lower end, and
/// total
///          hip as their sum with the upper shaft are common to DXA and to its imitation from QCT; the exact
///          planes are ours.
/// Limits   A femur whose head and neck are in the mask. Without shaft the patient's axis stands for its own.
class FemurRegions {
 public:
  enum Region : std::uint16_t { kHead = 1, kNeck = 2, kTrochanteric = 3, kShaft = 4 };

  struct Params {
    double neck_half_mm = 7.5;
    double shaft_mm = 20.0;
    double least_shaft_mm = 10.0;
    double trochanter_percent = 12.0;
    static const ParamTable<Params>& table();
  };

  struct Frame {
    Point head_lps_mm{};
    double head_radius_mm = 0.0, head_residual_mm = 0.0;
    Point neck_axis{};                            ///< From head to trochanter, length 1.
    Point neck_lps_mm{};                          ///< Centre of the narrowest section.
    double neck_mm2 = 0.0;                        ///< Its area.
    double head_end_mm = 0.0, neck_end_mm = 0.0;  ///< Along the neck axis, from the head's centre.
    Point shaft_axis{};                           ///< Downwards, length 1.
    Point shaft_lps_mm{};                         ///< On the axis.
    bool shaft_in_view = false;
    double trochanter_end_mm = 0.0;  ///< Along the shaft axis, below the head's centre; where the mask ends
                                     ///< without a shaft.
    double neck_shaft_deg = 0.0;     ///< 0 without a shaft.
  };

  struct Result {
    Labels::Pointer regions;  ///< 1 head, 2 neck, 3 trochanteric, 4 shaft; on the grid of the mask.
    Frame frame;
    bool neck_whole = false;  ///< Else there is no region 2, and the head ends at the usual place.
    bool trochanteric_whole = false, shaft_whole = false;
    std::string refusal;  ///< Why there are no regions; empty when there are.
    std::vector<std::string> doubts;
  };

  /// @throws Error{kParam}
  explicit FemurRegions(const Params& params);
  FemurRegions() : FemurRegions(Params{}) {}

  /// @param femur  1 inside; any direction and spacing.
  /// @throws Error{kInput}  `femur` is empty.
  Result operator()(const Mask& femur, anatomy::Side side, Context& context) const;

 private:
  Params params_;
};

}  // namespace ledd
