#pragma once
#include <optional>
#include <vector>

#include "rods.h"

namespace ledd::calibration {

/// How much less soft tissue deep in the body reads than soft tissue near the skin: scatter and beam
/// hardening that a phantom beside the body does not see. Medians of muscle-like pixels (-30..110 HU) 20 to
/// 40 mm from the air around the body, and of those in the deepest third; the phantom's surroundings left
/// out. Nothing where there is no body of that depth. Anatomy alone makes it some HU in either sense.
std::optional<double> field_hu(const std::vector<Slab>& slabs, const Axes& axes);

}  // namespace ledd::calibration
