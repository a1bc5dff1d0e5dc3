#pragma once
#include <cstddef>
#include <vector>

#include "ledd/lumbar_phantom/body.h"
#include "ledd/lumbar_phantom/params.h"

namespace ledd::phantom {

/// The bodies T8 (or C3) to S4 from the top, placed; L3 at the origin.
struct Spine {
  std::vector<Body> bodies;
  std::size_t t8 = 0;                     ///< Index of T8.
  std::size_t collapsed_disc = SIZE_MAX;  ///< Index of the body above it.
};

/// Places in Spine::bodies, counted from T8.
inline constexpr std::size_t kFromT8ToT11 = 3, kFromT8ToT12 = 4, kFromT8ToL1 = 5, kFromT8ToL3 = 7,
                             kFromT8ToL4 = 8, kFromT8ToL5 = 9, kFromT8ToS1 = 10;

/// @throws Error{kParam}  neighbouring bodies would overlap.
Spine build_spine(const SpineParams& params);

}  // namespace ledd::phantom
