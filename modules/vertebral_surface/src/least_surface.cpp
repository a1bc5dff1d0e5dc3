#include "least_surface.h"

#include <opencv2/core.hpp>
#include <opencv2/imgproc/detail/gcgraph.hpp>

#include <algorithm>
#include <cmath>

namespace ledd::surface {
namespace {

using Units = long long;
using Graph = cv::detail::GCGraph<Units>;

/// Costs as whole numbers, so that the cut is exact: in thousandths, each worth more than all places
/// together, which cost 1 each. So among surfaces of one cost the innermost is the only cheapest: of several
/// cuts the graph would take a bit of each.
class Scale {
 public:
  explicit Scale(std::size_t nodes) : thousandth_(static_cast<Units>(2 * nodes)) {}
  Units operator()(double cost) const { return thousandth_ * std::llround(1000.0 * cost); }
  Units never() const { return thousandth_ * 10'000'000; }  ///< Above what any ray costs.

 private:
  Units thousandth_;
};

}  // namespace

std::vector<std::size_t> least_surface(const SurfaceCost& cost) {
  const std::size_t rays = cost.at.size() / cost.places;
  const std::size_t nodes = rays * cost.places;
  const Scale units(nodes);
  Graph graph;
  graph.create(static_cast<unsigned>(nodes),
               static_cast<unsigned>(2 * (nodes + 2 * cost.edges.size() * 2 * cost.places)));
  const auto node = [&](std::size_t ray, std::size_t place) {
    return static_cast<int>(ray * cost.places + place);
  };
  // A closed set holds every place below the surface; its weights sum to the cost at the surface.
  for (std::size_t ray = 0; ray < rays; ++ray)
    for (std::size_t place = 0; place < cost.places; ++place) {
      const int here = graph.addVtx();
      const double* const at = &cost.at[ray * cost.places];
      const Units weight = place == 0 ? -units.never() : units(at[place]) - units(at[place - 1]) + 1;
      graph.addTermWeights(here, std::max(-weight, Units{0}), std::max(weight, Units{0}));
    }
  const Units slack = units(cost.per_step);
  for (std::size_t ray = 0; ray < rays; ++ray)
    for (std::size_t place = 1; place < cost.places; ++place)
      graph.addEdges(node(ray, place), node(ray, place - 1), units.never(), 0);
  for (const auto& [a, b] : cost.edges)
    for (std::size_t place = 0; place < cost.places; ++place) {
      graph.addEdges(node(a, place), node(b, place), slack, slack);
      if (place < cost.max_steps + 1) continue;
      const std::size_t least = place - cost.max_steps;
      graph.addEdges(node(a, place), node(b, least), units.never(), 0);
      graph.addEdges(node(b, place), node(a, least), units.never(), 0);
    }
  graph.maxFlow();
  std::vector<std::size_t> surface(rays, 0);
  for (std::size_t ray = 0; ray < rays; ++ray)
    while (surface[ray] + 1 < cost.places && graph.inSourceSegment(node(ray, surface[ray] + 1)))
      ++surface[ray];
  return surface;
}

}  // namespace ledd::surface
