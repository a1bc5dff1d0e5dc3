#pragma once
#include <string>

#include "ledd/core/context.h"
#include "ledd/core/params.h"
#include "ledd/density_registration/grid_motion.h"
#include "ledd/image/image.h"

namespace ledd {

/// Finds how a bone lay in a second scan, by the densities of both: rigid, in 3-D, finer than the voxels.
///
/// Method   Densities are averaged over blocks of 2, 4, ... voxels up to half a millimetre and smoothed by
///          one voxel of each scale. At the coarsest, the bones' middle lines and every shift along the bone
///          with turns of up to 12 degrees about it are tried; the best eight climb, the best three of these
///          at the next scale, and the best one at all finer ones. A climb lowers the squared differences of
///          the densities by Gauss and Newton, with Huber's weights, so that a place where bone has changed
///          does not pull: inverse compositional, so that the derivatives are of the first scan. Points are
///          at and in the bone, spread evenly over it, 200,000 at most.
/// Source   Baker, Matthews, Int J Comput Vis 56:221, 2004 (the climb); Huber, Ann Math Stat 35:73, 1964.
/// Limits   One rigid piece. Where no trabeculae are seen, a turn about a round bone or a shift along a
///          straight one is found by little: `texture` says so.
class DensityRegistration {
 public:
  struct Params {
    double min_overlap = 0.25;  ///< Of the shorter scan's length.
    static const ParamTable<Params>& table();
  };

  struct Scan {
    const Volume& density;  ///< mg HA/cm3; the third axis along the bone. Needed in the bone and 1 mm around.
    const Mask& periosteal;  ///< The whole bone, on the same grid.
    const Mask& trabecular;  ///< Its inside; may be empty.
  };

  struct Result {
    GridMotion second_from_first;
    bool converged = false;
    double step_um = 0.0;                 ///< By how much the last step still moved the bone's rim.
    double correlation = 0.0;             ///< Of the densities at the finest scale, in both bones; -1 to 1.
    double trabecular_correlation = 0.0;  ///< In both insides, off the cortex; 0 without.
    double texture_mg_per_cm3 = 0.0;      ///< SD of the first scan's smoothed density there.
  };

  /// @throws Error{kParam}
  explicit DensityRegistration(const Params& params);
  DensityRegistration() : DensityRegistration(Params{}) {}

  /// The same for any number of threads.
  /// @throws Error{kInput}  voxels are no cubes or differ by more than a hundredth; a scan shows no bone, or
  ///                        bone in fewer than 8 slices; grids within a scan differ.
  Result operator()(const Scan& first, const Scan& second, Context& context) const;

 private:
  Params params_;
};

}  // namespace ledd
