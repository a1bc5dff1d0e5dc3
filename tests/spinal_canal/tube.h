#pragma once
#include <cmath>
#include <functional>
#include <vector>

#include "ledd/anatomy/anatomy.h"
#include "ledd/image/image.h"
#include "ledd/spine_morphometry/spine_result.h"

/// Analytic dural sacs with the bodies before them.
namespace ledd::tube {

constexpr double kRad = M_PI / 180.0;

/// A tube along z whose centreline is y = lean z + bow z^2 (mm, y to the back); sections square to it are
/// ellipses.
struct Tube {
  double ap_mm = 14.0, lr_mm = 18.0;
  double lean = 0.0, bow_per_mm = 0.0;
  double left_mm = 0.0;  ///< Of the whole tube.
  double top_mm = 95.0, bottom_mm = -95.0;
  double waist_mm = 0.0, waist_at_mm = 0.0;  ///< Taken off the AP diameter around a height.

  double y(double z) const { return lean * z + bow_per_mm * z * z; }
  double slope(double z) const { return lean + 2.0 * bow_per_mm * z; }
  double ap(double z) const {
    const double d = (z - waist_at_mm) / 5.0;
    return ap_mm - waist_mm * std::exp(-0.5 * d * d);
  }
  /// Height of the nearest point of the centreline.
  double foot(double py, double pz) const {
    double z = pz;
    for (int i = 0; i < 30; ++i) z = 0.5 * z + 0.5 * (pz + (py - y(z)) * slope(z));
    return z;
  }
  bool holds(const Point& p) const {
    const double z = foot(p[1], p[2]);
    if (z > top_mm || z < bottom_mm) return false;
    const double off = (p[1] - y(z)) * std::sqrt(1.0 + slope(z) * slope(z));
    const double a = 2.0 * (p[0] - left_mm) / lr_mm, b = 2.0 * off / ap(z);
    return a * a + b * b <= 1.0;
  }
};

/// How a stack lies: rotations about the patient's axes through the origin.
struct Pose {
  double about_si_deg = 0.0, about_pa_deg = 0.0, about_lr_deg = 0.0;
};

inline Point rotated(const Point& p, const Pose& pose) {
  Point q = p;
  const auto turn = [&](std::size_t a, std::size_t b, double deg) {
    const double c = std::cos(deg * kRad), s = std::sin(deg * kRad), x = q[a], y = q[b];
    q[a] = c * x - s * y;
    q[b] = s * x + c * y;
  };
  turn(0, 1, pose.about_si_deg);
  turn(0, 2, pose.about_pa_deg);
  turn(1, 2, pose.about_lr_deg);
  return q;
}

struct Grid {
  std::array<double, 3> spacing_mm{0.7, 0.7, 4.0};
  std::array<double, 3> extent_mm{90.0, 210.0, 56.0};
  Pose pose{};
  Point shift_mm{};
};

/// Axes P, I, R, turned by the pose, centred on the origin.
template <class Image>
typename Image::Pointer blank(const Grid& grid) {
  auto image = Image::New();
  typename Image::SizeType size;
  typename Image::SpacingType spacing;
  typename Image::DirectionType direction;
  typename Image::PointType origin;
  const std::array<Point, 3> axes{
      rotated({0, 1, 0}, grid.pose), rotated({0, 0, -1}, grid.pose), rotated({-1, 0, 0}, grid.pose)};
  Point corner = grid.shift_mm;
  for (unsigned a = 0; a < 3; ++a) {
    size[a] = static_cast<std::size_t>(grid.extent_mm[a] / grid.spacing_mm[a]) + 1;
    spacing[a] = grid.spacing_mm[a];
    for (unsigned r = 0; r < 3; ++r) {
      direction(r, a) = axes[a][r];
      corner[r] -= axes[a][r] * 0.5 * grid.spacing_mm[a] * static_cast<double>(size[a] - 1);
    }
  }
  for (unsigned r = 0; r < 3; ++r) origin[r] = corner[r];
  image->SetRegions(size);
  image->SetSpacing(spacing);
  image->SetDirection(direction);
  image->SetOrigin(origin);
  image->Allocate();
  image->FillBuffer(0);
  return image;
}

/// Calls set(voxel, point) for every voxel.
template <class Image>
void for_each_voxel(Image& image, const std::function<void(typename Image::PixelType&, const Point&)>& set) {
  const auto size = image.GetLargestPossibleRegion().GetSize();
  auto* voxel = image.GetBufferPointer();
  for (long k = 0; k < static_cast<long>(size[2]); ++k)
    for (long j = 0; j < static_cast<long>(size[1]); ++j)
      for (long i = 0; i < static_cast<long>(size[0]); ++i, ++voxel) {
        typename Image::PointType p;
        image.TransformIndexToPhysicalPoint({{i, j, k}}, p);
        set(*voxel, {p[0], p[1], p[2]});
      }
}

inline Labels::Pointer labels(const Tube& tube, const Grid& grid) {
  auto image = blank<Labels>(grid);
  for_each_voxel<Labels>(*image, [&](std::uint16_t& v, const Point& p) {
    if (tube.holds(p)) v = anatomy::kCanal;
  });
  return image;
}

/// L1..L5, 28 mm high and 9 mm apart, their walls 2 mm before the tube.
inline SpineResult spine(const Tube& tube) {
  SpineResult result;
  for (int i = 0; i < 5; ++i) {
    const double z = 74.0 - 37.0 * i;
    const auto on_wall = [&](double up) {
      const double at = z + up, s = tube.slope(at), n = std::sqrt(1 + s * s), back = 0.5 * tube.ap_mm + 2.0;
      return Point{tube.left_mm, tube.y(at) - back / n, at + back * s / n};
    };
    SpineResult::Body body;
    body.id = static_cast<std::uint16_t>(anatomy::kL1 + i);
    body.quality = Quality::kGood;
    body.ps_lps_mm = on_wall(14.0);
    body.pi_lps_mm = on_wall(-14.0);
    const double s = tube.slope(z), n = std::sqrt(1 + s * s);
    body.frame.superior = {0, s / n, 1 / n};
    body.frame.posterior = {0, 1 / n, -s / n};
    for (unsigned a = 0; a < 3; ++a)
      body.frame.centre_lps_mm[a] =
          0.5 * (body.ps_lps_mm[a] + body.pi_lps_mm[a]) - 17.0 * body.frame.posterior[a];
    body.superior.measured = body.inferior.measured = true;
    body.superior.normal = body.inferior.normal = body.frame.superior;
    result.bodies.push_back(body);
  }
  return result;
}

}  // namespace ledd::tube
