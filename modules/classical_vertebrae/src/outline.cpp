#include "outline.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>

namespace ledd::classical {
namespace {

constexpr double kTurn = 2.0 * CV_PI / static_cast<double>(kRays);
constexpr double kAcrossMm = 1.5;  // inside and outside the border, for the contrast there
constexpr double kStepMm = 0.5;
constexpr double kWallPrior = 3.0;   // the walls were settled for the whole column
constexpr int kSteepest = 2;         // steps from ray to ray, beside the shape itself
constexpr double kRoughness = 0.15;  // cost of a step from ray to ray, in mean border contrasts

/// Where a border is looked for.
struct Search {
  Polarity polarity = Polarity::kBrighter;
  double range_mm = 0.0;  ///< Either way of the expected shape.
  double prior = 0.0;     ///< Cost of an offset of the whole range, in mean border contrasts.
};

/// A ray's direction in the frame of a box: along its endplates to the back, across them downwards.
struct Direction {
  double along = 0.0, across = 0.0;
};

Direction direction_of(std::size_t ray) {
  const double angle = kTurn * static_cast<double>(ray);
  return {std::cos(angle), std::sin(angle)};
}

/// One radius for every ray, from its direction.
template <class Radius>
Radii by_direction(const Radius& radius_mm) {
  Radii radii{};
  for (std::size_t ray = 0; ray < kRays; ++ray) radii[ray] = radius_mm(direction_of(ray));
  return radii;
}

bool is_wall(std::size_t ray) {
  return std::abs(direction_of(ray).along) > 0.8;
}

/// Fall of brightness outwards, as the polarity has it, at a distance along a ray; across a wall the change
/// either way, since what lies before and behind a body may be darker or brighter in any weighting.
double contrast(const cv::Mat& image, const Outline& o, std::size_t ray, double r_mm, Polarity polarity) {
  const double a = o.tilt_deg * CV_PI / 180.0 + kTurn * static_cast<double>(ray);
  const double dx = std::cos(a), dy = std::sin(a);
  const auto at = [&](double r) {
    return static_cast<double>(value_at(image, (o.x_mm + r * dx) / kWorkMm, (o.y_mm + r * dy) / kWorkMm));
  };
  const double fall = static_cast<double>(polarity) * (at(r_mm - kAcrossMm) - at(r_mm + kAcrossMm));
  return is_wall(ray) ? std::abs(fall) : fall;
}

/// Costs of every offset on every ray: [ray][offset].
std::vector<std::vector<double>> costs_of(const cv::Mat& image,
                                          const Outline& o,
                                          const Radii& expected,
                                          const Search& search) {
  const int half = static_cast<int>(std::lround(search.range_mm / kStepMm));
  const std::size_t steps = 2 * static_cast<std::size_t>(half) + 1;
  const auto place = [half](int n) {
    const int from_first = n + half;
    return static_cast<std::size_t>(from_first);
  };
  std::vector<std::vector<double>> costs(kRays, std::vector<double>(steps));
  double unit = 0.0;
  for (std::size_t ray = 0; ray < kRays; ++ray)
    for (int n = -half; n <= half; ++n) {
      const double g = contrast(image, o, ray, std::max(1.0, expected[ray] + n * kStepMm), search.polarity);
      costs[ray][place(n)] = -g;
      unit += std::abs(g) / static_cast<double>(kRays * steps);
    }
  for (std::size_t ray = 0; ray < kRays; ++ray)
    for (int n = -half; n <= half; ++n) {
      auto& cost = costs[ray][place(n)];
      const double t = static_cast<double>(n) / half;
      cost = cost / std::max(unit, 1e-6) + (is_wall(ray) ? kWallPrior : 1.0) * search.prior * t * t;
    }
  return costs;
}

/// The cheapest curve: twice round, of which the middle is kept, so that it closes.
std::array<int, kRays> cheapest_curve(const std::vector<std::vector<double>>& costs) {
  const std::size_t offsets = costs[0].size(), steps = 2 * kRays;
  std::vector<std::vector<int>> from(steps, std::vector<int>(offsets, 0));
  std::vector<double> sum = costs[0];
  for (std::size_t s = 1; s < steps; ++s) {
    std::vector<double> next(offsets);
    const auto reached = [&](std::size_t m, std::size_t n) {
      return sum[m] + kRoughness * std::abs(static_cast<double>(m) - static_cast<double>(n));
    };
    for (std::size_t n = 0; n < offsets; ++n) {
      const std::size_t low = n >= kSteepest ? n - kSteepest : 0, high = std::min(offsets - 1, n + kSteepest);
      std::size_t best = low;
      for (std::size_t m = low; m <= high; ++m) {
        if (reached(m, n) < reached(best, n)) best = m;
      }
      next[n] = reached(best, n) + costs[s % kRays][n];
      from[s][n] = static_cast<int>(best);
    }
    sum = std::move(next);
  }
  std::array<int, kRays> curve{};
  auto at = static_cast<std::size_t>(std::min_element(sum.begin(), sum.end()) - sum.begin());
  for (std::size_t s = steps; s-- > 0;) {
    if (s >= kRays / 2 && s < kRays / 2 + kRays) curve[s % kRays] = static_cast<int>(at);
    at = static_cast<std::size_t>(from[s][at]);
  }
  return curve;
}

Radii smoothed(const Radii& radii) {
  Radii out{};
  for (std::size_t n = 0; n < kRays; ++n)
    out[n] = 0.25 * radii[(n + kRays - 1) % kRays] + 0.5 * radii[n] + 0.25 * radii[(n + 1) % kRays];
  return out;
}

Radii border(const cv::Mat& image, const Outline& o, const Radii& expected, const Search& search) {
  const auto curve = cheapest_curve(costs_of(image, o, expected, search));
  const int half = static_cast<int>(std::lround(search.range_mm / kStepMm));
  Radii offset{}, radii{};
  for (std::size_t ray = 0; ray < kRays; ++ray) offset[ray] = (curve[ray] - half) * kStepMm;
  offset = smoothed(offset);
  for (std::size_t ray = 0; ray < kRays; ++ray) radii[ray] = std::max(1.0, expected[ray] + offset[ray]);
  return radii;
}

/// A rectangle with rounded corners.
Radii box_radii(double depth_mm, double height_mm) {
  constexpr double kSquareness = 8.0;
  return by_direction([&](const Direction& d) {
    return std::pow(std::pow(std::abs(d.along) / (0.5 * depth_mm), kSquareness) +
                        std::pow(std::abs(d.across) / (0.5 * height_mm), kSquareness),
                    -1.0 / kSquareness);
  });
}

/// The same curve seen from its centre of area.
void recentre(Outline& o) {
  constexpr double kFarthestMm = 60.0, kMarchMm = 0.25;
  double area = 0.0, u = 0.0, v = 0.0;
  for (std::size_t ray = 0; ray < kRays; ++ray) {
    const auto d = direction_of(ray);
    const double r = o.middle[ray];
    area += 0.5 * r * r;
    u += r * r * r / 3.0 * d.along;
    v += r * r * r / 3.0 * d.across;
  }
  u /= area, v /= area;
  const Radii moved = by_direction([&](const Direction& d) {
    double r = 1.0;  // march outwards: the curve is star-shaped from near its centre
    const auto inside = [&](double x, double y) {
      return std::hypot(x, y) < radius_at(o.middle, std::atan2(y, x));
    };
    while (r < kFarthestMm && inside(u + r * d.along, v + r * d.across)) r += kMarchMm;
    return r;
  });
  const double t = o.tilt_deg * CV_PI / 180.0;
  o.x_mm += u * std::cos(t) - v * std::sin(t);
  o.y_mm += u * std::sin(t) + v * std::cos(t);
  o.middle = smoothed(moved);
}

Outline middle_of(const Slices& slices, const Box& box, Polarity polarity) {
  Outline o{box.x_mm, box.y_mm, box.z_mm, box.tilt_deg, {}, {}};
  const cv::Mat slab = slices.slab(box.z_mm, kHalfMiddleMm);
  o.middle = border(slab, o, box_radii(box.depth_mm, box.height_mm), {polarity, 5.0, 1.5});
  recentre(o);
  o.middle = border(slab, o, smoothed(o.middle), {polarity, 3.0, 1.0});
  recentre(o);
  return o;
}

/// Middle of the slices on which the endplates are seen.
double seen_middle_mm(const Slices& slices, const Outline& o, Polarity polarity) {
  constexpr double kReachMm = 32.0, kSeen = 0.35;
  const double full = endplate_contrast(slices.slab(o.z_mm, kHalfMiddleMm), o, polarity);
  double sum = 0.0, weight = 0.0;
  for (std::size_t k = 0; k < slices.pixels.size(); ++k) {
    const double z = static_cast<double>(k) * slices.spacing_mm;
    if (std::abs(z - o.z_mm) > kReachMm) continue;
    const double seen = endplate_contrast(slices.pixels[k], o, polarity) / std::max(full, 1e-6);
    const double w = std::clamp(seen - kSeen, 0.0, 1.0 - kSeen);
    sum += w * z, weight += w;
  }
  return weight > 0.0 ? sum / weight : o.z_mm;
}

/// A straight line through the middles of all bodies: one slice more or less on a single body is chance.
void align_middles(const Slices& slices, std::vector<Outline>& bodies, Polarity polarity) {
  double sy = 0.0, sz = 0.0, syy = 0.0, syz = 0.0;
  const auto n = static_cast<double>(bodies.size());
  for (const Outline& o : bodies) {
    const double z = seen_middle_mm(slices, o, polarity);
    sy += o.y_mm, sz += z, syy += o.y_mm * o.y_mm, syz += o.y_mm * z;
  }
  const double spread = syy - sy * sy / n;
  const double slope = spread > 1.0 ? (syz - sy * sz / n) / spread : 0.0;
  for (Outline& o : bodies) o.z_mm = sz / n + slope * (o.y_mm - sy / n);
}

double depth_mm(const Outline& o) {
  return radius_at(o.middle, 0.0) + radius_at(o.middle, CV_PI);
}

/// What becomes of the middle outline aside of it: the front recedes first, the back and the endplates last.
Radii aside(const Radii& middle, double fraction) {
  const auto shrunk = [&](double power) { return std::pow(1.0 - std::pow(fraction, power), 1.0 / power); };
  const double front = shrunk(2.0), back = shrunk(3.5), height = shrunk(6.0);
  return by_direction([&](const Direction& d) {
    const double u = d.along / (d.along < 0.0 ? front : back), v = d.across / height;
    return std::max(1.0, radius_at(middle, std::atan2(v, u)) / std::hypot(u, v));
  });
}

void outline_slices(const Slices& slices, double half_width_mm, Polarity polarity, Outline& o) {
  std::map<std::size_t, Radii> expected, offset;
  for (std::size_t k = 0; k < slices.pixels.size(); ++k) {
    const double fraction = std::abs(static_cast<double>(k) * slices.spacing_mm - o.z_mm) / half_width_mm;
    if (fraction >= 0.98) continue;
    expected[k] = aside(o.middle, fraction);
    const Radii found = border(slices.pixels[k], o, expected[k], {polarity, 2.5, 1.0});
    for (std::size_t ray = 0; ray < kRays; ++ray) offset[k][ray] = found[ray] - expected[k][ray];
  }
  for (auto& [k, shape] : expected) {
    const Radii& own = offset.at(k);
    const auto below = offset.find(k - 1), above = offset.find(k + 1);
    for (std::size_t ray = 0; ray < kRays; ++ray) {
      const double before = below == offset.end() ? own[ray] : below->second[ray];
      const double after = above == offset.end() ? own[ray] : above->second[ray];
      shape[ray] += 0.25 * before + 0.5 * own[ray] + 0.25 * after;
    }
  }
  o.rings = std::move(expected);
}

}  // namespace

double radius_at(const Radii& radii, double angle) {
  double at = angle / kTurn;
  at -= std::floor(at / static_cast<double>(kRays)) * static_cast<double>(kRays);
  const auto low = static_cast<std::size_t>(at) % kRays;
  const double t = at - std::floor(at);
  return radii[low] * (1.0 - t) + radii[(low + 1) % kRays] * t;
}

double endplate_contrast(const cv::Mat& image, const Outline& o, Polarity polarity) {
  double sum = 0.0, n = 0.0;
  for (std::size_t ray = 0; ray < kRays; ++ray) {
    if (is_wall(ray)) continue;
    double best = -1e9;
    for (const double d : {-1.0, 0.0, 1.0})
      best = std::max(best, contrast(image, o, ray, o.middle[ray] + d, polarity));
    sum += best, n += 1.0;
  }
  return sum / n;
}

std::vector<Outline> outline_bodies(const Slices& slices, const Column& column, double width_to_depth) {
  std::vector<Outline> bodies(column.boxes.size());
  tbb::parallel_for(std::size_t{0}, bodies.size(), [&](std::size_t n) {
    bodies[n] = middle_of(slices, column.boxes[n], column.polarity);
  });
  align_middles(slices, bodies, column.polarity);
  double mean_depth_mm = 0.0;
  for (const Outline& o : bodies) mean_depth_mm += depth_mm(o) / static_cast<double>(bodies.size());
  tbb::parallel_for(std::size_t{0}, bodies.size(), [&](std::size_t n) {
    const double half_width_mm = 0.25 * width_to_depth * (mean_depth_mm + depth_mm(bodies[n]));
    outline_slices(slices, half_width_mm, column.polarity, bodies[n]);
  });
  return bodies;
}

}  // namespace ledd::classical
