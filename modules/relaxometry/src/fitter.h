#pragma once
#include <array>
#include <cstddef>
#include <limits>
#include <memory>
#include <vector>

#include "ledd/relaxometry/relaxometry.h"

namespace ledd::relaxation {

inline constexpr std::size_t kLanes = 8;  ///< Voxels side by side.
inline constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// Echo by echo, each with one value for each lane.
using Signals = std::vector<std::array<double, kLanes>>;

struct Fit {
  double value_ms = kNan, s0 = kNan, se_ms = kNan, r2 = kNan;
  double extra = kNan;  ///< Offset or B1.
  FitQuality quality = FitQuality::kNoSignal;
};

/// Fits eight voxels. Constant after construction; used by many threads.
class Fitter {
 public:
  virtual ~Fitter() = default;
  virtual void fit(const Signals& signals, std::array<Fit, kLanes>& fits) const = 0;
};

using FitterPointer = std::unique_ptr<const Fitter>;
FitterPointer make_nlls(const std::vector<double>& times_ms, const Relaxometry::Params& params);
FitterPointer make_log_linear(const std::vector<double>& times_ms, const Relaxometry::Params& params);
FitterPointer make_rician(const std::vector<double>& times_ms,
                          const Relaxometry::Params& params,
                          double sigma);
FitterPointer make_epg(const std::vector<double>& times_ms, const Relaxometry::Params& params);

/// Sum of squares about the mean, of one lane.
double total_squares(const Signals& signals, std::size_t lane);
/// Whether all samples of a lane are finite, none is negative and one is above zero.
bool has_signal(const Signals& signals, std::size_t lane);
/// Whether least squares would want 1/T <= 0: the samples do not fall with time.
bool is_growing(const Signals& signals, const std::vector<double>& times_ms, std::size_t lane);

}  // namespace ledd::relaxation
