#include "directions.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

namespace ledd::surface {
namespace {

Point unit(const Point& p) {
  const double length = std::hypot(p[0], p[1], p[2]);
  return {p[0] / length, p[1] / length, p[2] / length};
}

double triple(const Point& a, const Point& b, const Point& c) {
  return a[0] * (b[1] * c[2] - b[2] * c[1]) + a[1] * (b[2] * c[0] - b[0] * c[2]) +
         a[2] * (b[0] * c[1] - b[1] * c[0]);
}

std::vector<Point> icosahedron() {
  const double t = 0.5 * (1.0 + std::sqrt(5.0));
  std::vector<Point> corners{{-1, t, 0},
                             {1, t, 0},
                             {-1, -t, 0},
                             {1, -t, 0},
                             {0, -1, t},
                             {0, 1, t},
                             {0, -1, -t},
                             {0, 1, -t},
                             {t, 0, -1},
                             {t, 0, 1},
                             {-t, 0, -1},
                             {-t, 0, 1}};
  std::transform(corners.begin(), corners.end(), corners.begin(), unit);
  return corners;
}

std::vector<std::array<std::size_t, 3>> faces_of(const std::vector<Point>& corners) {
  // Neighbours on an icosahedron lie 63.4 degrees apart, all others at least 116.6: cosine 0.447 or less.
  std::vector<std::array<std::size_t, 3>> faces;
  const auto near = [&](std::size_t a, std::size_t b) {
    return corners[a][0] * corners[b][0] + corners[a][1] * corners[b][1] + corners[a][2] * corners[b][2] > 0;
  };
  for (std::size_t a = 0; a < corners.size(); ++a)
    for (std::size_t b = a + 1; b < corners.size(); ++b)
      for (std::size_t c = b + 1; c < corners.size(); ++c) {
        if (!near(a, b) || !near(b, c) || !near(a, c)) continue;
        if (triple(corners[a], corners[b], corners[c]) > 0)  // counter-clockwise from outside
          faces.push_back({a, b, c});
        else
          faces.push_back({a, c, b});
      }
  return faces;
}

}  // namespace

Directions::Directions(int subdivisions) : rays_(icosahedron()) {
  levels_.push_back(faces_of(rays_));
  for (int n = 0; n < subdivisions; ++n) {
    std::map<std::pair<std::size_t, std::size_t>, std::size_t> middles;
    const auto middle = [&](std::size_t a, std::size_t b) {
      const auto [it, fresh] = middles.try_emplace(std::minmax(a, b), rays_.size());
      if (fresh) {
        const Point &p = rays_[a], &q = rays_[b];
        rays_.push_back(unit({p[0] + q[0], p[1] + q[1], p[2] + q[2]}));
      }
      return it->second;
    };
    std::vector<Triangle> finer;
    finer.reserve(4 * levels_.back().size());
    for (const auto& [a, b, c] : levels_.back()) {
      const std::size_t ab = middle(a, b), bc = middle(b, c), ca = middle(c, a);
      finer.insert(finer.end(), {Triangle{a, ab, ca}, {b, bc, ab}, {c, ca, bc}, {ab, bc, ca}});
    }
    levels_.push_back(std::move(finer));
  }
  for (const auto& [a, b, c] : triangles())
    for (const auto& [p, q] : {std::pair(a, b), std::pair(b, c), std::pair(c, a)})
      if (p < q) edges_.push_back({p, q});  // the triangle on the other side has it the other way round
  std::sort(edges_.begin(), edges_.end());
}

/// Barycentric, not yet of sum one: the share of each corner in the direction. All positive inside.
std::array<double, 3> Directions::weights(const Triangle& t, const Point& d) const {
  const Point &a = rays_[t[0]], &b = rays_[t[1]], &c = rays_[t[2]];
  return {triple(d, b, c), triple(a, d, c), triple(a, b, d)};
}

double Directions::at(const Point& direction, const std::vector<double>& values) const {
  std::size_t chosen = 0;
  std::array<double, 3> chosen_weights{};
  for (std::size_t level = 0; level < levels_.size(); ++level) {
    const std::size_t first = level == 0 ? 0 : 4 * chosen;
    const std::size_t last = level == 0 ? levels_[0].size() : first + 4;
    double best = 0.0;
    for (std::size_t n = first; n < last; ++n) {
      const auto w = weights(levels_[level][n], direction);
      const double least = *std::min_element(w.begin(), w.end());
      if (n != first && !(least > best)) continue;
      best = least;
      chosen = n;
      chosen_weights = w;
    }
  }
  const Triangle& t = levels_.back()[chosen];
  double sum = 0.0, weight = 0.0;
  for (std::size_t k = 0; k < 3; ++k) {
    const double w = std::max(0.0, chosen_weights[k]);
    sum += w * values[t[k]];
    weight += w;
  }
  return weight > 0.0 ? sum / weight : values[t[0]];
}

std::vector<double> Directions::smoothed(std::vector<double> values, double share, int times) const {
  std::vector<double> sum(values.size()), count(values.size(), 0.0);
  for (const auto& [a, b] : edges_) ++count[a], ++count[b];
  for (int n = 0; n < times; ++n) {
    std::fill(sum.begin(), sum.end(), 0.0);
    for (const auto& [a, b] : edges_) sum[a] += values[b], sum[b] += values[a];
    for (std::size_t k = 0; k < values.size(); ++k)
      values[k] = (1.0 - share) * values[k] + share * sum[k] / count[k];
  }
  return values;
}

}  // namespace ledd::surface
