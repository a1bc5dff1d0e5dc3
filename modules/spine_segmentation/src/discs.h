#pragma once
#include <vector>

#include "instances.h"
#include "lattice.h"

namespace ledd::spine {

/// The disc below each body of `found`, in the same order: the pixels that look like disc and lie between the
/// centres of the body and of the next one (S1 for the last; without S1, as far below as the last two bodies
/// lie apart). Empty where no disc was seen. Small parts off the largest one are dropped.
std::vector<Pixels> find_discs(const Probability& p, const Instances& found, double slice_spacing_mm);

}  // namespace ledd::spine
