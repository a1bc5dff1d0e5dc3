#pragma once
#include <array>
#include <cstddef>
#include <vector>

namespace ledd::surface {

/// What a surface that crosses each of many rays once costs.
struct SurfaceCost {
  std::size_t places = 0;                         ///< On a ray.
  std::vector<double> at;                         ///< Of ray r at place p: r * places + p. Within -100..100.
  std::vector<std::array<std::size_t, 2>> edges;  ///< Neighbouring rays.
  double per_step = 0.0;                          ///< For each place by which two neighbours differ.
  std::size_t max_steps = 1;                      ///< They differ by no more.
};

/// The place on each ray of the cheapest surface; among equals the innermost. Exact up to 0.001 of a cost.
///
/// Source   Li et al., IEEE Trans Pattern Anal Mach Intell 28:119, 2006, section 3: a minimum closed set.
std::vector<std::size_t> least_surface(const SurfaceCost& cost);

}  // namespace ledd::surface
