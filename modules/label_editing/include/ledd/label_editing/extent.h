#pragma once
#include <cstdint>
#include <map>
#include <optional>

#include "ledd/image/image.h"

/// Where the structures of a label map lie. One pass each, in parallel; the same answer for any number of
/// threads.
namespace ledd::label_editing {

using Boxes = std::map<std::uint16_t, Labels::RegionType>;

/// The smallest box of each structure that is there.
Boxes boxes_of(const Labels& labels);
/// The box of a structure becomes so large that it holds `more`, too.
void widen(Boxes& boxes, std::uint16_t id, const Labels::RegionType& more);

/// The middle of all voxels that are labelled; nullopt without one.
std::optional<Point> middle_lps_mm_of(const Labels& labels);

}  // namespace ledd::label_editing
