#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ledd/image/image.h"
#include "ledd/measurement/measurement.h"

namespace ledd {

/// What SpineMorphometry found.
struct SpineResult {
  /// A body's own axes; unit vectors, left x posterior = superior.
  struct Frame {
    Point centre_lps_mm{};
    Point left{1, 0, 0};
    Point posterior{0, 1, 0};
    Point superior{0, 0, 1};
  };

  /// One endplate. Its plane is the Huber fit to the central 70 % of depth and 60 % of width.
  struct Endplate {
    bool measured = false;
    Point normal{0, 0, 1};              ///< Unit vector, toward the head.
    Point anterior_lps_mm{};            ///< Ends of the endplate's line: the plane cut by the mid-sagittal
    Point posterior_lps_mm{};           ///< plane, between the walls.
    std::vector<Point> contour_lps_mm;  ///< The fitted curve in the mid-sagittal plane, from front to back.
    double residual_mm = 0.0;           ///< RMS distance of the boundary points to the curve.

    /// Standard errors (see SpineMorphometry): of the contour square to the endplate, in front, in the
    /// middle, behind and in the mean; of both ends along the endplate; of its direction in the mid-sagittal
    /// plane.
    std::array<double, 3> across_se_mm{};
    double mean_across_se_mm = 0.0;
    std::array<double, 2> end_se_mm{};
    double direction_se_deg = 0.0;
  };

  /// A height or depth with its SD over the slices it is the mean of, and its standard error.
  struct Length {
    double value_mm = 0.0;
    double slice_sd_mm = 0.0;  ///< 0 with fewer than two usable slices.
    double se_mm = 0.0;
  };

  struct Body {
    std::uint16_t id = 0;
    Quality quality = Quality::kFailed;  ///< Of heights, depth, tilt; kFailed: none of them is set.
    std::string reason;                  ///< Empty exactly when quality is kGood.
    Frame frame;
    Point as_lps_mm{}, ms_lps_mm{}, ps_lps_mm{};  ///< Anterior, middle, posterior of the superior endplate.
    Point ai_lps_mm{}, mi_lps_mm{}, pi_lps_mm{};  ///< The same of the inferior endplate; not set for S1.
    Length ha, hm, hp;                            ///< Not set for S1.
    Length depth;                                 ///< Anterior to posterior wall at mid-height.
    double area_mm2 = 0.0;                        ///< Of the mid-sagittal plane, between contours and walls.
    double area_se_mm2 = 0.0;
    std::optional<double> width_mm;  ///< Left to right at mid-height; empty: `width_reason`.
    double width_se_mm = 0.0;
    std::string width_reason;
    std::optional<double> volume_cm3;  ///< Of the labelled body; empty: `volume_reason`.
    double volume_se_cm3 = 0.0;
    std::string volume_reason;
    double tilt_deg = 0.0;  ///< Of the mid-body plane (S1: of the superior endplate) against the scanner's
                            ///< axial plane, in the spine's sagittal plane; + is anterior up.
    double tilt_se_deg = 0.0;
    int slices = 0;               ///< Slices within half_slab_mm of the mid-sagittal plane.
    double residual_mm = 0.0;     ///< Largest RMS residual of the contour and wall fits.
    double soft_fraction = 0.0;   ///< Part of the boundary points placed by `soft`; 0 without it.
    Endplate superior, inferior;  ///< S1 has the superior one only.
  };

  /// An angle between two endplates in the spine's sagittal plane; + is lordotic.
  struct Angle {
    std::string endpoint;  ///< "LL_L1_S1", "LL_L1_L5", "SL".
    std::string region;    ///< "L1-S1", "L1/L2".
    std::optional<double> value_deg;
    double se_deg = 0.0;  ///< Standard error; 0 without a value.
    Quality quality = Quality::kFailed;
    std::string reason;
  };

  std::vector<Body> bodies;   ///< From head to foot.
  std::vector<Angle> angles;  ///< Lordosis first, then the segments between labelled neighbours.
};

}  // namespace ledd
