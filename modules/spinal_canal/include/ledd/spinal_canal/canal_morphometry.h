#pragma once
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

/// Front-to-back diameter and cross-section of the dural sac at every body and disc.
///
/// Method   The sac's centreline is made of the middles of its chords, square to the course of the posterior
///          walls first and to the centreline itself after. A diameter is the chord through the centreline,
///          square to it, in a slice, between the two places where the soft surface is 0.5 (a hard label is
///          smoothed by 0.7 pixels first), times the cosine of slice and mid-sagittal plane. It is brought to
///          the sac's midline as on an ellipse of the same area, and averaged over `average_mm` along the
///          centreline and the slices within `half_slab_mm` of the sac's midline. Of a hard label, whose
///          walls are steps of whole pixels, the average is that of a parabola through the diameters within 6
///          mm.
/// Source   Plane square to the centreline, 3 mm average: De Leener et al., NeuroImage 145:24, 2017.
/// Limits   Of the dural sac, not of the bony canal. Slices must be nearer to sagittal than to axial or
/// coronal.
///          The standard error holds sampling, slices and the place of the midline; not an error of the
///          segmentation.
class CanalMorphometry {
 public:
  struct Params {
    double average_mm = 3.0;          ///< Along the centreline.
    double half_slab_mm = 2.5;        ///< Slices so near to the sac's midline count.
    double max_csa_slice_mm = 1.5;    ///< Slices further apart give no cross-section.
    double max_midline_gap_mm = 3.5;  ///< With no slice so near to the sac's midline nothing is measured.
    double relative_mm = 12.0;        ///< AP below: relative stenosis.
    double absolute_mm = 10.0;        ///< AP below: absolute stenosis.
    static const ParamTable<Params>& table();
  };
  struct Level {
    std::string region;  ///< "L3": mid-body; "L3/L4": disc.
    std::optional<double> ap_mm, csa_mm2;
    double ap_se_mm = 0.0, csa_se_mm2 = 0.0;
    Quality quality = Quality::kFailed;  ///< Of ap_mm.
    std::string reason;                  ///< Empty exactly when quality is kGood.
    std::string csa_reason;              ///< Empty exactly when csa_mm2 is set.
    int slices = 0;
    Point front_lps_mm{}, back_lps_mm{};  ///< Of the chord in the slice nearest to the midline.
  };
  struct Segment {
    std::string region;  ///< "L3/L4": from the middle of L3 to the middle of L4.
    std::optional<double> ap_min_mm;
    double ap_min_se_mm = 0.0;
    double above_disc_mm = 0.0;  ///< Where, from the disc's level along the centreline; + toward the head.
    Quality quality = Quality::kFailed;
    std::string reason;
    bool inherent = false;  ///< Doubtful only since the sac ends at S1: see Measurement::inherent.
    Point front_lps_mm{}, back_lps_mm{};
  };
  struct Result {
    std::vector<Point> centreline_lps_mm;  ///< From head to foot; empty without a sac.
    std::vector<Level> levels;             ///< From head to foot, bodies and discs in turn.
    std::vector<Segment> segments;
    double relative_mm = 12.0, absolute_mm = 10.0;  ///< Cut-offs used.
  };

  /// @throws Error{kParam}
  explicit CanalMorphometry(const Params& params);
  CanalMorphometry() : CanalMorphometry(Params{}) {}

  /// @param labels  Holds the sac as label 61; other ids are ignored.
  /// @param soft    Null, or the sac's soft surface on the same grid, 0.5 on it (DuralSac::Result::soft).
  /// @param spine   Gives the levels and the course of the posterior walls.
  /// @throws Error{kInput}  `soft` is on another grid.
  Result operator()(const Labels& labels,
                    const Volume* soft,
                    const SpineResult& spine,
                    Context& context) const;

  /// Every endpoint that measurements() can hold: canal_AP, canal_CSA, canal_CSA_class, canal_AP_min,
  /// canal_AP_min_at, canal_stenosis.
  static const std::vector<EndpointDefinition>& definitions();

 private:
  Params params_;
};

/// Values, standard errors (statistic "se"), quality and reasons.
std::vector<Measurement> measurements(const CanalMorphometry::Result& result);

/// For the report: the centreline, the chords of the levels with their diameters, the narrowest places.
std::vector<Polyline> report_lines(const CanalMorphometry::Result& result);

}  // namespace ledd
