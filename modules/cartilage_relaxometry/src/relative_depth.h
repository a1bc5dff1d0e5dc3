#pragma once
#include <cstdint>

#include "ledd/image/image.h"

namespace ledd::cartilage {

/// Writes relative depth where `labels` is `plate`; NaN further than `farthest_mm` from `bone`.
/// @return  whether `bone` occurs at all.
bool add_relative_depth(
    const Labels& labels, std::uint16_t plate, std::uint16_t bone, double farthest_mm, Volume& depth);

}  // namespace ledd::cartilage
