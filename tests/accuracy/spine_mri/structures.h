#pragma once
#include <cstdint>
#include <vector>

#include "ledd/image/image.h"

namespace ledd::accuracy {

/// How well one structure of the truth was found.
struct StructureScore {
  std::uint16_t id = 0;        ///< In the truth.
  std::uint16_t found_as = 0;  ///< Its id in the result; 0 when it was missed.
  double dice = 0.0;           ///< 0 when missed.
  double asd_mm = 0.0;         ///< Mean distance of both surfaces to each other; meaningless when missed.
  double volume_cm3 = 0.0, truth_cm3 = 0.0;
};

/// Structures with ids in [first, last]: each of the truth with the one of the result that it shares most
/// voxels with; below a Dice of 0.5 it counts as missed.
struct SetScore {
  std::vector<StructureScore> structures;
  std::vector<std::uint16_t> extra;  ///< Found, and matched by nothing of the truth.
};
SetScore compare(const Labels& truth, const Labels& found, std::uint16_t first, std::uint16_t last);

/// Mean place of a structure along the second axis of the image, which runs inferior, mm from its first row.
double inferior_mm(const Labels& labels, std::uint16_t id);

}  // namespace ledd::accuracy
