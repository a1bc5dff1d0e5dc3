#pragma once
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "ledd/image/image.h"
#include "ledd/spine_morphometry/spine_morphometry.h"

namespace ledd::solid {

using Frame = SpineResult::Frame;

inline Point along(const Point& p, const Point& axis, double t) {
  return {p[0] + t * axis[0], p[1] + t * axis[1], p[2] + t * axis[2]};
}
inline double dot(const Point& a, const Point& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/// A body whose measures are known: walls parallel to the long axis, parabolic endplates, maybe a spur.
struct Body {
  double ha_mm = 27.0;
  double hp_mm = 27.0;
  double depth_mm = 34.0;
  double width_mm = 46.0;
  double sag_mm = 0.0;    ///< How far each endplate dips at half depth.
  bool elliptic = false;  ///< Seen from above: an ellipse instead of a box.
  double spur_mm = 0.0;   ///< Of the anterior superior rim: this far forward, half as far up.

  double hm_mm() const { return 0.5 * (ha_mm + hp_mm) - 2.0 * sag_mm; }
  double area_mm2() const { return depth_mm * (0.5 * (ha_mm + hp_mm) - 2.0 * sag_mm * 2.0 / 3.0); }
  double half_height(double u) const {
    const double t = u / depth_mm;  // -0.5 in front, 0.5 behind
    return 0.5 * (ha_mm * (0.5 - t) + hp_mm * (0.5 + t)) - sag_mm * (1.0 - 4.0 * t * t);
  }
  bool holds(double u, double w, double z) const {
    if (spur_mm > 0.0) {
      const double front = -0.5 * depth_mm;
      const double top = 0.5 * ha_mm;
      if (u > front - spur_mm && u <= front + 1.0 && z > top - 4.0 && z < top + 0.5 * spur_mm &&
          std::abs(w) < 0.4 * width_mm)
        return true;
    }
    if (std::abs(u) > 0.5 * depth_mm || std::abs(w) > 0.5 * width_mm) return false;
    if (elliptic && std::hypot(2.0 * u / depth_mm, 2.0 * w / width_mm) > 1.0) return false;
    return std::abs(z) <= half_height(u);
  }
};

struct Placed {
  std::uint16_t id = 22;
  Body body;
  Frame frame;
};

/// Turned about left (pitch, + lifts the anterior side), about posterior (roll) and about the long axis
/// (yaw).
inline Frame posed(const Point& centre, double pitch_deg, double roll_deg, double yaw_deg) {
  const auto turn = [](Point& a, Point& b, double deg) {
    const double c = std::cos(deg * M_PI / 180.0);
    const double s = std::sin(deg * M_PI / 180.0);
    const Point old = a;
    for (unsigned i = 0; i < 3; ++i) {
      a[i] = c * old[i] + s * b[i];
      b[i] = c * b[i] - s * old[i];
    }
  };
  Frame f;
  f.centre_lps_mm = centre;
  turn(f.superior, f.posterior, pitch_deg);
  turn(f.superior, f.left, roll_deg);
  turn(f.left, f.posterior, yaw_deg);
  return f;
}

/// Size, spacing and columns of direction of a grid whose middle is at `centre_lps_mm`.
struct GridSpec {
  std::array<std::size_t, 3> size{};
  std::array<double, 3> spacing_mm{};
  std::array<Point, 3> axes{};
  Point centre_lps_mm{};
};

/// Axes P, I, R of a sagittal stack, turned as a whole.
inline GridSpec sagittal(std::array<double, 3> spacing_mm,
                         std::array<double, 3> extent_mm,
                         const Frame& turn) {
  GridSpec g;
  g.spacing_mm = spacing_mm;
  for (unsigned a = 0; a < 3; ++a)
    g.size[a] = static_cast<std::size_t>(std::ceil(extent_mm[a] / spacing_mm[a]));
  g.axes = {turn.posterior, along({}, turn.superior, -1.0), along({}, turn.left, -1.0)};
  g.centre_lps_mm = turn.centre_lps_mm;
  return g;
}

template <class Image>
typename Image::Pointer empty(const GridSpec& g) {
  auto image = Image::New();
  typename Image::SizeType size;
  typename Image::DirectionType direction;
  Point origin = g.centre_lps_mm;
  for (unsigned a = 0; a < 3; ++a) {
    size[a] = g.size[a];
    for (unsigned row = 0; row < 3; ++row) direction(row, a) = g.axes[a][row];
    origin = along(origin, g.axes[a], -0.5 * (static_cast<double>(g.size[a]) - 1.0) * g.spacing_mm[a]);
  }
  image->SetRegions(size);
  image->SetSpacing(g.spacing_mm.data());
  image->SetDirection(direction);
  image->SetOrigin(origin.data());
  image->Allocate(true);
  return image;
}

/// Calls visit(buffer offset, body, u, w, z) for every voxel and body; u, w, z of the centre plus `shift_mm`.
template <class Image, class Visit>
void each(const Image& image, const std::vector<Placed>& bodies, const Visit& visit) {
  const auto size = image.GetLargestPossibleRegion().GetSize();
  std::size_t n = 0;
  typename Image::PointType p;
  for (long k = 0; k < static_cast<long>(size[2]); ++k)
    for (long j = 0; j < static_cast<long>(size[1]); ++j)
      for (long i = 0; i < static_cast<long>(size[0]); ++i, ++n) {
        image.TransformIndexToPhysicalPoint({{i, j, k}}, p);
        for (const Placed& b : bodies) {
          const Point d = along({p[0], p[1], p[2]}, b.frame.centre_lps_mm, -1.0);
          visit(n, b, dot(d, b.frame.posterior), dot(d, b.frame.left), dot(d, b.frame.superior));
        }
      }
}

/// A voxel belongs to a body when its centre does.
inline Labels::Pointer rasterised(const GridSpec& g, const std::vector<Placed>& bodies) {
  auto labels = empty<Labels>(g);
  each(*labels, bodies, [&](std::size_t n, const Placed& b, double u, double w, double z) {
    if (b.body.holds(u, w, z)) labels->GetBufferPointer()[n] = b.id;
  });
  return labels;
}

/// The part of each voxel's in-plane square that is body: what an ideal network would say. 4 x 4 samples.
inline Volume::Pointer coverage(const GridSpec& g, const std::vector<Placed>& bodies) {
  constexpr int kSamples = 4;
  auto volume = empty<Volume>(g);
  each(*volume, bodies, [&](std::size_t n, const Placed& b, double u, double w, double z) {
    int inside = 0;
    for (int s = 0; s < kSamples * kSamples; ++s) {
      const int column = s % kSamples, row = s / kSamples;
      Point shift{};
      shift = along(shift, g.axes[0], ((column + 0.5) / kSamples - 0.5) * g.spacing_mm[0]);
      shift = along(shift, g.axes[1], ((row + 0.5) / kSamples - 0.5) * g.spacing_mm[1]);
      if (b.body.holds(u + dot(shift, b.frame.posterior),
                       w + dot(shift, b.frame.left),
                       z + dot(shift, b.frame.superior)))
        ++inside;
    }
    volume->GetBufferPointer()[n] += static_cast<float>(inside) / (kSamples * kSamples);
  });
  return volume;
}

}  // namespace ledd::solid
