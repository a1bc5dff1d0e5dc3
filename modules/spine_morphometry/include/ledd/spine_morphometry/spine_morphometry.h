#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ledd/core/context.h"
#include "ledd/core/params.h"
#include "ledd/image/image.h"
#include "ledd/measurement/figure.h"
#include "ledd/measurement/measurement.h"
#include "ledd/spine_morphometry/spine_result.h"

namespace ledd {

/// Six-point heights, depth, width, volume, endplates and tilt of every labelled vertebral body, and
/// lordosis.
///
/// Method   Every pair of neighbouring voxels of which one is inside the body gives one boundary point: the
///          middle between the two centres, or the place where `soft` crosses 0.5. The body's own frame comes
///          from those points: superior is the mean normal of both endplates, posterior is square to it and
///          to the anterior and posterior walls. Within `half_slab_mm` of the body's mid-sagittal plane the
///          superior and inferior contour (cubic over the central 90 % of its length) and both walls
///          (quadratic over the central 70 % of the height) are fitted with Huber weights; corners are where
///          contour and wall meet, each continued straight beyond the part it was fitted to. So corners
///          ignore osteophytes, and the mid-height sees the concavity of the endplates.
/// Source   Six points: Genant et al., J Bone Miner Res 8:1137, 1993; Huber weights: Huber, Ann Math Stat
///          35:73, 1964; lordosis as the angle of Cobb, 1948.
/// Limits   Hard labels fix a contour to about 0.3 in-plane voxels; an endplate that lies exactly along the
///          voxel rows gets no averaging, and its height may be off by one voxel. Slices must be nearer to
///          sagittal than to axial or coronal.
class SpineMorphometry {
 public:
  struct Params {
    double half_slab_mm = 5.0;     ///< Distance from the mid-sagittal plane up to which contours count.
    double max_residual_mm = 1.5;  ///< RMS of a contour fit above which a body is uncertain.
    double max_slice_sd_mm = 1.5;  ///< SD of a height over slices above which a body is uncertain.
    double min_height_mm = 5.0;    ///< Heights below are implausible: uncertain.
    double max_height_mm = 50.0;   ///< Heights above are implausible: uncertain.
    static const ParamTable<Params>& table();
  };
  using Result = SpineResult;

  /// @throws Error{kParam}  a value is out of range, or min_height_mm >= max_height_mm.
  explicit SpineMorphometry(const Params& params);
  SpineMorphometry() : SpineMorphometry(Params{}) {}

  /// @param labels  Ids of modules/anatomy: bodies T1..L6, T13; S1 for its superior endplate. Any spacing,
  ///                direction and order of axes; other ids are ignored.
  /// @param soft    Null, or the probability 0..1 that a voxel is vertebral body, 0.5 on the surface; same
  /// grid.
  /// @return        One Body per vertebral id that occurs, from head to foot; none for an empty map.
  /// @throws Error{kInput}  `soft` is on another grid.
  Result operator()(const Labels& labels, const Volume* soft, Context& context) const;
  Result operator()(const Labels& labels, Context& context) const {
    return (*this)(labels, nullptr, context);
  }

  /// Every endpoint that measurements() can hold: Ha, Hm, Hp, AP_depth, LR_width, body_volume, Ha_Hp, Hm_Hp,
  /// body_tilt, LL_L1_S1, LL_L1_L5, and what a segment's angle is called, SL.
  static const std::vector<EndpointDefinition>& definitions();

 private:
  Params params_;
};

/// Whether no level lies between two vertebrae; T13 and L6 may be there or not.
bool are_neighbours(std::uint16_t upper, std::uint16_t lower);

/// The endpoints of all bodies and angles, with quality and reasons; region is the short name ("L1",
/// "L1-S1"). Lengths, areas, ratios and angles have their standard error as statistic "se".
std::vector<Measurement> measurements(const SpineMorphometry::Result& result);

/// For the report: the three heights, the depth and the endplate contours of every measured body.
std::vector<Polyline> report_lines(const SpineMorphometry::Result& result);

/// The slice of `grid` that runs nearest to the bodies' centres, with report_lines(). Nothing if no body was
/// measured.
std::optional<Figure> mid_sagittal_figure(const SpineMorphometry::Result& result,
                                          const itk::ImageBase<3>& grid);

}  // namespace ledd
