#pragma once
#include <vector>

#include "ledd/classical_vertebrae/classical_vertebrae.h"

#include "outline.h"

namespace ledd::classical {

/// Adds labels and probability of the outlines on the grid of `turned` (axes posterior, inferior, across),
/// and for each body its centre, volume and whether it is cut; the confidence is left to the caller.
void place(const Volume& turned,
           const std::vector<Outline>& bodies,
           double rim_mm,
           ClassicalVertebrae::Result& result);

}  // namespace ledd::classical
