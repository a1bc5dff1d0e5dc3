#pragma once
#include <cstdint>
#include <vector>

#include "fields.h"

namespace ledd::knee {

/// The first slice of the second plateau: where least tibial cartilage lies between the two fullest slices.
/// The middle of the grid when fewer than four slices have any.
long tibial_border(const Grid& grid);

/// Whether the plateau of the lower slices is the medial one: the patella lies towards the lateral side.
bool medial_first_by_patella(const Grid& grid, long border);

/// Ids 201..209 for cleaned classes.
std::vector<std::uint16_t> ledd_ids(const Grid& grid, long border, bool medial_first);

}  // namespace ledd::knee
