#pragma once
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "ledd/image/image.h"

#include "oblique.h"

/// Cartilage layers of known thickness on bones of simple shape.
namespace ledd::shells {

enum class Shape { kSphere, kBowl, kCylinder, kTorus };
inline constexpr std::array<Shape, 4> kShapes{Shape::kSphere, Shape::kBowl, Shape::kCylinder, Shape::kTorus};

inline std::string name_of(Shape shape) {
  constexpr std::array<const char*, 4> kNames{"sphere", "bowl", "cylinder", "torus"};
  return kNames[static_cast<std::size_t>(shape)];
}

constexpr std::uint16_t kBone = 203, kCartilage = 204;
constexpr Point kCentre{3.3, -7.1, 11.9};

/// Where a point lies: its distance from the bone's surface, outwards, and from the plate's edge over that
/// surface, inwards.
struct Place {
  double out_mm = 0.0;
  double in_mm = 0.0;
};

/// Radii as of femoral condyles and tibial plateaus: sphere 20 mm, bowl 40 mm, cylinder 18 mm, torus 25 and
/// 15 mm. Where a bone has more than one side, the far one is far.
inline Place place(Shape shape, const Point& p) {
  const double x = p[0] - kCentre[0], y = p[1] - kCentre[1], z = p[2] - kCentre[2];
  switch (shape) {
    case Shape::kSphere: {
      const double r = std::sqrt(x * x + y * y + z * z);
      return {r - 20.0, 20.0 * (1.0 - std::acos(std::clamp(z / std::max(r, 1e-9), -1.0, 1.0)))};
    }
    case Shape::kBowl: {  // the bone lies below and around: the plate is hollow
      const double up = 34.0 - z, r = std::sqrt(x * x + y * y + up * up);
      return {40.0 - r, 40.0 * (0.4 - std::acos(std::clamp(up / std::max(r, 1e-9), -1.0, 1.0)))};
    }
    case Shape::kCylinder: {
      const double r = std::hypot(x, z);
      return {r - 18.0, std::min(12.0 - std::fabs(y), 18.0 * (1.0 - std::fabs(std::atan2(x, z))))};
    }
    case Shape::kTorus: {
      const double ring = std::hypot(x, y) - 12.0, r = std::hypot(ring, z);
      return {r - 8.0, 8.0 * (1.2 - std::fabs(std::atan2(ring, z)))};
    }
  }
  return {};
}

/// 203 bone, 204 cartilage.
inline std::uint16_t label(Shape shape, double thickness_mm, const Point& p) {
  const Place at = place(shape, p);
  if (at.out_mm < 0.0) return kBone;
  return at.out_mm < thickness_mm && at.in_mm > 0.0 ? kCartilage : 0;
}

inline Labels::Pointer labels(Shape shape,
                              double thickness_mm,
                              Point spacing_mm = {0.365, 0.365, 0.7},
                              double yaw_deg = 17,
                              double pitch_deg = 11,
                              Point shift_mm = {}) {
  const Point centre{kCentre[0] + shift_mm[0], kCentre[1] + shift_mm[1], kCentre[2] + shift_mm[2]};
  auto image = testing::oblique_grid<Labels>(spacing_mm, {54, 54, 54}, centre, {yaw_deg, pitch_deg});
  testing::fill(*image, [&](const Point& p) { return label(shape, thickness_mm, p); });
  return image;
}

/// The part of every voxel that `id` fills, from 4 x 4 x 6 points in it.
inline Volume::Pointer part(const Labels& grid, Shape shape, double thickness_mm, std::uint16_t id) {
  auto volume = Volume::New();
  volume->CopyInformation(&grid);
  volume->SetRegions(grid.GetLargestPossibleRegion());
  volume->Allocate();
  const auto spacing = grid.GetSpacing();
  const double half = 0.5 * (spacing[0] + spacing[1] + spacing[2]);
  std::vector<Point> offsets;
  for (int k = 0; k < 6; ++k)
    for (int j = 0; j < 4; ++j)
      for (int i = 0; i < 4; ++i) {
        const Point at{((i + 0.5) / 4 - 0.5) * spacing[0],
                       ((j + 0.5) / 4 - 0.5) * spacing[1],
                       ((k + 0.5) / 6 - 0.5) * spacing[2]};
        Point off{};
        for (unsigned row = 0; row < 3; ++row)
          for (unsigned a = 0; a < 3; ++a) off[row] += grid.GetDirection()(row, a) * at[a];
        offsets.push_back(off);
      }
  testing::fill(*volume, [&](const Point& p) {
    const Place at = place(shape, p);
    const double edge =
        std::min({std::fabs(at.out_mm), std::fabs(at.out_mm - thickness_mm), std::fabs(at.in_mm)});
    if (edge > half) return label(shape, thickness_mm, p) == id ? 1.0 : 0.0;
    double inside = 0;
    for (const Point& off : offsets)
      inside += label(shape, thickness_mm, {p[0] + off[0], p[1] + off[1], p[2] + off[2]}) == id ? 1.0 : 0.0;
    return inside / static_cast<double>(offsets.size());
  });
  return volume;
}

/// Mean and SD of the values more than `inner_mm` from the edge of the plate.
struct Summary {
  double mean = 0.0, sd = 0.0;
  std::size_t count = 0, lost = 0;  ///< With and without a value.
};
inline Summary inner(Shape shape,
                     const std::vector<Point>& points,
                     const std::vector<double>& values,
                     double inner_mm = 4.0) {
  Summary s;
  double sum = 0, squares = 0;
  for (std::size_t v = 0; v < points.size(); ++v) {
    const Place at = place(shape, points[v]);
    if (at.in_mm < inner_mm || std::fabs(at.out_mm) > 1.0) continue;
    if (std::isnan(values[v])) {
      ++s.lost;
      continue;
    }
    sum += values[v];
    squares += values[v] * values[v];
    ++s.count;
  }
  s.mean = sum / static_cast<double>(s.count);
  s.sd = std::sqrt(std::max(0.0, squares / static_cast<double>(s.count) - s.mean * s.mean));
  return s;
}

}  // namespace ledd::shells
