#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "probability.h"

namespace ledd::spine {

using Pixels = std::vector<std::uint32_t>;  ///< Positions in Probability::values.

/// Six-connected neighbourhoods on the box.
class Lattice {
 public:
  explicit Lattice(const Box& box) : box_(box) {}

  template <class Visit>
  void neighbours(std::uint32_t p, Visit&& visit) const {
    const auto width = static_cast<std::uint32_t>(box_.width),
               plane = width * static_cast<std::uint32_t>(box_.height);
    const std::uint32_t x = p % width, y = p % plane / width, z = p / plane;
    if (x > 0) visit(p - 1);
    if (x + 1 < width) visit(p + 1);
    if (y > 0) visit(p - width);
    if (y + 1 < static_cast<std::uint32_t>(box_.height)) visit(p + width);
    if (z > 0) visit(p - plane);
    if (z + 1 < static_cast<std::uint32_t>(box_.depth)) visit(p + plane);
  }

 private:
  Box box_;
};

/// Connected parts of the pixels of `candidates` for which mark[p] == wanted; sets their marks to 0.
inline std::vector<Pixels> parts_of(const Pixels& candidates,
                                    std::vector<std::uint8_t>& mark,
                                    std::uint8_t wanted,
                                    const Lattice& lattice) {
  std::vector<Pixels> parts;
  for (const std::uint32_t seed : candidates) {
    if (mark[seed] != wanted) continue;
    Pixels part{seed};
    mark[seed] = 0;
    for (std::size_t n = 0; n < part.size(); ++n)
      lattice.neighbours(part[n], [&](std::uint32_t q) {
        if (mark[q] != wanted) return;
        mark[q] = 0;
        part.push_back(q);
      });
    std::sort(part.begin(), part.end());
    parts.push_back(std::move(part));
  }
  return parts;
}

}  // namespace ledd::spine
