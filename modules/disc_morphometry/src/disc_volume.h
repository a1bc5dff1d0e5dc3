#pragma once
#include <cstdint>
#include <map>

#include "ledd/disc_morphometry/disc_morphometry.h"

namespace ledd::disc {

/// What a label map holds of one disc.
struct LabelledDisc {
  std::array<long, 3> first{}, last{};  ///< Box of its voxels.
  std::size_t voxels = 0;
};

/// All labelled discs, by id, in one pass over the voxels.
std::map<std::uint16_t, LabelledDisc> labelled_discs(const Labels& labels);

/// Sets volume, its quality and reason.
void measure_volume(const Labels& labels,
                    const Volume* probability,
                    const LabelledDisc& labelled,
                    DiscResult::Disc& disc);

}  // namespace ledd::disc
