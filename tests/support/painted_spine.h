#pragma once
#include <array>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "ledd/image/image.h"
#include "ledd/spine_morphometry/spine_morphometry.h"

namespace ledd::painted {

/// Where a voxel's centre lies in a straight column of boxes: L1..L5, S1, their discs, the dural sac.
struct Place {
  std::uint16_t label = 0;
  double posterior_mm = 0;  ///< From the middle of the body's depth.
  double left_mm = 0;       ///< From the midline.
  double below_top_mm = 0;  ///< In a body or disc, from its upper face.
  double above_bottom_mm = 0;
  double up_mm = 0;  ///< From the middle of the column.
};

constexpr double kDepthMm = 34.0, kHeightMm = 27.0, kWidthMm = 46.0, kDiscMm = 9.0;
constexpr double kSacFrontMm = 19.0, kSacDepthMm = 14.0, kSacHalfWidthMm = 9.0;

struct Column {
  Labels::Pointer labels;
  std::vector<Place> places;  ///< One per voxel of the buffer.
};

/// Axes P, I, R turned by `pitch_deg` about left and `yaw_deg` about the column, so that no face lies along
/// voxels.
inline Column column(std::array<double, 3> spacing_mm = {1.0, 1.0, 4.0},
                     double pitch_deg = 4.0,
                     double yaw_deg = 3.0) {
  const double cp = std::cos(pitch_deg * M_PI / 180), sp = std::sin(pitch_deg * M_PI / 180);
  const double cy = std::cos(yaw_deg * M_PI / 180), sy = std::sin(yaw_deg * M_PI / 180);
  const std::array<Point, 3> axes{{{-sy, cy * cp, cy * sp}, {0.0, sp, -cp}, {-cy, -sy * cp, -sy * sp}}};
  const std::array<double, 3> extent_mm{96.0, 6 * (kHeightMm + kDiscMm) + 16.0, 68.0};
  Column c;
  c.labels = Labels::New();
  Labels::SizeType size;
  Labels::DirectionType direction;
  Point origin{};
  for (unsigned a = 0; a < 3; ++a) {
    size[a] = static_cast<std::size_t>(std::ceil(extent_mm[a] / spacing_mm[a]));
    for (unsigned row = 0; row < 3; ++row) {
      direction(row, a) = axes[a][row];
      origin[row] -= 0.5 * (static_cast<double>(size[a]) - 1.0) * spacing_mm[a] * axes[a][row];
    }
  }
  origin[1] += 12.0;  // the sac in view too
  c.labels->SetRegions(size);
  c.labels->SetSpacing(spacing_mm.data());
  c.labels->SetDirection(direction);
  c.labels->SetOrigin(origin.data());
  c.labels->Allocate(true);
  const std::size_t count = c.labels->GetLargestPossibleRegion().GetNumberOfPixels();
  c.places.resize(count);
  const double pitch_mm = kHeightMm + kDiscMm, top_mm = 3.0 * pitch_mm - 0.5 * kDiscMm;
  for (std::size_t n = 0; n < count; ++n) {
    Labels::PointType p;
    c.labels->TransformIndexToPhysicalPoint(c.labels->ComputeIndex(static_cast<long>(n)), p);
    Place& q = c.places[n];
    q.left_mm = p[0];
    q.posterior_mm = p[1];
    q.up_mm = p[2];
    const double down = top_mm - q.up_mm;
    const int nth = static_cast<int>(std::floor(down / pitch_mm));
    const double within = down - nth * pitch_mm;
    const bool body = within < kHeightMm;
    q.below_top_mm = body ? within : within - kHeightMm;
    q.above_bottom_mm = (body ? kHeightMm : kDiscMm) - q.below_top_mm;
    const bool box = std::fabs(q.posterior_mm) < 0.5 * kDepthMm && std::fabs(q.left_mm) < 0.5 * kWidthMm;
    if (box && nth >= 0 && nth < 6 && (body || nth < 5))
      q.label = static_cast<std::uint16_t>(body ? (nth < 5 ? 20 + nth : 26) : 120 + nth);
    const double sac = q.posterior_mm - kSacFrontMm;
    if (sac > 0.0 && sac < kSacDepthMm && std::fabs(q.left_mm) < kSacHalfWidthMm) q.label = 61;
    c.labels->GetBufferPointer()[n] = q.label;
  }
  return c;
}

/// signal(place) on the column's grid, with the magnitude of a complex noise of that SD added.
template <class Signal>
Volume::Pointer paint(const Column& c, const Signal& signal, double noise_sd = 0.0, unsigned seed = 1) {
  auto volume = Volume::New();
  volume->CopyInformation(c.labels);
  volume->SetRegions(c.labels->GetLargestPossibleRegion());
  volume->Allocate();
  std::mt19937 random(seed);
  std::normal_distribution<double> noise(0.0, 1.0);
  for (std::size_t n = 0; n < c.places.size(); ++n) {
    double value = signal(c.places[n]);
    if (noise_sd > 0.0) {
      const double re = value + noise_sd * noise(random);
      value = std::hypot(re, noise_sd * noise(random));
    }
    volume->GetBufferPointer()[n] = static_cast<float>(value);
  }
  return volume;
}

inline bool is_body(const Place& p) {
  return p.label >= 20 && p.label <= 26;
}
/// Like a surface coil behind the back: 1 at the middle of the bodies, 1.33 at their posterior wall.
inline double coil(const Place& p) {
  return std::exp(p.posterior_mm / 60.0) * std::exp(-std::pow(p.up_mm / 180.0, 2));
}
/// The basivertebral vein of a body: a wedge at mid-height that opens backwards.
inline bool is_vein(const Place& p) {
  if (!is_body(p) || p.posterior_mm < -4.0 || std::fabs(p.left_mm) > 6.0) return false;
  return std::fabs(p.below_top_mm - 0.5 * kHeightMm) < 0.8 + 2.8 * (p.posterior_mm + 4.0) / 21.0;
}
inline SpineResult spine_of(const Column& c) {
  Context context;
  return SpineMorphometry()(*c.labels, context);
}

}  // namespace ledd::painted
