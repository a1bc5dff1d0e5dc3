#include <algorithm>
#include <cmath>

#include "ledd/core/error.h"
#include "ledd/plane_view/plane_view.h"

namespace ledd::plane_view {
namespace {

double dot(const Point& a, const Point& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/// Where right and down of a view point: L is +x, P is +y, S is +z.
struct Directions {
  Point right, down;
};
Directions of_patient(View view) {
  switch (view) {
    case View::kSagittal: return {{0, 1, 0}, {0, 0, -1}};
    case View::kCoronal: return {{1, 0, 0}, {0, 0, -1}};
    case View::kAxial: return {{1, 0, 0}, {0, 1, 0}};
  }
  return {};
}

/// The scan's axis nearest to a direction, pointing its way.
Point nearest_axis(const itk::ImageBase<3>& scan, const Point& wanted) {
  const auto axes = axes_of(scan);  // refuses a scan whose axes are not told apart
  Point best{};
  double most = -1.0;
  for (unsigned axis = 0; axis < axes.size(); ++axis) {
    Point direction{};
    for (unsigned k = 0; k < 3; ++k) direction[k] = scan.GetDirection()(k, axis);
    const double along = dot(direction, wanted);
    if (std::abs(along) <= most) continue;
    most = std::abs(along);
    best = along < 0.0 ? Point{-direction[0], -direction[1], -direction[2]} : direction;
  }
  return best;
}

std::string letters_toward(const Point& direction) {
  constexpr std::array<const char*, 3> kPlus{"L", "P", "H"}, kMinus{"R", "A", "F"};
  std::array<unsigned, 3> order{0, 1, 2};
  std::sort(order.begin(), order.end(), [&](unsigned a, unsigned b) {
    return std::abs(direction[a]) > std::abs(direction[b]);
  });
  const auto letter = [&](unsigned axis) { return direction[axis] > 0 ? kPlus[axis] : kMinus[axis]; };
  std::string letters = letter(order[0]);
  if (std::abs(direction[order[1]]) > 0.5) letters += letter(order[1]);  // sin 30 degrees
  return letters;
}

Point reversed(const Point& p) {
  return {-p[0], -p[1], -p[2]};
}

}  // namespace

Point normal_lps(const Plane& plane) {
  const Point &a = plane.right_lps, &b = plane.down_lps;
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

Point at_pixel(const Plane& plane, double x_px, double y_px) {
  const double right_mm = (x_px - 0.5 * (plane.width_px - 1)) * plane.pixel_mm;
  const double down_mm = (y_px - 0.5 * (plane.height_px - 1)) * plane.pixel_mm;
  Point p{};
  for (unsigned k = 0; k < 3; ++k)
    p[k] = plane.centre_lps_mm[k] + right_mm * plane.right_lps[k] + down_mm * plane.down_lps[k];
  return p;
}

std::array<double, 3> pixel_of(const Plane& plane, const Point& p_lps_mm) {
  Point off{};
  for (unsigned k = 0; k < 3; ++k) off[k] = p_lps_mm[k] - plane.centre_lps_mm[k];
  return {dot(off, plane.right_lps) / plane.pixel_mm + 0.5 * (plane.width_px - 1),
          dot(off, plane.down_lps) / plane.pixel_mm + 0.5 * (plane.height_px - 1),
          dot(off, normal_lps(plane))};
}

Plane plane_of(const itk::ImageBase<3>& scan, View view, Axes axes, const Point& through_lps_mm) {
  Directions directions = of_patient(view);
  if (axes == Axes::kScan)
    directions = {nearest_axis(scan, directions.right), nearest_axis(scan, directions.down)};
  Plane plane;
  plane.centre_lps_mm = through_lps_mm;
  plane.right_lps = directions.right;
  plane.down_lps = directions.down;
  return plane;
}

Letters letters_of(const Plane& plane) {
  return {letters_toward(reversed(plane.right_lps)),
          letters_toward(plane.right_lps),
          letters_toward(reversed(plane.down_lps)),
          letters_toward(plane.down_lps)};
}

double step_mm(const itk::ImageBase<3>& scan, const Plane& plane) {
  const Point normal = normal_lps(plane);
  // Across a scan's own plane its pitch; at an angle less, down to the smallest voxel.
  double longest = 0.0, step = scan.GetSpacing()[0];
  for (unsigned axis = 0; axis < 3; ++axis) {
    Point direction{};
    for (unsigned k = 0; k < 3; ++k) direction[k] = scan.GetDirection()(k, axis);
    if (const double along = std::abs(dot(direction, normal)); along > longest) {
      longest = along;
      step = scan.GetSpacing()[axis];
    }
  }
  return step;
}

std::pair<double, double> extent_mm(const itk::ImageBase<3>& scan, const Plane& plane) {
  const auto size = scan.GetLargestPossibleRegion().GetSize();
  double low = 0.0, high = 0.0;
  for (unsigned corner = 0; corner < 8; ++corner) {
    itk::Index<3> index;
    for (unsigned axis = 0; axis < 3; ++axis)
      index[axis] = (corner >> axis & 1U) != 0 ? static_cast<long>(size[axis]) - 1 : 0;
    itk::Point<double, 3> p;
    scan.TransformIndexToPhysicalPoint(index, p);
    const double height = pixel_of(plane, {p[0], p[1], p[2]})[2];
    low = corner == 0 ? height : std::min(low, height);
    high = corner == 0 ? height : std::max(high, height);
  }
  return {low, high};
}

Part part_of(const Plane& plane, const itk::ImageBase<3>& grid, const itk::ImageRegion<3>& box) {
  std::array<double, 3> low{}, high{};
  for (unsigned corner = 0; corner < 8; ++corner) {
    itk::ContinuousIndex<double, 3> index;
    for (unsigned axis = 0; axis < 3; ++axis)
      index[axis] = static_cast<double>(box.GetIndex(axis)) - 0.5 +
                    ((corner >> axis & 1U) != 0 ? static_cast<double>(box.GetSize(axis)) : 0.0);
    itk::Point<double, 3> p;
    grid.TransformContinuousIndexToPhysicalPoint(index, p);
    const auto pixel = pixel_of(plane, {p[0], p[1], p[2]});
    for (unsigned k = 0; k < 3; ++k) {
      low[k] = corner == 0 ? pixel[k] : std::min(low[k], pixel[k]);
      high[k] = corner == 0 ? pixel[k] : std::max(high[k], pixel[k]);
    }
  }
  const double touching_mm = 1e-3;
  if (low[2] > touching_mm || high[2] < -touching_mm) return {};
  // Beyond by two: a neighbour's outline, and rounding.
  const auto pixel = [](double place, int size) {
    return static_cast<int>(std::clamp(place, -8.0, static_cast<double>(size) + 8.0));
  };
  const int left = pixel(std::floor(low[0]) - 2.0, plane.width_px);
  const int top = pixel(std::floor(low[1]) - 2.0, plane.height_px);
  return {left,
          top,
          pixel(std::ceil(high[0]) + 3.0, plane.width_px) - left,
          pixel(std::ceil(high[1]) + 3.0, plane.height_px) - top};
}

}  // namespace ledd::plane_view
