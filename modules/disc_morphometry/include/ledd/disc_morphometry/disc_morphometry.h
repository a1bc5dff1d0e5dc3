#pragma once
#include <vector>

#include "ledd/core/context.h"
#include "ledd/core/params.h"
#include "ledd/disc_morphometry/disc_result.h"
#include "ledd/image/image.h"
#include "ledd/measurement/figure.h"
#include "ledd/measurement/measurement.h"
#include "ledd/spine_morphometry/spine_morphometry.h"

namespace ledd {

/// Heights, depth, angle and volume of every intervertebral disc, and the slip of each vertebra on the next.
///
/// Method   The facing endplate contours of two neighbouring bodies (SpineMorphometry) are brought into one
///          plane, the mean of the mid-sagittal planes of both, by moving along the endplates. Heights are
///          the distances of facing corners and mid-points along the normal of the bisector of both endplate
///          lines; the area lies between the contours. The slip is the offset of the upper body's posterior
///          inferior from the lower body's posterior superior corner along the lower superior endplate. The
///          volume is counted from the disc's label, or enclosed by the surface of `disc_probability`.
/// Errors   Standard errors come from those of the contours (SpineMorphometry), which are independent for the
///          two bodies; see docs/disc-morphometry.md for how far they hold.
/// Limits   Corners are taken without rims and spurs. A collapsed disc is measured, and flagged. Supine MRI
///          shows less slip than standing films.
class DiscMorphometry {
 public:
  struct Params {
    double collapsed_mm = 2.0;    ///< Mean height below which a disc counts as collapsed.
    double max_height_mm = 25.0;  ///< Heights above are implausible: uncertain.
    double max_se_mm = 1.0;       ///< Standard error of a height above which a disc is uncertain.
    double max_turn_deg = 20.0;   ///< Turn of the two bodies about the spine above which a disc is uncertain.
    double slip_mm = 3.0;         ///< A slip is called from here ...
    double slip_percent = 8.0;    ///< ... or from here.
    static const ParamTable<Params>& table();
  };
  using Result = DiscResult;

  /// @throws Error{kParam}  a value is out of range.
  explicit DiscMorphometry(const Params& params);
  DiscMorphometry() : DiscMorphometry(Params{}) {}

  /// @param bodies            What SpineMorphometry found; may be empty, then there are volumes alone.
  /// @param labels            Discs are 100 + id of the vertebra above; any spacing, direction, order of
  /// axes.
  /// @param disc_probability  Null, or the probability 0..1 that a voxel is disc, 0.5 on the surface; grid of
  ///                          `labels`.
  /// @return  One Disc between every two neighbouring bodies, and one for every disc label.
  /// @throws Error{kInput}  `disc_probability` is on another grid.
  Result operator()(const SpineResult& bodies,
                    const Labels& labels,
                    const Volume* disc_probability,
                    Context& context) const;

  /// Every endpoint that measurements() can hold.
  static const std::vector<EndpointDefinition>& definitions();

 private:
  Params params_;
};

/// The endpoints of all discs, with quality and reasons; region is the short name ("L4/L5"). Values with a
/// standard error have it as statistic "se".
std::vector<Measurement> measurements(const DiscMorphometry::Result& result);

/// For the report: the three heights of every measured disc, and every slip that has a grade.
std::vector<Polyline> report_lines(const DiscMorphometry::Result& result);

}  // namespace ledd
