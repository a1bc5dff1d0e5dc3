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
#include "ledd/spine_signal/spine_signal.h"

namespace ledd {

/// Vertebral bone quality score on T1: marrow of L1-L4 over CSF at L3. Higher is brighter, fattier marrow.
///
/// Method   Per body the median signal of the central slices, `erode_mm` from walls and endplates, without
///          the basivertebral vein; the median over L1-L4; divided by the peak-centred mean of the dural sac
///          at the level of L3. Signal as acquired: the published score has no correction of the coil either.
/// Source   Ehresmann et al., Spine J 20:1118, 2020; norms and sequence window: serial MRI of 107 adults.
/// Limits   Depends on field strength (about 2.8 at 1.5 T against 2.2 at 3 T), TR, TE and bandwidth.
class Vbq {
 public:
  struct Params {
    double erode_mm = 4.0;
    double half_slab_mm = 5.0;      ///< Slices nearer than this to the body's middle count, at least three.
    double csf_half_band_mm = 8.0;  ///< Above and below the centre of L3.
    double min_tr_ms = 400.0, max_tr_ms = 850.0;
    double min_te_ms = 8.0, max_te_ms = 20.0;
    static const ParamTable<Params>& table();
  };

  struct Scan {
    MrSequence sequence;
    std::optional<double> age_years;
  };

  /// A ratio to CSF at L3.
  struct Score {
    std::string region;           ///< "L1-L4", "L2".
    std::optional<double> value;  ///< Empty: `reason`.
    double se = 0.0;              ///< Jackknife over slices, CSF in quadrature; 0 if there is one slice.
    Quality quality = Quality::kFailed;
    std::string reason;                        ///< Empty exactly when quality is kGood.
    bool sequence_only = false;                ///< Doubtful only for TR and TE, which no reader can change.
    std::vector<spine_signal::Offset> voxels;  ///< Of one body: the marrow that was read, ascending.
  };

  /// Published mean and SD of a decade of life. Context, not a verdict.
  struct Norm {
    int from_years = 0, to_years = 0;
    double mean = 0.0, sd = 0.0;
  };
  struct Result {
    Score score;                ///< L1-L4.
    std::vector<Score> bodies;  ///< Each measured body T11..L5, from head to foot.
    double csf = 0.0;           ///< In the units of the image; 0 if none.
    std::optional<Norm> norm;   ///< Where the age is given and between 20 and 69.
  };

  /// @throws Error{kParam}  out of range, or a window that is empty.
  explicit Vbq(const Params& params);
  Vbq() : Vbq(Params{}) {}

  /// @param volume  T1-weighted without fat suppression or contrast agent, as acquired.
  /// @param labels  Bodies and dural sac (61), same grid.
  /// @throws Error{kInput}  the grids differ.
  Result operator()(const Volume& volume,
                    const Labels& labels,
                    const SpineResult& spine,
                    const Scan& scan,
                    Context& context) const;

  /// VBQ, VBQ_body.
  static const std::vector<EndpointDefinition>& definitions();

 private:
  Params params_;
};

std::vector<Measurement> measurements(const Vbq::Result& result);

/// One sentence that sets the score beside the norm of the decade, or none.
std::optional<std::string> norm_note(const Vbq::Result& result);

/// Where marrow was read, outlined with each body's score, on the slice that shows most of it; nothing when
/// no body has a score.
std::optional<Figure> vbq_figure(const Vbq::Result& result, const itk::ImageBase<3>& grid);

/// For a viewer: the marrow that was read, outlined in every slice.
std::vector<Polyline> vbq_drawings(const Vbq::Result& result, const itk::ImageBase<3>& grid);

}  // namespace ledd
