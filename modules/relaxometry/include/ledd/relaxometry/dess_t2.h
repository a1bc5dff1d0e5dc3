#pragma once
#include <array>
#include <cstddef>
#include <optional>

#include "ledd/core/context.h"
#include "ledd/core/params.h"
#include "ledd/image/image.h"
#include "ledd/relaxometry/relaxometry.h"

namespace ledd {

/// T2 from the two echoes of a double-echo steady state scan.
///
/// Method   T2 = -2 (TR - TE) / (ln(|S2 / S1| / k) + c), k = sin^2(a/2) (1 + E) / (1 - E cos a),
///          E = exp(-TR/T1 - TR q^2 D), c = (TR - tau/3) q^2 D, where q is the area of the spoiler in rad/m
///          and tau its duration. Without a spoiler's area, q = 0, and the result says so.
/// Source   Sveinsson et al., Magn Reson Imaging 38:63, 2017.
/// Limits   The closed form neglects pathways of higher order: docs/relaxometry.md says by how much. T1 and D
///          are taken for known.
class DessT2 {
 public:
  struct Params {
    double t1_ms = 1200.0;
    double diffusivity_um2_per_ms = 1.25;  ///< Of cartilage: 1.25e-9 m2/s.
    double min_ms = 1.0, max_ms = 1000.0;  ///< Values beyond a bound are flagged.
    static const ParamTable<Params>& table();
  };

  struct Scan {
    double repetition_ms = 0.0, echo_ms = 0.0;  ///< TE of the first echo; the second forms at 2 TR - TE.
    double flip_deg = 0.0;
    std::optional<double> spoiler_area_g_us_per_cm{};  ///< As in GE's (0019,10B6).
    std::optional<double> spoiler_us{};                ///< As in GE's (0019,10B7).
  };

  struct Result {
    Volume::Pointer value_ms;  ///< NaN where the code says outside, growing or no signal.
    Mask::Pointer quality;     ///< FitQuality.
    std::array<std::size_t, kFitQualities> count{};
    bool spoiler_used = false;  ///< False: without the spoiler's area, T2 is too low.
  };

  /// @throws Error{kParam}
  explicit DessT2(const Params& params);
  DessT2() : DessT2(Params{}) {}

  /// @param first, second  The echo before (FID-like) and after (echo-like), on one grid.
  /// @param mask           1 where to compute; null: everywhere.
  /// @throws Error{kInput}  grids differ, an empty mask, or times and angle that cannot be: TE must be below
  /// TR,
  ///                        the angle within 0..180.
  Result operator()(
      const Volume& first, const Volume& second, const Scan& scan, const Mask* mask, Context& context) const;

  /// |S2 / S1| that this closed form gives for a T2.
  double ratio(const Scan& scan, double t2_ms) const;

 private:
  Params params_;
};

}  // namespace ledd
