#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "ledd/measurement/figure.h"
#include "ledd/spine_signal/slices.h"

namespace ledd::spine_signal {

/// Connected parts of a set of voxels (ascending): neighbours share an edge of a pixel within the slice, or
/// a face across slices when `across_slices`. Each part ascending; parts by their first voxel.
std::vector<std::vector<Offset>> connected(const Slices& slices,
                                           const std::vector<Offset>& voxels,
                                           bool across_slices);

/// The outline of the voxels (ascending) that lie in `slice`, along the edges of the pixels, closed.
std::vector<Polyline> outline(const Slices& slices,
                              const std::vector<Offset>& voxels,
                              int slice,
                              std::array<std::uint8_t, 3> rgb);

}  // namespace ledd::spine_signal
