#pragma once
#include <string>
#include <vector>

#include "ledd/ct_phantom/ct_phantom.h"

namespace ledd::accuracy {

/// One way in which a scan may be bad, and whether it may be calibrated at all.
struct Distortion {
  std::string name;
  bool may_calibrate = true;
};

const std::vector<Distortion>& distortions();

/// A scan of `phantom` with that distortion; the seed decides on pose, size, contrast and noise.
CtPhantom::Params scene(const CalibrationPhantom& phantom, const std::string& distortion, std::uint64_t seed);

}  // namespace ledd::accuracy
