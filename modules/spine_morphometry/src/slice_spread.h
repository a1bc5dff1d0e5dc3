#pragma once
#include <set>
#include <vector>

#include "ledd/spine_morphometry/spine_result.h"

#include "outline.h"

namespace ledd::spine {

/// The slices that cross the middle of the slab.
std::set<int> central_slices(const std::vector<LocalPoint>& points, const Half& half, double half_slab_mm);

/// Sets the SDs over `slices` of the heights and the depth of `body`: each slice's boundary departs from the
/// outline of all as a straight line.
void set_slice_sds(const std::vector<LocalPoint>& points,
                   const Outline& outline,
                   double half_slab_mm,
                   double floor_mm,
                   SpineResult::Body& body);

}  // namespace ledd::spine
