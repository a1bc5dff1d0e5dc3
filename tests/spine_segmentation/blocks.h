#pragma once
#include "instances.h"
#include "probability.h"

namespace ledd::spine {

inline constexpr InstanceRules kRules{4.0, 3.0, 48.0};

/// A box of probabilities: 120 mm deep, 320 mm high, 11 slices of 4 mm; nothing in it.
inline Probability nothing() {
  Probability p;
  p.box = {10, 20, 2, 120, 320, 11};
  for (auto& channel : p.values) channel.assign(std::size_t{120} * 320 * 11, 0.02F);
  return p;
}

/// Sets one channel inside a block of `height` rows from `top`, 34 mm deep from column `left`, slices 1..9.
inline void block(Probability& p, Channel channel, long left, long top, long height) {
  for (long z = 1; z < 10; ++z)
    for (long y = top; y < top + height; ++y)
      for (long x = left; x < left + 34; ++x) p.values[channel][p.at(x, y, z)] = 0.95F;
}

/// Six bodies 27 mm high, 35 mm apart, and S1 below them.
inline Probability spine() {
  Probability p = nothing();
  for (long n = 0; n < 6; ++n) block(p, kBody, 40, 10 + 35 * n, 27);
  block(p, kS1, 46, 10 + 35 * 6, 24);
  return p;
}

}  // namespace ledd::spine
