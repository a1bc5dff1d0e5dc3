#pragma once
#include <array>
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

/// Cross-section and fat of multifidus, erector spinae and psoas at the discs, from axial slices.
///
/// Method   At each disc the slice nearest to its mid-plane is put on a grid along the vertebra's own axes.
/// Its
///          fat map is F / (W + F) of a water-fat pair; of a T2 or T1 the linear share between the leanest
///          muscle and subcutaneous fat, after a second-order polynomial in the place, fitted to the
///          logarithm of both tissues at once, has taken out the coil. Fascia: the smooth line across the
///          back (dynamic programming) with the most muscle in front and the most fat behind. Between it and
///          the vertebral arch lies the extensor group: what is muscle there, closed over its streaks of
///          fat. Multifidus and erector spinae part at the bright septum between them (dynamic programming);
///          where none shows only both together are measured. Psoas: the muscle beside the disc. Left and
///          right come from the patient coordinates.
/// Source   Muscles and their borders: Crawford et al., BMC Musculoskelet Disord 18:25, 2017; fat fraction
/// from
///          water-fat images: Fischer et al., Radiology 266:555, 2013; muscle and fat by brightness: Ranson
///          et al., Eur Spine J 15:764, 2006.
/// Limits   Proven on digital phantoms only (docs/paraspinal-muscle.md). Borders to neighbours that no fat
///          parts are not seen. A T2 or T1 fat share is relative to the leanest muscle of the slice.
class ParaspinalMuscle {
 public:
  struct Params {
    double max_distance_mm = 4.0;  ///< From the disc's centre to the slice; further away nothing is measured.
    double max_tilt_deg = 20.0;    ///< Between slice and disc plane; above it values are uncertain.
    double min_septum = 0.10;      ///< Fat share by which the septum must stand out.
    double max_fat_percent = 50.0;  ///< Above it borders are uncertain, since fat cannot tell them.
    static const ParamTable<Params>& table();
  };

  enum class Kind { kWaterFat, kT2, kT1 };
  /// One axial series in the patient coordinates of the spine.
  struct Source {
    Kind kind = Kind::kT2;
    const Volume* image = nullptr;  ///< The water image of a pair.
    const Volume* fat = nullptr;    ///< Of a pair, on the same grid; else null.
  };

  enum Muscle : std::size_t { kMultifidus, kErectorSpinae, kBoth, kPsoas };
  static constexpr std::size_t kMuscles = 4;

  /// A muscle of one side.
  struct One {
    std::optional<double> csa_mm2, lean_mm2, fat_percent;
    double csa_se_mm2 = 0.0, lean_se_mm2 = 0.0, fat_se_percent = 0.0;
    Quality quality = Quality::kFailed;
    std::string reason;                 ///< Empty exactly when quality is kGood.
    std::vector<Point> outline_lps_mm;  ///< Closed; empty when not measured.
  };
  struct Level {
    std::string region;  ///< "L4/L5".
    std::string reason;  ///< Why nothing was measured; the muscles hold it too.
    Kind kind = Kind::kT2;
    std::size_t source = 0;
    unsigned axis = 2;
    long slice = 0;
    double distance_mm = 0.0, tilt_deg = 0.0;
    std::array<std::array<One, 2>, kMuscles> muscles;  ///< [muscle][0 right, 1 left]
  };
  struct Result {
    std::vector<Level> levels;  ///< L3/L4 and below always, others where a slice shows them.
  };

  /// @throws Error{kParam}
  explicit ParaspinalMuscle(const Params& params);
  ParaspinalMuscle() : ParaspinalMuscle(Params{}) {}

  /// At each level a water-fat pair is preferred to a T2, and that to a T1.
  /// @throws Error{kInput}  the parts of a water-fat pair lie on different grids.
  Result operator()(const std::vector<Source>& sources, const SpineResult& spine, Context& context) const;

  /// Every endpoint that measurements() can hold: MF_, ES_, MFES_, PS_ with CSA, lean_CSA, FF (water-fat), FI
  /// (T2 or T1), CSA_asymmetry.
  static const std::vector<EndpointDefinition>& definitions();

 private:
  Params params_;
};

/// Values, standard errors (statistic "se"), quality and reasons.
std::vector<Measurement> measurements(const ParaspinalMuscle::Result& result);

/// For the report: the muscles' outlines on the slice of a level.
std::vector<Polyline> report_lines(const ParaspinalMuscle::Level& level);

}  // namespace ledd
