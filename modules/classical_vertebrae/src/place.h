#pragma once
#include <vector>

#include "ledd/classical_vertebrae/classical_vertebrae.h"

#include "outline.h"

namespace ledd::classical {

/// From the steepest place of the border to where readers draw it, outwards.
struct Rims {
  double endplate_mm = 0.0, wall_mm = 0.0;
};

/// Adds labels and probability of the outlines on the grid of `turned` (axes posterior, inferior, across),
/// and for each body its centre, volume and whether it is cut; the confidence is left to the caller.
void place(const Volume& turned,
           const std::vector<Outline>& bodies,
           const Rims& rims,
           ClassicalVertebrae::Result& result);

}  // namespace ledd::classical
