#pragma once
#include <string>

#include "ledd/core/context.h"
#include "ledd/core/params.h"
#include "ledd/image/image.h"
#include "ledd/measurement/measurement.h"
#include "ledd/spine_morphometry/spine_result.h"

namespace ledd {

/// How cerebrospinal fluid looks.
enum class FluidContrast {
  kUnknown,  ///< Decided from the image: the band behind the bodies against their marrow.
  kBright,   ///< T2, STIR, water image.
  kDark,     ///< T1.
};

/// The dural sac in a sagittal stack, behind the vertebral bodies in view, with cord and roots.
///
/// Method   The posterior walls of the measured bodies give a curve; every slice is straightened along it.
/// The
///          sac's middle is the best way from top to bottom over slice and depth (dynamic programming on
///          smoothed brightness). On the sheet of that way, then on the sheets to both sides, the front and
///          back edge of best score are found exactly by dynamic programming over pairs of edges: gradient at
///          both, brightness between, no thin dark line between (the dura before epidural fat), few steps.
///          Edges are placed between samples at the gradient's centre.
///          With a network's probability: its part above 0.5 that lies in the band behind the bodies, the
///          largest connected part, holes filled. Geometry only cleans.
/// Limits   Without a network: where epidural fat touches the dura without a line between, the back edge may
///          include fat; where fluid is dark, cortical bone and ligament cannot be told from it, and the
///          answer is always uncertain. Nothing is drawn above the first or below the last measured body.
class DuralSac {
 public:
  struct Params {
    FluidContrast fluid = FluidContrast::kUnknown;
    double min_depth_mm = 4.0;    ///< Smallest front-to-back depth looked for.
    double max_depth_mm = 22.0;   ///< Largest.
    double half_width_mm = 12.5;  ///< How far to the side of its middle the sac is looked for.
    double min_contrast = 0.25;   ///< Of the inside over both sides, as part of fluid minus dark tissue.
    double max_gap_fraction =
        0.3;  ///< Part of the height that may lack that contrast before it is "not found".
    static const ParamTable<Params>& table();
  };
  struct Result {
    Labels::Pointer labels;                              ///< 61 in the sac, else 0; null when not found.
    Volume::Pointer soft;                                ///< 0..1, 0.5 on the surface; null when not found.
    FluidContrast fluid_used = FluidContrast::kUnknown;  ///< kUnknown: a network's probability was used.
    double length_mm = 0.0;                              ///< Along the posterior walls, with sac.
    Quality quality = Quality::kFailed;
    std::string reason;  ///< Empty exactly when quality is kGood.
  };

  /// @throws Error{kParam}
  explicit DuralSac(const Params& params);
  DuralSac() : DuralSac(Params{}) {}

  /// @param flat     The image as modules/bias_field gives it; sagittal, any spacing and order of axes.
  /// @param bodies   The body labels on the same grid; used to know how bright marrow is.
  /// @param spine    What SpineMorphometry found in `bodies`.
  /// @param network  Null, or the probability 0..1 of the sac on the same grid.
  /// @throws Error{kInput}  the grids differ.
  Result operator()(const Volume& flat,
                    const Labels& bodies,
                    const SpineResult& spine,
                    const Volume* network,
                    Context& context) const;

 private:
  Params params_;
};

}  // namespace ledd
