#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ledd/image/image.h"
#include "ledd/measurement/measurement.h"

namespace ledd {

/// What DiscMorphometry found.
struct DiscResult {
  /// A number with its standard error, both in the unit its name ends in.
  struct Number {
    double value = 0.0;
    double se = 0.0;
  };

  struct Disc {
    std::uint16_t id = 0;     ///< 100 + id of the vertebra above.
    std::uint16_t lower = 0;  ///< Id of the vertebra below; 0 when it is not known.
    std::string region;       ///< "L4/L5", "L5/S1".

    Quality quality =
        Quality::kFailed;               ///< Of all but the volume and the slip's grade; kFailed: none is set.
    std::string reason;                 ///< Empty exactly when quality is kGood.
    Number ha_mm, hm_mm, hp_mm;         ///< Between the facing endplates along the disc's normal.
    Number ap_mm;                       ///< Depth of the disc space.
    Number area_mm2;                    ///< Of the mid-sagittal plane, between both contours.
    Number angle_deg;                   ///< Between the endplates; + open in front.
    Number slip_mm;                     ///< Of the upper vertebra on the lower; + forward.
    Number slip_percent;                ///< Of the lower endplate.
    bool collapsed = false;             ///< Its mean height is below Params::collapsed_mm.
    std::optional<Number> vertebra_mm;  ///< Mean mid-height of the measured vertebrae above and below.
    std::string vertebra_reason;        ///< Why there is none.

    int meyerding = 0;  ///< 0 for a slip that is not called; 1 to 5.
    Quality meyerding_quality = Quality::kFailed;
    std::string meyerding_reason;

    std::optional<Number> volume_cm3;  ///< Of the labelled disc.
    Quality volume_quality = Quality::kFailed;
    std::string volume_reason;
    bool volume_beyond_stack = false;  ///< All that is wrong with it is that the disc reaches the last slice.

    std::vector<Point> upper_lps_mm, lower_lps_mm;  ///< Facing contours from front to back, in one plane.
    double mean_height_mm() const { return area_mm2.value / ap_mm.value; }
  };

  std::vector<Disc> discs;  ///< From head to foot.
};

}  // namespace ledd
