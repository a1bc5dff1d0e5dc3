#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "ledd/spine_alignment/spine_alignment.h"

#include "solid.h"

/// Analytic spines with a known coronal course.
namespace ledd::curved {

inline constexpr double kDegPerRad = 180.0 / M_PI;

/// How a spine is bent: roll (+ right side up) and pitch (+ front up) of each body, from head to foot.
struct Course {
  std::uint16_t first_id = 18;
  std::vector<double> roll_deg, pitch_deg;
  double pitch_mm = 36.0;  ///< From body to body.
};

inline Course lumbar(double cobb_deg) {
  Course c;
  for (int i = 0; i < 7; ++i) {
    c.roll_deg.push_back(cobb_deg * (i / 6.0 - 0.5));
    c.pitch_deg.push_back(14.0 - 5.0 * i);
  }
  return c;
}

inline std::vector<solid::Placed> bodies(const Course& c, const solid::Body& shape) {
  std::vector<solid::Placed> placed;
  Point centre{0, 0, 0.5 * c.pitch_mm * static_cast<double>(c.roll_deg.size() - 1)};
  for (std::size_t i = 0; i < c.roll_deg.size(); ++i) {
    const auto frame = solid::posed(centre, c.pitch_deg[i], c.roll_deg[i], 0.0);
    placed.push_back({static_cast<std::uint16_t>(c.first_id + i), shape, frame});
    if (i + 1 == c.roll_deg.size()) break;
    const auto half_way = solid::posed(
        centre, 0.5 * (c.pitch_deg[i] + c.pitch_deg[i + 1]), 0.5 * (c.roll_deg[i] + c.roll_deg[i + 1]), 0.0);
    centre = solid::along(centre, half_way.superior, -c.pitch_mm);
  }
  return placed;
}

inline Labels::Pointer rasterise(const std::vector<solid::Placed>& placed,
                                 std::array<double, 3> spacing_mm,
                                 double width_mm = 100.0) {
  Point low = placed.front().frame.centre_lps_mm;
  Point high = low;
  for (const auto& p : placed)
    for (unsigned a = 0; a < 3; ++a) {
      low[a] = std::min(low[a], p.frame.centre_lps_mm[a]);
      high[a] = std::max(high[a], p.frame.centre_lps_mm[a]);
    }
  Point middle{};
  for (unsigned a = 0; a < 3; ++a) middle[a] = 0.5 * (low[a] + high[a]);
  const auto turn = solid::posed(middle, 0, 0, 0);
  return solid::rasterised(
      solid::sagittal(spacing_mm, {high[1] - low[1] + 60.0, high[2] - low[2] + 60.0, width_mm}, turn),
      placed);
}

/// The whole patient turned about the scanner's long axis.
inline std::vector<solid::Placed> turned(std::vector<solid::Placed> placed, double deg) {
  const double c = std::cos(deg / kDegPerRad);
  const double s = std::sin(deg / kDegPerRad);
  const auto turn = [&](Point& p) { p = {c * p[0] - s * p[1], s * p[0] + c * p[1], p[2]}; };
  for (auto& p : placed)
    for (Point* v : {&p.frame.centre_lps_mm, &p.frame.left, &p.frame.posterior, &p.frame.superior}) turn(*v);
  return placed;
}

/// Coronal slope (+ left up) of the body's endplate in the plane of the true column and mean left axis.
inline double slope_deg(const std::vector<solid::Placed>& placed, std::size_t i, bool superior) {
  Point left{};
  for (const auto& p : placed) left = solid::along(left, p.frame.left, 1.0);
  const Point chord =
      solid::along(placed.front().frame.centre_lps_mm, placed.back().frame.centre_lps_mm, -1.0);
  const Point up = solid::along({}, chord, 1.0 / std::sqrt(solid::dot(chord, chord)));
  left = solid::along(left, up, -solid::dot(left, up));
  left = solid::along({}, left, 1.0 / std::sqrt(solid::dot(left, left)));
  const auto& p = placed[i];
  const double lean = 0.5 * (p.body.hp_mm - p.body.ha_mm) / p.body.depth_mm * (superior ? -1.0 : 1.0);
  const Point normal = solid::along(p.frame.superior, p.frame.posterior, lean);
  return -kDegPerRad * std::atan2(solid::dot(normal, left), solid::dot(normal, up));
}

}  // namespace ledd::curved
