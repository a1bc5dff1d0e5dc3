#pragma once
#include <optional>
#include <vector>

#include "rods.h"

namespace ledd::calibration {

/// 1 in air that reaches the border of the slab, and in what lies outside the field.
std::vector<char> outer_air(const Slab& slab);

/// In mm, to the nearest pixel that is not 0: two passes over the neighbours, exact along the axes, 8 % too
/// long at most between them. 1e6 where there is none.
std::vector<float> distance_to(const Slab& slab, const std::vector<char>& pixels);

/// How much less soft tissue deep in the body reads than soft tissue near the skin: scatter and beam
/// hardening that a phantom beside the body does not see. Medians of muscle-like pixels (-30..110 HU) 20 to
/// 40 mm from the air around the body, and of those in the deepest third; the phantom's surroundings left
/// out. Nothing where there is no body of that depth. Anatomy alone makes it some HU in either sense.
std::optional<double> field_hu(const std::vector<Slab>& slabs, const Axes& axes);

}  // namespace ledd::calibration
