#pragma once
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

/// Cross-section and front-to-back diameter of the dural sac at the discs, from axial T2 slices.
///
/// Method   On the slice nearest to the disc's mid-plane, 72 rays from the sac's middle. Its border is the
/// closed
///          line of best score over all rays at once (dynamic programming): brightness of fluid inside, a
///          fall of brightness across, no step of more than a quarter millimetre from ray to ray. On each ray
///          it is moved to where brightness is half way between both sides. Area and diameter (mean over 3 mm
///          about the middle) of that polygon, times the cosine between the slice and the plane square to the
///          sac's course; of the diameter, in the sagittal plane only.
/// Source   Cut-offs 100 and 75 mm2: Schonstrom, Bolender and Spengler, Spine 10:806, 1985; diameter over 3
/// mm:
///          De Leener et al., NeuroImage 145:24, 2017.
/// Limits   Proven on digital phantoms only (docs/spinal-canal.md). Where epidural fat touches the sac and no
/// dark
///          dura shows between, fat may be counted in.
class AxialSac {
 public:
  struct Params {
    double max_distance_mm = 4.0;  ///< From the disc's centre to the slice; further away nothing is measured.
    double max_tilt_deg =
        30.0;                   ///< Between slice and the sac's cross-section; above it values are uncertain.
    double max_shift_mm = 4.0;  ///< From where the sagittal series saw the sac; above it they are uncertain.
    double relative_mm2 = 100.0;  ///< Cross-section below: relative stenosis.
    double absolute_mm2 = 75.0;   ///< Cross-section below: absolute stenosis.
    static const ParamTable<Params>& table();
  };
  struct Level {
    std::string region;  ///< "L4/L5".
    std::optional<double> csa_mm2, ap_mm;
    double csa_se_mm2 = 0.0, ap_se_mm = 0.0;
    Quality quality = Quality::kFailed;
    std::string reason;  ///< Empty exactly when quality is kGood.
    std::size_t volume = 0;
    unsigned axis = 2;
    long slice = 0;
    double distance_mm = 0.0;
    double tilt_deg = 0.0;              ///< Between the slice and the plane square to the sac.
    std::vector<Point> outline_lps_mm;  ///< Closed; empty when not measured.
    Point front_lps_mm{}, back_lps_mm{};
  };
  struct Result {
    std::vector<Level> levels;  ///< L3/L4 and below always, others where a slice shows them.
    double relative_mm2 = 100.0, absolute_mm2 = 75.0;  ///< Cut-offs used.
  };

  /// @throws Error{kParam}
  explicit AxialSac(const Params& params);
  AxialSac() : AxialSac(Params{}) {}

  /// @param t2          Axial T2 series in the patient coordinates of the spine; none are null.
  /// @param centreline  Of the sac in the sagittal series, from head to foot (CanalMorphometry); may be
  /// empty.
  Result operator()(const std::vector<const Volume*>& t2,
                    const SpineResult& spine,
                    const std::vector<Point>& centreline_lps_mm,
                    Context& context) const;

  /// Every endpoint that measurements() can hold: canal_CSA_axial, canal_AP_axial, canal_CSA_axial_class.
  static const std::vector<EndpointDefinition>& definitions();

 private:
  Params params_;
};

/// Values, standard errors (statistic "se"), quality and reasons.
std::vector<Measurement> measurements(const AxialSac::Result& result);

/// For the report: outline and diameter on the slice of a level.
std::vector<Polyline> report_lines(const AxialSac::Level& level);

}  // namespace ledd
