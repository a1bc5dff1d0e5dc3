#pragma once
#include "working_grid.h"

namespace ledd::hip {

/// Places on which gradients of HU meet as on the centre of a bright ball of 17 to 33 mm radius; the most
/// met first.
/// @param coarse  Cubes of about 3 mm.
std::vector<Point> head_candidates(const Volume& coarse, std::size_t most);

}  // namespace ledd::hip
