#pragma once
#include <cstdint>
#include <vector>

#include "ledd/core/context.h"
#include "ledd/core/params.h"
#include "ledd/image/image.h"

namespace ledd {

/// Finds the outer surface of vertebral bodies in CT, from cores that lie within them.
///
/// Method   From a core's centre run 2562 rays. Where one leaves the core, smoothed over its neighbours, is
///          its start. The surface crosses each ray between `inward_mm` before and `outward_mm` beyond the
///          start, where HU fall most along the core's normal (over 1.5 mm, at most `full_edge_hu_per_mm`
///          counts), at least cost: a fall of nothing costs 1 more than a full one, each mm from `usual_mm`
///          0.02, each mm by which neighbours differ 2 `stiffness`; they differ by no more than 1 mm. The
///          least of all surfaces is found exactly, as a minimum cut. Where the cortex is open (pedicles,
///          basivertebral vein) the stiffness spans it, so that the posterior elements stay out.
///          HU are steepest half a blur outside a thin cortex: from there the surface moves to where the
///          cortex ends, its middle (highest HU) and half its thickness (what its HU amount to), shared over
///          some 6 mm.
/// Source   Optimal surfaces: Li et al., IEEE Trans Pattern Anal Mach Intell 28:119, 2006. End of the cortex:
///          after Treece et al., Med Image Anal 14:276, 2010.
/// Limits   A body must be seen whole from its centre; osteophytes longer than some mm are cut off. Masks
/// that
///          hold every voxel with bone in it are some 15 % larger at 3 mm.
class VertebralSurface {
 public:
  struct Params {
    double inward_mm = 3.0;
    double outward_mm = 7.0;
    double usual_mm = 2.0;
    double stiffness = 0.05;
    double full_edge_hu_per_mm = 60.0;
    double smoothing_mm = 0.5;
    static const ParamTable<Params>& table();
  };

  struct Body {
    std::uint16_t instance = 0;  ///< Its value in the cores.
    Point centre_lps_mm{};       ///< Of the core.
    double volume_cm3 = 0.0;     ///< Within the surface.
    double edge_share = 0.0;     ///< Part of the surface where HU fall by a third of a full edge or more.
    bool cut = false;  ///< The surface reaches the border of the scan or of its field (-1000 HU and less).
  };

  /// Images are on the grid of the scan.
  struct Result {
    std::vector<Body> bodies;   ///< In ascending order of instance.
    Labels::Pointer instances;  ///< As in the cores; 0 outside all bodies.
    Volume::Pointer inside;     ///< 0.5 on a surface, 1 from 2 mm within, 0 from 2 mm outside.
  };

  /// @throws Error{kParam}
  explicit VertebralSurface(const Params& params);
  VertebralSurface() : VertebralSurface(Params{}) {}

  /// The same for any number of threads.
  /// @param scan   HU.
  /// @param cores  One instance each, within the bodies; any grid in the same space.
  /// @throws Error{kInput}  a core's centre lies outside the scan.
  Result operator()(const Volume& scan, const Labels& cores, Context& context) const;

 private:
  Params params_;
};

}  // namespace ledd
