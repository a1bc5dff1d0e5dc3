#include "least_surface.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <random>

#include "directions.h"

namespace ledd::surface {
namespace {

double price(const SurfaceCost& cost, const std::vector<std::size_t>& surface) {
  double sum = 0.0;
  for (std::size_t ray = 0; ray < surface.size(); ++ray) sum += cost.at[ray * cost.places + surface[ray]];
  for (const auto& [a, b] : cost.edges) {
    const std::size_t apart = surface[a] > surface[b] ? surface[a] - surface[b] : surface[b] - surface[a];
    if (apart > cost.max_steps) return std::numeric_limits<double>::infinity();
    sum += cost.per_step * static_cast<double>(apart);
  }
  return sum;
}

double least_price(const SurfaceCost& cost, std::size_t rays) {
  std::vector<std::size_t> surface(rays, 0);
  double least = price(cost, surface);
  for (;;) {
    std::size_t ray = 0;
    while (ray < rays && ++surface[ray] == cost.places) surface[ray++] = 0;
    if (ray == rays) return least;
    least = std::min(least, price(cost, surface));
  }
}

TEST(LeastSurface, NoSurfaceOfAllIsCheaper) {
  std::mt19937 random(7);
  for (int trial = 0; trial < 60; ++trial) {
    SurfaceCost cost;
    constexpr std::size_t kRays = 6;
    cost.places = 5;
    cost.edges = {{0, 1}, {1, 2}, {2, 3}, {3, 4}, {4, 5}, {0, 5}, {1, 4}};
    cost.per_step = trial % 3 * 0.2;
    cost.max_steps = 1 + static_cast<std::size_t>(trial % 2);
    // Few different costs, so that many surfaces cost the same.
    for (std::size_t n = 0; n < kRays * cost.places; ++n)
      cost.at.push_back(trial < 30 ? 0.5 * static_cast<double>(random() % 4)
                                   : static_cast<double>(random() % 1000) / 1000.0);
    const auto found = least_surface(cost);
    EXPECT_NEAR(price(cost, found), least_price(cost, kRays), 1e-9) << "trial " << trial;
  }
}

TEST(Directions, AreEvenAndNeighboursAreWhole) {
  const Directions sphere(4);
  EXPECT_EQ(sphere.size(), 2562U);
  EXPECT_EQ(sphere.triangles().size(), 5120U);
  EXPECT_EQ(sphere.edges().size(), 7680U) << "Euler: V - E + F = 2";
}

TEST(Directions, ReadsALinearFieldInEveryDirection) {
  const Directions sphere(4);
  std::vector<double> values;
  for (const Point& p : sphere.rays()) values.push_back(2.0 * p[0] - p[1] + 0.5 * p[2]);
  std::mt19937 random(1);
  std::normal_distribution<double> normal;
  for (int n = 0; n < 2000; ++n) {
    Point d{normal(random), normal(random), normal(random)};
    const double length = std::hypot(d[0], d[1], d[2]);
    EXPECT_NEAR(sphere.at(d, values), (2.0 * d[0] - d[1] + 0.5 * d[2]) / length, 0.005);
  }
}

}  // namespace
}  // namespace ledd::surface
