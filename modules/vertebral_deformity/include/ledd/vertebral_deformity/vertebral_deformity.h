#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ledd/core/context.h"
#include "ledd/core/params.h"
#include "ledd/image/image.h"
#include "ledd/measurement/estimate.h"
#include "ledd/measurement/figure.h"
#include "ledd/measurement/measurement.h"
#include "ledd/spine_morphometry/spine_morphometry.h"

namespace ledd {

/// What VertebralDeformity found.
struct DeformityResult {
  enum class Type { kNone = 0, kWedge = 1, kBiconcave = 2, kCrush = 3 };

  /// A height with its standard error; of bands: scatter over the slices and rounding to voxels.
  struct Length {
    double value_mm = 0.0;
    double se_mm = 0.0;
  };

  /// Heights as the norms were read, not those of the six points.
  struct BandHeights {
    Length ha, hm, hp, depth;
    int slices = 0;      ///< 0: nothing was measured, and `reason` says why.
    std::string reason;  ///< Empty when slices > 0.
  };

  using Value = Estimate;

  /// The six points' heights, with the standard errors that SpineMorphometry gives them.
  struct SixHeights {
    Length ha, hm, hp;
  };

  struct Body {
    std::uint16_t id = 0;
    BandHeights bands;
    SixHeights six;
    Value ha_hp, hm_hp;          ///< Ratios of band heights.
    Value hp_neighbours;         ///< Hp over what its neighbours and the norm let expect.
    Value ha_hp_z, hm_hp_z;      ///< Against the norm; only where it has an SD.
    Value depth_z;               ///< Of the depth between the outermost edges.
    Value wedge_deg;             ///< Between the endplates; + lower in front.
    Value loss_percent;          ///< Largest loss of a height, %; may be negative.
    Value grade;                 ///< 0..3.
    Type type = Type::kNone;     ///< Set when grade has a value.
    std::string graded_against;  ///< "ledd-norms/1 (n = 71) and T12, L2".
  };

  std::vector<Body> bodies;  ///< From head to foot; S1 is left out.
};

/// Deformity of vertebral bodies after Genant, against norms of their own level instead of a flat 20 %.
///
/// Method   Loss of a six-point ratio (Ha/Hp: wedge; Hm/Hp: biconcave) is 1 - ratio / mean of the level; loss
/// of Hp
///          (crush) is 1 - Hp / what the neighbours let expect, scaled by the norm of each level. A loss is a
///          deformity when it is at least `min_loss_percent` against the norm and against the neighbours'
///          mean, and the ratio of band heights, read as the published norms were, lies below norm -
///          `alarm_sd` SD. The largest such loss names the type and gives the grade: 20-25 % 1, 25-40 % 2,
///          more 3. Where Hp itself is lost, losses multiply. Neighbours are the next body on each side, at
///          most two places away, that has no such loss itself.
/// Source   Genant et al., J Bone Miner Res 8:1137, 1993; norm and neighbours: McCloskey et al., Osteoporos
/// Int
///          3:138, 1993, Eastell et al., J Bone Miner Res 6:207, 1991; norms: level_norms.h.
/// Limits   Norms for T11 to L5 only; other levels are graded against their neighbours, uncertain. Several
///          neighbouring fractures hide each other. Old and new fractures, congenital and Scheuermann shapes
///          are not told apart.
class VertebralDeformity {
 public:
  struct Params {
    double half_slab_mm = 5.0;       ///< Slices up to this far from the mid-sagittal plane count.
    double min_loss_percent = 20.0;  ///< Smaller losses are no deformity; also where grade 1 begins.
    double alarm_sd = 3.0;           ///< A deformity lies at least so many SD below the norm.
    static const ParamTable<Params>& table();
  };
  using Result = DeformityResult;

  /// @throws Error{kParam}  a value is out of range.
  explicit VertebralDeformity(const Params& params);
  VertebralDeformity() : VertebralDeformity(Params{}) {}

  /// @param spine   What SpineMorphometry said of these labels.
  /// @param labels  The same labels, on any grid whose slices are nearest to sagittal.
  Result operator()(const SpineResult& spine, const Labels& labels, Context& context) const;

  /// Ha_Hp_band, Hm_Hp_band, Hp_neighbours, Ha_Hp_z, Hm_Hp_z, AP_depth_z, wedge_angle, height_loss_percent,
  /// Genant_grade, deformity_type.
  static const std::vector<EndpointDefinition>& definitions();

 private:
  Params params_;
};

/// The endpoints of all bodies; statistics "value" and "se".
std::vector<Measurement> measurements(const VertebralDeformity::Result& result);

/// For the report: outlines of the deformed bodies with type, grade and loss; nothing for a healthy spine.
std::vector<Polyline> report_lines(const VertebralDeformity::Result& result, const SpineResult& spine);

}  // namespace ledd
