#pragma once
#include <cstddef>
#include <vector>

#include "ledd/lumbar_phantom/params.h"

#include "body.h"

namespace ledd::phantom {

/// The bodies T8..S4 from the top, placed; L3 at the origin.
struct Spine {
  std::vector<Body> bodies;
  std::size_t collapsed_disc = SIZE_MAX;  ///< Index of the body above it.
};

inline constexpr std::size_t kFirstT11 = 3;  ///< Index of T11 in Spine::bodies.
inline constexpr std::size_t kIndexL3 = 7;
inline constexpr std::size_t kIndexS1 = 10;

/// @throws Error{kParam}  neighbouring bodies would overlap.
Spine build_spine(const SpineParams& params);

}  // namespace ledd::phantom
