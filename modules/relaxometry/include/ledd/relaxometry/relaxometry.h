#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ledd/core/context.h"
#include "ledd/core/params.h"
#include "ledd/image/image.h"

namespace ledd {

/// One image of a series that differs in its echo time only (T2, T2*), or its spin-lock time (T1rho).
struct Echo {
  const Volume* image = nullptr;
  double time_ms = 0.0;
};

/// What became of one voxel. Values of the code map.
enum class FitQuality : std::uint8_t {
  kOutside = 0,       ///< Not asked for.
  kGood = 1,          ///< A minimum within the bounds.
  kAtLowerBound = 2,  ///< The best value lies below `min_ms`; the map holds `min_ms`.
  kAtUpperBound = 3,  ///< The best value lies above `max_ms`; the map holds `max_ms`.
  kGrowing = 4,       ///< The signal does not fall: no decay time exists; the map holds NaN.
  kNoSignal = 5,      ///< Zero, negative or not finite where the model needs a signal; NaN.
  kNoiseFloor = 6,    ///< S0 is below `min_snr` times the noise: a value, not to be used.
  kNotConverged = 7,  ///< The search gave up; the map holds where it stood.
};
inline constexpr std::size_t kFitQualities = 8;
std::string_view name_of(FitQuality quality) noexcept;  ///< "good", "at lower bound", ...

/// Decay times of a multi-echo series, voxel by voxel.
///
/// Method   S(t) = S0 exp(-t/T), on magnitudes. `nlls`: least squares; S0 (and the offset) are eliminated
///          exactly, so that one dimension is left: the lowest point of a grid over 1/T, then Newton's method
///          within its neighbours. `loglinear`: a line through ln S, weighted by the square of the fitted
///          curve, repeated until it stands still. `rician`: least squares with the mean of a Rician
///          variable of amplitude S(t) and noise sigma in place of S(t). `epg`: multi-echo spin echo with
///          imperfect refocusing, epg.h, S0 and B1 (where fitted) beside T2. Standard errors come from
///          (J'J)^-1 SSE / (n - p), R2 = 1 - SSE / SST. Nothing is rounded.
/// Source   Variable projection: Golub & Pereyra, SIAM J Numer Anal 10:413, 1973. Weights: the variance of
///          ln S is (sigma / S)^2; weights from the measured S instead of the fitted one correlate with the
///          noise. Rician mean: Rice 1944; Karlsen et al., Magn Reson Med 41:614, 1999. EPG: Hennig,
///          J Magn Reson 78:397, 1988; Prasloski et al., Magn Reson Med 67:1803, 2012.
/// Limits   One compartment. Without `epg`, stimulated echoes lengthen the T2 of multi-echo spin echo. The
///          Rician mean holds for one coil or a matched combination; a root sum of squares of many coils
///          has a higher floor. docs/relaxometry.md has biases that were measured.
class Relaxometry {
 public:
  enum class Model { kNlls, kLogLinear, kRician, kEpg };
  enum class Weights { kFitted, kNone };
  enum class FirstEcho { kKeep, kDrop };
  enum class Offset { kNone, kFitted };
  enum class B1 { kFixed, kFitted };

  struct Params {
    Model model = Model::kNlls;
    Weights weights = Weights::kFitted;       ///< Of `loglinear`.
    FirstEcho first_echo = FirstEcho::kKeep;  ///< The first echo carries no stimulated echo.
    Offset offset = Offset::kNone;            ///< A constant added to the decay; `nlls` only.
    double min_ms = 1.0, max_ms = 1000.0;     ///< Values at a bound are flagged.
    double noise_sigma = 0.0;                 ///< In the images' units; 0: from the background.
    double min_snr = 3.0;                     ///< S0 / sigma below which a voxel is noise; 0: not asked.
    double refocusing_deg = 180.0;            ///< Nominal; `epg`.
    double t1_ms = 1000.0;                    ///< Taken for known; `epg`.
    B1 b1 = B1::kFitted;                      ///< `epg`.
    static const ParamTable<Params>& table();
  };

  /// All maps are on the echoes' grid; NaN where the code says outside, growing or no signal.
  struct Result {
    Volume::Pointer value_ms, s0, se_ms;  ///< SE is NaN where there are no more echoes than parameters.
    Volume::Pointer r2;                   ///< 1 - SSE/SST; can be negative; NaN for a constant signal.
    Volume::Pointer offset;               ///< Null unless fitted.
    Volume::Pointer b1;                   ///< Share of the nominal refocusing angle. Null unless `epg`.
    Mask::Pointer quality;                ///< FitQuality.
    std::array<std::size_t, kFitQualities> count{};  ///< Voxels of each code.
    std::vector<double> times_used_ms;
    double sigma_used = 0.0;  ///< 0: not known.
    std::string noise_note;   ///< Why the noise is not known; empty when it is or is not asked.
  };

  /// @throws Error{kParam}  out of range, min_ms >= max_ms, an offset without `nlls`, a dropped echo with
  /// `epg`.
  explicit Relaxometry(const Params& params);
  Relaxometry() : Relaxometry(Params{}) {}

  /// The same bytes for any number of threads.
  /// @param echoes  In ascending order of time; magnitudes in any one unit, all on one grid.
  /// @param mask    1 where to fit, on the same grid; null: everywhere.
  /// @throws Error{kInput}    fewer echoes than parameters; times not above 0 or not ascending; grids differ;
  ///                          an empty mask; `epg` without equally spaced echoes; `rician` without a noise
  ///                          that can be read from the background.
  Result operator()(std::span<const Echo> echoes, const Mask* mask, Context& context) const;

 private:
  Params params_;
};

}  // namespace ledd
