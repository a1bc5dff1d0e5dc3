#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ledd/mesh/vectors.h"

#include "parts.h"

namespace ledd {
namespace {

constexpr double kPixelMm = 0.5;
using Flat = std::array<double, 2>;

struct Directions {
  Point right, up, out, centre_lps_mm;
};

std::vector<Flat> on_plane(const CartilageLayer& layer, const Directions& d) {
  std::vector<Flat> flat;
  for (const Point& p : layer.bone.points_lps_mm) {
    const Point from = vec::sub(p, d.centre_lps_mm);
    flat.push_back({vec::dot(from, d.right), vec::dot(from, d.up)});
  }
  return flat;
}

/// Least squares circle (Kasa) through points of the plane across the axis: centre and radius.
std::array<double, 3> circle(const std::vector<Flat>& points) {
  double n = 0, x = 0, y = 0;
  for (const Flat& p : points) {
    n += 1;
    x += p[0];
    y += p[1];
  }
  x /= n;
  y /= n;
  double xx = 0, xy = 0, yy = 0, xr = 0, yr = 0, rr = 0;
  for (const Flat& p : points) {
    const double u = p[0] - x, v = p[1] - y, r = u * u + v * v;
    xx += u * u;
    xy += u * v;
    yy += v * v;
    xr += u * r;
    yr += v * r;
    rr += r;
  }
  const double det = xx * yy - xy * xy;
  const double u = 0.5 * (xr * yy - yr * xy) / det, v = 0.5 * (yr * xx - xr * xy) / det;
  return {x + u, y + v, std::sqrt(u * u + v * v + rr / n)};
}

std::vector<Flat> on_cylinder(const CartilageLayer& layer, const KneeAxes& axes) {
  std::vector<Flat> across;
  std::vector<Flat> of_joint;
  for (std::size_t v = 0; v < layer.plate.size(); ++v) {
    const Point from = vec::sub(layer.bone.points_lps_mm[v], axes.centre_lps_mm);
    across.push_back({vec::dot(from, axes.anterior), vec::dot(from, axes.superior)});
    if (layer.plate[v] != 0) of_joint.push_back(across.back());
  }
  const auto c = circle(of_joint);
  std::vector<Flat> flat;
  for (std::size_t v = 0; v < across.size(); ++v) {
    const double turn =
        std::atan2(across[v][0] - c[0], -(across[v][1] - c[1]));  // 0 below, + towards the front
    flat.push_back(
        {vec::dot(vec::sub(layer.bone.points_lps_mm[v], axes.centre_lps_mm), axes.medial), c[2] * turn});
  }
  return flat;
}

/// Fills the pixels whose centres lie in a triangle.
void draw(const std::array<Flat, 3>& t, const std::array<double, 3>& values, Volume& image) {
  const double area = (t[1][0] - t[0][0]) * (t[2][1] - t[0][1]) - (t[2][0] - t[0][0]) * (t[1][1] - t[0][1]);
  const auto& origin = image.GetOrigin();
  const auto size = image.GetLargestPossibleRegion().GetSize();
  std::array<long, 2> low{}, high{};
  for (unsigned a = 0; a < 2; ++a) {
    const auto [least, most] = std::minmax({t[0][a], t[1][a], t[2][a]});
    low[a] = std::max(0L, static_cast<long>(std::ceil((least - origin[a]) / kPixelMm)));
    high[a] = std::min(static_cast<long>(size[a]) - 1,
                       static_cast<long>(std::floor((most - origin[a]) / kPixelMm)));
    if (most - least > 20.0) return;  // it crosses the seam of the unrolled surface
  }
  if (area == 0.0) return;
  for (long j = low[1]; j <= high[1]; ++j)
    for (long i = low[0]; i <= high[0]; ++i) {
      const double x = origin[0] + kPixelMm * static_cast<double>(i),
                   y = origin[1] + kPixelMm * static_cast<double>(j);
      const double b = ((x - t[0][0]) * (t[2][1] - t[0][1]) - (t[2][0] - t[0][0]) * (y - t[0][1])) / area;
      const double c = ((t[1][0] - t[0][0]) * (y - t[0][1]) - (x - t[0][0]) * (t[1][1] - t[0][1])) / area;
      if (b < 0.0 || c < 0.0 || b + c > 1.0) continue;
      image.SetPixel({{i, j, 0}},
                     static_cast<float>((1.0 - b - c) * values[0] + b * values[1] + c * values[2]));
    }
}

}  // namespace

FlatMap flat_map(const CartilageResult& result, std::size_t n, const std::vector<double>& values) {
  const CartilageLayer& layer = result.layers.at(n);
  require(values.size() == layer.plate.size(), Errc::kInput, "a flat map needs a value for each vertex");
  FlatMap map;
  std::vector<Flat> flat;
  map.right = "medial";
  if (layer.bone_id == anatomy::kFemur) {
    map.name = "femur";
    map.up = "anterior, along the surface";
    flat = on_cylinder(layer, result.femur ? result.femur->axes : result.axes);
  } else if (layer.bone_id == anatomy::kTibia) {
    map.name = "tibia";
    map.up = "anterior";
    flat = on_plane(
        layer, {result.axes.medial, result.axes.anterior, result.axes.superior, result.axes.centre_lps_mm});
  } else {
    map.name = "patella";
    map.up = "superior";
    const auto plate = knee::centre_of_plate(layer, anatomy::kPatellarCartilage);
    const Point up = vec::unit(vec::across(result.axes.superior, plate.normal));
    const Point right = vec::unit(vec::across(vec::across(result.axes.medial, plate.normal), up));
    flat = on_plane(layer, {right, up, plate.normal, plate.centre_lps_mm});
  }
  Flat low{1e9, 1e9}, high{-1e9, -1e9};
  for (std::size_t v = 0; v < flat.size(); ++v)
    if (layer.plate[v] != 0)
      for (unsigned a = 0; a < 2; ++a) {
        low[a] = std::min(low[a], flat[v][a]);
        high[a] = std::max(high[a], flat[v][a]);
      }
  require(
      low[0] <= high[0], Errc::kInput, fmt::format("the bone with label {} has no cartilage", layer.bone_id));
  map.image = Volume::New();
  Volume::SizeType size{{0, 0, 1}};
  Volume::PointType origin;
  Volume::SpacingType spacing;
  spacing.Fill(1.0);
  origin.Fill(0.0);
  for (unsigned a = 0; a < 2; ++a) {
    size[a] = static_cast<std::size_t>(std::ceil((high[a] - low[a]) / kPixelMm)) + 3;
    origin[a] = low[a] - kPixelMm;
    spacing[a] = kPixelMm;
  }
  map.image->SetRegions(size);
  map.image->SetOrigin(origin);
  map.image->SetSpacing(spacing);
  map.image->Allocate();
  map.image->FillBuffer(std::numeric_limits<float>::quiet_NaN());
  for (const auto& t : layer.bone.triangles) {
    const std::array<double, 3> at{values[t[0]], values[t[1]], values[t[2]]};
    if (layer.plate[t[0]] == 0 || layer.plate[t[1]] == 0 || layer.plate[t[2]] == 0) continue;
    if (std::isnan(at[0] + at[1] + at[2])) continue;
    draw({flat[t[0]], flat[t[1]], flat[t[2]]}, at, *map.image);
  }
  return map;
}

}  // namespace ledd
