#pragma once
#include <array>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "ledd/image/image.h"

/// Balls, rods and plates of known diameter, anywhere on the grid and turned at random.
namespace ledd::solids {

enum class Shape { kBall, kRod, kPlate };
inline constexpr std::array<Shape, 3> kShapes{Shape::kBall, Shape::kRod, Shape::kPlate};

inline const char* name_of(Shape shape) {
  return shape == Shape::kBall ? "ball" : (shape == Shape::kRod ? "rod" : "plate");
}

struct Solid {
  Shape shape = Shape::kBall;
  double diameter_vox = 8.0;
  Point centre_vox{};
  Point axis{0.0, 0.0, 1.0};  ///< Of the rod, or the plate's normal.
  double period_vox = 0.0;    ///< Plates repeat; 0: one alone.

  /// Signed distance to the surface, negative inside.
  double distance(const Point& p) const {
    Point q{};
    double along = 0.0, square = 0.0;
    for (unsigned a = 0; a < 3; ++a) {
      q[a] = p[a] - centre_vox[a];
      along += q[a] * axis[a];
      square += q[a] * q[a];
    }
    const double radius = 0.5 * diameter_vox;
    if (shape == Shape::kBall) return std::sqrt(square) - radius;
    if (shape == Shape::kRod) return std::sqrt(std::max(0.0, square - along * along)) - radius;
    if (period_vox > 0.0) along -= period_vox * std::round(along / period_vox);
    return std::abs(along) - radius;
  }
};

inline Point random_axis(std::mt19937_64& random) {
  std::normal_distribution<double> normal;
  Point axis{};
  double square = 0.0;
  do {
    square = 0.0;
    for (double& a : axis) {
      a = normal(random);
      square += a * a;
    }
  } while (square < 1e-6);
  for (double& a : axis) a /= std::sqrt(square);
  return axis;
}

template <class Image>
typename Image::Pointer cube(int size) {
  auto image = Image::New();
  typename Image::SizeType extent;
  extent.Fill(static_cast<itk::SizeValueType>(size));
  image->SetRegions(extent);
  image->Allocate();
  return image;
}

template <class Image, class Value>
typename Image::Pointer drawn(int size, const Value& value) {
  auto image = cube<Image>(size);
  auto* out = image->GetBufferPointer();
  for (int z = 0; z < size; ++z)
    for (int y = 0; y < size; ++y)
      for (int x = 0; x < size; ++x)
        *out++ = value(Point{static_cast<double>(x), static_cast<double>(y), static_cast<double>(z)});
  return image;
}

/// 1 where the voxel's centre lies inside.
inline Mask::Pointer binary(const Solid& solid, int size) {
  return drawn<Mask>(size,
                     [&](const Point& p) { return static_cast<std::uint8_t>(solid.distance(p) < 0.0); });
}

inline constexpr int kSamples = 8;  ///< Along each axis of a voxel.
/// The part of each voxel that is filled, from 8^3 samples where the surface may pass.
inline Volume::Pointer partial(const Solid& solid, int size) {
  return drawn<Volume>(size, [&](const Point& p) {
    const double d = solid.distance(p);
    if (std::abs(d) > 0.9) return d < 0.0 ? 1.0F : 0.0F;
    int filled = 0;
    for (int i = 0; i < kSamples * kSamples * kSamples; ++i) {
      const auto at = [](int k) { return (k + 0.5) / kSamples - 0.5; };
      filled += solid.distance(Point{p[0] + at(i % kSamples),
                                     p[1] + at(i / kSamples % kSamples),
                                     p[2] + at(i / kSamples / kSamples)}) < 0.0;
    }
    return static_cast<float>(filled) / static_cast<float>(kSamples * kSamples * kSamples);
  });
}

}  // namespace ledd::solids
