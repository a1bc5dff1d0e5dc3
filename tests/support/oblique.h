#pragma once
#include <cmath>

#include "ledd/image/image.h"

namespace ledd::testing {

/// How a grid lies: about the patient's long axis first.
struct GridTurn {
  double yaw_deg = 17.0, pitch_deg = 11.0;
  bool mirrored = false;  ///< A left-handed grid.
};

/// A grid centred on `centre_lps_mm`, turned about two axes so that nothing lies along voxels.
template <class Image>
typename Image::Pointer oblique_grid(const Point& spacing_mm,
                                     const Point& extent_mm,
                                     const Point& centre_lps_mm = {},
                                     const GridTurn& turn = {}) {
  const double cy = std::cos(turn.yaw_deg * M_PI / 180), sy = std::sin(turn.yaw_deg * M_PI / 180);
  const double cp = std::cos(turn.pitch_deg * M_PI / 180), sp = std::sin(turn.pitch_deg * M_PI / 180);
  std::array<Point, 3> axes{{{cy, sy, 0}, {-sy * cp, cy * cp, sp}, {sy * sp, -cy * sp, cp}}};
  if (turn.mirrored) axes[0] = {-cy, -sy, 0};
  auto image = Image::New();
  typename Image::SizeType size;
  typename Image::DirectionType direction;
  typename Image::SpacingType spacing;
  typename Image::PointType origin;
  for (unsigned a = 0; a < 3; ++a) origin[a] = centre_lps_mm[a];
  for (unsigned a = 0; a < 3; ++a) {
    size[a] = static_cast<std::size_t>(std::ceil(extent_mm[a] / spacing_mm[a]));
    spacing[a] = spacing_mm[a];
    for (unsigned row = 0; row < 3; ++row) {
      direction(row, a) = axes[a][row];
      origin[row] -= 0.5 * (static_cast<double>(size[a]) - 1.0) * spacing_mm[a] * axes[a][row];
    }
  }
  image->SetRegions(size);
  image->SetSpacing(spacing);
  image->SetDirection(direction);
  image->SetOrigin(origin);
  image->Allocate(true);
  return image;
}

/// Sets every voxel to value(physical position of its centre).
template <class Image, class Value>
void fill(Image& image, const Value& value) {
  const std::size_t count = image.GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t n = 0; n < count; ++n) {
    typename Image::PointType p;
    image.TransformIndexToPhysicalPoint(image.ComputeIndex(static_cast<long>(n)), p);
    image.GetBufferPointer()[n] = static_cast<typename Image::PixelType>(value(Point{p[0], p[1], p[2]}));
  }
}

}  // namespace ledd::testing
